// Replays a recorded script on a target and compares each answer with the kernel's.

import type { Mismatch } from "./differ.ts";
import { Runner } from "./runner.ts";
import type { Target } from "./target.ts";
import type { TracedScript } from "./trace.ts";

export interface Replay {
  /** Operations that were answered as recorded. */
  equalOps: number;
  mismatch?: Mismatch;
}

export function replay(script: TracedScript, target: Target, recordedBy: string): Replay {
  const runner = new Runner(target);
  try {
    for (let at = 0; at < script.steps.length; at++) {
      const { op, answer: recorded } = script.steps[at];
      const answer = runner.run(op);
      if (answer !== recorded) {
        const ops = script.steps.slice(0, at + 1).map((step) => step.op);
        const whole = { name: script.name, seed: script.seed, ops };
        return { equalOps: at, mismatch: { script: whole, at, names: [recordedBy, target.name], answers: [recorded, answer] } };
      }
    }
    return { equalOps: script.steps.length };
  } finally {
    runner.finish();
  }
}
