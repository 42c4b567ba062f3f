import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import type { ModuleWriter } from "./module.ts";
import { I32, I64 } from "./wasm.ts";

// What a compiled program imports: `env` is the engine, `core` the programs core, `host` the helpers that are JavaScript.

/** Who answers a helper, by what name, with how many arguments. */
export interface HelperFacts {
  readonly name: string;
  readonly args: number;
  readonly where: "core" | "host" | "engine";
}

/** Knows the helpers that programs call. */
export interface HelperSource {
  /** The helper with an id, or undefined. */
  helper(id: number): HelperFacts | undefined;
  /** The kernel function with a BTF id, in the BTF that `off` says (0 for the kernel's own), or undefined. */
  kfunc?(id: number, off: number): HelperFacts | undefined;
}

/** Helpers that transfer control, which the compiler writes itself. */
export type EngineHelper = "tail_call" | "loop" | "for_each_map_elem" | "user_ringbuf_drain" | "throw";

export interface HelperCall {
  readonly facts: HelperFacts;
  /** Number of the imported function; -1 for helpers of the engine. */
  readonly index: number;
}

const u64s = (count: number): number[] => new Array<number>(count).fill(I64);

export class Imports {
  /** Globals: where the last fault was and why, the address it was about, and what bounds a run. */
  readonly fault: number;
  readonly address: number;
  readonly fuel: number;
  /** Lowest address of the stack region. */
  readonly stack: number;
  readonly tailCalls: number;
  /** Id of the running program. */
  readonly runningProgram: number;
  /** R0 to R10, where faults come with registers. */
  readonly registers: readonly number[];
  /** What `throw` ends the run with. */
  readonly thrown: number;

  readonly clock: number;
  readonly runBegin: number;
  readonly runEnd: number;
  #writer: ModuleWriter;
  #calls = new Map<string, HelperCall | undefined>();
  #source: HelperSource;
  #used = new Set<string>();

  constructor(writer: ModuleWriter, source: HelperSource, insns: readonly Insn[], registers: boolean) {
    this.#writer = writer;
    this.#source = source;
    this.fault = writer.importGlobal("fault", I32, true);
    this.address = writer.importGlobal("address", I32, true);
    this.fuel = writer.importGlobal("fuel", I64, true);
    this.stack = writer.importGlobal("stack", I32, true);
    this.tailCalls = writer.importGlobal("tail_calls", I32, true);
    this.runningProgram = writer.importGlobal("program", I32, true);
    this.thrown = writer.importGlobal("thrown", I64, true);
    const names = registers ? Array.from({ length: op.R10 + 1 }, (_, index) => `r${index}`) : [];
    this.registers = names.map((name) => writer.importGlobal(name, I64, true));
    this.clock = writer.importFunction("env", "clock", [], I64);
    this.runBegin = writer.importFunction("core", "run_begin", [I32]);
    this.runEnd = writer.importFunction("core", "run_end", []);
    for (const insn of insns) {
      if (insn.code === (op.JMP | op.CALL)) this.callOf(insn);
      if (isPacketLoad(insn.code)) this.#importLdAbs();
    }
    if (this.uses("tail_call")) writer.importTable();
  }

  /** Whether a program calls one of the engine's helpers. */
  uses(name: EngineHelper): boolean {
    return this.#used.has(name);
  }

  /** The helper or kernel function that a call names, or undefined. Every call must have been seen by the constructor. */
  callOf({ src, imm, off }: Insn): HelperCall | undefined {
    if (src !== op.HELPER_CALL && src !== op.PSEUDO_KFUNC_CALL) return undefined;
    const key = `${src}:${imm}:${src === op.PSEUDO_KFUNC_CALL ? off : 0}`;
    if (!this.#calls.has(key)) {
      const facts = src === op.HELPER_CALL ? this.#source.helper(imm) : this.#source.kfunc?.(imm, off);
      this.#calls.set(key, facts && { facts, index: this.#import(facts) });
    }
    return this.#calls.get(key);
  }

  #import({ name, args, where }: HelperFacts): number {
    if (where === "engine") {
      this.#used.add(name);
      this.#importFor(name);
      return -1;
    }
    const imported = where === "core" ? `helper_${name}` : name;
    return this.#writer.importFunction(where, imported, u64s(args), I64);
  }

  /** What the engine's own helpers ask of the core. */
  #importFor(name: string): void {
    if (name === "tail_call") {
      this.core("prog_array_target", 2, I32);
      this.#writer.importFunction("core", "run_program", [I32]);
      this.#writer.importFunction("env", "link", [I32]);
    }
    if (name === "loop") this.core("loop_begin", 2);
    if (name === "for_each_map_elem") {
      this.core("for_each_begin", 2);
      this.core("for_each_next", 2);
      this.core("for_each_key", 3);
      this.core("for_each_value", 2);
    }
    if (name === "user_ringbuf_drain") {
      this.core("drain_begin", 2);
      this.core("drain_next", 2);
      this.#writer.importFunction("core", "drain_release", [I64]);
      this.#writer.importFunction("core", "drain_end", [I64]);
    }
  }

  /** Number of a function of the core that takes u64s. */
  core(name: string, args: number, result = I64): number {
    return this.#writer.importFunction("core", name, u64s(args), result);
  }

  coreProcedure(name: string, param: number): number {
    return this.#writer.importFunction("core", name, [param]);
  }

  env(name: string, param: number): number {
    return this.#writer.importFunction("env", name, [param]);
  }

  /** `host.ld_abs(skb, offset, size)`: bytes of the packet as a big-endian number, or negative outside it. */
  get ldAbs(): number {
    return this.#importLdAbs();
  }

  #importLdAbs(): number {
    return this.#writer.importFunction("host", "ld_abs", u64s(3), I64);
  }

  /** Number of the program's first function; those that call callbacks come behind the last one. */
  get functionBase(): number {
    return this.#writer.functionBase;
  }

  /** The type of functions that give R0. */
  functionType(params: readonly number[]): number {
    return this.typeOf(params, I64);
  }

  typeOf(params: readonly number[], result: number): number {
    return this.#writer.type(params, result);
  }

  /** The table of the program's functions. */
  get ownTable(): number {
    return this.#writer.ownTable;
  }
}

function isPacketLoad(code: number): boolean {
  const mode = code & op.MODE_MASK;
  return (code & op.CLASS_MASK) === op.LD && (mode === op.ABS || mode === op.IND);
}
