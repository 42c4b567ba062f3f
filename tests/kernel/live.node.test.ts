// The engine beside the live kernel, operation by operation. BPF_DIFF_OPS sets how many per map type, BPF_DIFF_SEED
// which ones; the seed of a failure is in its message.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";
import { compare, shrink } from "./differ.ts";
import type { TargetSource } from "./differ.ts";
import { EngineTarget } from "./engine.ts";
import { LiveTarget, liveKernelRefusal } from "./live.node.ts";
import { mismatchText } from "./print.ts";
import { liveOpCount, scriptsOf, typeNames } from "./suite.ts";

const seed = Number(process.env.BPF_DIFF_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const scale = process.env.BPF_DIFF_OPS === undefined ? undefined : Number(process.env.BPF_DIFF_OPS);

const test = suite("the live kernel's answers");
const refusal = liveKernelRefusal();

if (refusal !== undefined) {
  skip(test, "the engine answers as the live kernel does", refusal);
} else {
  let live: LiveTarget;
  test.before(() => void (live = new LiveTarget()));
  test.after(() => live.dispose());
  for (const name of typeNames) {
    test(`${name}, seed ${seed}`, () => {
      const left: TargetSource = () => ({ target: live, release: () => {} });
      const right: TargetSource = () => {
        const target = new EngineTarget(newKernel({ cpus: live.cpus }));
        return { target, release: () => target.dispose() };
      };
      let equal = 0;
      for (const script of scriptsOf(name, seed, scale ?? liveOpCount(name), live.cpus)) {
        const { mismatch, equalOps } = compare(script, left, right);
        assert.is(mismatch === undefined ? undefined : mismatchText(shrink(mismatch, left, right)), undefined);
        equal += equalOps;
      }
      assert.ok(equal > 0);
    });
  }
}

test.run();
