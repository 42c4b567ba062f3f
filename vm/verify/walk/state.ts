import type { Reg } from "./reg.ts";
import { NONE } from "./reg.ts";
import { R10 } from "../../insn/opcodes.ts";

// What is known between two instructions. Registers and slots are shared between states and never change; frames and states do.

/** What one byte of stack holds. */
export const INVALID = "?";
export const MISC = "m";
export const ZERO = "0";
export const SPILL = "r";
export const DYNPTR = "d";
export const ITER = "i";

/** 8 bytes of stack. */
export interface Slot {
  /** One letter per byte, lowest address first. */
  readonly bytes: string;
  /** The register that the SPILL bytes hold. */
  readonly reg?: Reg;
  /** The object that DYNPTR or ITER bytes are part of. */
  readonly object?: StackObject;
}

/** A dynptr or an iterator on the stack. */
export interface StackObject {
  readonly kind: "local" | "ringbuf" | "skb" | "xdp" | "iter_num";
  readonly id: number;
  readonly refId: number;
  /** Whether this slot is the object's lowest. */
  readonly isFirst: boolean;
  readonly isReadonly?: boolean;
  /** Of an iterator: whether it has ended, and how often it was advanced. */
  readonly isDrained?: boolean;
  readonly depth?: number;
  readonly parentId?: number;
}

export const SLOT_SIZE = 8;
export const EMPTY_SLOT: Slot = Object.freeze({ bytes: "????????" });

/** What the range of R0 must be where a callback returns. */
export interface Callback {
  readonly helper: number;
  readonly min: bigint;
  readonly max: bigint;
  readonly isAsync: boolean;
}

export class Frame {
  readonly regs: Reg[];
  /** Slot 0 is [-8, 0) of the frame pointer, slot 1 is [-16, -8) ... Absent ones are EMPTY_SLOT. */
  readonly stack: (Slot | undefined)[];
  /** The slot of the call; -1 for the function that the walk begins with. */
  readonly callsite: number;
  readonly index: number;
  readonly subprogram: number;
  callback: Callback | undefined;
  callbackDepth: number;

  constructor(callsite: number, index: number, subprogram: number, regs?: Reg[], stack?: (Slot | undefined)[]) {
    this.callsite = callsite;
    this.index = index;
    this.subprogram = subprogram;
    this.regs = regs ?? new Array<Reg>(R10 + 1).fill(NONE);
    this.stack = stack ?? [];
    this.callback = undefined;
    this.callbackDepth = 0;
  }

  copy(): Frame {
    const frame = new Frame(this.callsite, this.index, this.subprogram, this.regs.slice(), this.stack.slice());
    frame.callback = this.callback;
    frame.callbackDepth = this.callbackDepth;
    return frame;
  }

  slot(index: number): Slot {
    return this.stack[index] ?? EMPTY_SLOT;
  }
}

/** A reference that must be released before the program ends. */
export interface Reference {
  readonly id: number;
  readonly insn: number;
  readonly kind: "pointer" | "lock" | "irq";
  /** Of a lock: what it guards. */
  readonly target?: unknown;
}

/** One step of the path from a state's parent: an instruction that was jumped to, or that touched the stack or linked registers. */
export interface Step {
  readonly insn: number;
  readonly previous: number;
  /** The stack slot that it read or wrote through a pointer: frame and slot, or -1. */
  frame: number;
  slot: number;
  /** Registers and slots of equal scalars that a comparison refined. */
  linked?: readonly LinkedPlace[];
}

/** Where a scalar lives: a register (>= 0) or a stack slot (-1 - slot) of a frame. */
export interface LinkedPlace {
  readonly frame: number;
  readonly place: number;
}

export class State {
  frames: Frame[];
  references: Reference[] = [];
  preemptDepth = 0;
  rcuDepth = 0;
  /** The checkpoint that this path goes on from. */
  parent: State | undefined;
  /** Paths through this checkpoint that are still to be walked. */
  branches = 1;
  history: Step[] = [];
  /** Where the path from the parent began, and the last instruction before this state. */
  firstInsn = 0;
  lastInsn = -1;
  /** Of a checkpoint: where it is. */
  insn = 0;
  mayGotoDepth = 0;
  callbackUnrollDepth = 0;

  constructor(frames: Frame[]) {
    this.frames = frames;
  }

  get frame(): Frame {
    return this.frames[this.frames.length - 1];
  }

  copy(): State {
    const state = new State(this.frames.map((frame) => frame.copy()));
    state.references = this.references;
    state.preemptDepth = this.preemptDepth;
    state.rcuDepth = this.rcuDepth;
    state.parent = this.parent;
    state.branches = this.branches;
    state.history = this.history.slice();
    state.firstInsn = this.firstInsn;
    state.lastInsn = this.lastInsn;
    state.insn = this.insn;
    state.mayGotoDepth = this.mayGotoDepth;
    state.callbackUnrollDepth = this.callbackUnrollDepth;
    return state;
  }

  /** Puts what `change` gives in the place of every register and spilled register. */
  mapRegs(change: (reg: Reg) => Reg): void {
    for (const { regs, stack } of this.frames) {
      for (let at = 0; at < R10; at++) {
        const changed = change(regs[at]);
        if (changed !== regs[at]) regs[at] = changed;
      }
      stack.forEach((slot, at) => {
        if (slot?.reg === undefined) return;
        const reg = change(slot.reg);
        if (reg !== slot.reg) stack[at] = reg === NONE ? { bytes: slot.bytes.replaceAll(SPILL, MISC) } : { ...slot, reg };
      });
    }
  }
}
