// What a kernel and the machine that runs programs (vm/) know of each other. The machine is the caller's to bring, by the option
// `programs` of `Kernel.load()`, so whoever uses maps alone loads none of it.
import type { AttrTable } from "./attr_table.ts";
import type { ProgramExports } from "./exports.ts";
import type { Program, ProgramKernel, ProgramSpec } from "./program_types.ts";
import type { WasmImports, WasmModule } from "./host_types.ts";

/** `programs` of "bpf-maps/programs", for the option of that name. */
export interface Programs {
  /** The core that programs run against, as bytes or compiled. */
  source(): Uint8Array | WasmModule;
  /** Keeps the compiled core for the next kernel. */
  remember(module: WasmModule): void;
  /** The machine of one kernel. */
  machine(): Machine;
}

/** What runs the programs of one kernel. */
export interface Machine {
  /** What the core imports. */
  readonly imports: WasmImports;
  /** The fields that the commands on programs have. */
  readonly attrTables: { readonly [cmd: number]: AttrTable | undefined };
  /** Told of the core once it is there. */
  attach(exports: ProgramExports, cpus: number): void;
  /** `kernel.loadProgram`. */
  loadProgram(kernel: ProgramKernel, spec: ProgramSpec): Program;
  /** Ends a command that the core began and left to the machine (Engine.PENDING): what bpf(2) returns. */
  finish(cmd: number, attrPtr: number, size: number): number;
  /** Gives up what it keeps for programs that are gone: after references were dropped, and before bytes are counted. */
  sweep(): void;
}
