import { Errno } from "../../../assembly/uapi/constants.ts";
import { isLoad64 } from "../../insn/disasm.ts";
import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import { refuse } from "./rule.ts";

const FUNCTIONS_MAX = 256;
const TAIL_CALL = 12;

export const isFunctionCall = ({ code, src }: Insn): boolean => code === (op.JMP | op.CALL) && src === op.PSEUDO_CALL;
export const isKernelCall = ({ code, src }: Insn): boolean => code === (op.JMP | op.CALL) && src === op.PSEUDO_KFUNC_CALL;
export const isFunctionLoad = (insn: Insn): boolean => isLoad64(insn) && insn.src === op.PSEUDO_FUNC;

const isJumpClass = (code: number): boolean => (code & op.CLASS_MASK) === op.JMP || (code & op.CLASS_MASK) === op.JMP32;

/**
 * Slots where functions start, in order: the entry, and what calls and function loads name. `starts` takes them as they are found;
 * `kernelCall` judges calls of kernel functions.
 */
export function functionStarts(insns: readonly Insn[], starts: Set<number>, kernelCall: (insn: Insn, index: number) => void): number[] {
  starts.add(0);
  insns.forEach((insn, index) => {
    if (isKernelCall(insn)) kernelCall(insn, index);
    if (!isFunctionCall(insn) && !isFunctionLoad(insn)) return;
    const target = index + insn.imm + 1;
    if (target < 0 || target >= insns.length) refuse(Errno.EINVAL, "call to invalid destination");
    if (!starts.has(target) && starts.size === FUNCTIONS_MAX) refuse(Errno.E2BIG, "too many subprograms");
    starts.add(target);
  });
  return [...starts].sort((a, b) => a - b);
}

/** A function's slots and what in it needs BTF. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly hasTailCall: boolean;
  readonly hasLdAbs: boolean;
}

/** Checks that jumps stay in their function and that functions end; gives the functions. */
export function functionExtents(insns: readonly Insn[], starts: readonly number[]): Extent[] {
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? insns.length;
    let hasTailCall = false;
    let hasLdAbs = false;
    for (let at = start; at < end; at++) {
      const { code, src, imm } = insns[at];
      hasTailCall ||= code === (op.JMP | op.CALL) && src === op.HELPER_CALL && imm === TAIL_CALL;
      hasLdAbs ||= (code & op.CLASS_MASK) === op.LD && ((code & op.MODE_MASK) === op.ABS || (code & op.MODE_MASK) === op.IND);
      checkJump(insns[at], at, start, end);
      if (at === end - 1 && !endsFunction(code)) refuse(Errno.EINVAL, "last insn is not an exit or jmp");
    }
    return { start, end, hasTailCall, hasLdAbs };
  });
}

const endsFunction = (code: number): boolean => code === (op.JMP | op.EXIT) || code === (op.JMP | op.JA) || code === (op.JMP32 | op.JA);

function checkJump(insn: Insn, at: number, start: number, end: number): void {
  const operation = insn.code & op.OP_MASK;
  if (!isJumpClass(insn.code) || operation === op.CALL || operation === op.EXIT) return;
  const target = at + 1 + jumpDistance(insn);
  if (target < start || target >= end) refuse(Errno.EINVAL, `jump out of range from insn ${at} to ${target}`);
}

/** Slots that a jump skips: gotol has them in imm. */
export const jumpDistance = ({ code, off, imm }: Insn): number => (code === (op.JMP32 | op.JA) ? imm : off);
