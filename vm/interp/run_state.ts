import { R10 } from "../insn/opcodes.ts";
import type { InterpCore } from "./core.ts";
import type { Interpreted } from "./interpreter.ts";

/** A run in the core's memory: its registers come first, eight bytes each. */
export class RunState {
  readonly address: number;
  /** The program that it was started with. */
  program: Interpreted | undefined;
  /** Tail calls that it has made. */
  tailCalls = 0;
  readonly #core: InterpCore;

  /** Throws RangeError when memory is at its limit. */
  constructor(core: InterpCore) {
    this.#core = core;
    this.address = core.interp_open() >>> 0;
    if (this.address === 0) throw new RangeError("Cannot run the program: out of memory");
  }

  /** Throws RangeError when the program has no such function. */
  start(image: number, index: number, fuel: bigint, turns: bigint, args: readonly bigint[]): void {
    if (this.#core.interp_start(this.address, image, index, fuel, turns) !== 0) throw new RangeError(`The program has no function ${index}`);
    this.tailCalls = 0;
    args.forEach((value, number) => this.setRegister(1 + number, value));
  }

  register(number: number): bigint {
    return this.#view().getBigUint64(8 * number, true);
  }

  setRegister(number: number, value: bigint): void {
    this.#view().setBigUint64(8 * number, BigInt.asUintN(64, value), true);
  }

  /** R0 to R10. */
  registers(): bigint[] {
    return Array.from({ length: R10 + 1 }, (_, number) => this.register(number));
  }

  /** The slot that is next (depth 0), and those that the callers go on with, the nearest first. */
  slot(depth: number): number {
    return this.#core.interp_slot(this.address, depth);
  }

  /** Functions under way but the running one. */
  depth(): number {
    return this.#core.interp_depth(this.address);
  }

  /** Memory grows, so no view is kept. */
  #view(): DataView {
    return new DataView(this.#core.memory.buffer, this.address, 8 * (R10 + 1));
  }
}
