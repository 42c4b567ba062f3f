import { u32, u64 } from "./case.ts";
import type { CaseMap, HelperCase } from "./case.ts";

// Helpers that look elements up and change them.

const HASH: CaseMap = { type: 1, maxEntries: 2 };
const FULL: CaseMap = { ...HASH, elements: [[u32(1), u64(11)], [u32(2), u64(22)]] };
const ARRAY: CaseMap = { type: 2, maxEntries: 4, elements: [[u32(1), u64(5)]] };
const QUEUE: CaseMap = { type: 22, keySize: 0, valueSize: 8, maxEntries: 2 };
const STACK: CaseMap = { ...QUEUE, type: 23 };
const BLOOM: CaseMap = { type: 30, keySize: 0, valueSize: 8, maxEntries: 100 };
const LPM: CaseMap = { type: 11, keySize: 8, maxEntries: 4, flags: 1, elements: [[u32(8, 10), u64(8)], [u32(16, 0x010a), u64(16)]] };
const PERCPU_ARRAY: CaseMap = { type: 6, maxEntries: 2 };
const PERCPU_HASH: CaseMap = { type: 5, maxEntries: 2 };
const LRU: CaseMap = { type: 9, maxEntries: 64 };

/** Map M, key K on the stack, and the value that the case begins with. */
const key = (value: number): string => `*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = ${value}; `;
const at = (map: string): string => `r1 = map_fd {${map}}; r2 = r10; r2 += -8; `;
const value = (number: number): string => `*(u64 *)(r10 - 16) = ${number}; r3 = r10; r3 += -16; `;
const lookup = (map: string, number: number): string => `${key(number)}${at(map)}call 1; `;
const load = "if r0 == 0 goto none; r0 = *(u64 *)(r0 + 0); exit; none: r0 = -1; exit";
const update = (map: string, number: number, content: number, flags = 0): string => `${key(number)}${at(map)}${value(content)}r4 = ${flags}; call 2; `;
const remove = (map: string, number: number): string => `${key(number)}${at(map)}call 3; exit`;
/** The buffer of pop and peek, with something in it. */
const buffer = (map: string): string => `*(u64 *)(r10 - 8) = 99; r1 = map_fd {${map}}; r2 = r10; r2 += -8; `;
const answerAndBuffer = "r1 = *(u64 *)(r10 - 8); r0 *= 1000; r0 += r1; exit";
const push = (map: string, content: number, flags = 0): string => `*(u64 *)(r10 - 8) = ${content}; r1 = map_fd {${map}}; r2 = r10; r2 += -8; r3 = ${flags}; call 87; `;

export const MAP_CASES: readonly HelperCase[] = [
  { name: "hash: lookup of a key that is there", maps: { m: FULL }, text: `${lookup("m", 2)}${load}`, r0: 22 },
  { name: "hash: lookup of one that is not", maps: { m: FULL }, text: `${lookup("m", 3)}${load}`, r0: -1 },
  { name: "hash: update inserts", maps: { m: HASH }, text: `${update("m", 7, 70)}${lookup("m", 7)}${load}`, r0: 70 },
  { name: "hash: NOEXIST of a key that is there", maps: { m: FULL }, text: `${update("m", 1, 70, 1)}exit`, r0: -17 },
  { name: "hash: EXIST of one that is not", maps: { m: FULL }, text: `${update("m", 9, 70, 2)}exit`, r0: -2 },
  { name: "hash: flags 3", maps: { m: FULL }, text: `${update("m", 1, 70, 3)}exit`, r0: -22 },
  { name: "hash: F_LOCK without a lock", maps: { m: FULL }, text: `${update("m", 1, 70, 4)}exit`, r0: -22 },
  { name: "hash: full", maps: { m: FULL }, text: `${update("m", 9, 70)}exit`, r0: -7 },
  { name: "hash: delete", maps: { m: FULL }, text: remove("m", 1), r0: 0 },
  { name: "hash: delete of a key that is not there", maps: { m: FULL }, text: remove("m", 3), r0: -2 },
  { name: "hash: a deleted element's value can be written", maps: { m: FULL }, text: `${lookup("m", 1)}r6 = r0; ${key(1)}${at("m")}call 3; if r6 == 0 goto end; *(u64 *)(r6 + 0) = 5; end: r0 = 1; exit`, r0: 1 },
  { name: "hash: frozen maps are written by programs", maps: { m: { ...FULL, frozen: true } }, text: `${update("m", 1, 70)}${lookup("m", 1)}${load}`, r0: 70 },
  { name: "array: lookup", maps: { m: ARRAY }, text: `${lookup("m", 1)}${load}`, r0: 5 },
  { name: "array: lookup beyond the end", maps: { m: ARRAY }, text: `${lookup("m", 4)}${load}`, r0: -1 },
  { name: "array: update", maps: { m: ARRAY }, text: `${update("m", 3, 6)}${lookup("m", 3)}${load}`, r0: 6 },
  { name: "array: update beyond the end", maps: { m: ARRAY }, text: `${update("m", 4, 6)}exit`, r0: -7 },
  { name: "array: NOEXIST", maps: { m: ARRAY }, text: `${update("m", 0, 6, 1)}exit`, r0: -17 },
  { name: "array: delete", maps: { m: ARRAY }, text: remove("m", 1), r0: -22 },
  { name: "array: atomic add to a value", maps: { m: ARRAY }, text: `${lookup("m", 1)}if r0 == 0 goto none; r1 = 37; lock *(u64 *)(r0 + 0) += r1; r0 = *(u64 *)(r0 + 0); exit; none: r0 = -1; exit`, r0: 42 },
  { name: "lpm: longest prefix", maps: { m: LPM }, text: `*(u32 *)(r10 - 8) = 32; *(u32 *)(r10 - 4) = ${0x0302010a}; ${at("m")}call 1; ${load}`, r0: 16 },
  { name: "lpm: shorter prefix", maps: { m: LPM }, text: `*(u32 *)(r10 - 8) = 32; *(u32 *)(r10 - 4) = ${0x0303020a}; ${at("m")}call 1; ${load}`, r0: 8 },
  { name: "lru: update and lookup", maps: { m: LRU }, text: `${update("m", 7, 70)}${lookup("m", 7)}${load}`, r0: 70 },
  { name: "percpu array: update writes this CPU's value", maps: { m: PERCPU_ARRAY }, text: `${update("m", 1, 9)}${lookup("m", 1)}${load}`, r0: 9 },
  { name: "percpu array: lookup_percpu beyond the last CPU", maps: { m: PERCPU_ARRAY }, text: `${key(1)}${at("m")}r3 = 4096; call 195; ${load}`, r0: -1 },
  { name: "percpu array: lookup_percpu of this CPU", maps: { m: PERCPU_ARRAY }, text: `${update("m", 1, 9)}call 8; r3 = r0; ${key(1)}${at("m")}call 195; ${load}`, r0: 9 },
  { name: "percpu hash: update inserts", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9)}${lookup("m", 1)}${load}`, r0: 9 },
  { name: "percpu hash: update of a key that is there", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9)}${update("m", 1, 10)}${lookup("m", 1)}${load}`, r0: 10 },
  { name: "percpu hash: NOEXIST of a key that is there", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9)}${update("m", 1, 10, 1)}exit`, r0: -17 },
  { name: "percpu hash: EXIST of one that is not", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9, 2)}exit`, r0: -2 },
  { name: "percpu hash: full", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9)}${update("m", 2, 9)}${update("m", 3, 9)}exit`, r0: -7 },
  { name: "percpu hash: flags 3", maps: { m: PERCPU_HASH }, text: `${update("m", 1, 9, 3)}exit`, r0: -22 },
  { name: "percpu lru: update and lookup", maps: { m: { ...LRU, type: 10 } }, text: `${update("m", 1, 9)}${update("m", 1, 10)}${lookup("m", 1)}${load}`, r0: 10 },
  { name: "percpu lru: EXIST of a key that is not there", maps: { m: { ...LRU, type: 10 } }, text: `${update("m", 1, 9, 2)}exit`, r0: -2 },
  { name: "queue: pop of an empty one zeroes the buffer", maps: { m: QUEUE }, text: `${buffer("m")}call 88; ${answerAndBuffer}`, r0: -2000 },
  { name: "queue: peek of an empty one zeroes the buffer", maps: { m: QUEUE }, text: `${buffer("m")}call 89; ${answerAndBuffer}`, r0: -2000 },
  { name: "queue: oldest first", maps: { m: QUEUE }, text: `${push("m", 1)}${push("m", 2)}${buffer("m")}call 88; ${answerAndBuffer}`, r0: 1 },
  { name: "stack: newest first", maps: { m: STACK }, text: `${push("m", 1)}${push("m", 2)}${buffer("m")}call 88; ${answerAndBuffer}`, r0: 2 },
  { name: "queue: peek leaves the element", maps: { m: QUEUE }, text: `${push("m", 1)}${buffer("m")}call 89; ${buffer("m")}call 88; ${answerAndBuffer}`, r0: 1 },
  { name: "queue: full", maps: { m: QUEUE }, text: `${push("m", 1)}${push("m", 2)}${push("m", 3)}exit`, r0: -7 },
  { name: "queue: EXIST drops the oldest", maps: { m: QUEUE }, text: `${push("m", 1)}${push("m", 2)}${push("m", 3, 2)}${buffer("m")}call 88; ${answerAndBuffer}`, r0: 2 },
  { name: "queue: NOEXIST", maps: { m: QUEUE }, text: `${push("m", 1, 1)}exit`, r0: -22 },
  { name: "bloom: a value that was pushed", maps: { m: BLOOM }, text: `${push("m", 7)}r1 = map_fd {m}; r2 = r10; r2 += -8; call 89; exit`, r0: 0 },
  { name: "bloom: an empty filter leaves the value alone", maps: { m: BLOOM }, text: `${buffer("m")}call 89; ${answerAndBuffer}`, r0: -1901 },
  { name: "map in map: lookup of both", maps: { i: ARRAY, m: { type: 12, valueSize: 4, maxEntries: 2, inner: "i", elements: [[u32(1), u32(0)]] } }, text: `${lookup("m", 1)}if r0 == 0 goto none; r1 = r0; r2 = r10; r2 += -8; call 1; ${load}`, r0: 5 },
  { name: "map in map: empty slot", maps: { i: ARRAY, m: { type: 12, valueSize: 4, maxEntries: 2, inner: "i" } }, text: `${lookup("m", 1)}if r0 == 0 goto none; r0 = 1; exit; none: r0 = -1; exit`, r0: -1 },
  { name: "map in hash: update of the inner map", maps: { i: HASH, m: { type: 13, valueSize: 4, maxEntries: 2, inner: "i", elements: [[u32(1), u32(0)]] } }, text: `${lookup("m", 1)}if r0 == 0 goto none; r6 = r0; r1 = r0; r2 = r10; r2 += -8; ${value(33)}r4 = 0; call 2; r1 = r6; r2 = r10; r2 += -8; call 1; ${load}`, r0: 33 },
  { name: "devmap: empty slot", maps: { m: { type: 14, valueSize: 4, maxEntries: 2 } }, text: "r1 = map_fd {m}; r2 = 0; r3 = 2; call 51; exit", r0: 2 },
  { name: "devmap: filled slot", maps: { m: { type: 14, valueSize: 4, maxEntries: 2, elements: [[u32(1), u32(1)]] } }, text: "r1 = map_fd {m}; r2 = 1; r3 = 2; call 51; exit", r0: 4 },
  { name: "devmap: unknown flags", maps: { m: { type: 14, valueSize: 4, maxEntries: 2 } }, text: "r1 = map_fd {m}; r2 = 0; r3 = 32; call 51; exit", r0: 0 },
  { name: "devmap: broadcast", maps: { m: { type: 14, valueSize: 4, maxEntries: 2 } }, text: "r1 = map_fd {m}; r2 = 0; r3 = 8; call 51; exit", r0: 4 },
  { name: "cpumap: no broadcast", maps: { m: { type: 16, valueSize: 4, maxEntries: 2 } }, text: "r1 = map_fd {m}; r2 = 0; r3 = 8; call 51; exit", r0: 0 },
  { name: "tail call through an empty array goes on", maps: { m: { type: 3, valueSize: 4, maxEntries: 2 } }, text: "r2 = map_fd {m}; r3 = 1; call 12; r0 = 9; exit", r0: 9 },
];
