import * as op from "../../insn/opcodes.ts";
import { FRAMES_MAX, STACK_SIZE } from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { E2BIG, EACCES, Reject } from "./reject.ts";

/** Bytes that callers may have used where a function makes a tail call. */
const TAIL_CALL_MAX = 256;
const ROUND = 16;

/** Refuses chains of calls that need more stack than there is. */
export function checkStackDepth(w: Walk): void {
  const { functions } = w.structure;
  const callees = functions.map(({ start, end }) => calledFrom(w, start, end));
  const visit = (index: number, before: number, frames: number): void => {
    const shape = functions[index];
    if (index !== 0 && before >= TAIL_CALL_MAX && shape.hasTailCall) {
      throw new Reject(EACCES, `tail_calls are not allowed when call stack of previous frames is ${before} bytes. Too large`);
    }
    const depth = before + Math.ceil(w.stackDepths[index] / ROUND) * ROUND;
    if (depth > STACK_SIZE) throw new Reject(EACCES, `combined stack size of ${frames} calls is ${depth}. Too large`);
    for (const callee of callees[index]) {
      if (frames >= FRAMES_MAX) throw new Reject(E2BIG, `the call stack of ${frames + 1} frames is too deep !`);
      visit(callee, depth, frames + 1);
    }
  };
  visit(0, 0, 1);
}

/** Functions that the slots from `start` to `end` call or pass on. */
function calledFrom(w: Walk, start: number, end: number): number[] {
  const callees: number[] = [];
  for (let at = start; at < end; at++) {
    const { code, src, imm } = w.insns[at];
    const isCall = code === (op.JMP | op.CALL) && src === op.PSEUDO_CALL;
    const isLoad = code === (op.LD | op.IMM | op.DW) && src === op.PSEUDO_FUNC;
    if (isCall || isLoad) callees.push(w.functionAt(at + 1 + imm));
    if (code === (op.LD | op.IMM | op.DW)) at++;
  }
  return callees;
}
