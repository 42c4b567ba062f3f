import { exportsOf } from "../../bindings/abi/internals.ts";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newKernel } from "../harness/kernel.ts";
import { type FuzzedCore, fuzz } from "./fuzz.ts";

type DebugExports = FuzzedCore & { check_invariants?(): number };

const test = suite("hostile attrs");

for (const seed of [1, 2, 3]) {
  test(`20,000 random attr blocks, seed ${seed}: no trap, no broken state`, () => {
    const core = exportsOf(newKernel({ cpus: 2, seed, maxMemoryBytes: 16 * 2 ** 20 })) as DebugExports;
    const check = () => assert.is(core.check_invariants?.() ?? 0, 0, "the engine's state broke its own rules");
    const report = fuzz(core, 20_000, seed, check);
    // A fuzzer that never gets past the first checks proves nothing.
    assert.ok((report.answers.get(0) ?? 0) > 1000, "commands succeed");
    for (const errno of [-2, -7, -9, -12, -14, -22, -24]) assert.ok(report.answers.has(errno), `answer ${errno} was seen`);
  });
}

test.run();
