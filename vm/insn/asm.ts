import type { Insn } from "./insn.ts";
import * as op from "./opcodes.ts";
import type { Statement, Target } from "./program.ts";

/** A register as an operand. */
export interface Register {
  readonly register: number;
}

const register = (number: number): Register => Object.freeze({ register: number });

export const r0 = register(0);
export const r1 = register(1);
export const r2 = register(2);
export const r3 = register(3);
export const r4 = register(4);
export const r5 = register(5);
export const r6 = register(6);
export const r7 = register(7);
export const r8 = register(8);
export const r9 = register(9);
/** The frame pointer: the end of the function's 512 bytes of stack. */
export const r10 = register(10);

/** A register, or an immediate of 32 bits: -2^31 to 2^32 - 1, of which the upper half stands for the negative numbers. */
export type Operand = Register | number;

/** Bytes of a memory access; "s" sizes load with the sign extended. */
export type Size = "u8" | "u16" | "u32" | "u64";
export type LoadSize = Size | "s8" | "s16" | "s32";

/** Read-modify-writes. Those with "fetch" and the exchanges leave the old value in the source register, cmpxchg in R0. */
export type Atomic =
  | "add" | "or" | "and" | "xor" | "fetch_add" | "fetch_or" | "fetch_and" | "fetch_xor" | "xchg" | "cmpxchg";

const SIZES: Readonly<Record<Size, number>> = { u8: op.B, u16: op.H, u32: op.W, u64: op.DW };

const LOADS: Readonly<Record<LoadSize, number>> = {
  u8: op.MEM | op.B, u16: op.MEM | op.H, u32: op.MEM | op.W, u64: op.MEM | op.DW,
  s8: op.MEMSX | op.B, s16: op.MEMSX | op.H, s32: op.MEMSX | op.W,
};

/** The imm of each atomic operation. */
export const ATOMICS: Readonly<Record<Atomic, number>> = {
  add: op.ADD, or: op.OR, and: op.AND, xor: op.XOR,
  fetch_add: op.ADD | op.FETCH, fetch_or: op.OR | op.FETCH, fetch_and: op.AND | op.FETCH, fetch_xor: op.XOR | op.FETCH,
  xchg: op.XCHG, cmpxchg: op.CMPXCHG,
};

function imm32(value: number): number {
  if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
    throw new RangeError(`immediate ${value} is not a whole number of 32 bits`);
  }
  return value | 0;
}

function off16(value: number): number {
  if (!Number.isInteger(value) || value < -0x8000 || value > 0x7fff) {
    throw new RangeError(`offset ${value} is not a whole number of signed 16 bits`);
  }
  return value;
}

function insn(code: number, dst = 0, src = 0, off = 0, imm = 0): Insn {
  return { code, dst, src, off: off16(off), imm: imm32(imm) };
}

const one = (...fields: Parameters<typeof insn>): Statement => ({ insns: [insn(...fields)] });

/** An instruction whose second operand is a register or an immediate. */
function operand(code: number, dst: Register, value: Operand, off = 0): Insn {
  return typeof value === "number"
    ? insn(code | op.K, dst.register, 0, off, value)
    : insn(code | op.X, dst.register, value.register, off);
}

const alu = (code: number, off = 0) => (dst: Register, value: Operand): Statement => ({ insns: [operand(code, dst, value, off)] });

const branch = (code: number) => (dst: Register, value: Operand, target: Target): Statement => ({
  insns: [operand(code, dst, value)], target, field: "off",
});

/** The two slots of a 64-bit immediate load. */
function load64(dst: Register, kind: number, low: number, high = 0): Insn[] {
  return [insn(op.LD | op.IMM | op.DW, dst.register, kind, 0, low), insn(0, 0, 0, 0, high)];
}

/** dst = the bytes of dst in another order; width 16, 32 or 64. */
const swap = (code: number) => (dst: Register, width: 16 | 32 | 64): Statement => one(code, dst.register, 0, 0, width);

/**
 * One method per instruction; each gives a statement for `link`. Registers are r0 to r10; plain numbers are immediates.
 * Names end in 32 where the instruction works on the lower half and zeroes the upper one.
 */
export const asm = {
  mov64: alu(op.ALU64 | op.MOV), mov32: alu(op.ALU | op.MOV),
  add64: alu(op.ALU64 | op.ADD), add32: alu(op.ALU | op.ADD),
  sub64: alu(op.ALU64 | op.SUB), sub32: alu(op.ALU | op.SUB),
  mul64: alu(op.ALU64 | op.MUL), mul32: alu(op.ALU | op.MUL),
  /** Unsigned; by a register that is 0: 0. */
  div64: alu(op.ALU64 | op.DIV), div32: alu(op.ALU | op.DIV),
  /** Unsigned; by a register that is 0: the dividend. */
  mod64: alu(op.ALU64 | op.MOD), mod32: alu(op.ALU | op.MOD),
  sdiv64: alu(op.ALU64 | op.DIV, 1), sdiv32: alu(op.ALU | op.DIV, 1),
  smod64: alu(op.ALU64 | op.MOD, 1), smod32: alu(op.ALU | op.MOD, 1),
  or64: alu(op.ALU64 | op.OR), or32: alu(op.ALU | op.OR),
  and64: alu(op.ALU64 | op.AND), and32: alu(op.ALU | op.AND),
  xor64: alu(op.ALU64 | op.XOR), xor32: alu(op.ALU | op.XOR),
  lsh64: alu(op.ALU64 | op.LSH), lsh32: alu(op.ALU | op.LSH),
  rsh64: alu(op.ALU64 | op.RSH), rsh32: alu(op.ALU | op.RSH),
  arsh64: alu(op.ALU64 | op.ARSH), arsh32: alu(op.ALU | op.ARSH),
  neg64: (dst: Register): Statement => one(op.ALU64 | op.NEG, dst.register),
  neg32: (dst: Register): Statement => one(op.ALU | op.NEG, dst.register),
  /** dst = the lowest `bits` of src, sign extended. */
  movsx64: (dst: Register, src: Register, bits: 8 | 16 | 32): Statement => one(op.ALU64 | op.MOV | op.X, dst.register, src.register, bits),
  movsx32: (dst: Register, src: Register, bits: 8 | 16): Statement => one(op.ALU | op.MOV | op.X, dst.register, src.register, bits),
  be: swap(op.ALU | op.END | op.X),
  le: swap(op.ALU | op.END | op.K),
  bswap: swap(op.ALU64 | op.END),

  /** dst = a number of 64 bits, signed or unsigned; two slots. */
  ld64: (dst: Register, value: bigint | number): Statement => {
    const bits = BigInt.asUintN(64, BigInt(value));
    return { insns: load64(dst, 0, Number(bits & 0xffff_ffffn), Number(bits >> 32n)) };
  },
  /** dst = the map behind a file descriptor, as helpers take it. */
  ldMapFd: (dst: Register, fd: number): Statement => ({ insns: load64(dst, op.PSEUDO_MAP_FD, fd) }),
  /** dst = address of the byte `offset` of an array's first value. */
  ldMapValue: (dst: Register, fd: number, offset = 0): Statement => ({ insns: load64(dst, op.PSEUDO_MAP_VALUE, fd, offset) }),
  /** As the two above, by the index into attr.fd_array. */
  ldMapIdx: (dst: Register, index: number): Statement => ({ insns: load64(dst, op.PSEUDO_MAP_IDX, index) }),
  ldMapIdxValue: (dst: Register, index: number, offset = 0): Statement => ({ insns: load64(dst, op.PSEUDO_MAP_IDX_VALUE, index, offset) }),
  /** dst = address of a variable of the kernel, by its BTF id and the fd of its BTF (0: vmlinux). */
  ldBtfId: (dst: Register, id: number, btfFd = 0): Statement => ({ insns: load64(dst, op.PSEUDO_BTF_ID, id, btfFd) }),
  /** dst = a function of this program, as helpers that call back take it. */
  ldFunc: (dst: Register, target: Target): Statement => ({ insns: load64(dst, op.PSEUDO_FUNC, 0), target, field: "imm" }),

  /** dst = *(size *)(base + off). */
  ldx: (dst: Register, size: LoadSize, base: Register, off = 0): Statement => one(op.LDX | LOADS[size], dst.register, base.register, off),
  /** *(size *)(base + off) = a register or an immediate. */
  store: (size: Size, base: Register, off: number, value: Operand): Statement =>
    typeof value === "number"
      ? one(op.ST | op.MEM | SIZES[size], base.register, 0, off, value)
      : one(op.STX | op.MEM | SIZES[size], base.register, value.register, off),
  atomic: (operation: Atomic, size: Size, base: Register, off: number, src: Register): Statement =>
    one(op.STX | op.ATOMIC | SIZES[size], base.register, src.register, off, ATOMICS[operation]),
  loadAcquire: (dst: Register, size: Size, base: Register, off = 0): Statement =>
    one(op.STX | op.ATOMIC | SIZES[size], dst.register, base.register, off, op.LOAD_ACQ),
  storeRelease: (size: Size, base: Register, off: number, src: Register): Statement =>
    one(op.STX | op.ATOMIC | SIZES[size], base.register, src.register, off, op.STORE_REL),
  /** R0 = the packet's bytes at `offset`, in host order; R6 must be the skb. Outside of the packet the function returns 0. */
  ldAbs: (size: "u8" | "u16" | "u32", offset: number): Statement => one(op.LD | op.ABS | SIZES[size], 0, 0, 0, offset),
  ldInd: (size: "u8" | "u16" | "u32", src: Register, offset = 0): Statement => one(op.LD | op.IND | SIZES[size], 0, src.register, 0, offset),
  /** dst = src moved between address spaces; `spaces` is destination << 16 | source. */
  addrSpaceCast: (dst: Register, src: Register, spaces: number): Statement => one(op.ALU64 | op.MOV | op.X, dst.register, src.register, 1, spaces),

  jeq: branch(op.JMP | op.JEQ), jeq32: branch(op.JMP32 | op.JEQ),
  jne: branch(op.JMP | op.JNE), jne32: branch(op.JMP32 | op.JNE),
  jgt: branch(op.JMP | op.JGT), jgt32: branch(op.JMP32 | op.JGT),
  jge: branch(op.JMP | op.JGE), jge32: branch(op.JMP32 | op.JGE),
  jlt: branch(op.JMP | op.JLT), jlt32: branch(op.JMP32 | op.JLT),
  jle: branch(op.JMP | op.JLE), jle32: branch(op.JMP32 | op.JLE),
  jsgt: branch(op.JMP | op.JSGT), jsgt32: branch(op.JMP32 | op.JSGT),
  jsge: branch(op.JMP | op.JSGE), jsge32: branch(op.JMP32 | op.JSGE),
  jslt: branch(op.JMP | op.JSLT), jslt32: branch(op.JMP32 | op.JSLT),
  jsle: branch(op.JMP | op.JSLE), jsle32: branch(op.JMP32 | op.JSLE),
  jset: branch(op.JMP | op.JSET), jset32: branch(op.JMP32 | op.JSET),
  /** Jumps always; 16 bits of distance. */
  goto: (target: Target): Statement => ({ insns: [insn(op.JMP | op.JA)], target, field: "off" }),
  /** Jumps always; 32 bits of distance. */
  gotol: (target: Target): Statement => ({ insns: [insn(op.JMP32 | op.JA)], target, field: "imm" }),
  /** Jumps when the program has looped for too long: what makes an unbounded loop legal. */
  mayGoto: (target: Target): Statement => ({ insns: [insn(op.JMP | op.JCOND)], target, field: "off" }),
  /** Calls a helper by its number. */
  call: (helper: number): Statement => one(op.JMP | op.CALL, 0, op.HELPER_CALL, 0, helper),
  /** Calls a function of this program. */
  callFunction: (target: Target): Statement => ({ insns: [insn(op.JMP | op.CALL, 0, op.PSEUDO_CALL)], target, field: "imm" }),
  /** Calls a function of the kernel by its BTF id; `btf` is the index of its BTF in attr.fd_array, 0 for vmlinux. */
  callKfunc: (id: number, btf = 0): Statement => one(op.JMP | op.CALL, 0, op.PSEUDO_KFUNC_CALL, btf, id),
  exit: (): Statement => one(op.JMP | op.EXIT),
  /** Marks the place of the next instruction. */
  label: (name: string): Statement => ({ label: name }),
  /** A slot by its fields, whether an instruction or not. */
  raw: (code: number, dst = 0, src = 0, off = 0, imm = 0): Statement => one(code & 0xff, dst & 15, src & 15, off, imm),
} as const;
