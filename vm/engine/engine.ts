import { faultInsnOf, faultReasonOf } from "../compile/context.ts";
import type { Access } from "../compile/context.ts";
import { THROWN } from "../compile/call.ts";
import { compileProgram } from "../compile/program.ts";
import type { CompiledProgram } from "../compile/program.ts";
import { Fault, faultReason } from "../helpers/fault.ts";
import type { Code, Executable } from "../image.ts";
import { R10 } from "../insn/opcodes.ts";
import { ProgramFault } from "./fault.ts";
import type { EngineHost } from "./host.ts";
import { Stacks, firstFrame } from "./stack.ts";

const KIND_DATA = 3;
const CHUNK_SHIFT = 16;
/** Hosts give tables at least this many elements; programs with larger ids are not found by tail calls. */
const TABLE_MAX = 1_000_000;

type Word = WebAssembly.Global<"i32">;
type LongWord = WebAssembly.Global<"i64">;

const word = (): Word => new WebAssembly.Global({ value: "i32", mutable: true }, 0);
const longWord = (): LongWord => new WebAssembly.Global({ value: "i64", mutable: true }, 0n);

/** Exports of a compiled program. */
interface ProgramExports {
  readonly entry: () => unknown;
  readonly run: (ctx: number, frame: number, stack: number, program: number) => bigint;
  readonly run32: (ctx: number, frame: number, stack: number, program: number) => number;
  readonly invoke?: (r1: bigint, r2: bigint, r3: bigint, frame: number, stack: number, program: number, index: number) => bigint;
}

/** Compiles the programs of one kernel and runs them. */
export class Engine {
  readonly #host: EngineHost;
  readonly #stacks: Stacks;
  readonly #imports: WebAssembly.Imports;
  readonly #prepared = new WeakMap<Code, CompiledExecutable>();
  readonly #bound = new Map<number, CompiledExecutable>();
  /** Entry functions by program id, for tail calls. */
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: 16 });
  readonly #fault = word();
  readonly #address = word();
  readonly #fuel = longWord();
  readonly #stack = word();
  readonly #tailCalls = word();
  readonly #program = word();
  readonly #thrown = longWord();
  readonly #registers = Array.from({ length: R10 + 1 }, longWord);
  /** What bounds a run, and is put back when one within it ends. */
  readonly #words: readonly Word[] = [this.#fault, this.#stack, this.#tailCalls, this.#program];
  readonly #outer: { words: number[]; fuel: bigint }[] = [];
  /** Runs that are under way. */
  #level = 0;

  constructor(host: EngineHost) {
    this.#host = host;
    this.#stacks = new Stacks(host.core.data_alloc as (size: number) => number);
    const imports: Record<string, Record<string, unknown>> = {
      core: withStubs(host.core, () => this.#missing()),
      host: withStubs(host.functions, () => this.#missing()),
      env: {
        memory: host.memory, programs: this.#table, clock: host.clock ?? ((): bigint => BigInt(Date.now())), link: (id: number) => this.#link(id),
        fault: this.#fault, address: this.#address, fuel: this.#fuel, stack: this.#stack, tail_calls: this.#tailCalls,
        program: this.#program, thrown: this.#thrown,
        ...Object.fromEntries(this.#registers.map((global, index) => [`r${index}`, global])),
      },
    };
    this.#imports = imports as WebAssembly.Imports;
  }

  /**
   * Compiles a program; the same `code` object is compiled once.
   * Throws RangeError for a program that is larger than hosts allow.
   */
  prepare(code: Code): CompiledExecutable {
    const known = this.#prepared.get(code);
    if (known !== undefined) return known;
    const compiled = this.#compile(code);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(compiled.bytes), this.#imports);
    return this.#finish(code, compiled, instance);
  }

  /** The same for hosts that compile no large modules while the caller waits, as browsers' main threads. */
  async prepareAsync(code: Code): Promise<CompiledExecutable> {
    const known = this.#prepared.get(code);
    if (known !== undefined) return known;
    const compiled = this.#compile(code);
    const instance = await WebAssembly.instantiate(await WebAssembly.compile(compiled.bytes), this.#imports);
    return this.#prepared.get(code) ?? this.#finish(code, compiled, instance);
  }

  #compile(code: Code): CompiledProgram {
    const { helpers, fuel, registers, core } = this.#host;
    return compileProgram(code, { helpers, fuel, registers, chunkKinds: (core.chunk_kinds as () => number)() });
  }

  #finish(code: Code, { groups }: CompiledProgram, instance: WebAssembly.Instance): CompiledExecutable {
    const executable = new CompiledExecutable(this, instance.exports as unknown as ProgramExports, groups, code.subprograms.length);
    this.#prepared.set(code, executable);
    return executable;
  }

  /** Gives a prepared program its id: tail calls find it by that. */
  bind(id: number, executable: CompiledExecutable): void {
    executable.id = id;
    this.#bound.set(id, executable);
    if (id < this.#table.length) this.#table.set(id, executable.exports.entry);
  }

  /** Takes a program's id away, when the program is freed. */
  unbind(id: number): void {
    this.#bound.delete(id);
    if (id < this.#table.length) this.#table.set(id, null);
  }

  /** Puts a program into the table for a tail call, if there is such a program. */
  #link(id: number): void {
    const { length } = this.#table;
    if (id >= length && id < TABLE_MAX) this.#table.grow(Math.min(TABLE_MAX, Math.max(id + 1, 2 * length)) - length);
    if (!this.#bound.has(id)) this.#host.resolve?.(id);
    const executable = this.#bound.get(id);
    if (executable !== undefined && id < this.#table.length) this.#table.set(id, executable.exports.entry);
  }

  /** A function that a program imports and nobody has: the call is a fault. */
  #missing(): never {
    this.#fault.value |= Fault.HELPER << 24;
    throw new WebAssembly.RuntimeError("unknown helper");
  }

  /** Begins a run: the lowest address of its stack region. Every call is followed by one of `leave`. */
  enter(): number {
    const region = this.#stacks.region(this.#level);
    if (this.#level > 0) this.#outer.push({ words: this.#words.map(({ value }) => value), fuel: this.#fuel.value });
    ++this.#level;
    return region;
  }

  /** Ends a run. One within another one puts that one's bounds back. */
  leave(): void {
    --this.#level;
    const outer = this.#outer.pop();
    if (outer === undefined) return;
    this.#words.forEach((global, index) => (global.value = outer.words[index]));
    this.#fuel.value = outer.fuel;
  }

  /** What became of a run that ended by an exception: the result of bpf_throw; else throws a ProgramFault, or what a helper of the host threw. */
  rescue(error: unknown, started: CompiledExecutable): bigint {
    const isTrap = (error as Error | undefined)?.name === "RuntimeError";
    const { core, registers } = this.#host;
    const told = isTrap ? (core.fault_reason as (() => number) | undefined)?.() ?? Fault.NONE : Fault.NONE;
    (core.run_end as () => void)();
    if (!isTrap) throw error;
    const noted = this.#fault.value;
    const insn = faultInsnOf(noted);
    const reason = faultReasonOf(noted);
    if (reason === Fault.NONE && insn === THROWN) return this.#thrown.value;
    const program = this.#program.value;
    const facts = reason === Fault.ACCESS ? this.#accessFault(insn, this.#bound.get(program) ?? started) : { insn, reason: faultReason(reason || told) };
    throw new ProgramFault(registers ? { ...facts, registers: this.#registers.map(({ value }) => BigInt.asUintN(64, value)) } : facts, program);
  }

  /** Which of the accesses that one check was about broke the rule. */
  #accessFault(insn: number, { groups }: CompiledExecutable): { insn: number; reason: string } {
    const address = this.#address.value >>> 0;
    const accesses = groups.get(insn);
    const where = (at: number): string => `${faultReason(Fault.ACCESS)}, at address 0x${(at >>> 0).toString(16)}`;
    if (accesses === undefined) return { insn, reason: where(address) };
    const base = address - Math.min(...accesses.map(({ from }) => from));
    const bad = accesses.find(({ from, to }) => !this.#isData(base + from) || !this.#isData(base + to - 1)) ?? accesses[0];
    return { insn: bad.insn, reason: where(base + bad.from) };
  }

  #isData(address: number): boolean {
    const kinds = new Uint8Array(this.#host.memory.buffer, (this.#host.core.chunk_kinds as () => number)());
    return kinds[address >>> CHUNK_SHIFT] === KIND_DATA;
  }
}

/** A compiled program. */
export class CompiledExecutable implements Executable {
  /** The program's id in the kernel, once it has one. */
  id = 0;
  /** For the engine. */
  readonly exports: ProgramExports;
  readonly groups: ReadonlyMap<number, readonly Access[]>;
  readonly #engine: Engine;
  readonly #functions: number;

  constructor(engine: Engine, exports: ProgramExports, groups: ReadonlyMap<number, readonly Access[]>, functions: number) {
    this.#engine = engine;
    this.#functions = functions;
    this.exports = exports;
    this.groups = groups;
  }

  run(ctx: number): bigint {
    const engine = this.#engine;
    const stack = engine.enter();
    try {
      return BigInt.asUintN(64, this.exports.run(ctx, firstFrame(stack), stack, this.id));
    } catch (error) {
      return BigInt.asUintN(64, engine.rescue(error, this));
    } finally {
      engine.leave();
    }
  }

  /** Runs the entry function and gives the lower half of R0, from 0 to 2^32 - 1, without a BigInt. */
  run32(ctx: number): number {
    const engine = this.#engine;
    const stack = engine.enter();
    try {
      return this.exports.run32(ctx, firstFrame(stack), stack, this.id) >>> 0;
    } catch (error) {
      return Number(BigInt.asUintN(32, engine.rescue(error, this)));
    } finally {
      engine.leave();
    }
  }

  /**
   * Runs one function of the program, with R1 to R3: a timer's callback. `index` is the function's number.
   * Throws RangeError for a number that no function has.
   */
  call(index: number, r1: bigint, r2: bigint, r3: bigint): bigint {
    const { invoke } = this.exports;
    if (invoke === undefined || !(index >= 0 && index < this.#functions)) throw new RangeError(`Cannot call function ${index}: the program has no such function`);
    const engine = this.#engine;
    const stack = engine.enter();
    try {
      return BigInt.asUintN(64, invoke(r1, r2, r3, firstFrame(stack), stack, this.id, index));
    } catch (error) {
      return BigInt.asUintN(64, engine.rescue(error, this));
    } finally {
      engine.leave();
    }
  }
}

/** An import object in which every function that is asked for exists. */
function withStubs(functions: Readonly<Record<string, unknown>>, missing: () => never): Record<string, unknown> {
  return new Proxy({ ...functions }, {
    get: (target, name) => Reflect.get(target, name) ?? missing,
  });
}
