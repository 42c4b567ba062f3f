import type { Code as Image } from "../image.ts";
import { Code } from "./code.ts";
import { FUNCTION_PARAMS } from "./context.ts";
import type { Access, ProgramContext } from "./context.ts";
import { DRIVER_NAMES, driverFunction } from "./drivers.ts";
import { compileFunction } from "./function.ts";
import { Imports } from "./imports.ts";
import type { HelperSource } from "./imports.ts";
import { ModuleWriter } from "./module.ts";
import type { ModuleFunction } from "./module.ts";
import { I32, I64, Op } from "./wasm.ts";

// A program as a WebAssembly module: its functions, those that call its callbacks, and the two by which the engine runs it.
// The module imports (imports.ts) the kernel's memory, so it runs in the one instance it was linked to.

export interface CompileOptions {
  readonly helpers: HelperSource;
  /** Address of the table of chunk kinds, one byte per 64 KiB of memory. */
  readonly chunkKinds: number;
  /** Back edges and calls that a run may make: 2^31 by default. */
  readonly fuel?: number;
  /** Whether a fault comes with the registers; makes programs slower. */
  readonly registers?: boolean;
}

export interface CompiledProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Accesses that were checked together, by the slot of the first: a fault there is of one of them. */
  readonly groups: ReadonlyMap<number, readonly Access[]>;
}

export const FUEL_DEFAULT = 2 ** 31;

/**
 * Compiles a program.
 * Throws RangeError when it is larger than hosts allow.
 */
export function compileProgram(image: Image, { helpers, chunkKinds, fuel = FUEL_DEFAULT, registers = false }: CompileOptions): CompiledProgram {
  const { insns } = image;
  const subprograms = image.subprograms.length > 0 ? image.subprograms : [{ start: 0, end: insns.length }];
  const writer = new ModuleWriter();
  const imports = new Imports(writer, helpers, insns, registers);
  const base = writer.functionBase;
  const groups = new Map<number, readonly Access[]>();
  const program: ProgramContext = {
    image, insns, imports, groups, chunkKinds, registers,
    functionAt: new Map(subprograms.map(({ start }, index) => [start, index])),
    mapAt: new Map(image.maps.map(({ address }, index) => [BigInt(address), index])),
  };

  const driverNames = DRIVER_NAMES.filter((name) => imports.uses(name));
  const driversAt = base + subprograms.length;
  const driverIndex = (name: (typeof DRIVER_NAMES)[number]): number => driversAt + driverNames.indexOf(name);
  const drivers = { loop: driverIndex("loop"), for_each_map_elem: driverIndex("for_each_map_elem"), user_ringbuf_drain: driverIndex("user_ringbuf_drain") };
  const functions = subprograms.map(({ start, end }) => compileFunction(program, start, end, drivers));
  const count = functions.length;
  for (const name of driverNames) functions.push(driverFunction(name, { imports, functions: count }));

  const exported = new Map([["entry", base]]);
  const add = (name: string, body: ModuleFunction): void => void exported.set(name, base + functions.push(body) - 1);
  add("run", runFunction(imports, fuel, I64, (code) => code.call(base)));
  add("run32", runFunction(imports, fuel, I32, (code) => code.call(base)));
  // Only functions whose address was taken can be called by number.
  const hasPointers = count > 1;
  if (hasPointers) add("invoke", invokeFunction(imports, fuel));
  const elements = hasPointers || driverNames.length > 0 ? Array.from({ length: count }, (_, index) => base + index) : [];
  return { bytes: writer.write(functions, elements, exported), groups };
}

/** (ctx, frame, stack, program) → R0: a run of the entry function, between run_begin and run_end. */
function runFunction(imports: Imports, fuel: number, result: number, call: (code: Code) => void): ModuleFunction {
  const code = new Code(64);
  const [CTX, FRAME, STACK, PROGRAM] = [0, 1, 2, 3];
  beginRun(code, imports, fuel, STACK, PROGRAM);
  code.get(CTX);
  code.op(Op.i64_extend_i32_u);
  for (let register = 2; register <= 5; ++register) code.i64(0);
  code.get(FRAME);
  call(code);
  if (result === I32) code.op(Op.i32_wrap_i64);
  code.call(imports.runEnd);
  return { type: imports.typeOf([I32, I32, I32, I32], result), locals: [], code };
}

/** (R1, R2, R3, frame, stack, program, function) → R0: a run of one function. */
function invokeFunction(imports: Imports, fuel: number): ModuleFunction {
  const code = new Code(64);
  const [FRAME, STACK, PROGRAM, FUNCTION] = [3, 4, 5, 6];
  beginRun(code, imports, fuel, STACK, PROGRAM);
  for (let register = 0; register < 3; ++register) code.get(register);
  code.i64(0);
  code.i64(0);
  code.get(FRAME);
  code.get(FUNCTION);
  code.callIndirect(imports.functionType(FUNCTION_PARAMS), imports.ownTable);
  code.call(imports.runEnd);
  return { type: imports.functionType([I64, I64, I64, I32, I32, I32, I32]), locals: [], code };
}

function beginRun(code: Code, imports: Imports, fuel: number, stack: number, program: number): void {
  code.bigI64(BigInt(fuel));
  code.setGlobal(imports.fuel);
  code.i32(0);
  code.setGlobal(imports.tailCalls);
  code.get(stack);
  code.setGlobal(imports.stack);
  code.get(program);
  code.setGlobal(imports.runningProgram);
  code.get(program);
  code.call(imports.runBegin);
}
