import * as op from "../../insn/opcodes.ts";

// Every opcode that there is. What it may carry in its other fields is judged when the walk comes to it.

const SOURCES = [op.K, op.X];
const SIZES = [op.B, op.H, op.W, op.DW];
const ARITHMETIC = [op.ADD, op.SUB, op.MUL, op.DIV, op.OR, op.AND, op.LSH, op.RSH, op.MOD, op.XOR, op.MOV, op.ARSH];
const CONDITIONS = [op.JEQ, op.JGT, op.JGE, op.JSET, op.JNE, op.JSGT, op.JSGE, op.JLT, op.JLE, op.JSLT, op.JSLE];

const OPCODES: ReadonlySet<number> = new Set([
  ...[op.ALU, op.ALU64].flatMap((kind) => [
    ...ARITHMETIC.flatMap((operation) => SOURCES.map((source) => kind | operation | source)),
    kind | op.NEG,
  ]),
  op.ALU | op.END | op.K, op.ALU | op.END | op.X, op.ALU64 | op.END,
  ...[op.JMP, op.JMP32].flatMap((kind) => [
    ...CONDITIONS.flatMap((condition) => SOURCES.map((source) => kind | condition | source)),
    kind | op.JA,
  ]),
  op.JMP | op.CALL, op.JMP | op.EXIT, op.JMP | op.JCOND,
  op.LD | op.IMM | op.DW,
  ...[op.ABS, op.IND].flatMap((mode) => [op.B, op.H, op.W].map((size) => op.LD | mode | size)),
  ...SIZES.flatMap((size) => [op.LDX | op.MEM | size, op.ST | op.MEM | size, op.STX | op.MEM | size, op.STX | op.ATOMIC | size]),
  ...[op.B, op.H, op.W].map((size) => op.LDX | op.MEMSX | size),
]);

export const isOpcode = (code: number): boolean => OPCODES.has(code);
