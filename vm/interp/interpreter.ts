import { ProgramFault } from "../engine/fault.ts";
import { faultReason } from "../helpers/fault.ts";
import type { Code, Executable } from "../image.ts";
import { TAIL_CALLS_MAX } from "../insn/opcodes.ts";
import { HostFault } from "../run/run.ts";
import { STOP_BUDGET, STOP_EXIT, STOP_TAIL_CALL } from "./core.ts";
import type { InterpCore } from "./core.ts";
import { functionIndex, loadImage } from "./image.ts";
import { RunState } from "./run_state.ts";

/** Back edges and calls that a run may make: more than any program makes that the verifier lets pass. */
const FUEL = 2 ** 31;
/** Turns of loops with may_goto. Linux gives them a quarter of a second instead. */
const TURNS = 1n << 23n;
/** More instructions than anybody waits for. */
const ALL = (1n << 63n) - 1n;

export interface InterpreterHost {
  readonly core: InterpCore;
  /** Back edges and calls that one run may make: 2^31 by default. */
  readonly fuel?: number;
  /** Prepares the program with this id when a tail call meets it before `bind` was called for it. */
  readonly resolve?: (id: number) => void;
}

/** Runs programs instruction by instruction: for hosts that may not compile, and for stepping. */
export class Interpreter {
  readonly core: InterpCore;
  readonly #host: InterpreterHost;
  readonly #bound = new Map<number, Interpreted>();
  /** Runs that are not under way. */
  readonly #idle: RunState[] = [];

  constructor(host: InterpreterHost) {
    this.#host = host;
    this.core = host.core;
  }

  /**
   * Takes a program into the core's memory.
   * Throws RangeError when it does not fit.
   */
  prepare(code: Code): Interpreted {
    return new Interpreted(this, code, loadImage(this.core, code));
  }

  /** Gives a prepared program its id: tail calls find it by that. */
  bind(id: number, program: Interpreted): void {
    program.id = id;
    this.#bound.set(id, program);
  }

  /** Takes a program's id away, when the program is freed. */
  unbind(id: number): void {
    this.#bound.delete(id);
  }

  /** A run at the beginning of a function of a program. Throws RangeError when there is no memory, or no such function. */
  start(program: Interpreted, index: number, args: readonly bigint[]): RunState {
    const state = this.#idle.pop() ?? new RunState(this.core);
    state.start(program.image, index, BigInt(this.#host.fuel ?? FUEL), TURNS, args);
    state.program = program;
    this.core.run_begin(program.id);
    return state;
  }

  /** Ends a run, wherever it is. */
  end(state: RunState): void {
    this.core.run_end();
    this.#idle.push(state);
  }

  /**
   * Goes on with a run for up to `budget` instructions; whether it has reached its end. Throws ProgramFault, and what a
   * helper of the host throws.
   */
  advance(state: RunState, budget: bigint = ALL): boolean {
    const { core } = this;
    for (;;) {
      let stop;
      try {
        stop = core.interp_run(state.address, budget);
      } catch (error) {
        throw this.#faultOf(state, error);
      }
      if (stop === STOP_EXIT) return true;
      if (stop === STOP_BUDGET) return false;
      if (stop !== STOP_TAIL_CALL) throw this.#fault(state, faultReason(core.fault_reason()));
      this.#tailCall(state);
      // How much of the budget was used is not known: a step is a step all the same.
      if (budget !== ALL) return false;
    }
  }

  #fault(state: RunState, reason: string): ProgramFault {
    return new ProgramFault({ insn: state.slot(0), reason, registers: state.registers() }, state.program?.id);
  }

  /** What was thrown in a step: a helper's trap, or a helper of the host that refuses its arguments, is a fault of the program. */
  #faultOf(state: RunState, error: unknown): unknown {
    const reason = this.core.fault_reason();
    if (reason !== 0) return this.#fault(state, faultReason(reason));
    return error instanceof HostFault ? this.#fault(state, error.message) : error;
  }

  /** Without a target, or after 33, the run goes on behind the call. */
  #tailCall(state: RunState): void {
    const { core } = this;
    let id = 0;
    try {
      id = core.prog_array_target(state.register(2), state.register(3));
    } catch (error) {
      throw this.#faultOf(state, error);
    }
    if (id === 0 || state.tailCalls >= TAIL_CALLS_MAX) return;
    if (!this.#bound.has(id)) this.#host.resolve?.(id);
    const target = this.#bound.get(id);
    if (target === undefined) return;
    ++state.tailCalls;
    core.interp_tail(state.address, target.image);
    core.run_program(id);
  }
}

/** A program in the core's memory. */
export class Interpreted implements Executable {
  /** The program's id in the kernel; 0 until Interpreter.bind. */
  id = 0;
  readonly code: Code;
  readonly image: number;
  readonly #interpreter: Interpreter;

  constructor(interpreter: Interpreter, code: Code, image: number) {
    this.#interpreter = interpreter;
    this.code = code;
    this.image = image;
  }

  run(ctx: number): bigint {
    return this.#call(0, [BigInt(ctx)]);
  }

  /** Calls one of the program's functions by its number (FUNC_BASE + index), as the callback of a timer. */
  call(callback: bigint, args: readonly bigint[]): bigint {
    return this.#call(functionIndex(callback), args);
  }

  #call(index: number, args: readonly bigint[]): bigint {
    const state = this.#interpreter.start(this, index, args);
    try {
      this.#interpreter.advance(state);
      return state.register(0);
    } finally {
      this.#interpreter.end(state);
    }
  }

  /** Frees the program's memory. No run of it may be under way. */
  dispose(): void {
    this.#interpreter.core.interp_unload(this.image);
  }
}
