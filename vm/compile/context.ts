import { Fault } from "../helpers/fault.ts";
import type { Code as Image, MapFacts } from "../image.ts";
import { FUNC_BASE } from "../image.ts";
import type { Insn } from "../insn/insn.ts";
import { R10, STACK_SIZE } from "../insn/opcodes.ts";
import { Code } from "./code.ts";
import { Facts, Holds } from "./facts.ts";
import type { Imports } from "./imports.ts";
import { I32, I64, Op } from "./wasm.ts";

// What the compiler knows while it writes one function, and the parts that every kind of instruction uses.

/** Registers are i64 locals: R1 to R5 are the function's parameters. */
const REGISTER_LOCAL: readonly number[] = [6, 0, 1, 2, 3, 4, 7, 8, 9, 10];
/** The lowest address of the frame, an i32: R10 - STACK_SIZE. */
export const BOTTOM = 5;
/** Fuel that is left, in functions that have loops. */
export const FUEL = 11;
export const SCRATCH_I64 = 12;
/** When the function's first may_goto came, in milliseconds. */
export const SINCE = 13;
export const SCRATCH_I32 = 14;
/** Turns until may_goto asks for the time again. */
export const TURNS = 15;
/** The block to go to, where control flow is dispatched. */
export const TARGET = 16;
const FIRST_WINDOW = 17;

/** Parameters of every function of a program: R1 to R5 and the frame's lowest address. */
export const FUNCTION_PARAMS: readonly number[] = [I64, I64, I64, I64, I64, I32];

/** One access of a group that is checked at once: its slot, and its bytes from the base register's address on. */
export interface Access {
  readonly insn: number;
  readonly from: number;
  readonly to: number;
}

/** What all functions of a program share. */
export interface ProgramContext {
  readonly image: Image;
  readonly insns: readonly Insn[];
  readonly imports: Imports;
  /** Number of the function that begins in a slot. */
  readonly functionAt: ReadonlyMap<number, number>;
  /** The map that an address belongs to, by its number in `image.maps`. */
  readonly mapAt: ReadonlyMap<bigint, number>;
  /** Accesses that the check in a slot is about, where it is about more than its own. */
  readonly groups: Map<number, readonly Access[]>;
  /** Address of the table of chunk kinds. */
  readonly chunkKinds: number;
  /** Whether faults come with the registers. */
  readonly registers: boolean;
}

export class FunctionContext {
  readonly program: ProgramContext;
  readonly out = new Code(4096);
  facts = new Facts();
  /** Whether the block that is being written is part of a loop. */
  inLoop = false;
  /** The slot behind the block that is being written. */
  blockStop = 0;
  /** Whether fuel is counted in a local. */
  readonly hasLoops: boolean;
  /** By register: the local of its window, or 0. */
  #windows = new Int32Array(R10);
  #windowCount = 0;

  constructor(program: ProgramContext, hasLoops: boolean) {
    this.program = program;
    this.hasLoops = hasLoops;
  }

  /** Pushes a register, an i64. */
  get(register: number): void {
    const { out } = this;
    if (register !== R10) return out.get(REGISTER_LOCAL[register]);
    this.framePointer();
    out.op(Op.i64_extend_i32_u);
  }

  /** Pushes the lower half of a register, an i32. */
  get32(register: number): void {
    if (register === R10) return this.framePointer();
    this.out.get(REGISTER_LOCAL[register]);
    this.out.op(Op.i32_wrap_i64);
  }

  /** Pushes R10, an i32. */
  framePointer(): void {
    this.out.get(BOTTOM);
    this.out.i32(STACK_SIZE);
    this.out.op(Op.i32_add);
  }

  /** Pops a register's new value. */
  set(register: number): void {
    this.facts.set(register);
    this.out.set(REGISTER_LOCAL[register]);
  }

  /** Pops the lower half of a register; the upper half becomes 0. */
  set32(register: number): void {
    this.out.op(Op.i64_extend_i32_u);
    this.set(register);
  }

  /** Pops a register's new value: its old one plus a constant. */
  setMoved(register: number, by: number): void {
    this.facts.move(register, by);
    this.out.set(REGISTER_LOCAL[register]);
  }

  /** Pops a register's new value: a copy of another register. */
  setCopied(register: number, from: number): void {
    if (from === R10) this.facts.set(register, Holds.frame, 0);
    else this.facts.copy(register, from);
    this.out.set(REGISTER_LOCAL[register]);
  }

  /** The map that a register points to, when that is known. */
  mapIn(register: number): MapFacts | undefined {
    const known = register !== R10 && this.facts.holds(register) === Holds.map;
    return known ? this.program.image.maps[this.facts.value(register)] : undefined;
  }

  /** Loads a constant of 64 bits into a register, and notes what it stands for. */
  setConstant(register: number, value: bigint): void {
    this.out.bigI64(value);
    this.set(register);
    const map = this.program.mapAt.get(value);
    const index = value - FUNC_BASE;
    if (map !== undefined) this.facts.set(register, Holds.map, map);
    else if (index >= 0n && index < BigInt(this.program.image.subprograms.length)) this.facts.set(register, Holds.function, Number(index));
  }

  /** The local of a register's window (memory.ts). */
  window(register: number): number {
    if (this.#windows[register] === 0) this.#windows[register] = FIRST_WINDOW + this.#windowCount++;
    return this.#windows[register];
  }

  /** Ends the run: notes where and why. */
  fault(reason: Fault, insn: number): void {
    const { out, program } = this;
    if (program.registers) this.saveRegisters();
    out.i32(faultWord(reason, insn));
    out.setGlobal(program.imports.fault);
    out.op(Op.unreachable);
  }

  /** Notes the slot for a fault that the function called next may have. */
  mark(insn: number): void {
    if (this.program.registers) this.saveRegisters();
    this.out.i32(faultWord(Fault.NONE, insn));
    this.out.setGlobal(this.program.imports.fault);
  }

  saveRegisters(): void {
    this.program.imports.registers.forEach((global, register) => {
      this.get(register);
      this.out.setGlobal(global);
    });
  }

  /** Takes one unit of fuel; ends the run when there is none left. */
  burn(insn: number): void {
    const { out, program, hasLoops } = this;
    if (hasLoops) out.get(FUEL);
    else out.getGlobal(program.imports.fuel);
    out.i64(1);
    out.op(Op.i64_sub);
    out.tee(hasLoops ? FUEL : SCRATCH_I64);
    if (!hasLoops) {
      out.setGlobal(program.imports.fuel);
      out.get(SCRATCH_I64);
    }
    out.i64(0);
    out.op(Op.i64_lt_s);
    out.if();
    this.fault(Fault.FUEL, insn);
    out.end();
  }

  /** Before functions that burn fuel are called, and at the function's end. */
  flushFuel(): void {
    if (!this.hasLoops) return;
    this.out.get(FUEL);
    this.out.setGlobal(this.program.imports.fuel);
  }

  /** After such a function. */
  reloadFuel(): void {
    if (!this.hasLoops) return;
    this.out.getGlobal(this.program.imports.fuel);
    this.out.set(FUEL);
  }

  /** What comes before the function's first instruction. */
  prologue(): Code {
    const head = new Code(64);
    if (this.hasLoops) {
      head.getGlobal(this.program.imports.fuel);
      head.set(FUEL);
    }
    for (let index = 0; index < this.#windowCount; ++index) {
      head.getGlobal(this.program.imports.stack);
      head.set(FIRST_WINDOW + index);
    }
    return head;
  }

  /** Locals behind the parameters. */
  locals(): (readonly [number, number])[] {
    return [[8, I64], [3 + this.#windowCount, I32]];
  }
}

const INSN_BITS = 24;

/** Reason and slot in one word. */
export const faultWord = (reason: number, insn: number): number => (reason << INSN_BITS) | insn;
export const faultReasonOf = (word: number): number => word >>> INSN_BITS;
export const faultInsnOf = (word: number): number => word & ((1 << INSN_BITS) - 1);
