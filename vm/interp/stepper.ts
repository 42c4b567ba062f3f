/// <reference lib="esnext.disposable" preserve="true" />
import type { Interpreted, Interpreter } from "./interpreter.ts";
import type { RunState } from "./run_state.ts";

// Runtimes without Symbol.dispose get the symbol that compilers use for `using` there.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Where a stepper stopped: before an instruction that a breakpoint is at, or at the end. */
export type Stopped = "breakpoint" | "exit";

/**
 * A run that goes on by single instructions. It holds memory that the program may still have in registers, so end it with
 * `close()` or `using`.
 *
 * @example
 * using stepper = new Stepper(interpreter, program, ctx);
 * while (stepper.step()) console.log(stepper.slot, stepper.registers());
 * console.log(stepper.result);
 */
export class Stepper {
  /** Slots of the program to stop before. */
  readonly breakpoints = new Set<number>();
  readonly #interpreter: Interpreter;
  readonly #state: RunState;
  #done = false;
  #closed = false;

  constructor(interpreter: Interpreter, program: Interpreted, ctx: number) {
    this.#interpreter = interpreter;
    this.#state = interpreter.start(program, 0, [BigInt(ctx)]);
  }

  /** Runs one instruction; whether there is a next one. Throws ProgramFault, after which the run is over. */
  step(): boolean {
    if (this.#done || this.#closed) return false;
    try {
      this.#done = this.#interpreter.advance(this.#state, 1n);
    } catch (error) {
      this.#done = true;
      throw error;
    }
    return !this.#done;
  }

  /** Runs until a breakpoint is next, at least one instruction, or to the end. Throws ProgramFault. */
  continue(): Stopped {
    while (this.step()) if (this.breakpoints.has(this.slot)) return "breakpoint";
    return "exit";
  }

  /** The slot that is next. */
  get slot(): number {
    return this.#state.slot(0);
  }

  /** R0 to R10. */
  registers(): bigint[] {
    return this.#state.registers();
  }

  /** Functions under way but the main one. */
  get depth(): number {
    return this.#state.depth();
  }

  /** The slots that the waiting functions go on with, the nearest first. */
  callers(): number[] {
    return Array.from({ length: this.depth }, (_, index) => this.#state.slot(index + 1));
  }

  /** R0 at the end; undefined before. */
  get result(): bigint | undefined {
    return this.#done ? this.#state.register(0) : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#interpreter.end(this.#state);
  }

  [dispose](): void {
    this.close();
  }
}
