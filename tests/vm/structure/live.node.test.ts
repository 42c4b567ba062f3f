// The table on the live kernel, and random programs on both. A load that the live kernel refuses before its walk (no instruction
// processed) is refused by us with the same errno and text; any other is not refused.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { disassemble, logNames } from "../../../vm/insn/disasm.ts";
import { decodeInsns } from "../../../vm/insn/insn.ts";
import { skip } from "../../harness/skip.ts";
import { seededRandom } from "../btf/random.ts";
import { LiveBpf, programsRefusal } from "../live/bpf.node.ts";
import type { LiveAnswer } from "../live/bpf.node.ts";
import { STRUCTURE_CASES } from "./cases.ts";
import { judge, withoutFooter } from "./judge.ts";
import { liveWorld } from "./live_world.node.ts";
import { randomLoad } from "./random.ts";
import type { Load } from "./world.ts";

const test = suite("vm/verify structure beside the live kernel");
const refusal = programsRefusal();
const PROGRAMS = 5000;

const refusedBeforeWalk = ({ errno, log }: LiveAnswer): boolean => errno !== 0 && !/processed [1-9]/.test(log);

function describe({ insns, ...rest }: Load): string {
  const lines = disassemble(decodeInsns(insns), logNames(() => "bpf_helper")).map(({ index, text }) => `${index}: ${text}`);
  return `${lines.join("\n")}\n${JSON.stringify(rest)}`;
}

if (refusal !== undefined) {
  skip(test, "structure beside the live kernel", refusal);
} else {
  test("the table", () => {
    const live = new LiveBpf();
    const { world } = liveWorld(live);
    for (const { name, load, errno, end } of STRUCTURE_CASES) {
      const kernel = live.progLoad(load(world));
      live.close(kernel.fd);
      if (errno === 0) {
        assert.not(refusedBeforeWalk(kernel), `${name}: ${kernel.log}`);
        continue;
      }
      assert.ok(refusedBeforeWalk(kernel), `${name}: ${kernel.log}`);
      assert.is(kernel.errno, errno, name);
      assert.ok(withoutFooter(kernel.log).trimEnd().endsWith(end), `${name}: ${kernel.log}`);
    }
    live.dispose();
  });

  test("random programs", () => {
    const live = new LiveBpf();
    const { world, descriptors, kernelBtf } = liveWorld(live);
    let refused = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const load = randomLoad(seededRandom(seed * 2654435761), world);
      const kernel = live.progLoad(load);
      live.close(kernel.fd);
      const ours = judge(load, descriptors, kernelBtf);
      if (ours.readOutside) continue;
      if (refusedBeforeWalk(kernel)) {
        refused++;
        assert.is(ours.errno, kernel.errno, `${describe(load)}\n${kernel.log}`);
        assert.is(ours.text, withoutFooter(kernel.log), describe(load));
      } else {
        assert.is(ours.errno, 0, `${describe(load)}\n${ours.text}`);
      }
    }
    assert.ok(refused > PROGRAMS / 2, `${refused} refused`);
    live.dispose();
  });
}

test.run();
