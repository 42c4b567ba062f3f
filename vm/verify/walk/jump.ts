import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { linkedPlaces, spreadScalar } from "./linked.ts";
import { learnNull } from "./null.ts";
import { decidePacket, learnPacket } from "./packet.ts";
import { markPrecise } from "./precision.ts";
import { constantReg, isConstantReg, isMaybeNull, isPointer, isScalar } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { invalid } from "./reject.ts";
import { compareScalars, refineScalars } from "./scalar_branch.ts";
import type { State } from "./state.ts";

/** Pointers that are never 0. */
const NEVER_NULL: ReadonlySet<string> = new Set(["sock", "tcp_sock", "map_value", "map_key", "sock_common", "mem", "func", "map_ptr"]);

const isNeverNull = (reg: Reg): boolean => !isMaybeNull(reg) && NEVER_NULL.has(reg.kind);

/** Whether a comparison is decided. */
function decide(condition: number, a: Reg, b: Reg, wide: boolean): boolean | undefined {
  if (isPointer(a) && isPointer(b) && wide) return decidePacket(condition, a, b);
  if (isPointer(a) || isPointer(b)) {
    const [pointer, number] = isPointer(a) ? [a, b] : [b, a];
    if (!wide || !isConstantReg(number) || number.scalar.bits.value !== 0n || !isNeverNull(pointer)) return undefined;
    return condition === op.JEQ ? false : condition === op.JNE ? true : undefined;
  }
  return compareScalars(condition, a.scalar, b.scalar, wide);
}

/** A conditional jump; gives the next instruction, and puts the other one aside where both are possible. */
export function conditionalJump(w: Walk, insn: Insn): number {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.JMP;
  const condition = code & op.OP_MASK;
  const isRegister = (code & op.SOURCE_MASK) === op.X;
  if (condition === op.JCOND && wide) return mayGoto(w, insn);
  if (condition > op.JSLE) invalid(`invalid BPF_JMP/JMP32 opcode ${condition.toString(16)}`);
  w.read(dst);
  if (isRegister ? imm !== 0 : src !== 0) invalid("BPF_JMP/JMP32 uses reserved fields");
  if (isRegister) w.read(src);
  const a = w.reg(dst);
  const b = isRegister ? w.reg(src) : constantReg(BigInt(imm));
  const target = w.at + 1 + off;
  const outcome = decide(condition, a, b, wide);
  if (outcome !== undefined) {
    if (!isPointer(a)) markPrecise(w, dst);
    if (isRegister && !isPointer(b)) markPrecise(w, src);
    return outcome ? target : w.at + 1;
  }
  noteLinked(w, a, b, isRegister);
  const taken = w.push(target);
  if (isScalar(a) && isScalar(b)) {
    refine(taken, condition, true, insn, a, b, wide);
    refine(w.state, condition, false, insn, a, b, wide);
  } else if (wide) {
    learnFromPointers(w, taken, insn, a, b);
  }
  return w.at + 1;
}

function noteLinked(w: Walk, a: Reg, b: Reg, isRegister: boolean): void {
  const ids = [a, ...(isRegister ? [b] : [])].filter((reg) => isScalar(reg) && reg.id !== 0).map(({ id }) => id);
  if (ids.length === 0) return;
  const linked = linkedPlaces(w, ids);
  if (linked.length > 1) w.note().linked = linked;
}

function refine(state: State, condition: number, isTrue: boolean, { code, dst, src }: Insn, a: Reg, b: Reg, wide: boolean): void {
  const [left, right] = refineScalars(condition, isTrue, a.scalar, b.scalar, wide);
  const { regs } = state.frame;
  regs[dst] = { ...a, scalar: left };
  spreadScalar(state, regs[dst]);
  if ((code & op.SOURCE_MASK) !== op.X || src === dst) return;
  regs[src] = { ...b, scalar: right };
  spreadScalar(state, regs[src]);
}

function learnFromPointers(w: Walk, taken: State, { code, imm, dst, src }: Insn, a: Reg, b: Reg): void {
  const condition = code & op.OP_MASK;
  const isEquality = condition === op.JEQ || condition === op.JNE;
  const isRegister = (code & op.SOURCE_MASK) === op.X;
  if (!isRegister && imm === 0 && isEquality && isMaybeNull(a)) {
    learnNull(w.state, a, condition === op.JNE);
    learnNull(taken, a, condition === op.JEQ);
    return;
  }
  if (!isRegister) return;
  if (isPointer(a) && isPointer(b) && isEquality && isMaybeNull(a) !== isMaybeNull(b) && a.kind !== "ptr_" && b.kind !== "ptr_") {
    learnNull(condition === op.JEQ ? taken : w.state, isMaybeNull(a) ? a : b, false);
  }
  learnPacket(condition, w.state, taken, a, b, dst, src);
}

function mayGoto(w: Walk, { code, dst, src, off, imm }: Insn): number {
  if ((code & op.SOURCE_MASK) !== op.K || src !== 0 || dst !== 0 || imm !== 0) invalid(`invalid may_goto imm ${imm}`);
  const entered = w.push(w.at + 1);
  entered.mayGotoDepth++;
  // The path that leaves the loop is walked first, like a jump that is taken.
  return w.at + 1 + off;
}

/** goto and gotol. */
export function jump(w: Walk, { code, dst, src, off, imm }: Insn): number {
  const isLong = (code & op.CLASS_MASK) === op.JMP32;
  if ((code & op.SOURCE_MASK) !== op.K || src !== 0 || dst !== 0 || (isLong ? off !== 0 : imm !== 0)) invalid("BPF_JA uses reserved fields");
  return w.at + 1 + (isLong ? imm : off);
}
