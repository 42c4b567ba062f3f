// What the live kernel said of the table and of mutants, replayed where there is none.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ObjectFacts } from "../../../vm/image.ts";
import { verifyWith } from "../../../vm/verify/verify.ts";
import { walk } from "../../../vm/verify/walk/index.ts";
import { hostOf, mapFacts, requestOf } from "../structure/world.ts";
import { CASES } from "./cases.ts";
import { judgementOf } from "./judge.ts";
import { MAPS } from "./maps.ts";
import { FDS, RECORDED } from "./generated/recorded.ts";

const test = suite("vm/verify/walk: recorded verdicts");

function descriptors(): Map<number, ObjectFacts> {
  const inner = mapFacts(MAPS.a);
  return new Map(Object.entries(MAPS).map(([name, fields]) => {
    const map = name === "a" ? inner : mapFacts({ ...fields, ...(name === "aom" ? { inner } : {}) });
    return [FDS[name as keyof typeof FDS], { kind: "map", map }];
  }));
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

test("errno and last line", () => {
  const fds = descriptors();
  let differentCounts = 0;
  const differences: string[] = [];
  for (const [index, hex, errno, line, insns] of RECORDED) {
    const [name, type, , options] = CASES[index];
    const load = { type, insns: bytesOf(hex), ...options };
    const verdict = verifyWith(walk, requestOf(load), hostOf(load, fds));
    const mine = judgementOf(verdict.errno, verdict.log);
    if (mine.errno !== errno || mine.line !== line) differences.push(`${name} ${hex}: ${errno} ${line}, here ${mine.errno} ${mine.line}`);
    else if (mine.insns !== insns) differentCounts++;
  }
  assert.ok(differences.length * 500 <= RECORDED.length, `${differences.length} of ${RECORDED.length}:\n${differences.slice(0, 10).join("\n")}`);
  assert.ok(differentCounts * 500 <= RECORDED.length, `${differentCounts} counts`);
});

test.run();
