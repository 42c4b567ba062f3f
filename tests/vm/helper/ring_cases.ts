import { u32, u64 } from "./case.ts";
import type { CaseMap, HelperCase } from "./case.ts";

// Ring buffers and dynptrs.

const RING: CaseMap = { type: 27, keySize: 0, valueSize: 0, maxEntries: 4096 };
const VALUES: CaseMap = { type: 2, valueSize: 64, maxEntries: 1, elements: [[u32(0), new Uint8Array(64).fill(7)]] };

const query = (what: number): string => `r1 = map_fd {m}; r2 = ${what}; call 134; `;
const reserve = (size: number, flags = 0): string => `r1 = map_fd {m}; r2 = ${size}; r3 = ${flags}; call 131; `;
const output = (size: number, flags: number): string => `*(u64 *)(r10 - 8) = 5; r1 = map_fd {m}; r2 = r10; r2 += -8; r3 = ${size}; r4 = ${flags}; call 130; `;
/** The dynptr of the case, at r10 - 24, of `out`'s value. */
const fromMem = (size: number, flags = 0): string => `r1 = map_value {out} 0; r2 = ${size}; r3 = ${flags}; r4 = r10; r4 += -24; call 197; `;
const read = (len: number, offset: number, flags = 0): string => `r1 = r10; r1 += -64; r2 = ${len}; r3 = r10; r3 += -24; r4 = ${offset}; r5 = ${flags}; call 201; `;
const write = (offset: number, len: number, flags = 0): string => `*(u64 *)(r10 - 40) = 77; *(u64 *)(r10 - 32) = 78; r1 = r10; r1 += -24; r2 = ${offset}; r3 = r10; r3 += -40; r4 = ${len}; r5 = ${flags}; call 202; `;
const data = (offset: number, len: number): string => `r1 = r10; r1 += -24; r2 = ${offset}; r3 = ${len}; call 203; `;
const reserveDynptr = (size: number, flags = 0): string => `r1 = map_fd {m}; r2 = ${size}; r3 = ${flags}; r4 = r10; r4 += -24; call 198; r6 = r0; `;
const submitDynptr = "r1 = r10; r1 += -24; r2 = 0; call 199; ";

export const RING_CASES: readonly HelperCase[] = [
  { name: "ringbuf_query: size", maps: { m: RING }, text: `${query(1)}exit`, r0: 4096 },
  { name: "ringbuf_query: anything else is 0", maps: { m: RING }, text: `${query(9)}exit`, r0: 0 },
  { name: "ringbuf_output: a record takes header and padding", maps: { m: RING }, text: `${output(5, 0)}r6 = r0; ${query(0)}r0 += r6; exit`, r0: 16 },
  { name: "ringbuf_output: size 0", maps: { m: RING }, text: `${output(0, 0)}${query(3)}exit`, r0: 8 },
  { name: "ringbuf_output: NO_WAKEUP and FORCE_WAKEUP at once", maps: { m: RING }, text: `${output(8, 3)}exit`, r0: 0 },
  { name: "ringbuf_output: flags 4", maps: { m: RING }, text: `${output(8, 4)}exit`, r0: -22 },
  { name: "ringbuf_reserve and submit", maps: { m: RING }, text: `${reserve(16)}if r0 == 0 goto none; *(u64 *)(r0 + 0) = 1; r1 = r0; r2 = 0; call 132; ${query(3)}exit; none: r0 = -1; exit`, r0: 24 },
  { name: "ringbuf_reserve and discard", maps: { m: RING }, text: `${reserve(16)}if r0 == 0 goto none; r1 = r0; r2 = 1; call 133; ${query(0)}exit; none: r0 = -1; exit`, r0: 24 },
  { name: "ringbuf_reserve: the largest", maps: { m: RING }, text: `${reserve(4080)}if r0 == 0 goto none; r1 = r0; r2 = 0; call 133; r0 = 1; exit; none: r0 = -1; exit`, r0: 1 },
  { name: "ringbuf_reserve: one byte more", maps: { m: RING }, text: `${reserve(4081)}if r0 == 0 goto none; r1 = r0; r2 = 0; call 133; r0 = 1; exit; none: r0 = -1; exit`, r0: -1 },
  { name: "ringbuf_reserve: flags", maps: { m: RING }, text: `${reserve(8, 1)}if r0 == 0 goto none; r1 = r0; r2 = 0; call 133; r0 = 1; exit; none: r0 = -1; exit`, r0: -1 },
  { name: "ringbuf: a reserved record counts before it is submitted", maps: { m: RING }, text: `${reserve(4000)}if r0 == 0 goto none; r6 = r0; ${reserve(100)}if r0 == 0 goto full; r1 = r0; r2 = 0; call 133; r7 = 0; goto end; full: r7 = 1; end: r1 = r6; r2 = 0; call 133; r0 = r7; exit; none: r0 = -1; exit`, r0: 1 },

  { name: "dynptr_from_mem: size 0", text: `${fromMem(0)}exit`, r0: 0 },
  { name: "dynptr_from_mem: size 0 is not empty", text: `${fromMem(0)}${read(0, 0)}exit`, r0: 0 },
  { name: "dynptr_from_mem: flags", text: `${fromMem(8, 1)}exit`, r0: -22 },
  { name: "dynptr_read: of an empty one", text: `${fromMem(8, 1)}${read(8, 0)}exit`, r0: -22 },
  { name: "dynptr_read: beyond the end", text: `${fromMem(8)}${read(8, 1)}exit`, r0: -7 },
  { name: "dynptr_read: offset beyond the end", text: `${fromMem(8)}${read(0, 9)}exit`, r0: -7 },
  { name: "dynptr_read: nothing at the end", text: `${fromMem(8)}${read(0, 8)}exit`, r0: 0 },
  { name: "dynptr_read: flags", text: `${fromMem(8)}${read(8, 0, 1)}exit`, r0: -22 },
  { name: "dynptr_write", text: `${fromMem(32)}${write(8, 16)}exit`, r0: 0, out: u64(0, 77, 78, 0) },
  { name: "dynptr_write: beyond the end", text: `${fromMem(15)}${write(8, 8)}exit`, r0: -7, out: u64(0, 0) },
  { name: "dynptr_write: flags", text: `${fromMem(32)}${write(8, 8, 1)}exit`, r0: -22, out: u64(0, 0) },
  { name: "dynptr_write then read", text: `${fromMem(32)}${write(8, 16)}${read(8, 16)}r0 = *(u64 *)(r10 - 64); exit`, r0: 78 },
  { name: "dynptr_data", text: `${fromMem(32)}${data(8, 8)}if r0 == 0 goto none; *(u64 *)(r0 + 0) = 3; r0 = 1; exit; none: r0 = -1; exit`, r0: 1, out: u64(0, 3) },
  { name: "dynptr_data: beyond the end", text: `${fromMem(32)}${data(32, 8)}if r0 == 0 goto none; r0 = 1; exit; none: r0 = -1; exit`, r0: -1 },
  { name: "ringbuf_reserve_dynptr and submit", maps: { m: RING }, text: `${reserveDynptr(40)}${write(8, 16)}${submitDynptr}${query(3)}r0 += r6; exit`, r0: 48 },
  { name: "ringbuf_reserve_dynptr: flags", maps: { m: RING }, text: `${reserveDynptr(40, 1)}${submitDynptr}r0 = r6; exit`, r0: -22 },
  { name: "ringbuf_reserve_dynptr: too large for the ring", maps: { m: RING }, text: `${reserveDynptr(5000)}${submitDynptr}r0 = r6; exit`, r0: -22 },
  { name: "ringbuf_reserve_dynptr: too large for a dynptr", maps: { m: RING }, text: `${reserveDynptr(0x1000000)}${submitDynptr}r0 = r6; exit`, r0: -7 },
  { name: "dynptr of the ring: write of one that was refused", maps: { m: RING }, text: `${reserveDynptr(5000)}${write(0, 8)}r7 = r0; ${submitDynptr}r0 = r7; exit`, r0: -22 },
  { name: "dynptr of the ring: discard", maps: { m: RING }, text: `${reserveDynptr(8)}r1 = r10; r1 += -24; r2 = 0; call 200; ${query(3)}exit`, r0: 16 },

  { name: "probe_read_kernel: of a map value", maps: { m: VALUES }, text: "r1 = r10; r1 += -8; r2 = 4; r3 = map_value {m} 0; call 113; r1 = *(u32 *)(r10 - 8); r0 += r1; exit", r0: 0x07070707 },
  { name: "probe_read_kernel: of an address of user space", text: "*(u64 *)(r10 - 8) = 5; r1 = r10; r1 += -8; r2 = 8; r3 = 4660; call 113; r1 = *(u64 *)(r10 - 8); r0 *= 100; r0 += r1; exit", r0: -3400 },
  { name: "probe_read_kernel: of an address that is not canonical", text: "*(u64 *)(r10 - 8) = 5; r1 = r10; r1 += -8; r2 = 8; r3 = 0x1234567812345678 ll; call 113; exit", r0: -34 },
  { name: "probe_read_kernel: of an unmapped address of the kernel", text: "*(u64 *)(r10 - 8) = 5; r1 = r10; r1 += -8; r2 = 8; r3 = -8 ll; call 113; exit", r0: -14 },
  { name: "probe_read_kernel: nothing from nowhere", text: "r1 = r10; r1 += -8; r2 = 0; r3 = 0; call 113; exit", r0: -34 },
  { name: "probe_read_user: of an unmapped address", text: "*(u64 *)(r10 - 8) = 5; r1 = r10; r1 += -8; r2 = 8; r3 = 4660; call 112; r1 = *(u64 *)(r10 - 8); r0 *= 100; r0 += r1; exit", r0: -1400 },
  { name: "probe_read_kernel_str: with its NUL", maps: { m: { ...VALUES, elements: [[u32(0), Uint8Array.from({ length: 64 }, (_, index) => (index < 3 ? 65 : 0))]] } }, text: "r1 = map_value {out} 0; r2 = 32; r3 = map_value {m} 0; call 115; exit", r0: 4, out: "AAA\0" },
  { name: "probe_read_kernel_str: cut", maps: { m: VALUES }, text: "r1 = map_value {out} 0; r2 = 4; r3 = map_value {m} 0; call 115; exit", r0: 4, out: "\x07\x07\x07\0" },
  { name: "probe_read_kernel_str: of nothing", maps: { m: VALUES }, text: "r1 = map_value {out} 0; r2 = 0; r3 = map_value {m} 0; call 115; exit", r0: 0 },
  { name: "probe_read_kernel_str: unreadable", text: "r1 = map_value {out} 0; r2 = 8; r3 = 4660; call 115; exit", r0: -34 },
  { name: "probe_read_user_str: unreadable", text: "r1 = map_value {out} 0; r2 = 8; r3 = 4660; call 114; exit", r0: -14 },
];
