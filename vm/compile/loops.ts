import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import type { Graph } from "./graph.ts";

// Which blocks are in loops, and which registers a loop may change.

/** Steps after which the search gives up and calls everything a loop. */
const STEPS_MAX = 4_000_000;
export const ALL_REGISTERS = (1 << op.R10) - 1;
const CALLER_SAVED = 0b111111;

/** Registers that an instruction may change, as a mask. */
export function changedBy({ code, dst, src, imm }: Insn): number {
  switch (code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
    case op.LDX:
      return 1 << dst;
    case op.LD:
      return (code & op.MODE_MASK) === op.IMM ? 1 << dst : CALLER_SAVED;
    case op.STX:
      if ((code & op.MODE_MASK) !== op.ATOMIC || imm === op.STORE_REL) return 0;
      if (imm === op.LOAD_ACQ) return 1 << dst;
      if (imm === op.CMPXCHG) return 1;
      return imm & op.FETCH ? 1 << src : 0;
    case op.JMP:
      return (code & op.OP_MASK) === op.CALL ? CALLER_SAVED : 0;
    default:
      return 0;
  }
}

export interface Loops {
  /** By block: 1 when it is part of a loop. */
  readonly inside: Uint8Array;
  /** By block: for a loop's header, the registers that the loop may change. */
  readonly changed: Int32Array;
}

export function findLoops({ blocks, order, place, isHeader, predecessors }: Graph, insns: readonly Insn[]): Loops {
  const inside = new Uint8Array(blocks.length);
  const changed = new Int32Array(blocks.length);
  const changedIn = new Int32Array(blocks.length).fill(-1);
  const stamp = new Int32Array(blocks.length).fill(-1);
  let steps = 0;
  for (const header of order) {
    if (!isHeader[header]) continue;
    // The loop: the header, and whatever reaches one of its back edges without passing the header.
    const pending = predecessors[header].filter((from) => place[from] >= place[header]);
    stamp[header] = header;
    const members = [header];
    while (pending.length > 0) {
      const block = pending.pop() as number;
      if (stamp[block] === header) continue;
      if (++steps > STEPS_MAX) return { inside: inside.fill(1), changed: changed.fill(ALL_REGISTERS) };
      stamp[block] = header;
      members.push(block);
      pending.push(...predecessors[block]);
    }
    for (const block of members) {
      inside[block] = 1;
      if (changedIn[block] < 0) changedIn[block] = changedInBlock(insns, blocks[block].start, blocks[block].stop);
      changed[header] |= changedIn[block];
    }
  }
  return { inside, changed };
}

function changedInBlock(insns: readonly Insn[], start: number, stop: number): number {
  let mask = 0;
  for (let at = start; at < stop; ++at) mask |= changedBy(insns[at]);
  return mask;
}
