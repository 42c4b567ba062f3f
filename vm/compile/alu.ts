import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { SCRATCH_I32, SCRATCH_I64 } from "./context.ts";
import type { FunctionContext } from "./context.ts";
import { I32, I64, Op } from "./wasm.ts";

// Arithmetic. Division by zero gives 0 and the remainder then is the dividend; INT_MIN / -1 is INT_MIN. Shifts take the lower
// bits of the count, as wasm's do.

interface Width {
  readonly type: number;
  readonly ops: Readonly<Record<number, number>>;
  readonly divU: number;
  readonly divS: number;
  readonly remU: number;
  readonly remS: number;
  readonly sub: number;
  readonly eqz: number;
  readonly eq: number;
  readonly scratch: number;
}

const WIDE: Width = {
  type: I64,
  ops: {
    [op.ADD]: Op.i64_add, [op.SUB]: Op.i64_sub, [op.MUL]: Op.i64_mul, [op.OR]: Op.i64_or, [op.AND]: Op.i64_and,
    [op.XOR]: Op.i64_xor, [op.LSH]: Op.i64_shl, [op.RSH]: Op.i64_shr_u, [op.ARSH]: Op.i64_shr_s,
  },
  divU: Op.i64_div_u, divS: Op.i64_div_s, remU: Op.i64_rem_u, remS: Op.i64_rem_s,
  sub: Op.i64_sub, eqz: Op.i64_eqz, eq: Op.i64_eq, scratch: SCRATCH_I64,
};

const NARROW: Width = {
  type: I32,
  ops: {
    [op.ADD]: Op.i32_add, [op.SUB]: Op.i32_sub, [op.MUL]: Op.i32_mul, [op.OR]: Op.i32_or, [op.AND]: Op.i32_and,
    [op.XOR]: Op.i32_xor, [op.LSH]: Op.i32_shl, [op.RSH]: Op.i32_shr_u, [op.ARSH]: Op.i32_shr_s,
  },
  divU: Op.i32_div_u, divS: Op.i32_div_s, remU: Op.i32_rem_u, remS: Op.i32_rem_s,
  sub: Op.i32_sub, eqz: Op.i32_eqz, eq: Op.i32_eq, scratch: SCRATCH_I32,
};

/** An instruction of class ALU or ALU64. */
export function emitAlu(f: FunctionContext, insn: Insn): void {
  const operation = insn.code & op.OP_MASK;
  if (operation === op.MOV) return emitMove(f, insn);
  if (operation === op.END) return emitSwap(f, insn);
  const wide = (insn.code & op.CLASS_MASK) === op.ALU64;
  const width = wide ? WIDE : NARROW;
  if (operation === op.NEG) {
    pushConstant(f, width, 0);
    pushRegister(f, width, insn.dst);
    f.out.op(width.sub);
  } else if (operation === op.DIV || operation === op.MOD) {
    emitDivision(f, width, insn);
  } else {
    pushRegister(f, width, insn.dst);
    pushOperand(f, width, insn);
    f.out.op(width.ops[operation]);
  }
  const by = constantStep(insn);
  const { dst } = insn;
  if (!wide) return f.set32(dst);
  if (by === undefined) return f.set(dst);
  f.setMoved(dst, by);
}

/** What a 64-bit addition or subtraction of a constant adds; undefined for other instructions. */
function constantStep({ code, imm }: Insn): number | undefined {
  if (code === (op.ALU64 | op.ADD | op.K)) return imm;
  if (code === (op.ALU64 | op.SUB | op.K)) return -imm;
  return undefined;
}

function pushRegister(f: FunctionContext, { type }: Width, register: number): void {
  if (type === I64) f.get(register);
  else f.get32(register);
}

function pushConstant({ out }: FunctionContext, { type }: Width, value: number): void {
  if (type === I64) out.i64(value);
  else out.i32(value);
}

function pushOperand(f: FunctionContext, width: Width, { code, src, imm }: Insn): void {
  if ((code & op.SOURCE_MASK) === op.X) pushRegister(f, width, src);
  else pushConstant(f, width, imm);
}

function emitDivision(f: FunctionContext, width: Width, insn: Insn): void {
  const { out } = f;
  const { code, dst, off, imm } = insn;
  const isRemainder = (code & op.OP_MASK) === op.MOD;
  const isSigned = off === 1;
  const operation = isRemainder ? (isSigned ? width.remS : width.remU) : isSigned ? width.divS : width.divU;
  const plain = (): void => {
    pushRegister(f, width, dst);
    pushOperand(f, width, insn);
    out.op(operation);
  };
  const byZero = (): void => (isRemainder ? pushRegister(f, width, dst) : pushConstant(f, width, 0));
  const negate = (): void => {
    pushConstant(f, width, 0);
    pushRegister(f, width, dst);
    out.op(width.sub);
  };
  // The one quotient that wasm traps on; its remainder, which is 0, it gives.
  const overflows = isSigned && !isRemainder;

  if ((code & op.SOURCE_MASK) === op.K) return imm === 0 ? byZero() : imm === -1 && overflows ? negate() : plain();
  const choose = (condition: () => void, then: () => void, otherwise: () => void): void => {
    condition();
    out.op(Op.if);
    out.byte(width.type);
    then();
    out.op(Op.else);
    otherwise();
    out.end();
  };
  const isZero = (): void => {
    pushOperand(f, width, insn);
    out.op(width.eqz);
  };
  const isMinusOne = (): void => {
    pushOperand(f, width, insn);
    pushConstant(f, width, -1);
    out.op(width.eq);
  };
  choose(isZero, byZero, overflows ? () => choose(isMinusOne, negate, plain) : plain);
}

const EXTENDS: Readonly<Record<number, number>> = { 8: Op.i64_extend8_s, 16: Op.i64_extend16_s, 32: Op.i64_extend32_s };
const EXTENDS_32: Readonly<Record<number, number>> = { 8: Op.i32_extend8_s, 16: Op.i32_extend16_s };

function emitMove(f: FunctionContext, { code, dst, src, off, imm }: Insn): void {
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  if ((code & op.SOURCE_MASK) === op.K) {
    if (wide) f.out.i64(imm);
    else f.out.i32(imm);
  } else {
    if (wide) f.get(src);
    else f.get32(src);
    if (off !== 0) f.out.op((wide ? EXTENDS : EXTENDS_32)[off]);
  }
  if (!wide) return f.set32(dst);
  const copies = (code & op.SOURCE_MASK) === op.X && off === 0;
  if (copies) f.setCopied(dst, src);
  else f.set(dst);
}

const EVEN_BYTES = 0x00ff00ff;
const EVEN_BYTES_64 = 0x00ff00ff00ff00ffn;
const EVEN_HALVES_64 = 0x0000ffff0000ffffn;

/** le16 … be64 and bswap16 … bswap64. Memory is little endian, so "le" only truncates. */
function emitSwap(f: FunctionContext, { code, dst, imm }: Insn): void {
  const { out } = f;
  const swaps = (code & op.CLASS_MASK) === op.ALU64 || (code & op.SOURCE_MASK) === op.X;
  if (imm === 64) {
    if (swaps) swap64(f, dst);
    return;
  }
  f.get32(dst);
  if (imm === 16) {
    out.i32(0xffff);
    out.op(Op.i32_and);
  }
  if (swaps) swap32(f);
  if (swaps && imm === 16) {
    out.i32(16);
    out.op(Op.i32_shr_u);
  }
  f.set32(dst);
}

/** Reverses the bytes of the i32 on the stack. */
function swap32({ out }: FunctionContext): void {
  const half = (mask: number, rotation: number): void => {
    out.get(SCRATCH_I32);
    out.i32(mask);
    out.op(Op.i32_and);
    out.i32(rotation);
    out.op(Op.i32_rotl);
  };
  out.set(SCRATCH_I32);
  half(EVEN_BYTES, 24);
  half(~EVEN_BYTES, 8);
  out.op(Op.i32_or);
}

/** Reverses the bytes of a register: bytes within 16 bits, these within 32, these within 64. */
function swap64(f: FunctionContext, register: number): void {
  const { out } = f;
  f.get(register);
  for (const [mask, bits] of [[EVEN_BYTES_64, 8], [EVEN_HALVES_64, 16]] as const) {
    out.tee(SCRATCH_I64);
    out.bigI64(mask);
    out.op(Op.i64_and);
    out.i64(bits);
    out.op(Op.i64_shl);
    out.get(SCRATCH_I64);
    out.i64(bits);
    out.op(Op.i64_shr_u);
    out.bigI64(mask);
    out.op(Op.i64_and);
    out.op(Op.i64_or);
  }
  out.i64(32);
  out.op(Op.i64_rotl);
  f.set(register);
}
