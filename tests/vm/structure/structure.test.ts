// The structure of programs: the table, what a right one is resolved to, and that nothing throws.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MapType } from "../../../assembly/uapi/constants.ts";
import { FUNC_BASE } from "../../../vm/image.ts";
import type { ObjectFacts } from "../../../vm/image.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import { assembleBytes } from "../../../vm/insn/text.ts";
import { NO_COUNTS } from "../../../vm/verify/log.ts";
import { verifyWith } from "../../../vm/verify/verify.ts";
import { seededRandom } from "../btf/random.ts";
import { STRUCTURE_CASES } from "./cases.ts";
import { judge } from "./judge.ts";
import { programBtf } from "./program_btf.ts";
import { randomLoad } from "./random.ts";
import type { World } from "./random.ts";
import { btfFacts, hostOf, mapFacts, requestOf } from "./world.ts";

const test = suite("vm/verify structure");

const ARRAY = mapFacts({ type: MapType.ARRAY });
const HASH = mapFacts({ type: MapType.HASH });
const { bytes, typeIds, strings } = programBtf();
const BTF_FD = 110;
const descriptors = new Map<number, ObjectFacts>([
  [0, { kind: "other" }],
  [100, { kind: "map", map: ARRAY }],
  [101, { kind: "map", map: mapFacts({ type: MapType.ARRAY, maxEntries: 4 }) }],
  [102, { kind: "map", map: HASH }],
  [103, { kind: "map", map: mapFacts({ type: MapType.RINGBUF, keySize: 0, valueSize: 0 }) }],
  [104, { kind: "map", map: mapFacts({ type: MapType.PERF_EVENT_ARRAY, valueSize: 4 }) }],
  [BTF_FD, { kind: "btf", btf: btfFacts(1000, bytes) }],
]);
const world: World = { maps: [100, 101, 102, 103, 104], otherFds: [0, 9999], btfFd: BTF_FD, typeIds, strings };
/** A kernel whose BTF has an INT alone. */
const kernelBtf = { id: 1, bytes, kernel: true };

for (const { name, load, errno, end } of STRUCTURE_CASES) {
  test(name, () => {
    const judgement = judge(load(world), descriptors, kernelBtf);
    assert.is(judgement.errno, errno, judgement.text);
    assert.ok(judgement.text.trimEnd().endsWith(end), judgement.text);
  });
}

test("what loads load, and which maps", () => {
  const text = "r1 = map_fd 102; r2 = map_value 100 8; r3 = func f; r4 = 7 ll; r1 = map_fd 102; r0 = 0; exit; f: r0 = 0; exit";
  const { structure } = judge({ type: 6, insns: assembleBytes(text) }, descriptors);
  assert.equal(structure?.maps.map(({ id }) => id), [HASH.id, ARRAY.id]);
  assert.equal([...(structure?.immediates ?? [])], [
    [0, BigInt(HASH.address)], [2, BigInt(ARRAY.values + 8)], [4, FUNC_BASE + 1n], [6, 7n], [8, BigInt(HASH.address)],
  ]);
  assert.equal(structure?.functions.map(({ start, end }) => [start, end]), [[0, 12], [12, 14]]);
});

test("fd_array's maps come first", () => {
  const fdArray = new Uint8Array(Uint32Array.of(102).buffer);
  const { structure } = judge({ type: 6, insns: assembleBytes("r1 = map_fd 100; r0 = 0; exit"), fdArray, fdArrayCount: 1 }, descriptors);
  assert.equal(structure?.maps.map(({ id }) => id), [HASH.id, ARRAY.id]);
});

test("the log by level, with a walk that accepts everything", () => {
  const logOf = (text: string, logLevel: number): string => {
    const load = { type: 6, insns: assembleBytes(text), logLevel };
    const walk = () => ({ errno: 0, counts: NO_COUNTS, stackDepths: [8, 16] });
    return verifyWith(walk, requestOf(load), hostOf(load, descriptors), () => 0).log;
  };
  const footer = "processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";
  assert.is(logOf("r0 = 0; exit", 0), "");
  assert.is(logOf("r0 = 0; exit", 1), footer);
  assert.is(logOf("r0 = 0; exit", 4), `verification time 0 usec\nstack depth 8+16\n${footer}`);
  assert.is(logOf("call sub s; exit; s: r0 = 0", 4), `last insn is not an exit or jmp\nverification time 0 usec\nstack depth 0+0\n${footer}`);
  assert.ok(logOf("call sub s; exit; s: exit", 2).startsWith("func#0 @0\nfunc#1 @2\n"));
});

test("random programs never throw", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed * 7919);
    const load = randomLoad(random, world);
    judge(load, descriptors, kernelBtf);
    const noise = Array.from({ length: 1 + (seed % 9) }, () => ({
      code: random() * 256, dst: random() * 16, src: random() * 16, off: random() * 65536, imm: random() * 2 ** 32,
    }));
    judge({ ...load, insns: encodeInsns(noise) }, descriptors);
  }
});

test.run();
