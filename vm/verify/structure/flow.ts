import { Errno } from "../../../assembly/uapi/constants.ts";
import { isLoad64 } from "../../insn/disasm.ts";
import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import { isFunctionCall, isFunctionLoad, jumpDistance } from "./functions.ts";
import { refuse } from "./rule.ts";

/** Slots that may run after the one at `index`, functions that it names among them. */
export function successors(insns: readonly Insn[], index: number): number[] {
  const insn = insns[index];
  const { code } = insn;
  if (isLoad64(insn)) return isFunctionLoad(insn) ? [index + 2, index + 1 + insn.imm] : [index + 2];
  const kind = code & op.CLASS_MASK;
  if (kind !== op.JMP && kind !== op.JMP32) return [index + 1];
  switch (code & op.OP_MASK) {
    case op.EXIT:
      return [];
    case op.CALL:
      return isFunctionCall(insn) ? [index + 1, index + 1 + insn.imm] : [index + 1];
    case op.JA:
      return [index + 1 + jumpDistance(insn)];
    default:
      return [index + 1, index + 1 + insn.off];
  }
}

/** Checks that every instruction can be reached, whatever conditions say, and that none is entered in its middle. */
export function checkFlow(insns: readonly Insn[]): void {
  const reached = new Uint8Array(insns.length);
  const pending = [0];
  reached[0] = 1;
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    for (const next of successors(insns, index)) {
      if (reached[next] !== 0) continue;
      reached[next] = 1;
      pending.push(next);
    }
  }
  for (let index = 0; index < insns.length; index++) {
    if (reached[index] === 0) refuse(Errno.EINVAL, `unreachable insn ${index}`);
    if (!isLoad64(insns[index])) continue;
    if (reached[index + 1] !== 0) refuse(Errno.EINVAL, `jump into the middle of ldimm64 insn ${index}`);
    index++;
  }
}
