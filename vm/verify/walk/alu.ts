import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { adjustPointer } from "./pointer_alu.ts";
import { constantReg, isPointer, isScalar, scalarReg, UNKNOWN_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { isConstant, signExtend, signExtend32, UNBOUNDED, zeroExtend32 } from "./scalar.ts";
import { aluScalars } from "./scalar_alu.ts";
import { markPrecise } from "./precision.ts";

/** Arithmetic and moves, 64 or 32 bits wide. */
export function alu(w: Walk, insn: Insn): void {
  const operation = insn.code & op.OP_MASK;
  if (operation === op.END || operation === op.NEG) return unary(w, insn, operation);
  if (operation === op.MOV) return move(w, insn);
  if (operation > op.END) invalid(`invalid BPF_ALU opcode ${operation.toString(16)}`);
  return binary(w, insn, operation);
}

function unary(w: Walk, insn: Insn, operation: number): void {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  if (operation === op.NEG) {
    if ((code & op.SOURCE_MASK) !== op.K || src !== 0 || off !== 0 || imm !== 0) invalid("BPF_NEG uses reserved fields");
  } else if (src !== 0 || off !== 0 || (imm !== 16 && imm !== 32 && imm !== 64) || (wide && (code & op.SOURCE_MASK) !== op.K)) {
    invalid("BPF_END uses reserved fields");
  }
  const reg = w.read(dst);
  w.checkWritable(dst);
  if (operation === op.NEG && isScalar(reg)) w.setReg(dst, scalarReg(aluScalars(op.NEG, reg.scalar, reg.scalar, wide)));
  else w.setReg(dst, UNKNOWN_REG);
}

/** An equal scalar gets an id of its own, so that what is learned of one is known of the other. */
export function withScalarId(w: Walk, reg: Reg): Reg {
  if (!isScalar(reg) || isConstant(reg.scalar)) return reg;
  if (reg.isLinked) return { ...reg, id: w.newId(), off: 0, isLinked: false };
  return reg.id !== 0 ? reg : { ...reg, id: w.newId() };
}

function move(w: Walk, insn: Insn): void {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  if ((code & op.SOURCE_MASK) === op.K) {
    if (src !== 0 || off !== 0) invalid("BPF_MOV uses reserved fields");
    w.checkWritable(dst);
    w.setReg(dst, constantReg(BigInt(wide ? imm : imm >>> 0)));
    return;
  }
  if (wide && off === 1) addressSpaceCast(insn);
  if (imm !== 0 || (off !== 0 && off !== 8 && off !== 16 && !(wide && off === 32))) invalid("BPF_MOV uses reserved fields");
  let from = w.read(src);
  w.checkWritable(dst);
  if (wide && off === 0) {
    from = withScalarId(w, from);
    w.setReg(src, from);
    w.setReg(dst, from);
  } else if (wide) {
    moveExtended(w, insn, from);
  } else if (isPointer(from)) {
    w.setReg(dst, scalarReg(zeroExtend32(UNBOUNDED)));
  } else {
    move32(w, insn, from);
  }
}

function addressSpaceCast({ imm }: Insn): never {
  if (imm !== 1 && imm !== 1 << 16) invalid("addr_space_cast insn can only convert between address space 1 and 0");
  invalid("addr_space_cast insn can only be used in a program that has an associated arena");
}

function moveExtended(w: Walk, { dst, src, off }: Insn, from: Reg): void {
  if (isPointer(from)) return w.setReg(dst, UNKNOWN_REG);
  const bits = BigInt(off);
  // A number that its sign bit leaves alone stays equal.
  const isSame = from.scalar.umax < 1n << (bits - 1n);
  const linked = isSame ? withScalarId(w, from) : from;
  if (isSame) w.setReg(src, linked);
  w.setReg(dst, isSame ? linked : { ...scalarReg(signExtend(from.scalar, off / 8)) });
}

function move32(w: Walk, { dst, src, off }: Insn, from: Reg): void {
  if (off === 0) {
    const isSame = from.scalar.umax <= 0xffff_ffffn;
    const linked = isSame ? withScalarId(w, from) : from;
    if (isSame) w.setReg(src, linked);
    w.setReg(dst, isSame ? linked : scalarReg(zeroExtend32(from.scalar)));
    return;
  }
  const isSame = from.scalar.umax < 1n << BigInt(off - 1);
  const linked = isSame ? withScalarId(w, from) : from;
  if (isSame) w.setReg(src, linked);
  w.setReg(dst, isSame ? linked : scalarReg(signExtend32(from.scalar, off / 8)));
}

function binary(w: Walk, insn: Insn, operation: number): void {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  const isRegister = (code & op.SOURCE_MASK) === op.X;
  const offMax = operation === op.DIV || operation === op.MOD ? 1 : 0;
  if ((isRegister ? imm !== 0 : src !== 0) || off < 0 || off > offMax) invalid("BPF_ALU uses reserved fields");
  if (isRegister) w.read(src);
  const a = w.read(dst);
  if (!isRegister && (operation === op.DIV || operation === op.MOD) && imm === 0) invalid("div by zero");
  if (!isRegister && (operation === op.LSH || operation === op.RSH || operation === op.ARSH) && (imm < 0 || imm >= (wide ? 64 : 32))) {
    invalid(`invalid shift ${imm}`);
  }
  w.checkWritable(dst);
  const b = isRegister ? w.reg(src) : constantReg(BigInt(imm));
  if (isPointer(a) || isPointer(b)) pointers(w, insn, operation, a, b, wide);
  else w.setReg(dst, numbers(operation, a, b, wide));
}

/** dst op= src where neither is a pointer. */
function numbers(operation: number, a: Reg, b: Reg, wide: boolean): Reg {
  const result = scalarReg(aluScalars(operation, a.scalar, b.scalar, wide));
  if (!wide || operation !== op.ADD || a.id === 0 || !isConstant(b.scalar)) return result;
  // A constant added to one of several equal scalars keeps them linked; a second one ends that.
  const step = b.scalar.bits.value;
  return a.isLinked || step > 0x7fff_ffffn ? result : { ...result, id: a.id, off: Number(step), isLinked: true };
}

function pointers(w: Walk, insn: Insn, operation: number, a: Reg, b: Reg, wide: boolean): void {
  const { dst, src } = insn;
  if (isPointer(a) && isPointer(b)) {
    // Subtraction of pointers gives a number.
    if (operation === op.SUB && wide) return w.setReg(dst, UNKNOWN_REG);
    denied(`R${dst} pointer ${OPERATORS[operation]} pointer prohibited`);
  }
  const isFlipped = !isPointer(a);
  if (isFlipped) markPrecise(w, dst);
  else if ((insn.code & op.SOURCE_MASK) === op.X) markPrecise(w, src);
  const [pointer, number] = isFlipped ? [w.reg(src), w.reg(dst)] : [a, (insn.code & op.SOURCE_MASK) === op.X ? w.reg(src) : b];
  const result = adjustPointer(w, { dst, operation, wide, isFlipped }, pointer, number);
  w.setReg(dst, result);
}

/** Signs of the operations, in messages. */
export const OPERATORS: Readonly<Record<number, string>> = {
  [op.ADD]: "+=", [op.SUB]: "-=", [op.MUL]: "*=", [op.DIV]: "/=", [op.OR]: "|=", [op.AND]: "&=", [op.LSH]: "<<=", [op.RSH]: ">>=",
  [op.MOD]: "%=", [op.XOR]: "^=", [op.ARSH]: "s>>=",
};
