// Runs and steps of the interpreter: results, faults with their place, tail calls, breakpoints.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ProgramFault } from "../../../vm/engine/fault.ts";
import { FUNC_BASE } from "../../../vm/image.ts";
import { Interpreter } from "../../../vm/interp/interpreter.ts";
import { Stepper } from "../../../vm/interp/stepper.ts";
import { LD_ABS_ID } from "../../../vm/helpers/table.ts";
import { Machine } from "./machine.ts";

const machine = new Machine({ fuel: 10_000 });

function faultOf(text: string, ctx = 0): ProgramFault | undefined {
  try {
    machine.run(text, ctx);
    return undefined;
  } catch (error) {
    if (error instanceof ProgramFault) return error;
    throw error;
  }
}

const test = suite("the interpreter");

/** Operations whose operands are registers: r1 and r2, the result in r0. */
const ARITHMETIC: readonly (readonly [text: string, a: bigint, b: bigint, result: bigint])[] = [
  ["r1 /= r2", 7n, 0n, 0n], ["w1 /= w2", -1n, 0n, 0n], ["r1 %= r2", -7n, 0n, -7n], ["w1 %= w2", -1n, 0n, 0xffffffffn],
  ["r1 s/= r2", -(1n << 63n), -1n, -(1n << 63n)], ["r1 s%= r2", -(1n << 63n), -1n, 0n], ["w1 s/= w2", 0x80000000n, -1n, 0x80000000n],
  ["w1 s%= w2", 0x80000000n, -1n, 0n], ["r1 s/= r2", -7n, 2n, -3n], ["r1 s%= r2", -7n, 2n, -1n], ["r1 s/= r2", 7n, 0n, 0n], ["r1 s%= r2", -7n, 0n, -7n],
  ["r1 <<= r2", 1n, 65n, 2n], ["w1 <<= w2", 1n, 33n, 2n], ["r1 s>>= r2", -8n, 1n, -4n], ["w1 s>>= w2", 0x80000000n, 31n, 0xffffffffn],
  ["r1 = (s8)r2", 0n, 0x80n, -128n], ["w1 = (s8)w2", 0n, 0x80n, 0xffffff80n], ["r1 = (s32)r2", 0n, 0x80000000n, -0x80000000n],
  ["w1 = -w1", 3n, 0n, 0xfffffffdn], ["r1 = -r1", 3n, 0n, -3n], ["w1 = w2", -1n, -2n, 0xfffffffen],
  ["r1 = be16 r1", 0x1122334455667788n, 0n, 0x8877n], ["r1 = le32 r1", 0x1122334455667788n, 0n, 0x55667788n], ["r1 = bswap64 r1", 0x1122334455667788n, 0n, -0x778899aabbccddefn],
];

test("arithmetic where WebAssembly differs", () => {
  for (const [text, a, b, result] of ARITHMETIC) {
    const value = machine.run(`r1 = ${BigInt.asUintN(64, a)} ll; r2 = ${BigInt.asUintN(64, b)} ll; ${text}; r0 = r1; exit`);
    assert.is(BigInt.asIntN(64, value), BigInt.asIntN(64, result), `${text} of ${a} and ${b}`);
  }
});

test("atomic operations: what is left, what is fetched", () => {
  const rows: readonly (readonly [text: string, memory: bigint, source: bigint, r0: bigint])[] = [
    ["lock *(u64 *)(r10 -8) += r1", 12n, 5n, 7n], ["r1 = fetch_add *(u64 *)(r10 -8) r1", 12n, 7n, 7n], ["r1 = xchg *(u64 *)(r10 -8) r1", 5n, 7n, 7n],
    ["r0 = cmpxchg *(u64 *)(r10 -8) r1", 5n, 5n, 7n], ["r1 = fetch_xor *(u64 *)(r10 -8) r1", 2n, 7n, 7n],
  ];
  for (const [text, memory, source, old] of rows) {
    const program = (result: string): string => `*(u64 *)(r10 - 8) = 7; r0 = 7; r1 = 5; ${text}; r2 = *(u64 *)(r10 - 8); r0 = ${result === "r0" ? "r0" : result}; exit`;
    assert.is(machine.run(program("r2")), memory, text);
    assert.is(machine.run(program("r1")), source, text);
    assert.is(machine.run(program("r0")), old, text);
  }
  assert.is(machine.run("*(u64 *)(r10 - 8) = -1; r0 = 1; r1 = 5; raw 0xc3 10 1 -8 0xf1; exit"), 0xffffffffn, "32 bits: what was there, zero-extended");
});

const FAULTS: readonly (readonly [text: string, insn: number, reason: string])[] = [
  ["r0 = 1", 1, "jump outside the program"],
  ["goto +5", 6, "jump outside the program"],
  ["r1 = 0; r0 = *(u8 *)(r1 + 0); exit", 1, "access outside data memory"],
  ["r1 = 0xffffffff ll; r0 = *(u16 *)(r1 + 0); exit", 2, "access outside data memory"],
  ["r1 = -1; *(u8 *)(r1 + 1) = 1; exit", 1, "access outside data memory"],
  ["r1 = 65536; lock *(u32 *)(r1 + 0) += r1; exit", 1, "access outside data memory"],
  ["r10 = 5; exit", 0, "invalid instruction"],
  ["raw 0xff 0 0 0 0; exit", 0, "invalid instruction"],
  ["r0 = 0 ll; raw 0x18 1 0 0 0", 2, "invalid instruction"],
  ["goto +1; r0 = 5 ll; exit", 2, "invalid instruction"],
  ["l: goto l", 0, "too many loop iterations"],
  ["f: call sub f; exit", 0, "call stack too deep"],
  ["r1 = 8388608; r2 = func f; r3 = 0; r4 = 0; call 181; exit; f: r0 = 0; exit", 8, "too many loop iterations"],
];

test("faults name the instruction and the rule", () => {
  for (const [text, insn, reason] of FAULTS) {
    const fault = faultOf(text);
    assert.is(fault?.reason, reason, text);
    if (reason !== "jump outside the program") assert.is(fault?.insn, insn, text);
    assert.is(fault?.registers?.length, 11);
  }
});

test("loads from packets are the host's", () => {
  machine.host.set(LD_ABS_ID, (skb, offset, size) => (offset < 8n ? skb * 1000n + offset * 10n + size : -1n));
  assert.is(machine.run("r6 = r1; r0 = ldabs u16 4; exit", 5), 5042n);
  assert.is(machine.run("r6 = r1; r7 = 3; r0 = ldind u8 r7 2; exit", 5), 5051n);
  assert.is(machine.run("r6 = r1; r0 = ldabs u16 9; r0 = 7; exit", 5), 0n, "outside the function returns 0");
  assert.is(machine.run("r6 = r1; call sub f; r0 += 3; exit; f: r6 = r1; r0 = ldabs u16 9; r0 = 7; exit", 5), 3n, "only that function");
});

test("what the host throws comes out as it is", () => {
  machine.host.set(7, () => {
    throw new RangeError("from the host");
  });
  assert.throws(() => machine.run("call 7; exit"), /from the host/);
  assert.is(machine.run("r0 = 4; exit"), 4n);
});

test("a tail call takes the function's place, 33 times", () => {
  const map = machine.createMap({ type: 3, valueSize: 4, maxEntries: 1 });
  const core = { ...machine.core, prog_array_target: () => 9 } as typeof machine.core;
  const asked: number[] = [];
  const interpreter: Interpreter = new Interpreter({ core, resolve: (id) => (asked.push(id), interpreter.bind(id, again)) });
  const counter = machine.createMap({ type: 2 });
  const count = `r3 = map_value ${counter} 0; r4 = *(u64 *)(r3 + 0); r4 += 1; *(u64 *)(r3 + 0) = r4; `;
  const again = interpreter.prepare(machine.prepare(`${count}r2 = map_fd ${map}; r3 = 0; call 12; r3 = map_value ${counter} 0; r0 = *(u64 *)(r3 + 0); exit`).code);
  const first = interpreter.prepare(machine.prepare(`call sub f; r0 += 1000; exit; f: r2 = map_fd ${map}; r3 = 0; call 12; r0 = -1; exit`).code);
  assert.is(first.run(0), 1033n, "the target's result is the function's");
  assert.equal(asked, [9]);
});

test("a function is called by its number", () => {
  const program = machine.prepare("r0 = 1; exit; f: r0 = r1; r0 += r2; exit; r1 = func f");
  assert.is(program.call(FUNC_BASE + 1n, [30n, 12n]), 42n);
  assert.throws(() => program.call(FUNC_BASE + 7n, []), RangeError);
});

test("steps: slots, registers, depth, callers, breakpoints", () => {
  const program = machine.prepare("r6 = r1; r1 = 5; call sub f; r0 += r6; exit; f: r0 = r1; r0 *= 2; exit");
  const stepper = new Stepper(machine.interpreter, program, 7);
  const trace: (readonly [number, number])[] = [];
  do trace.push([stepper.slot, stepper.depth]);
  while (stepper.step());
  assert.equal(trace, [[0, 0], [1, 0], [2, 0], [5, 1], [6, 1], [7, 1], [3, 0], [4, 0]]);
  assert.is(stepper.result, 17n);
  assert.is(stepper.step(), false);
  stepper.close();

  const other = new Stepper(machine.interpreter, program, 7);
  other.breakpoints.add(6);
  assert.is(other.continue(), "breakpoint");
  assert.is(other.slot, 6);
  assert.equal(other.callers(), [3]);
  assert.is(other.registers()[0], 5n);
  assert.is(other.result, undefined);
  assert.is(other.continue(), "exit");
  assert.is(other.result, 17n);
  other.close();
});

test("a step that breaks a rule ends the run", () => {
  const stepper = new Stepper(machine.interpreter, machine.prepare("r1 = 0; r0 = *(u8 *)(r1 + 0); exit"), 0);
  assert.is(stepper.step(), true);
  assert.throws(() => stepper.step(), (error: unknown) => error instanceof ProgramFault && error.insn === 1);
  assert.is(stepper.step(), false);
  stepper.close();
});

test("nothing is left of programs and runs", () => {
  const fresh = new Machine();
  fresh.run("r0 = 0; exit");
  const before = fresh.stats();
  for (let count = 0; count < 50; ++count) fresh.run("r1 = 3; r2 = func f; r3 = 0; r4 = 0; call 181; exit; f: r0 = 0; exit");
  // Objects, fds and live bytes; chunks of memory stay.
  assert.equal(fresh.stats().slice(0, 4), before.slice(0, 4));
});

test.run();
