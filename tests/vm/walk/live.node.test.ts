// The table and programs one mutation away from it, beside the live kernel: errno, last line and count of instructions.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assembleBytes } from "../../../vm/insn/text.ts";
import { verifyWith } from "../../../vm/verify/verify.ts";
import { walk } from "../../../vm/verify/walk/index.ts";
import { skip } from "../../harness/skip.ts";
import { LiveBpf, programsRefusal } from "../live/bpf.node.ts";
import { hostOf, requestOf } from "../structure/world.ts";
import type { Load } from "../structure/world.ts";
import { CASES } from "./cases.ts";
import { judgementOf } from "./judge.ts";
import type { Judgement } from "./judge.ts";
import { callsFunctions, mutate, seededRandom } from "./mutate.ts";
import { walkWorld } from "./world.node.ts";
import type { WalkWorld } from "./world.node.ts";

const test = suite("vm/verify/walk beside the live kernel");
const refusal = programsRefusal();
const MUTANTS = 3000;
/** Of 100 mutants, those whose errno must agree. */
const EQUAL_PERCENT = 97;
/** Programs that take either verifier long. */
const IS_LONG = /infinite|loop|self/;

function ours(load: Load, world: WalkWorld): Judgement {
  const { errno, log } = verifyWith(walk, requestOf(load), hostOf(load, world.descriptors, world.kernelBtf));
  return judgementOf(errno, log);
}

function theirs(load: Load, live: LiveBpf): Judgement {
  const { errno, log } = live.progJudge(load);
  return judgementOf(errno, log);
}

const loadOf = ([, type, text, options]: (typeof CASES)[number], world: WalkWorld): Load =>
  ({ type, insns: assembleBytes(text.replace(/\{(\w+)\}/g, (_, name: keyof WalkWorld["fds"]) => String(world.fds[name]))), ...options });

if (refusal !== undefined) {
  skip(test, "the walk beside the live kernel", refusal);
} else {
  test("the table", () => {
    const live = new LiveBpf();
    const world = walkWorld(live);
    for (const row of CASES) {
      const load = loadOf(row, world);
      const { errno, line } = theirs(load, live);
      const mine = ours(load, world);
      assert.equal([mine.errno, mine.line], [errno, line], row[0]);
    }
    live.dispose();
  });

  test("one mutation away", () => {
    const live = new LiveBpf();
    const world = walkWorld(live);
    const random = seededRandom(20251129);
    const rows = CASES.filter(([name, , text]) => !IS_LONG.test(name) && !/l: r[06]/.test(text));
    const differences: string[] = [];
    let judged = 0;
    while (judged < MUTANTS) {
      const row = rows[random(rows.length)];
      const load = loadOf(row, world);
      mutate(load.insns, random);
      if (callsFunctions(load.insns)) continue;
      judged++;
      const kernel = theirs(load, live);
      const mine = ours(load, world);
      if (kernel.errno !== mine.errno) differences.push(`${row[0]}: kernel ${kernel.errno} ${kernel.line}, here ${mine.errno} ${mine.line}`);
    }
    assert.ok(differences.length * 100 <= (100 - EQUAL_PERCENT) * judged, `${differences.length} of ${judged}:\n${differences.slice(0, 20).join("\n")}`);
    live.dispose();
  });
}

test.run();
