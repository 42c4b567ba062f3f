// The long run: `npm run fuzz -- [calls] [seed]`, on the debug build, whose asserts and state checks are on.
import { readFileSync } from "node:fs";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Kernel } from "../../bindings/index.ts";
import { type FuzzedCore, fuzz } from "./fuzz.ts";

const calls = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const wasm = readFileSync(new URL("../../build/debug.wasm", import.meta.url));
const core = exportsOf(Kernel.loadSync({ cpus: 2, seed, maxMemoryBytes: 16 * 2 ** 20, wasm })) as FuzzedCore & {
  check_invariants(): number;
};
console.log(`seed ${seed}`);
const report = fuzz(core, calls, seed, () => {
  const broken = core.check_invariants();
  if (broken) throw new Error(`rule ${broken} of the engine's state is broken (seed ${seed})`);
});
const answers = [...report.answers].sort((a, b) => b[1] - a[1]).map(([answer, count]) => `${answer}: ${count}`);
console.log(`${report.calls} random attr blocks: no trap, no broken state`);
console.log(answers.join("  "));
