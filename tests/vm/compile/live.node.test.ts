// Random programs beside the live kernel. BPF_DIFF_OPS sets how many, BPF_DIFF_SEED which.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../../harness/skip.ts";
import { programsRefusal } from "../../kernel/programs.node.ts";
import { compareRandomPrograms } from "./compare.node.ts";
import { LivePrograms } from "./live.node.ts";

const seed = Number(process.env.BPF_DIFF_SEED ?? 1 + Math.floor(Math.random() * 1e9));
const count = Number(process.env.BPF_DIFF_OPS ?? 1500);

const test = suite("compiled programs beside the live kernel's");
const refusal = programsRefusal();

if (refusal !== undefined) {
  skip(test, "random programs leave what the live kernel's leave", refusal);
} else {
  test(`random programs leave what the live kernel's leave, seed ${seed}`, () => {
    const live = new LivePrograms();
    try {
      const { programs, differences } = compareRandomPrograms(live, seed, count);
      assert.equal(differences, []);
      assert.ok(programs > count * 0.95, `${programs} of ${count} loaded`);
    } finally {
      live.dispose();
    }
  });
}

test.run();
