// The instruction set a second time, as plainly as it can be said: a judge of the compiler that needs no kernel.
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";

const STEPS_MAX = 1_000_000;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (bits: number, value: bigint): bigint => BigInt.asIntN(bits, value);
const unsigned = (bits: number, value: bigint): bigint => BigInt.asUintN(bits, value);
const BYTES: Readonly<Record<number, number>> = { [op.B]: 1, [op.H]: 2, [op.W]: 4, [op.DW]: 8 };

/** Memory by addresses that mean nothing: whoever runs a program says where its blocks lie. */
export interface ReferenceMemory {
  load(address: bigint, bytes: number): bigint;
  store(address: bigint, bytes: number, value: bigint): void;
}

/** R0 of a program that calls no helpers. */
export function runReference(insns: readonly Insn[], memory: ReferenceMemory, ctx: bigint, framePointer: bigint): bigint {
  const r = new Array<bigint>(11).fill(0n);
  r[1] = ctx;
  r[10] = framePointer;
  const frames: { back: number; saved: bigint[] }[] = [];
  let at = 0;
  for (let steps = 0; steps < STEPS_MAX; ++steps) {
    const { code, dst, src, off, imm } = insns[at++];
    const kind = code & op.CLASS_MASK;
    const operand = (code & op.SOURCE_MASK) === op.X ? r[src] : u64(BigInt(imm));
    const bytes = BYTES[code & op.SIZE_MASK];
    const bits = bytes * 8;
    if (kind === op.ALU || kind === op.ALU64) {
      r[dst] = alu(code, off, imm, r[dst], operand);
    } else if (kind === op.LDX) {
      const value = memory.load(r[src] + BigInt(off), bytes);
      r[dst] = (code & op.MODE_MASK) === op.MEMSX ? u64(signed(bits, value)) : value;
    } else if (kind === op.ST) {
      memory.store(r[dst] + BigInt(off), bytes, unsigned(bits, BigInt(imm)));
    } else if (kind === op.STX && (code & op.MODE_MASK) === op.MEM) {
      memory.store(r[dst] + BigInt(off), bytes, unsigned(bits, r[src]));
    } else if (kind === op.STX) {
      atomic(r, memory, bytes, dst, src, off, imm);
    } else if (kind === op.LD) {
      r[dst] = (BigInt(insns[at++].imm >>> 0) << 32n) | BigInt(imm >>> 0);
    } else if (code === (op.JMP | op.EXIT)) {
      const frame = frames.pop();
      if (frame === undefined) return r[0];
      at = frame.back;
      r.splice(6, 5, ...frame.saved);
    } else if (code === (op.JMP | op.CALL)) {
      frames.push({ back: at, saved: r.slice(6) });
      r[10] -= 512n;
      at += imm;
    } else if (code === (op.JMP32 | op.JA)) {
      at += imm;
    } else if ((code & op.OP_MASK) === op.JA || isTaken(code, r[dst], operand)) {
      at += off;
    }
  }
  throw new Error("the program does not end");
}

function alu(code: number, off: number, imm: number, dst: bigint, src: bigint): bigint {
  const bits = (code & op.CLASS_MASK) === op.ALU64 ? 64 : 32;
  const a = unsigned(bits, dst);
  const b = unsigned(bits, src);
  const sa = signed(bits, a);
  const sb = signed(bits, b);
  const count = b & BigInt(bits - 1);
  const result = (value: bigint): bigint => unsigned(bits, value);
  switch (code & op.OP_MASK) {
    case op.ADD: return result(a + b);
    case op.SUB: return result(a - b);
    case op.MUL: return result(a * b);
    case op.DIV: return b === 0n ? 0n : result(off === 1 ? sa / sb : a / b);
    case op.MOD: return b === 0n ? a : result(off === 1 ? sa % sb : a % b);
    case op.OR: return a | b;
    case op.AND: return a & b;
    case op.XOR: return a ^ b;
    case op.LSH: return result(a << count);
    case op.RSH: return a >> count;
    case op.ARSH: return result(sa >> count);
    case op.NEG: return result(-a);
    case op.MOV: return off === 0 ? b : result(signed(off, b));
    default: {
      const keeps = (code & op.CLASS_MASK) === op.ALU && (code & op.SOURCE_MASK) === op.K;
      return keeps ? unsigned(imm, dst) : reversed(unsigned(imm, dst), imm / 8);
    }
  }
}

function reversed(value: bigint, bytes: number): bigint {
  let result = 0n;
  for (let index = 0; index < bytes; ++index) result = (result << 8n) | ((value >> BigInt(8 * index)) & 255n);
  return result;
}

function isTaken(code: number, dst: bigint, src: bigint): boolean {
  const bits = (code & op.CLASS_MASK) === op.JMP ? 64 : 32;
  const a = unsigned(bits, dst);
  const b = unsigned(bits, src);
  const sa = signed(bits, a);
  const sb = signed(bits, b);
  switch (code & op.OP_MASK) {
    case op.JEQ: return a === b;
    case op.JNE: return a !== b;
    case op.JGT: return a > b;
    case op.JGE: return a >= b;
    case op.JLT: return a < b;
    case op.JLE: return a <= b;
    case op.JSGT: return sa > sb;
    case op.JSGE: return sa >= sb;
    case op.JSLT: return sa < sb;
    case op.JSLE: return sa <= sb;
    default: return (a & b) !== 0n;
  }
}

function atomic(r: bigint[], memory: ReferenceMemory, bytes: number, dst: number, src: number, off: number, imm: number): void {
  const bits = bytes * 8;
  if (imm === op.LOAD_ACQ) {
    r[dst] = memory.load(r[src] + BigInt(off), bytes);
    return;
  }
  const address = r[dst] + BigInt(off);
  const value = unsigned(bits, r[src]);
  if (imm === op.STORE_REL) return memory.store(address, bytes, value);
  const old = memory.load(address, bytes);
  const operations: Readonly<Record<number, bigint>> = { [op.ADD]: unsigned(bits, old + value), [op.OR]: old | value, [op.AND]: old & value, [op.XOR]: old ^ value };
  if (imm === op.CMPXCHG) {
    if (unsigned(bits, r[0]) === old) memory.store(address, bytes, value);
    r[0] = old;
    return;
  }
  memory.store(address, bytes, imm === op.XCHG ? value : operations[imm & op.OP_MASK]);
  if (imm & op.FETCH) r[src] = old;
}
