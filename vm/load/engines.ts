import type { ProgramExports } from "../../bindings/abi/exports.ts";
import { Engine } from "../engine/engine.ts";
import { helperById } from "../helpers/table.ts";
import type { Code, Executable } from "../image.ts";
import type { InterpCore } from "../interp/core.ts";
import { Interpreter } from "../interp/interpreter.ts";
import type { HostFunction } from "../run/host_functions.ts";

/** Which engine runs a kernel's programs. */
export type EngineName = "compiler" | "interpreter";

/** An engine with the programs that it knows by id. */
export interface ProgramEngine {
  /** What runs `code` from now on under this id. */
  take(id: number, code: Code): Executable;
  /** Forgets a program that is gone. */
  drop(id: number): void;
}

/** What an engine needs of its kernel. */
export interface EngineParts {
  readonly core: ProgramExports;
  readonly functions: { readonly [name: string]: HostFunction };
  /** Sees to it that the program with this id is taken, because a tail call goes there. */
  readonly resolve: (id: number) => void;
}

/** Whether the host compiles bytes: some forbid it in places, and some altogether. */
function canCompile(): boolean {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
    return true;
  } catch {
    return false;
  }
}
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The engine by its name; without one the compiler where the host lets it work, else the interpreter. */
export function openEngine(name: EngineName | undefined, parts: EngineParts): ProgramEngine {
  return (name ?? (canCompile() ? "compiler" : "interpreter")) === "compiler" ? compiler(parts) : interpreter(parts);
}

function compiler({ core, functions, resolve }: EngineParts): ProgramEngine {
  const memory = core.memory as unknown as WebAssembly.Memory;
  const engine = new Engine({ memory, core, functions, helpers: { helper: helperById }, resolve });
  return {
    take(id, code) {
      const executable = engine.prepare(code);
      engine.bind(id, executable);
      return executable;
    },
    drop: (id) => engine.unbind(id),
  };
}

function interpreter({ core, resolve }: EngineParts): ProgramEngine {
  const engine = new Interpreter({ core: core as unknown as InterpCore, resolve });
  const images = new Map<number, number>();
  return {
    take(id, code) {
      const executable = engine.prepare(code);
      engine.bind(id, executable);
      images.set(id, executable.image);
      return executable;
    },
    drop(id) {
      engine.unbind(id);
      const image = images.get(id);
      if (image !== undefined) engine.core.interp_unload(image);
      images.delete(id);
    },
  };
}
