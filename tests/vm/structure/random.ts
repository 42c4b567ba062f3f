// Random programs that are right or nearly right in structure: functions, jumps, loads, records of BTF, then one or two mutations.
import { encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { below, pick } from "../btf/random.ts";
import type { Random } from "../btf/random.ts";
import type { Load } from "./world.ts";

/** Descriptors and types that programs may name. */
export interface World {
  readonly maps: readonly number[];
  readonly otherFds: readonly number[];
  readonly btfFd: number;
  readonly typeIds: { readonly main: number; readonly sub: number; readonly other: number; readonly nothing: number; readonly int: number };
  readonly strings: readonly number[];
}

const TYPES = [1, 3, 6, 6, 6, 17, 2, 31];
const CODES = [
  0x00, 0x05, 0x06, 0x07, 0x0d, 0x15, 0x16, 0x18, 0x20, 0x30, 0x38, 0x40, 0x61, 0x62, 0x63, 0x71, 0x79, 0x7a, 0x7b, 0x81, 0x84, 0x85, 0x86, 0x87,
  0x8d, 0x91, 0x95, 0x96, 0x99, 0x9d, 0xb7, 0xbf, 0xc3, 0xcb, 0xd3, 0xd4, 0xd7, 0xdb, 0xdc, 0xdf, 0xe1, 0xe5, 0xe6, 0xed, 0xf5, 0xff,
];

/** Text of a program of some functions, all of them reachable. */
function randomText(random: Random, world: World): string {
  const functions = 1 + below(random, 3);
  const parts: string[] = [];
  for (let index = 0; index < functions; index++) {
    const name = `f${index}`;
    const body: string[] = [];
    const count = 1 + below(random, 6);
    for (let at = 0; at < count; at++) {
      body.push(pick(random, [
        () => "r0 = 0", () => "r2 += 1", () => "*(u64 *)(r10 - 8) = 0", () => "r0 = *(u64 *)(r10 - 8)", () => "lock *(u64 *)(r10 - 8) += r2",
        () => "r1 = 0x1234567812345678 ll", () => `r1 = map_fd ${mapFd(random, world)}`, () => `r1 = map_value ${mapFd(random, world)} ${pick(random, [0, 8, 15, 16, 0x20000000, -1])}`,
        () => `r1 = map_idx ${below(random, 4)}`, () => `r1 = map_idx_value ${below(random, 3)} 0`,
        () => `if r0 == 0 goto ${name}_out`, () => `if w2 s> 5 goto ${name}_mid`, () => `goto ${name}_mid`, () => `gotol ${name}_out`,
        () => `may_goto ${name}_out`, () => "call 7", () => "call 12", () => "r0 = ldabs u8 0",
        () => `call sub f${below(random, functions)}`, () => `r3 = func f${below(random, functions)}`,
      ])());
    }
    const called = index + 1 < functions ? [pick(random, [`call sub f${index + 1}`, `r3 = func f${index + 1}`])] : [];
    parts.push(`${name}: ${[...called, ...body.slice(0, count >> 1), `${name}_mid: r0 = 1`, ...body.slice(count >> 1), `${name}_out: r0 = 0`, "exit"].join("; ")}`);
  }
  return parts.join("; ");
}

const mapFd = (random: Random, world: World): number => pick(random, random() < 0.04 ? world.otherFds.filter((fd) => fd >= 0) : random() < 0.8 ? world.maps.slice(0, 4) : world.maps);

/** Starts of the functions that a program names. */
export function startsOf(insns: readonly Insn[]): number[] {
  const starts = new Set([0]);
  insns.forEach(({ code, src, imm }, index) => {
    if ((code === 0x85 && src === 1) || (code === 0x18 && src === 4)) starts.add(index + imm + 1);
  });
  return [...starts].sort((a, b) => a - b);
}

function mutate(random: Random, insns: Insn[]): void {
  const at = below(random, insns.length);
  const insn = insns[at];
  pick<() => void>(random, [
    () => { insn.code = random() < 0.6 ? pick(random, CODES) : below(random, 256); },
    () => { insn.off = pick(random, [0, 1, -1, 2, -2, below(random, 40) - 20, 0x7fff]); },
    () => { insn.imm = pick(random, [0, 1, -1, 3, below(random, 40) - 20, 12, 9999]); },
    () => { insn.src = below(random, 16); },
    () => { insn.dst = below(random, 16); },
    () => { if (insns.length > 1) insns.splice(at, 1); },
    () => { insns.splice(at, 0, { ...insns[below(random, insns.length)] }); },
    () => { insns.length = at + 1; },
    () => { insns.splice(at, 0, { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }); },
    () => { insns.push({ ...insn }); },
  ])();
}

const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value >>> 0, true));
  return bytes;
};

/** func_info and line_info for the functions of a program, now and then wrong. */
function randomInfo(random: Random, world: World, insns: readonly Insn[]): Partial<Load> {
  const starts = startsOf(insns).filter((start) => start >= 0 && start < insns.length);
  const { main, sub, other, nothing, int } = world.typeIds;
  const odd = (): boolean => random() < 0.04;
  const funcs = starts.flatMap((start, index) => {
    if (odd()) return [];
    const id = odd() ? pick(random, [int, 0, 999]) : index === 0 ? main : pick(random, [sub, other, odd() ? nothing : sub]);
    return [start + (odd() ? pick(random, [-1, 1, 5]) : 0), id];
  });
  const lineStarts = new Set(starts);
  for (let extra = below(random, 4); extra > 0; extra--) lineStarts.add(below(random, insns.length + (odd() ? 2 : 0)));
  const [line, file] = world.strings;
  const lines = [...lineStarts].sort((a, b) => a - b).flatMap((start) =>
    odd() ? [] : [start, odd() ? 99999 : file, odd() ? 99999 : line, 1 << 10]);
  return {
    btfFd: odd() ? pick(random, [0, 9999, world.maps[0]]) : world.btfFd,
    ...(random() < 0.85 && funcs.length > 0 ? { funcInfo: words(...funcs) } : {}),
    ...(random() < 0.6 && lines.length > 0 ? { lineInfo: words(...lines) } : {}),
  };
}

/** A program to load with up to two things wrong. */
export function randomLoad(random: Random, world: World): Load {
  const insns = assemble(randomText(random, world));
  for (let count = below(random, 3); count > 0; count--) mutate(random, insns);
  const type = pick(random, TYPES);
  const array = [pick(random, world.maps), pick(random, world.maps), random() < 0.1 ? pick(random, world.otherFds) : world.maps[0], random() < 0.5 ? world.btfFd : world.maps[2]];
  return {
    type,
    insns: encodeInsns(insns),
    flags: type === 31 || random() < 0.05 ? 0x10 : 0,
    ...(random() < 0.05 ? { license: "MIT" } : {}),
    ...(random() < 0.9 ? { fdArray: words(...array) } : {}),
    ...(random() < 0.1 ? { fdArrayCount: below(random, 5) } : {}),
    ...(random() < 0.5 ? randomInfo(random, world, insns) : {}),
  };
}
