import { Fault } from "../helpers/fault.ts";
import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { isValid } from "./valid.ts";

// The basic blocks of one function: every slot that control can reach from its start. Where control would leave the function,
// or meets a slot that is no instruction, there is a block of its own that ends the run with a fault.

export type End =
  /** The function's end. */
  | { readonly kind: "exit" }
  | { readonly kind: "jump"; readonly to: number }
  /** The conditional jump in slot `insn`. */
  | { readonly kind: "branch"; readonly insn: number; readonly taken: number; readonly fall: number }
  | { readonly kind: "fault"; readonly insn: number; readonly reason: Fault };

/** The slots from `start` up to `stop`, then `end`. Blocks name each other by their index. */
export interface Block {
  readonly start: number;
  readonly stop: number;
  readonly end: End;
}

const isJumpClass = (code: number): boolean => (code & op.CLASS_MASK) === op.JMP || (code & op.CLASS_MASK) === op.JMP32;
/** A slot that control does not simply run through: jumps and exit, but not calls. */
const endsBlock = ({ code }: Insn): boolean => isJumpClass(code) && (code & op.OP_MASK) !== op.CALL;
const isExit = ({ code }: Insn): boolean => (code & op.OP_MASK) === op.EXIT;
const isUnconditional = ({ code }: Insn): boolean => (code & op.OP_MASK) === op.JA;

/** Slots that the instruction takes. */
const slotsOf = ({ code }: Insn): number => (code === (op.LD | op.IMM | op.DW) ? 2 : 1);

/** Where the jump in slot `at` goes to. */
function jumpTarget(insn: Insn, at: number): number {
  const far = insn.code === (op.JMP32 | op.JA);
  return at + 1 + (far ? insn.imm : insn.off);
}

/** The blocks of the function in the slots from `start` up to `end`; block 0 is its entry. */
export function findBlocks(insns: readonly Insn[], start: number, end: number): Block[] {
  return new BlockFinder(insns, start, end).find();
}

class BlockFinder {
  #insns: readonly Insn[];
  #start: number;
  #end: number;
  /** By slot relative to the start: 1 where a block begins. */
  #leaders: Uint8Array;
  #reached: Uint8Array;
  #blocks: Block[] = [];
  /** By slot relative to the start: the block that begins there, plus 1. */
  #numbers: Int32Array;

  constructor(insns: readonly Insn[], start: number, end: number) {
    this.#insns = insns;
    this.#start = start;
    this.#end = Math.max(start, Math.min(end, insns.length));
    const count = this.#end - start;
    this.#leaders = new Uint8Array(count);
    this.#reached = new Uint8Array(count);
    this.#numbers = new Int32Array(count);
  }

  find(): Block[] {
    this.#reach();
    const starts: number[] = [];
    this.#leaders.forEach((isLeader, index) => {
      if (isLeader) this.#numbers[index] = starts.push(this.#start + index);
    });
    if (starts.length === 0) return [this.#faultBlock(this.#start, Fault.JUMP)];
    // Blocks of faults are numbered behind those of slots, as they are found.
    this.#blocks = new Array<Block>(starts.length);
    starts.forEach((start, index) => (this.#blocks[index] = this.#blockFrom(start)));
    return this.#blocks;
  }

  #inside(slot: number): boolean {
    return slot >= this.#start && slot < this.#end;
  }

  /** Marks reachable slots and the first slots of blocks. */
  #reach(): void {
    const pending: number[] = [];
    const lead = (slot: number): void => {
      if (!this.#inside(slot) || this.#leaders[slot - this.#start]) return;
      this.#leaders[slot - this.#start] = 1;
      pending.push(slot);
    };
    lead(this.#start);
    while (pending.length > 0) {
      let at = pending.pop() as number;
      while (this.#inside(at) && !this.#reached[at - this.#start]) {
        this.#reached[at - this.#start] = 1;
        const insn = this.#insns[at];
        if (!isValid(insn)) break;
        if (!endsBlock(insn)) {
          at += slotsOf(insn);
          continue;
        }
        if (!isExit(insn)) lead(jumpTarget(insn, at));
        if (!isExit(insn) && !isUnconditional(insn)) lead(at + 1);
        break;
      }
    }
  }

  #blockFrom(start: number): Block {
    let at = start;
    for (;;) {
      const insn = this.#insns[at];
      if (!isValid(insn)) return { start, stop: at, end: { kind: "fault", insn: at, reason: Fault.INSN } };
      if (endsBlock(insn)) return { start, stop: at, end: this.#endAt(insn, at) };
      const next = at + slotsOf(insn);
      if (!this.#inside(next)) {
        // A 64-bit immediate whose second half is missing is no instruction; the others run before control leaves.
        const cut = next > this.#end;
        return cut
          ? { start, stop: at, end: { kind: "fault", insn: at, reason: Fault.INSN } }
          : { start, stop: next, end: { kind: "fault", insn: at, reason: Fault.JUMP } };
      }
      if (this.#leaders[next - this.#start]) return { start, stop: next, end: { kind: "jump", to: this.#numberAt(next, at) } };
      at = next;
    }
  }

  #endAt(insn: Insn, at: number): End {
    if (isExit(insn)) return { kind: "exit" };
    const taken = this.#numberAt(jumpTarget(insn, at), at);
    if (isUnconditional(insn)) return { kind: "jump", to: taken };
    return { kind: "branch", insn: at, taken, fall: this.#numberAt(at + 1, at) };
  }

  /** The block that begins in a slot; for a slot outside the function a new one that faults. */
  #numberAt(slot: number, from: number): number {
    if (this.#inside(slot)) return this.#numbers[slot - this.#start] - 1;
    return this.#blocks.push(this.#faultBlock(from, Fault.JUMP)) - 1;
  }

  #faultBlock(insn: number, reason: Fault): Block {
    return { start: insn, stop: insn, end: { kind: "fault", insn, reason } };
  }
}

/** The blocks that control can go to from a block's end. */
export function successors({ end }: Block): number[] {
  if (end.kind === "jump") return [end.to];
  if (end.kind === "branch") return end.taken === end.fall ? [end.fall] : [end.fall, end.taken];
  return [];
}
