// Random valid sequences on all types, after which the engine's own state still keeps its rules (checked by the debug
// build, which has check_invariants) and nothing is left; the same seed gives the same answers in every build.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { liveCounts } from "../harness/leak.ts";
import { EngineTarget } from "../kernel/engine.ts";
import { Runner } from "../kernel/runner.ts";
import { scriptsOf, typeNames } from "../kernel/suite.ts";

const CPUS = 2;
const OPS = 400;
const CHECK_EVERY = 25;

interface Checked {
  check_invariants?(): number;
}

function check(kernel: Kernel): void {
  const broken = (exportsOf(kernel) as Checked).check_invariants?.() ?? 0;
  assert.is(broken, 0, "number of the broken rule (assembly/debug)");
}

/** Runs the scripts of a type; returns every answer. */
function run(name: string, seed: number): string[] {
  const kernel = newKernel({ cpus: CPUS, seed });
  const answers: string[] = [];
  const { userBytes: _, ...start } = liveCounts(kernel);
  for (const script of scriptsOf(name, seed, OPS, CPUS)) {
    const target = new EngineTarget(kernel);
    const runner = new Runner(target);
    script.ops.forEach((op, index) => {
      answers.push(runner.run(op));
      if (index % CHECK_EVERY === 0) check(kernel);
    });
    check(kernel);
    runner.finish();
    target.dispose();
    check(kernel);
  }
  const { userBytes: __, ...end } = liveCounts(kernel);
  assert.equal(end, start, "live bytes and objects");
  return answers;
}

const test = suite("the engine's state");

for (const name of typeNames.filter((type) => type !== "create")) {
  test(`${name}: rules kept, nothing left`, () => {
    const answers = run(name, 11);
    assert.ok(answers.length >= OPS);
    assert.ok(answers.some((answer) => answer.startsWith("0")), "commands succeed");
  });
}

for (const name of ["hash", "lru_hash", "bloom_filter"]) {
  test(`${name}: the same seed, the same answers`, () => assert.equal(run(name, 12), run(name, 12)));
}

test.run();
