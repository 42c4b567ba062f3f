import { isLoad64 } from "../insn/disasm.ts";
import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { successors } from "./structure/flow.ts";

/** Successors within the function: calls go on behind themselves. */
function next(insns: readonly Insn[], at: number): number[] {
  if (isLoad64(insns[at])) return [at + 2];
  const isCall = insns[at].code === (op.JMP | op.CALL);
  return isCall ? [at + 1] : successors(insns, at);
}

/**
 * Numbers the loops of a program, that is its strongly connected components of more than one instruction or with a jump to itself: the
 * number of each slot's loop from 1, or 0. Inner parts of the graph are numbered before those that lead to them.
 */
export function loopNumbers(insns: readonly Insn[]): Uint32Array {
  const numbers = new Uint32Array(insns.length);
  const order = new Uint32Array(insns.length);
  const low = new Uint32Array(insns.length);
  const open = new Uint8Array(insns.length);
  const members: number[] = [];
  let visited = 0;
  let loops = 0;
  for (let root = 0; root < insns.length; root += isLoad64(insns[root]) ? 2 : 1) {
    if (order[root] !== 0) continue;
    const path: { at: number; targets: number[] }[] = [];
    const enter = (at: number): void => {
      order[at] = low[at] = ++visited;
      open[at] = 1;
      members.push(at);
      path.push({ at, targets: next(insns, at).reverse() });
    };
    enter(root);
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { at } = frame;
      const target = frame.targets.pop();
      if (target !== undefined) {
        if (order[target] === 0) enter(target);
        else if (open[target] !== 0) low[at] = Math.min(low[at], order[target]);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent.at] = Math.min(low[parent.at], low[at]);
      if (low[at] !== order[at]) continue;
      const component = members.splice(members.lastIndexOf(at));
      const isLoop = component.length > 1 || next(insns, at).includes(at);
      if (isLoop) loops++;
      for (const member of component) {
        open[member] = 0;
        if (isLoop) numbers[member] = loops;
      }
    }
  }
  return numbers;
}
