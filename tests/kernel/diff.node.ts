// Compares the live kernel with the engine and prints how many operations of each map type had the same answer:
//
//   npm run diff -- --ops 100000 --types hash,array --seed 7
//
// `--against kernel` compares the kernel with itself, which shows that the scripts themselves are determined.

import { parseArgs } from "node:util";
import { compare, shrink } from "./differ.ts";
import type { Mismatch, TargetSource } from "./differ.ts";
import { EngineTarget } from "./engine.ts";
import { LiveTarget, liveKernelRefusal } from "./live.node.ts";
import { newKernel } from "../harness/kernel.ts";
import type { Script } from "./ops.ts";
import { mismatchText } from "./print.ts";
import { scriptsOf, typeNames } from "./suite.ts";

const { values } = parseArgs({
  options: {
    ops: { type: "string", default: "10000" },
    types: { type: "string", default: typeNames.join(",") },
    seed: { type: "string", default: "1" },
    against: { type: "string", default: "engine" },
    "keep-going": { type: "boolean", default: false },
  },
});

/** A fresh kernel for each script, so that a difference never depends on the scripts before it. */
const engineSource = (cpus: number): TargetSource => () => {
  const target = new EngineTarget(newKernel({ cpus }));
  return { target, release: () => target.dispose() };
};

/** The first difference; of the creation sweep, whose operations do not depend on each other, all of them. */
function differences(script: Script, left: TargetSource, right: TargetSource): { equalOps: number; mismatches: Mismatch[] } {
  const mismatches: Mismatch[] = [];
  let rest = script;
  for (;;) {
    const { equalOps, mismatch } = compare(rest, left, right);
    if (mismatch === undefined) return { equalOps, mismatches };
    mismatches.push(mismatch);
    if (!script.name.startsWith("create") || !values["keep-going"]) return { equalOps, mismatches };
    rest = { ...rest, ops: rest.ops.filter((_, index) => index !== mismatch.at) };
  }
}

async function main(): Promise<number> {
  const refusal = liveKernelRefusal();
  if (refusal !== undefined) {
    console.log(`skipped: ${refusal}`);
    return 0;
  }
  const live = new LiveTarget();
  const other = new LiveTarget();
  const left: TargetSource = () => ({ target: live, release: () => {} });
  const itself: TargetSource = () => ({ target: other, release: () => {} });
  const right = values.against === "kernel" ? itself : engineSource(live.cpus);
  let failures = 0;
  console.log(`seed ${values.seed}, kernel against ${values.against}`);
  for (const name of values.types.split(",")) {
    const start = performance.now();
    let equal = 0;
    for (const script of scriptsOf(name, Number(values.seed), Number(values.ops), live.cpus)) {
      const found = differences(script, left, right);
      equal += found.equalOps;
      failures += found.mismatches.length;
      for (const mismatch of found.mismatches) console.log(mismatchText(shrink(mismatch, left, right)));
      if (failures > 0 && !values["keep-going"]) break;
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name.padEnd(24)} ${String(equal).padStart(8)} operations equal, ${seconds} s`);
  }
  live.dispose();
  other.dispose();
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
