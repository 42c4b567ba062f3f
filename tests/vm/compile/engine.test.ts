// What ties programs together: tail calls, callbacks that the core drives, calls of one function, runs within runs.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ProgramFault } from "../../../vm/engine/fault.ts";
import type { MapFacts } from "../../../vm/image.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { Machine, codeOf } from "./machine.ts";

const test = suite("the engine");

const MAP = 0x40000;
const map = (more: Partial<MapFacts> = {}): MapFacts => ({
  address: MAP, id: 1, type: 3, name: "m", keySize: 4, valueSize: 4, maxEntries: 4, flags: 0, frozen: false,
  values: 0, valueStride: 0, keyTypeId: 0, valueTypeId: 0, ...more,
});

/** A machine whose PROG_ARRAY has the program with id index + 1 in each slot up to `count`. */
function withProgArray(count: number): { machine: Machine; events: string[] } {
  const events: string[] = [];
  const machine = new Machine({
    core: {
      prog_array_target: (address: bigint, index: bigint) => (Number(address) === MAP && index < BigInt(count) ? Number(index) + 1 : 0),
      run_begin: (id: number) => events.push(`begin ${id}`),
      run_end: () => events.push("end"),
      run_program: (id: number) => events.push(`program ${id}`),
    },
  });
  return { machine, events };
}

const tailCall = (index: number): string => `r2 = map_fd 0; r3 = ${index}; call 12;`;
const bindText = (machine: Machine, id: number, text: string) => {
  const executable = machine.engine.prepare(codeOf(assemble(text), [map()]));
  machine.engine.bind(id, executable);
  return executable;
};

test("a tail call's result is the caller's, and it has the caller's context and frame", () => {
  const { machine, events } = withProgArray(3);
  const first = bindText(machine, 1, `*(u64 *)(r10 - 8) = 7; ${tailCall(1)} r0 = 99; exit`);
  bindText(machine, 2, "r0 = *(u64 *)(r10 - 8); r0 += r1; exit");
  assert.is(first.run(1000), 1007n);
  assert.equal(events, ["begin 1", "program 2", "program 1", "end"]);
});

test("a tail call to an empty slot, or to a program nobody knows, goes on behind it", () => {
  const { machine } = withProgArray(3);
  const first = bindText(machine, 1, `${tailCall(3)} ${tailCall(2)} r0 = 99; exit`);
  assert.is(first.run(0), 99n);
  machine.engine.bind(3, bindText(machine, 3, "r0 = 5; exit"));
  assert.is(first.run(0), 5n);
  machine.engine.unbind(3);
  assert.is(first.run(0), 99n);
});

test("a run makes 33 tail calls and no more", () => {
  const { machine } = withProgArray(1);
  const cell = machine.data(8);
  const self = bindText(machine, 1, `r6 = r1; r0 = *(u64 *)(r6 + 0); r0 += 1; *(u64 *)(r6 + 0) = r0; ${tailCall(0)} r0 = *(u64 *)(r6 + 0); exit`);
  assert.is(self.run(cell), 34n);
  machine.view.setBigUint64(cell, 0n, true);
  assert.is(self.run(cell), 34n);
});

test("a tail call in a function ends that function alone", () => {
  const { machine } = withProgArray(2);
  const first = bindText(machine, 1, `call sub f; r0 += 1; exit; f: ${tailCall(1)} r0 = 99; exit`);
  bindText(machine, 2, "r0 = 20; exit");
  assert.is(first.run(0), 21n);
});

test("a fault behind a tail call names the program that ran", () => {
  const { machine } = withProgArray(2);
  const first = bindText(machine, 1, `${tailCall(1)} exit`);
  bindText(machine, 2, "r1 = 0; r0 = *(u8 *)(r1 + 0); exit");
  try {
    first.run(0);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ProgramFault);
    assert.equal([(error as ProgramFault).program, (error as ProgramFault).insn], [2, 1]);
  }
});

test("a program is prepared when a tail call first meets it", () => {
  const resolved: number[] = [];
  const machine: Machine = new Machine({
    core: { prog_array_target: () => 40 },
    resolve: (id) => {
      resolved.push(id);
      bindText(machine, id, "r0 = 3; exit");
    },
  });
  const first = bindText(machine, 1, `${tailCall(0)} r0 = 99; exit`);
  assert.equal([first.run(0), first.run(0)], [3n, 3n]);
  assert.equal(resolved, [40]);
});

test("for_each_map_elem asks the core for the next place before each callback", () => {
  const asked: string[] = [];
  const machine = new Machine({
    core: {
      for_each_begin: (_map: bigint, flags: bigint) => (flags === 0n ? 0n : -22n),
      for_each_next: (_map: bigint, at: bigint) => (asked.push(`next ${at}`), at < 3n ? at + 1n : 0n),
      for_each_key: (_map: bigint, _at: bigint, cell: bigint) => cell,
      for_each_value: (_map: bigint, at: bigint) => (asked.push(`value ${at}`), 100n * at),
    },
  });
  const text = (flags: number, stop: number): string => `*(u64 *)(r10 - 8) = 0; r1 = map_fd 0; r2 = func cb; r3 = r10; r3 += -8; r4 = ${flags}; call 164; r1 = *(u64 *)(r10 - 8); r1 <<= 8; r0 += r1; exit;
    cb: *(u32 *)(r2 + 0) = 1; r5 = *(u64 *)(r4 + 0); r5 += r3; *(u64 *)(r4 + 0) = r5; r0 = 0; if r3 != ${stop} goto +1; r0 = 1; exit`;
  assert.is(machine.run(text(0, 0), 0, [map()]), (600n << 8n) + 3n);
  assert.equal(asked, ["next 0", "next 1", "value 1", "next 2", "value 2", "next 3", "value 3"]);
  assert.is(machine.run(text(0, 200), 0, [map()]), (300n << 8n) + 2n);
  assert.is(machine.run(text(1, 0), 0, [map()]), BigInt.asUintN(64, -22n));
});

test("user_ringbuf_drain counts samples, releases each, and answers a bad producer's errno", () => {
  const events: string[] = [];
  let left = 2;
  let last = 0n;
  const machine = new Machine({
    core: {
      drain_begin: () => 0n,
      drain_next: () => (left-- > 0 ? 1n : last),
      drain_release: () => events.push("release"),
      drain_end: () => events.push("end"),
    },
  });
  const text = "r1 = map_fd 0; r2 = func cb; r3 = 0; r4 = 0; call 209; exit; cb: r0 = 0; exit";
  assert.is(machine.run(text, 0, [map()]), 2n);
  assert.equal(events, ["release", "release", "end"]);
  left = 1;
  last = -22n;
  assert.is(machine.run(text, 0, [map()]), BigInt.asUintN(64, -22n));
});

test("an array whose map is known is looked up without a call", () => {
  const machine = new Machine();
  const values = machine.data(64);
  const array = map({ type: 2, values, valueStride: 8, maxEntries: 4, valueSize: 8 });
  const lookup = (index: number): bigint => machine.run(`*(u32 *)(r10 - 4) = ${index}; r1 = map_fd 0; r2 = r10; r2 += -4; call 1; exit`, 0, [array]);
  assert.equal([lookup(0), lookup(3), lookup(4), lookup(-1)], [BigInt(values), BigInt(values + 24), 0n, 0n]);
});

test("the host calls one function of a program", () => {
  const executable = new Machine().engine.prepare(codeOf(assemble("r1 = func f; r0 = 0; exit; f: r0 = r1; r0 += r2; r0 *= r3; exit")));
  assert.is(executable.call(1, 2n, 3n, 10n), 50n);
  assert.throws(() => executable.call(2, 0n, 0n, 0n), /no such function/);
});

test("a helper of the host may run a program, which leaves the outer run's frame and bounds alone", () => {
  const machine: Machine = new Machine({ functions: { ktime_get_ns: () => inner.run(0) } });
  const inner = machine.engine.prepare(codeOf(assemble("*(u64 *)(r10 - 8) = 9; call sub f; exit; f: r0 = 4; exit")));
  const text = "*(u64 *)(r10 - 8) = 1; call 5; r6 = r0; call sub f; r0 += r6; r1 = *(u64 *)(r10 - 8); r0 += r1; exit; f: r0 = 100; exit";
  assert.is(machine.run(text), 105n);
});

test("what a helper of the host throws reaches the caller as it is, and the next run works", () => {
  const ended: string[] = [];
  const machine = new Machine({
    core: { run_end: () => ended.push("end") },
    functions: { ktime_get_ns: () => { throw new TypeError("mine"); } },
  });
  assert.throws(() => machine.run("call 5; exit"), (error: unknown) => error instanceof TypeError && error.message === "mine");
  assert.equal(ended, ["end"]);
  assert.is(machine.run("r0 = 1; exit"), 1n);
});

test("a kernel function may end the run with a result", () => {
  const machine = new Machine({ helpers: { helper: () => undefined, kfunc: (id) => (id === 77 ? { name: "throw", args: 1, where: "engine" } : undefined) } });
  assert.is(machine.run("call sub f; r0 = 1; exit; f: r1 = 42; raw 0x85 0 2 0 77; r0 = 2; exit"), 42n);
});

test("packet loads end their function outside the packet", () => {
  const machine = new Machine({ functions: { ld_abs: (_skb, off, size) => (off >= 0n && off + size <= 4n ? 0x1234n + off : -1n) } });
  assert.is(machine.run("r6 = r1; r0 = ldabs u16 2; r0 += 1; exit"), 0x1237n);
  assert.is(machine.run("r6 = r1; r0 = ldabs u16 3; r0 = 7; exit"), 0n);
  assert.is(machine.run("r6 = r1; call sub f; r0 += 5; exit; f: r7 = 3; r0 = ldind u16 r7 1; r0 = 7; exit"), 5n);
});

test("the same code is compiled once, and asynchronously too", async () => {
  const { engine } = new Machine();
  const code = codeOf(assemble("r0 = 6; exit"));
  const executable = await engine.prepareAsync(code);
  assert.is(executable.run(0), 6n);
  assert.is(engine.prepare(code), executable);
  assert.is(executable.run32(0), 6);
});

test.run();
