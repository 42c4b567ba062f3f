import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { ImageAt, LogLevel, ObjectAt, ProgramAt } from "../../assembly/uapi/prog_constants.ts";
import type { AttrOf } from "../../bindings/abi/attr.ts";
import { PROGRAM_TABLES } from "../../bindings/abi/attr_programs.ts";
import type { ProgramExports } from "../../bindings/abi/exports.ts";
import type { WasmImports } from "../../bindings/abi/host_types.ts";
import type { Machine } from "../../bindings/abi/machine.ts";
import type { Program, ProgramKernel, ProgramSpec } from "../../bindings/abi/program_types.ts";
import type { HelperExports } from "../helpers/exports.ts";
import { helperById, LD_ABS_ID } from "../helpers/table.ts";
import type { Code, Executable } from "../image.ts";
import { decodeInsns } from "../insn/insn.ts";
import type { Environment } from "../run/environment.ts";
import { HostFunctions } from "../run/host_functions.ts";
import { Runner, type Runs } from "../run/runner.ts";
import { testRun } from "../run/test_run.ts";
import { readTestRunAttr, TestRunOut } from "./attrs.ts";
import { CoreMemory } from "./core_memory.ts";
import { type EngineName, openEngine, type ProgramEngine } from "./engines.ts";
import { loadBtf } from "./load_btf.ts";
import { loadProgram, type Verify } from "./load_program.ts";
import { btfFacts, mapFacts } from "./map_facts.ts";
import { type LoadedMachine, LoadedProgram, subjectOf } from "./program.ts";
import { attrOfSpec } from "./spec.ts";
import { codeOfXlated } from "./xlated.ts";

/** What a machine is made of. */
export interface MachineOptions {
  /** Judges programs; a machine without it takes none (EOPNOTSUPP). */
  readonly verify?: Verify;
  /** The world as programs see it. */
  readonly environment: Environment;
  /** The engine that runs programs; without it the compiler, where the host lets it work. */
  readonly engine?: EngineName;
}

/** The machine of one kernel: ends the commands that its core begins, and runs the helpers that are JavaScript's. */
export class ProgramMachine implements Machine, LoadedMachine {
  readonly imports: WasmImports = {
    env: { host_helper: (id: number, ...registers: bigint[]): bigint => this.#hostHelper(id, registers) },
  };
  readonly attrTables: Machine["attrTables"] = PROGRAM_TABLES;
  readonly #options: MachineOptions;
  /** The world as programs see it, with an ear for what they trace. */
  readonly #environment: Environment;
  /** Where what is traced goes during `traced`. */
  #lines: string[] | undefined;
  #memory: CoreMemory | undefined;
  #host: HostFunctions | undefined;
  #engine: ProgramEngine | undefined;
  /** By the program's id, from the first run on. */
  readonly #executables = new Map<number, Executable>();
  /** Code of programs that have not run yet, as the verifier left it. */
  readonly #codes = new Map<number, Code>();
  /** What the verifier said of the last program. */
  #lastLog = "";
  /** How many programs had been freed when those that are gone were last looked for. */
  #freed = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { environment } = options;
    this.#environment = {
      ...environment,
      trace: (text) => {
        this.#lines?.push(text);
        environment.trace(text);
      },
    };
  }

  attach(core: ProgramExports, cpus: number): void {
    this.#memory = new CoreMemory(core, cpus);
  }

  /** The memory of the core that the machine belongs to. */
  get memory(): CoreMemory {
    if (this.#memory === undefined) throw new Error("Cannot use the machine: it has no core yet");
    return this.#memory;
  }

  loadProgram(kernel: ProgramKernel, spec: ProgramSpec): Program {
    const attr = attrOfSpec(spec);
    const { prog_name: name = "" } = attr;
    const fd = kernel.bpf(Cmd.PROG_LOAD, attr);
    if (fd < 0) throw this.#loadFailure(kernel, attr, fd);
    return this.programOf(kernel, fd, String(name));
  }

  /** The object for the fd of a program. */
  programOf(kernel: ProgramKernel, fd: number, name: string): LoadedProgram {
    return new LoadedProgram(kernel, fd, name, this);
  }

  traced(body: () => void): string[] {
    const outer = this.#lines;
    const lines: string[] = [];
    this.#lines = lines;
    try {
      body();
    } finally {
      this.#lines = outer;
    }
    return lines;
  }

  runOnCtx(id: number, ctx: Uint8Array, repeat: number): Runs {
    const { memory } = this;
    const address = memory.allocData(Math.max(8, ctx.length));
    if (!address) throw new RangeError("Cannot run program: no memory for its context");
    try {
      memory.bytes().set(ctx, address);
      const runs = this.runner(id).repeat({}, address, repeat);
      ctx.set(memory.bytes().subarray(address, address + ctx.length));
      return runs;
    } finally {
      memory.freeData(address);
    }
  }

  /** The error of a program that was refused with `errno`: the verifier is asked once more, for its log. */
  #loadFailure(kernel: ProgramKernel, attr: AttrOf<Cmd.PROG_LOAD>, errno: number): Error {
    this.#lastLog = "";
    const again = kernel.bpf(Cmd.PROG_LOAD, { ...attr, log_level: LogLevel.PATH });
    if (again >= 0) kernel.close(again);
    const log = this.#lastLog;
    const rule = log.trimEnd().split("\n").slice(0, -1).pop();
    return kernel.failure(errno, Cmd.PROG_LOAD, subjectOf(String(attr.prog_name ?? "")), rule, log === "" ? undefined : log);
  }

  mapIds(id: number): number[] {
    const { memory } = this;
    const program = memory.core.program_by_id(id) >>> 0;
    const maps = memory.word(program + ProgramAt.MAPS);
    return Array.from({ length: memory.word(program + ProgramAt.MAP_COUNT) }, (_, index) =>
      memory.word(memory.word(maps + 4 * index) + ObjectAt.ID));
  }

  finish(cmd: number, attrPtr: number, size: number): number {
    switch (cmd) {
      case Cmd.PROG_LOAD:
        return this.#load(attrPtr, size);
      case Cmd.BTF_LOAD:
        return loadBtf(this.memory, attrPtr, size);
      case Cmd.PROG_TEST_RUN:
        return this.#testRun(attrPtr);
      default:
        return -Errno.EINVAL;
    }
  }

  sweep(): void {
    const { core } = this.memory;
    const freed = core.programs_freed();
    if (freed === this.#freed) return;
    this.#freed = freed;
    for (const id of this.#codes.keys()) if (core.program_by_id(id) === 0) this.#codes.delete(id);
    for (const id of this.#executables.keys()) {
      if (core.program_by_id(id) !== 0) continue;
      this.#executables.delete(id);
      this.#engine?.drop(id);
    }
  }

  /** What runs the program with this id, which must exist. Programs are compiled when they first run. */
  executable(id: number): Executable {
    let executable = this.#executables.get(id);
    if (executable === undefined) {
      this.#engine ??= openEngine(this.#options.engine, {
        core: this.memory.core,
        functions: this.host.functions,
        resolve: (target) => void this.executable(target),
      });
      executable = this.#engine.take(id, this.#codes.get(id) ?? this.#codeOf(id));
      this.#codes.delete(id);
      this.#executables.set(id, executable);
    }
    return executable;
  }

  /** The helpers that are JavaScript. */
  get host(): HostFunctions {
    return (this.#host ??= new HostFunctions(this.memory.core as unknown as HelperExports));
  }

  /** Runs a program by hand; `id` is that of a program that exists. */
  runner(id: number): Runner {
    const lazily: Executable = { run: (ctx) => this.executable(id).run(ctx) };
    return new Runner(this.memory, this.#environment, lazily, (run, body) => this.host.enter(run, body));
  }

  #load(attrPtr: number, size: number): number {
    this.sweep();
    const { verify, environment } = this.#options;
    if (verify === undefined) {
      this.memory.core.prog_drop(this.memory.core.pending_object());
      return -Errno.EOPNOTSUPP;
    }
    const judge: Verify = (request, host) => {
      const verdict = verify(request, host);
      this.#lastLog = verdict.log;
      return verdict;
    };
    const loaded = loadProgram(this.memory, judge, attrPtr, size, environment.boottime());
    if (typeof loaded === "number") return loaded;
    this.#codes.set(loaded.id, loaded.code);
    return loaded.fd;
  }

  #testRun(attrPtr: number): number {
    const { memory } = this;
    const program = memory.core.pending_object() >>> 0;
    const attr = readTestRunAttr(memory);
    const id = memory.word(program + ProgramAt.ID);
    const image = memory.word(program + ProgramAt.IMAGE);
    const answer = testRun(this.runner(id), {
      type: memory.word(program + ProgramAt.TYPE),
      expectedAttachType: memory.word(program + ProgramAt.EXPECTED_ATTACH_TYPE),
      ctxNeeded: memory.word(image + ImageAt.CTX_NEEDED),
    }, attr, memory);
    const { duration, errno } = answer;
    if (duration !== undefined) {
      const runs = Math.max(1, attr.repeat);
      memory.core.prog_count(program, runs, BigInt(duration) * BigInt(runs));
    }
    for (const name of ["retval", "dataSizeOut", "duration", "ctxSizeOut"] as const) {
      const value = answer[name];
      if (value !== undefined && !memory.writeWord(attrPtr + TestRunOut[name], value)) return -Errno.EFAULT;
    }
    return errno === 0 ? 0 : -errno;
  }

  /** The code of a program that another instance loaded, or that was in a snapshot, from what the core keeps. */
  #codeOf(id: number): Code {
    const { memory } = this;
    const program = memory.core.program_by_id(id) >>> 0;
    if (program === 0) throw new RangeError(`Cannot run program ${id}: there is none`);
    const image = memory.word(program + ProgramAt.IMAGE);
    const word = (at: ImageAt): number => memory.word(image + at);
    const lists = ImageAt.ARRAYS + 8 * word(ImageAt.FUNCS) + 8 * word(ImageAt.FUNC_INFO) + 16 * word(ImageAt.LINE_INFO) + 8 * word(ImageAt.MAPS);
    const xlated = decodeInsns(memory.copy(image + lists, word(ImageAt.XLATED_SIZE)));
    const shape = { type: memory.word(program + ProgramAt.TYPE), expectedAttachType: memory.word(program + ProgramAt.EXPECTED_ATTACH_TYPE) };
    return codeOfXlated(shape, xlated, (mapId) => {
      const map = memory.core.map_by_id(mapId) >>> 0;
      return map === 0 ? undefined : mapFacts(memory, map, (btf) => btfFacts(memory, btf));
    });
  }

  #hostHelper(id: number, registers: bigint[]): bigint {
    const name = id === LD_ABS_ID ? "ld_abs" : helperById(id)?.name;
    const helper = name === undefined ? undefined : this.host.functions[name];
    if (helper === undefined) throw new RangeError(`Cannot call helper ${id}: there is none`);
    return helper(...registers);
  }
}
