import { STACK_SIZE } from "../insn/opcodes.ts";

/** Bytes of the stack region of one run: what the windows of compiled programs begin with (compile/memory.ts). */
export const STACK_REGION_SIZE = 65536;
/** Runs that may be under way within each other. */
const LEVELS_MAX = 8;

/** The stack regions of an engine: one for each run that is under way, kept for the next ones. */
export class Stacks {
  #allocate: (size: number) => number;
  #regions: number[] = [];

  constructor(allocate: (size: number) => number) {
    this.#allocate = allocate;
  }

  /** Lowest address of the region for a run inside `level` others. Throws RangeError where there is none. */
  region(level: number): number {
    const region = this.#regions[level];
    if (region !== undefined) return region;
    if (level >= LEVELS_MAX) throw new RangeError(`Cannot run program: ${level} runs are under way within each other`);
    const fresh = this.#allocate(STACK_REGION_SIZE) >>> 0;
    if (fresh === 0) throw new RangeError("Cannot run program: no memory for its stack");
    this.#regions[level] = fresh;
    return fresh;
  }
}

/** The lowest address of the first frame in a region. */
export const firstFrame = (region: number): number => region + STACK_REGION_SIZE - STACK_SIZE;
