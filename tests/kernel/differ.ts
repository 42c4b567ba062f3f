// Runs one script on two targets side by side, stops at the first difference, and shrinks the script to what it needs.

import type { Op, Script } from "./ops.ts";
import { Runner } from "./runner.ts";
import type { Target } from "./target.ts";

/** Makes a target for one run of a script; what it holds is disposed of when the run ends. */
export type TargetSource = () => { target: Target; release: () => void };

export interface Mismatch {
  script: Script;
  /** Index of the operation that the two answered differently. */
  at: number;
  names: readonly [string, string];
  answers: readonly [string, string];
}

export interface Comparison {
  /** Operations that had the same answer, and the bpf(2) calls behind them. */
  equalOps: number;
  calls: number;
  mismatch?: Mismatch;
}

export function compare(script: Script, left: TargetSource, right: TargetSource): Comparison {
  const sides = [left(), right()];
  const runners = sides.map((side) => new Runner(side.target));
  try {
    for (let at = 0; at < script.ops.length; at++) {
      const answers = runners.map((runner) => runner.run(script.ops[at]));
      if (answers[0] !== answers[1]) {
        const names = [sides[0].target.name, sides[1].target.name] as const;
        const mismatch = { script, at, names, answers: [answers[0], answers[1]] as const };
        return { equalOps: at, calls: runners[0].calls, mismatch };
      }
    }
    return { equalOps: script.ops.length, calls: runners[0].calls };
  } finally {
    for (const runner of runners) runner.finish();
    for (const side of sides) side.release();
  }
}

/** Drops operations as long as the last one is answered differently: first in big blocks, then one by one. */
export function shrink(mismatch: Mismatch, left: TargetSource, right: TargetSource, millisecondsMax = 10000): Mismatch {
  let best = cutAfter(mismatch);
  const last = mismatch.script.ops[mismatch.at];
  const deadline = Date.now() + millisecondsMax;
  for (let block = Math.ceil(best.script.ops.length / 2); block >= 1; block = Math.floor(block / 2)) {
    for (let end = best.script.ops.length; end > 0 && Date.now() < deadline; end -= block) {
      const ops: Op[] = best.script.ops.filter((_, index) => index < end - block || index >= end);
      const found = ops.length === 0 ? undefined : compare({ ...best.script, ops }, left, right).mismatch;
      if (found !== undefined && found.script.ops[found.at] === last) {
        best = cutAfter(found);
        end = Math.min(end, best.script.ops.length + block);
      }
    }
  }
  return best;
}

/** Nothing after the difference matters. */
function cutAfter(mismatch: Mismatch): Mismatch {
  return { ...mismatch, script: { ...mismatch.script, ops: mismatch.script.ops.slice(0, mismatch.at + 1) } };
}
