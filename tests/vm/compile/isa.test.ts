// Instructions whose meaning differs from WebAssembly's, and what programs may do at run time.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ProgramFault } from "../../../vm/engine/fault.ts";
import { CHUNK, Machine } from "./machine.ts";

const test = suite("compiled instructions");

const INT64_MIN = 1n << 63n;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** R0 of a program that ends with its last instruction's value in r0. */
const CASES: readonly (readonly [text: string, r0: bigint])[] = [
  ["r0 = 7; r1 = 0; r0 /= r1", 0n],
  ["r0 = 7; r1 = 0; r0 s/= r1", 0n],
  ["r0 = -7; r1 = 0; r0 %= r1", u64(-7n)],
  ["r0 = -7; r1 = 0; w0 %= w1", 0xfffffff9n],
  ["r0 = -7; r1 = 0; w0 s%= w1", 0xfffffff9n],
  ["r0 = 0x8000000000000000 ll; r1 = -1; r0 s/= r1", INT64_MIN],
  ["r0 = 0x8000000000000000 ll; r1 = -1; r0 s%= r1", 0n],
  ["r0 = 0x80000000 ll; w1 = -1; w0 s/= w1", 0x80000000n],
  ["r0 = 0x80000000 ll; w1 = -1; w0 s%= w1", 0n],
  ["r0 = 0x8000000000000000 ll; r0 s/= -1", INT64_MIN],
  ["r0 = -7; r0 s/= 2", u64(-3n)],
  ["r0 = -7; r0 s%= 2", u64(-1n)],
  ["r0 = 5; r0 /= -2", 0n],
  ["r0 = 1; r1 = 65; r0 <<= r1", 2n],
  ["r0 = 1; r1 = 33; w0 <<= w1", 2n],
  ["r0 = -1; w0 = w0", 0xffffffffn],
  ["r0 = -1; w0 <<= 0", 0xffffffffn],
  ["r1 = 0x80; r0 = (s8)r1", u64(-128n)],
  ["r1 = 0x8000; w0 = (s16)w1", 0xffff8000n],
  ["r1 = 0x80000000 ll; r0 = (s32)r1", u64(-0x80000000n)],
  ["r0 = 0x1122334455667788 ll; r0 = be16 r0", 0x8877n],
  ["r0 = 0x1122334455667788 ll; r0 = be32 r0", 0x88776655n],
  ["r0 = 0x1122334455667788 ll; r0 = be64 r0", 0x8877665544332211n],
  ["r0 = 0x1122334455667788 ll; r0 = le16 r0", 0x7788n],
  ["r0 = 0x1122334455667788 ll; r0 = le32 r0", 0x55667788n],
  ["r0 = 0x1122334455667788 ll; r0 = bswap64 r0", 0x8877665544332211n],
  ["*(u64 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8)", u64(-2n)],
  ["*(u64 *)(r10 -8) = -2; r0 = *(s8 *)(r10 -8)", u64(-2n)],
  ["*(u64 *)(r10 -8) = -2; r0 = *(u32 *)(r10 -8)", 0xfffffffen],
  ["*(u64 *)(r10 -8) = -1; r1 = 1; r1 = fetch_add *(u32 *)(r10 -8) r1; r0 = *(u64 *)(r10 -8); r0 += r1", u64(0xffffffff00000000n + 0xffffffffn)],
  ["*(u64 *)(r10 -8) = 5; r0 = 5; r1 = 9; r0 = cmpxchg *(u64 *)(r10 -8) r1; r1 = *(u64 *)(r10 -8); r1 <<= 8; r0 |= r1", 0x905n],
  ["*(u64 *)(r10 -8) = 5; r0 = 0x100000005 ll; r1 = 9; r0 = cmpxchg *(u32 *)(r10 -8) r1", 5n],
  ["*(u64 *)(r10 -8) = 5; r0 = 9; r0 = xchg *(u64 *)(r10 -8) r0", 5n],
  ["*(u64 *)(r10 -8) = -1; r0 = load_acquire *(u16 *)(r10 -8)", 0xffffn],
  ["r1 = -1; *(u64 *)(r10 -8) = 0; store_release *(u8 *)(r10 -8) r1; r0 = *(u64 *)(r10 -8)", 0xffn],
  ["r0 = -1; if w0 == -1 goto +1; r0 = 5", u64(-1n)],
  ["r0 = -1; if r0 s< 0 goto +1; r0 = 5", u64(-1n)],
  ["r0 = 6; if r0 & 1 goto +1; r0 = 5", 5n],
  ["r0 = 0; gotol +1; r0 = 5", 0n],
  ["r6 = 1; call sub f; r0 += r6; exit; f: r6 = 100; r0 = 4", 5n],
  // A loop with two entries.
  ["r0 = 1; if r0 == 1 goto b; a: r0 += 1; if r0 > 10 goto e; goto b; b: r0 += 2; if r0 > 20 goto e; goto a; e: r0 += 0", 13n],
];

for (const [text, expected] of CASES) {
  test(text, () => assert.is(new Machine().run(`${text}; exit`), expected));
}

test("bpf_loop calls a function by its number, counts the calls and stops at 1", () => {
  const sum = "r3 = *(u64 *)(r2 + 0); r3 += r1; *(u64 *)(r2 + 0) = r3;";
  const call = "*(u64 *)(r10 - 8) = 0; r2 = func cb; r3 = r10; r3 += -8; r4 = 0; call 181; r1 = *(u64 *)(r10 - 8); r1 <<= 8; r0 += r1; exit;";
  const machine = new Machine();
  assert.is(machine.run(`r1 = 5; ${call} cb: ${sum} r0 = 0; exit`), 0xa05n);
  assert.is(machine.run(`r1 = 5; ${call} cb: ${sum} r0 = 0; if r1 != 2 goto +1; r0 = 1; exit`), 0x303n);
  assert.is(machine.run(`r1 = 0; ${call} cb: ${sum} r0 = 0; exit`), 0n);
  assert.is(machine.run("r1 = 0x800001; r2 = func cb; r3 = 0; r4 = 0; call 181; exit; cb: r0 = 0; exit"), u64(-7n));
});

test("may_goto ends a loop by the clock", () => {
  let now = 0n;
  const machine = new Machine({ clock: () => (now += 100n) });
  // The clock is asked before the first turn and then every 8,192: 250 ms have passed at the fourth time.
  assert.is(machine.run("r0 = 0; l: may_goto e; r0 += 1; goto l; e: exit"), 3n * 8192n + 3n);
});

/** Programs that break a rule, with the slot and the rule. */
const FAULTS: readonly (readonly [text: string, insn: number, reason: RegExp])[] = [
  ["r0 = 0; r1 = 0; r0 = *(u8 *)(r1 + 0); exit", 2, /^access outside data memory, at address 0x0$/],
  ["r1 = 0xffffffff ll; r0 = *(u64 *)(r1 + 1); exit", 2, /^access outside data memory, at address 0x0$/],
  ["r1 = 0xfffffffc ll; r0 = *(u64 *)(r1 + 0); exit", 2, /^access outside data memory/],
  ["r1 = 0x10000; *(u8 *)(r1 + 6) = 3; exit", 1, /^access outside data memory, at address 0x10006$/],
  ["r0 = *(u64 *)(r10 + 0); exit", 0, /^access outside data memory/],
  ["r0 = *(u64 *)(r10 - 4); exit", 0, /^access outside data memory/],
  ["r1 = 8; r2 = 0x100000001 ll; r0 = *(u64 *)(r2 + 0); exit", 3, /^access outside data memory, at address 0x1$/],
  ["r10 = 5; exit", 0, /^invalid instruction$/],
  ["r0 = 5; raw 0x8f 0 0 0 0; exit", 1, /^invalid instruction$/],
  ["raw 0x18 0 0 0 1", 0, /^invalid instruction$/],
  ["goto +1; raw 0x18 0 0 0 1; raw 0 0 0 0 0; exit", 2, /^invalid instruction$/],
  ["r0 = 0", 0, /^jump outside the program$/],
  ["r0 = 0; if r0 == 0 goto +5; exit", 1, /^jump outside the program$/],
  ["raw 0x85 0 1 0 100; exit", 0, /^jump outside the program$/],
  ["l: call sub l; exit", 0, /^call stack too deep$/],
  ["r0 = 0; l: goto l", 1, /^too many loop iterations$/],
  ["call 9999; exit", 0, /^unknown helper$/],
  ["r0 = 0; call 8; exit", 1, /^unknown helper$/],
  ["r1 = 5; r2 = 0; r3 = 0; r4 = 0; call 181; exit", 4, /^the callback is not a function of the program$/],
  ["r1 = 5; r2 = 0x100000009 ll; r3 = 0; r4 = 0; call 181; exit", 5, /^the callback is not a function of the program$/],
  ["r1 = 1; r2 = func cb; r3 = 0; r4 = 0; call 181; exit; cb: r1 = 1; r2 = func cb; r3 = 0; r4 = 0; call 181; exit", 12, /^call stack too deep$/],
];

function faultOf(run: () => unknown): ProgramFault {
  try {
    run();
  } catch (error) {
    if (error instanceof ProgramFault) return error;
    throw error;
  }
  throw new Error("the run broke no rule");
}

for (const [text, insn, reason] of FAULTS) {
  test(`fault: ${text}`, () => {
    const fault = faultOf(() => new Machine({ fuel: 100_000 }).run(text));
    assert.match(fault.reason, reason);
    assert.is(fault.insn, insn);
  });
}

test("an access may cross from one data chunk into the next, and no further", () => {
  const machine = new Machine();
  const data = machine.data(2 * CHUNK);
  machine.skipChunk();
  const load = `r0 = *(u32 *)(r1 + ${CHUNK - 2 - 40_000}); exit`;
  machine.view.setUint32(data + CHUNK - 2, 0xabcd1234, true);
  assert.is(machine.run(`r1 += 20000; r1 += 20000; ${load}`, data), 0xabcd1234n);
  assert.is(faultOf(() => machine.run(`r1 += ${CHUNK}; r1 += 40000; ${load}`, data)).insn, 2);
  // The same in a loop, where the window has moved to the second chunk.
  const walk = "r2 = r1; r0 = 0; l: r3 = *(u64 *)(r2 + 0); r0 += 1; r2 += 4; goto l";
  assert.match(faultOf(() => machine.run(walk, data)).reason, new RegExp(`at address 0x${(data + 2 * CHUNK - 4).toString(16)}$`));
});

test("of accesses that are checked together the fault names the first that breaks the rule", () => {
  const machine = new Machine();
  const data = machine.data(CHUNK);
  machine.skipChunk();
  const text = "r2 = *(u8 *)(r1 + 0); r3 = *(u16 *)(r1 + 6); r4 = *(u32 *)(r1 + 8); r0 = 0; exit";
  assert.is(machine.run(text, data + CHUNK - 12), 0n);
  assert.is(faultOf(() => machine.run(text, data + CHUNK - 11)).insn, 2);
  assert.is(faultOf(() => machine.run(text, data + CHUNK - 7)).insn, 1);
  assert.is(faultOf(() => machine.run(text, data + CHUNK)).insn, 0);
});

test("registers come with faults when they are asked for", () => {
  const machine = new Machine({ registers: true });
  const { registers } = faultOf(() => machine.run("r0 = 1; r6 = -1; r1 = 0; r0 = *(u8 *)(r1 + 0); exit"));
  assert.is(registers?.[0], 1n);
  assert.is(registers?.[6], u64(-1n));
  assert.is(registers?.length, 11);
  assert.is(faultOf(() => new Machine().run("r1 = 0; r0 = *(u8 *)(r1 + 0); exit")).registers, undefined);
});

test("deep chains of branches compile without deep recursion", () => {
  const checks = Array.from({ length: 5000 }, (_, index) => `if r0 == ${index + 1} goto l${index}; r1 += 1;`).join(" ");
  const targets = Array.from({ length: 5000 }, (_, index) => `l${index}: r0 += ${index}; exit;`).join(" ");
  const text = `r0 = 0; r1 = 0; ${checks} r0 = r1; exit; ${targets}`;
  assert.is(new Machine().run(text), 5000n);
});

test.run();
