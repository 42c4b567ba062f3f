import { u32, u64 } from "./case.ts";
import type { CaseMap, HelperCase } from "./case.ts";

// Helpers that call back, locks, and what a callback may do to the map that is walked.

const elements = (count: number): NonNullable<CaseMap["elements"]> => Array.from({ length: count }, (_, index) => [u32(index + 1), u64(10 * (index + 1))]);
const HASH: CaseMap = { type: 1, maxEntries: 8, flags: 0, elements: elements(5) };
/** Fixed seed: the kernel's own order. */
const ORDERED: CaseMap = { ...HASH, flags: 0x40 };
const ARRAY: CaseMap = { type: 2, maxEntries: 5, elements: [[u32(0), u64(1)], [u32(3), u64(2)]] };

/** A sum at r10 - 8, which the callback gets as ctx. */
const walk = (flags = 0): string => `*(u64 *)(r10 - 8) = 0; r1 = map_fd {m}; r2 = func each; r3 = r10; r3 += -8; r4 = ${flags}; call 164; r6 = *(u64 *)(r10 - 8); r0 *= 1000; r0 += r6; exit; `;
const sumValues = "each: r1 = *(u64 *)(r3 + 0); r2 = *(u64 *)(r4 + 0); r1 += r2; *(u64 *)(r4 + 0) = r1; r0 = 0; exit";
const sumKeys = "each: r1 = *(u32 *)(r2 + 0); r2 = *(u64 *)(r4 + 0); r1 += r2; *(u64 *)(r4 + 0) = r1; r0 = 0; exit";
const loop = (count: string, flags = 0): string => `*(u64 *)(r10 - 8) = 0; r1 = ${count}; r2 = func each; r3 = r10; r3 += -8; r4 = ${flags}; call 181; `;
const turn = (answer: string): string => `each: r3 = *(u64 *)(r2 + 0); r3 += r1; *(u64 *)(r2 + 0) = r3; ${answer}exit`;
const sum = "r6 = *(u64 *)(r10 - 8); r0 *= 1000; r0 += r6; exit; ";

export const CALLBACK_CASES: readonly HelperCase[] = [
  { name: "loop: number of callbacks, and their indexes", text: `${loop("10")}${sum}${turn("r0 = 0; ")}`, r0: 10045 },
  { name: "loop: a callback that answers 1 is counted", text: `${loop("10")}${sum}${turn("r0 = 0; if r1 != 3 goto out; r0 = 1; out: ")}`, r0: 4006 },
  { name: "loop: none", text: `${loop("0")}${sum}${turn("r0 = 0; ")}`, r0: 0 },
  { name: "loop: flags", text: `${loop("1", 1)}exit; ${turn("r0 = 0; ")}`, r0: -22 },
  { name: "loop: too many", text: `${loop("8388609")}exit; ${turn("r0 = 0; ")}`, r0: -7 },
  { name: "loop: too many and flags", text: `${loop("8388609", 1)}exit; ${turn("r0 = 0; ")}`, r0: -22 },
  { name: "loop: -1", text: `${loop("-1")}exit; ${turn("r0 = 0; ")}`, r0: -7 },
  { name: "loop in a loop", text: `*(u64 *)(r10 - 8) = 0; r1 = 3; r2 = func outer; r3 = r10; r3 += -8; r4 = 0; call 181; ${sum}outer: r1 = 4; r3 = r2; r2 = func each; r4 = 0; call 181; r0 = 0; exit; ${turn("r0 = 0; ")}`, r0: 3018 },
  { name: "loop: callee-saved registers come back", text: `r7 = 5; r8 = 6; ${loop("3")}r0 = r7; r0 *= 10; r0 += r8; exit; each: r6 = 1; r7 = 1; r8 = 1; r9 = 1; r0 = 0; exit`, r0: 56 },
  { name: "a function calls a function", text: "r1 = 5; call sub f; exit; f: *(u64 *)(r10 - 8) = r1; r1 += 1; call sub g; r1 = *(u64 *)(r10 - 8); r0 += r1; exit; g: r0 = r1; r0 *= 10; exit", r0: 65 },
  { name: "each of an array", maps: { m: ARRAY }, text: `${walk()}${sumValues}`, r0: 5003 },
  { name: "each of an array: keys", maps: { m: ARRAY }, text: `${walk()}${sumKeys}`, r0: 5010 },
  { name: "each of a hash: values", maps: { m: HASH }, text: `${walk()}${sumValues}`, r0: 5150 },
  { name: "each of a hash: keys", maps: { m: HASH }, text: `${walk()}${sumKeys}`, r0: 5015 },
  { name: "each of an empty hash", maps: { m: { ...HASH, elements: [] } }, text: `${walk()}${sumKeys}`, r0: 0 },
  { name: "each of a hash: flags", maps: { m: HASH }, text: `r1 = map_fd {m}; r2 = func each; r3 = 0; r4 = 1; call 164; exit; each: r0 = 0; exit`, r0: -22 },
  { name: "each of a hash: stopped at the first", maps: { m: HASH }, text: "r1 = map_fd {m}; r2 = func each; r3 = 0; r4 = 0; call 164; exit; each: r0 = 1; exit", r0: 1 },
  { name: "each of a hash: the current element is deleted", maps: { m: HASH }, text: `${walk()}each: r6 = r4; r7 = r2; call 3; r1 = *(u64 *)(r6 + 0); r1 += 1; *(u64 *)(r6 + 0) = r1; r0 = 0; exit`, r0: 5005 },
  { name: "each of a hash with its own seed: order of keys", maps: { m: ORDERED }, text: `${walk()}each: r1 = *(u32 *)(r2 + 0); r2 = *(u64 *)(r4 + 0); r2 *= 6; r1 += r2; *(u64 *)(r4 + 0) = r1; r0 = 0; exit`, r0: 10685 },
  { name: "each of a hash: without preallocation", maps: { m: { ...HASH, flags: 1 } }, text: `${walk()}each: r6 = r4; r7 = r2; call 3; r1 = *(u64 *)(r6 + 0); r1 += 1; *(u64 *)(r6 + 0) = r1; r0 = 0; exit`, r0: 5005 },
  { name: "each of an LRU hash", maps: { m: { ...HASH, type: 9, maxEntries: 64 } }, text: `${walk()}${sumValues}`, r0: 5150 },
  { name: "each of a per-CPU array: this CPU's values", maps: { m: { type: 6, maxEntries: 3 } }, text: `${walk()}${sumValues}`, r0: 3000 },
  { name: "each in a loop over an array", maps: { m: ARRAY }, text: `*(u64 *)(r10 - 8) = 0; r1 = 2; r2 = func outer; r3 = r10; r3 += -8; r4 = 0; call 181; ${sum}outer: r3 = r2; r1 = map_fd {m}; r2 = func each; r4 = 0; call 164; r0 = 0; exit; ${sumKeys}`, r0: 2020 },
  { name: "each in each: the outer key stays", maps: { m: ARRAY }, text: `${walk()}each: r6 = r2; r7 = r4; r1 = map_fd {m}; r2 = func inner; r3 = 0; r4 = 0; call 164; r1 = *(u32 *)(r6 + 0); r2 = *(u64 *)(r7 + 0); r1 += r2; *(u64 *)(r7 + 0) = r1; r0 = 0; exit; inner: r0 = 0; exit`, r0: 5010 },
];
