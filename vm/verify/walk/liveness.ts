import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Structure } from "../structure/structure.ts";
import { successors } from "../structure/flow.ts";
import type { Marks } from "./context.ts";
import { isPruneCall, argumentsOf } from "./helpers/traits.ts";

// What is known before the walk: where states are compared, and which registers are still needed.

const isJump = (code: number): boolean => (code & op.CLASS_MASK) === op.JMP || (code & op.CLASS_MASK) === op.JMP32;
const isLoad64 = (code: number): boolean => code === (op.LD | op.IMM | op.DW);

/** Marks of a program's instructions. */
export function markInsns(structure: Structure): Marks {
  const { insns } = structure;
  const marks: Marks = {
    prune: new Uint8Array(insns.length + 1), jump: new Uint8Array(insns.length + 1), checkpoint: new Uint8Array(insns.length + 1), live: liveRegisters(structure),
  };
  for (let at = 0; at < insns.length; at += isLoad64(insns[at].code) ? 2 : 1) markInsn(structure, marks, at);
  return marks;
}

function markTarget({ prune, jump }: Marks, at: number): void {
  prune[at] = 1;
  jump[at] = 1;
}

function markInsn(structure: Structure, marks: Marks, at: number): void {
  const insn = structure.insns[at];
  const { code, src, off, imm } = insn;
  if (isLoad64(code)) {
    if (src === op.PSEUDO_FUNC) {
      marks.prune[at] = 1;
      markTarget(marks, at + 2);
      markTarget(marks, at + 1 + imm);
    }
    return;
  }
  if (!isJump(code)) return;
  const operation = code & op.OP_MASK;
  if (operation === op.EXIT) return;
  if (operation === op.CALL) {
    markTarget(marks, at + 1);
    if (src === op.PSEUDO_CALL) {
      marks.prune[at] = 1;
      markTarget(marks, at + 1 + imm);
    }
    const call = isPruneCall(insn, structure.kernelFunctions.get(at)?.name);
    if (call !== undefined) {
      marks.prune[at] = 1;
      if (call === "checkpoint") {
        marks.checkpoint[at] = 1;
        marks.jump[at] = 1;
      }
    }
    return;
  }
  if (operation === op.JA) return markTarget(marks, at + 1 + ((code & op.CLASS_MASK) === op.JMP32 ? imm : off));
  marks.prune[at] = 1;
  if (operation === op.JCOND) marks.checkpoint[at] = 1;
  markTarget(marks, at + 1 + off);
}

const bit = (register: number): number => 1 << register;
/** Beside the registers: the stack, which loads, atomics and calls may read. Nothing writes the whole of it. */
export const STACK_BIT = 1 << 11;
const ALL_ARGUMENTS = 0b111110;
const ARGUMENTS_MAX = 5;

/** Registers that an instruction reads and writes. */
function usesOf(insn: Insn): [reads: number, writes: number] {
  const { code, dst, src, imm } = insn;
  const kind = code & op.CLASS_MASK;
  const source = (code & op.SOURCE_MASK) === op.X ? bit(src) : 0;
  switch (kind) {
    case op.LD:
      if (isLoad64(code)) return [0, bit(dst)];
      return [bit(6) | ((code & op.MODE_MASK) === op.IND ? bit(src) : 0), bit(0) | ALL_ARGUMENTS];
    case op.LDX:
      return [bit(src) | STACK_BIT, bit(dst)];
    case op.ST:
      return [bit(dst), 0];
    case op.STX:
      if ((code & op.MODE_MASK) !== op.ATOMIC) return [bit(dst) | bit(src), 0];
      if (imm === op.CMPXCHG) return [bit(0) | bit(dst) | bit(src) | STACK_BIT, bit(0)];
      if (imm === op.LOAD_ACQ) return [bit(src) | STACK_BIT, bit(dst)];
      return [bit(dst) | bit(src) | STACK_BIT, imm !== op.STORE_REL && (imm & op.FETCH) !== 0 ? bit(src) : 0];
    case op.ALU:
    case op.ALU64:
      if ((code & op.OP_MASK) === op.END || (code & op.OP_MASK) === op.NEG) return [bit(dst), bit(dst)];
      return (code & op.OP_MASK) === op.MOV ? [source, bit(dst)] : [bit(dst) | source, bit(dst)];
  }
  switch (code & op.OP_MASK) {
    case op.JA: case op.JCOND:
      return [0, 0];
    case op.EXIT:
      return [bit(0), 0];
    case op.CALL: {
      const count = src === op.HELPER_CALL ? argumentsOf(imm) : ARGUMENTS_MAX;
      return [((1 << (count + 1)) - 2) | STACK_BIT, bit(0) | ALL_ARGUMENTS];
    }
    default:
      return [bit(dst) | source, 0];
  }
}

/** Registers that are read behind an instruction before they are written there, by the graph of each function. */
function liveRegisters(structure: Structure): Uint16Array {
  const { insns } = structure;
  const live = new Uint16Array(insns.length + 1);
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = insns.length - 1; at >= 0; at--) {
      if (at > 0 && isLoad64(insns[at - 1].code) && insns[at].code === 0) continue;
      const insn = insns[at];
      const next = isJump(insn.code) && (insn.code & op.OP_MASK) === op.CALL ? [at + 1] : isLoad64(insn.code) ? [at + 2] : successors(insns, at);
      let out = 0;
      for (const target of next) out |= live[target];
      const [reads, writes] = usesOf(insn);
      const before = (out & ~writes) | reads;
      if (before !== live[at]) {
        live[at] = before;
        changed = true;
      }
    }
  }
  return live;
}
