// Helpers whose state outlives a call: locks, timers, the reader's side of rings, and what a run holds.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ProgramFault } from "../../../vm/engine/fault.ts";
import { FUNC_BASE } from "../../../vm/image.ts";
import { Machine } from "../interp/machine.ts";
import { u32, u64 } from "./case.ts";

const UPDATE = 2;
const LOOKUP = 1;
const DELETE = 3;
const KTIME_GET_NS = 5;

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProgramFault) return error.reason;
    throw error;
  }
  return "no fault";
}

const test = suite("helpers with state");

test("a lock is taken and given back, once each", () => {
  const machine = new Machine();
  const fd = machine.createMap({ type: 2, valueSize: 16 });
  const lock = `r6 = map_value ${fd} 0; r1 = r6; call 93; `;
  const word = (): number => new DataView(machine.elem(LOOKUP, fd, u32(0), new Uint8Array(16)).value.buffer).getUint32(0, true);
  assert.is(machine.run(`${lock}r1 = r6; call 94; r0 = 7; exit`), 7n);
  assert.is(word(), 0);
  assert.is(faultOf(() => machine.run(`${lock}r1 = r6; call 93; exit`)), "the lock is already held");
  assert.is(machine.run(`${lock}r1 = r6; call 94; r0 = 8; exit`), 8n, "a fault leaves no lock behind");
  assert.is(faultOf(() => machine.run(`r1 = map_value ${fd} 0; call 94; exit`)), "the lock is not held");
});

test("a timer: before init, twice, clocks, flags, callback", () => {
  const machine = new Machine();
  const fd = machine.createMap({ type: 2, valueSize: 32 });
  const timer = `r1 = map_value ${fd} 8; `;
  const init = `${timer}r2 = map_fd ${fd}; r3 = 1; call 169; `;
  const callback = `${timer}r2 = func cb; call 170; `;
  const tail = "exit; cb: r0 = 0; exit";
  assert.is(machine.run(`${callback}${tail}`), -22n & 0xffffffffffffffffn);
  assert.is(BigInt.asIntN(64, machine.run(`${timer}r2 = 5; r3 = 0; call 171; exit`)), -22n);
  assert.is(BigInt.asIntN(64, machine.run(`${timer}call 172; exit`)), -22n);
  for (const flags of [2, 5, 16, 17]) assert.is(BigInt.asIntN(64, machine.run(`${timer}r2 = map_fd ${fd}; r3 = ${flags}; call 169; exit`)), -22n, `clock ${flags}`);
  assert.is(machine.run(`${init}exit`), 0n);
  assert.is(BigInt.asIntN(64, machine.run(`${init}exit`)), -16n);
  assert.is(BigInt.asIntN(64, machine.run(`${timer}r2 = 5; r3 = 0; call 171; exit`)), -22n, "no callback");
  assert.is(machine.run(`${callback}${tail}`), 0n);
  assert.is(BigInt.asIntN(64, machine.run(`${timer}r2 = 5; r3 = 4; call 171; exit`)), -22n, "flags");
  assert.is(machine.core.timer_next(), 0n);
});

test("a timer fires by the host's clock, with its map, key and value", () => {
  const machine = new Machine();
  machine.host.set(KTIME_GET_NS, () => 1000n);
  const array = machine.createMap({ type: 2, valueSize: 32, maxEntries: 3 });
  const program = (fd: number, key: number): string =>
    `*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = ${key}; r1 = map_fd ${fd}; r2 = r10; r2 += -8; call 1; if r0 == 0 goto none; r6 = r0; r6 += 8; ` +
    `r1 = r6; r2 = map_fd ${fd}; r3 = 1; call 169; r1 = r6; r2 = func cb; call 170; r1 = r6; r2 = 500; r3 = 0; call 171; exit; none: r0 = -1; exit; ` +
    "cb: r1 = *(u32 *)(r2 + 0); *(u64 *)(r3 + 0) = r1; r0 = 0; exit";
  const prepared = machine.prepare(program(array, 2));
  machine.interpreter.bind(77, prepared);
  assert.is(prepared.run(0), 0n);
  assert.is(machine.core.timer_next(), 1500n);
  const out = machine.core.alloc(40);
  assert.is(machine.core.timer_expire(1499n, out), 0);
  assert.is(machine.core.timer_expire(1500n, out), 1);
  const [owner, callback, ...args] = new BigUint64Array(machine.core.memory.buffer.slice(out, out + 40));
  assert.is(owner, 77n);
  assert.is(callback, FUNC_BASE + 1n);
  assert.is(prepared.call(callback, args), 0n);
  assert.equal(machine.elem(LOOKUP, array, u32(2), new Uint8Array(32)).value.slice(0, 8), u64(2));
  assert.is(machine.core.timer_expire(9999n, out), 0, "once");
  assert.is(machine.core.timer_next(), 0n);
});

test("a timer ends with its element, and with its map", () => {
  const machine = new Machine();
  machine.host.set(KTIME_GET_NS, () => 1000n);
  const before = machine.stats();
  const fd = machine.createMap({ type: 1, valueSize: 32, maxEntries: 3 });
  machine.elem(UPDATE, fd, u32(5), new Uint8Array(32));
  const key = "*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = 5; ";
  const at = `r1 = map_fd ${fd}; r2 = r10; r2 += -8; `;
  const start = `${key}${at}call 1; if r0 == 0 goto none; r6 = r0; r1 = r6; r2 = map_fd ${fd}; r3 = 1; call 169; r1 = r6; r2 = func cb; call 170; r1 = r6; r2 = 500; r3 = 0; call 171; `;
  const tail = "none: r0 = 0; exit; cb: r0 = 0; exit";
  machine.run(`${start}${tail}`);
  assert.is(machine.core.timer_next(), 1500n);
  assert.is(machine.elem(DELETE, fd, u32(5), new Uint8Array(0)).answer, 0);
  machine.elem(UPDATE, fd, u32(5), new Uint8Array(32));
  assert.is(machine.core.timer_next(), 0n, "a new element has no timer");
  machine.run(`${start}r1 = r6; call 172; exit; ${tail}`);
  assert.is(machine.core.timer_next(), 0n, "cancelled");
  machine.core.close(fd);
  assert.is(machine.core.timer_next(), 0n);
  assert.equal(machine.stats().slice(0, 2), before.slice(0, 2));
});

/** Puts records into a user ring's mapping: size and flags each. */
function produce(machine: Machine, fd: number, records: readonly (readonly [size: number, flags: number])[], end?: number): void {
  const exports = machine.core as unknown as { mmap?: (fd: number, flags: number) => number; map_mmap?: (fd: number, writable: number) => number };
  const base = ((exports.mmap ?? exports.map_mmap) as (fd: number, writable: number) => number)(fd, 1) >>> 0;
  const view = new DataView(machine.core.memory.buffer);
  let position = 0;
  for (const [size, flags] of records) {
    view.setUint32(base + 8192 + position, (size | flags) >>> 0, true);
    view.setUint32(base + 8192 + position + 8, 100 + size, true);
    position += (size + 8 + 7) & ~7;
  }
  view.setBigUint64(base + 4096, BigInt(end ?? position), true);
}

const DISCARD = 0x40000000;
const BUSY = 0x80000000;
/** Adds up the u32 that each sample begins with; the callback answers `stop` to the second. */
const drain = (fd: number, stop = 0, flags = 0): string =>
  `*(u64 *)(r10 - 8) = 0; r1 = map_fd ${fd}; r2 = func cb; r3 = r10; r3 += -8; r4 = ${flags}; call 209; r6 = *(u64 *)(r10 - 8); r0 *= 1000; r0 += r6; exit; ` +
  "cb: r6 = r2; r3 = r1; r1 = r10; r1 += -8; *(u64 *)(r10 - 8) = 0; r2 = 4; r4 = 0; r5 = 0; call 201; r1 = *(u32 *)(r10 - 8); r2 = *(u64 *)(r6 + 0); r1 += r2; *(u64 *)(r6 + 0) = r1; " +
  `r0 = ${stop}; exit`;

test("bpf_user_ringbuf_drain: samples, discarded and busy ones, a callback that stops, bad producers", () => {
  const machine = new Machine();
  const ring = (): number => machine.createMap({ type: 31, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const drained = (records: readonly (readonly [number, number])[], stop = 0, flags = 0, end?: number): bigint => {
    const fd = ring();
    produce(machine, fd, records, end);
    return BigInt.asIntN(64, machine.run(drain(fd, stop, flags)));
  };
  assert.is(drained([]), 0n);
  assert.is(drained([[4, 0], [8, 0]]), 2212n);
  assert.is(drained([[4, 0], [8, DISCARD], [12, 0]]), 2216n);
  assert.is(drained([[4, 0], [8, BUSY], [12, 0]]), 1104n);
  assert.is(drained([[4, 0], [8, 0]], 1), 1104n);
  assert.is(drained([[4, 0]], 0, 4), -22000n);
  assert.is(drained([[4, 0], [4000, 0]], 0, 0, 32), -22000n + 104n);
  const fd = ring();
  produce(machine, fd, [[4, 0]]);
  const nested = `r1 = map_fd ${fd}; r2 = func cb; r3 = r10; r3 += -8; *(u64 *)(r10 - 8) = 0; r4 = 0; call 209; r0 = *(u64 *)(r10 - 8); exit; cb: r6 = r2; r1 = map_fd ${fd}; r2 = func none; r3 = 0; r4 = 0; call 209; *(u64 *)(r6 + 0) = r0; r0 = 0; exit; none: r0 = 0; exit`;
  assert.is(BigInt.asIntN(64, machine.run(nested)), -16n);
});

test("an LRU map evicts what no program has looked up", () => {
  const machine = new Machine();
  const fd = machine.createMap({ type: 9, maxEntries: 64 });
  for (let key = 0; key < 64; ++key) machine.elem(UPDATE, fd, u32(key), u64(key));
  machine.run(`*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = 0; r1 = map_fd ${fd}; r2 = r10; r2 += -8; call 1; r0 = 0; exit`);
  for (let key = 64; key < 80; ++key) machine.elem(UPDATE, fd, u32(key), u64(key));
  assert.is(machine.elem(LOOKUP, fd, u32(0), new Uint8Array(8)).answer, 0);
});

test("per-CPU maps give each CPU its own value", () => {
  const machine = new Machine({ cpus: 3 });
  const fd = machine.createMap({ type: 5, maxEntries: 4 });
  const put = (value: number): string => `*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = 9; *(u64 *)(r10 - 16) = ${value}; r1 = map_fd ${fd}; r2 = r10; r2 += -8; r3 = r10; r3 += -16; r4 = 0; call 2; call 8; exit`;
  for (const cpu of [2, 0]) {
    machine.core.set_cpu(cpu);
    assert.is(machine.run(put(10 + cpu)), BigInt(cpu));
  }
  assert.equal(machine.elem(LOOKUP, fd, u32(9), new Uint8Array(24)).value, u64(10, 0, 12));
  assert.is(machine.run(`*(u64 *)(r10 - 8) = 0; *(u32 *)(r10 - 8) = 9; r1 = map_fd ${fd}; r2 = r10; r2 += -8; r3 = 2; call 195; r0 = *(u64 *)(r0 + 0); exit`), 12n);
});

test("what a helper may not do is a fault", () => {
  const machine = new Machine();
  const hash = machine.createMap({ type: 1, maxEntries: 4 });
  const readOnly = machine.createMap({ type: 2, flags: 0x80 });
  const writeOnly = machine.createMap({ type: 2, flags: 0x100 });
  const queue = machine.createMap({ type: 22, keySize: 0 });
  const ring = machine.createMap({ type: 27, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const outer = machine.createMap({ type: 12, valueSize: 4, innerFd: hash });
  const program = machine.createMap({ type: 3, valueSize: 4 });
  const call = (fd: number, helper: number): string => `*(u64 *)(r10 - 8) = 0; r1 = map_fd ${fd}; r2 = r10; r2 += -8; r3 = r2; r4 = 0; call ${helper}; exit`;
  const at = (address: string, helper: number): string => `r1 = map_fd ${hash}; r2 = ${address} ll; r3 = r2; r4 = 0; call ${helper}; exit`;
  const rows: readonly (readonly [text: string, reason: string])[] = [
    ["r1 = 0; call 1; exit", "the argument is not a map"],
    [`r1 = map_fd ${hash}; r1 += 8; r2 = r10; call 1; exit`, "the argument is not a map"],
    ["r1 = -1; call 3; exit", "the argument is not a map"],
    [at("0", 1), "the argument reaches outside data memory"],
    [at("0xfffffffe", 1), "the argument reaches outside data memory"],
    [at("0x100000000", 2), "the argument reaches outside data memory"],
    [at(String(0x10000), 3), "the argument reaches outside data memory"],
    [call(readOnly, 2), "the map is read-only for programs"],
    [call(readOnly, 3), "the map is read-only for programs"],
    [call(writeOnly, 2), "no fault"],
    [call(queue, 1), "the helper does not work on maps of this type"],
    [call(queue, 2), "the helper does not work on maps of this type"],
    [call(ring, 88), "the helper does not work on maps of this type"],
    [call(hash, 88), "the helper does not work on maps of this type"],
    [call(hash, 195), "the helper does not work on maps of this type"],
    [call(outer, 2), "the helper does not work on maps of this type"],
    [call(program, 1), "the helper does not work on maps of this type"],
    [call(hash, 51), "the helper does not work on maps of this type"],
    [`r1 = map_fd ${queue}; r2 = func f; r3 = 0; r4 = 0; call 164; exit; f: r0 = 0; exit`, "the helper does not work on maps of this type"],
    [`r1 = map_fd ${hash}; r2 = 5; r3 = 0; r4 = 0; call 164; exit`, "no fault"],
    ["r1 = 5; r2 = 5; r3 = 0; r4 = 0; call 181; exit", "the callback is not a function of the program"],
    ["call 212; exit", "unknown helper"],
    ["call 0; exit", "unknown helper"],
    [`r1 = map_fd ${ring}; r2 = 0; r3 = 8; r4 = 0; call 130; exit`, "the argument reaches outside data memory"],
  ];
  for (const [text, reason] of rows) assert.is(faultOf(() => machine.run(text)), reason, text);
});

test("a map that goes during a run stays until the run has ended", () => {
  const machine = new Machine();
  const before = machine.stats();
  const inner = machine.createMap({ type: 2, valueSize: 8 });
  const outer = machine.createMap({ type: 12, valueSize: 4, innerFd: inner });
  machine.elem(UPDATE, outer, u32(0), u32(inner));
  machine.core.close(inner);
  let deleted = -1;
  machine.host.set(KTIME_GET_NS, () => {
    deleted = machine.elem(DELETE, outer, u32(0), new Uint8Array(0)).answer;
    return 0n;
  });
  const text = `*(u64 *)(r10 - 8) = 0; r1 = map_fd ${outer}; r2 = r10; r2 += -8; call 1; r6 = r0; call 5; r1 = r6; r2 = r10; r2 += -8; call 1; if r0 == 0 goto none; *(u64 *)(r0 + 0) = 9; r0 = *(u64 *)(r0 + 0); none: exit`;
  assert.is(machine.run(text), 9n);
  assert.is(deleted, 0);
  machine.core.close(outer);
  assert.equal(machine.stats().slice(0, 2), before.slice(0, 2));
});

test.run();
