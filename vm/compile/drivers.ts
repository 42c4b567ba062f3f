import { Fault } from "../helpers/fault.ts";
import { STACK_SIZE } from "../insn/opcodes.ts";
import { Code } from "./code.ts";
import { FUNCTION_PARAMS, faultWord } from "./context.ts";
import type { Imports } from "./imports.ts";
import type { ModuleFunction } from "./module.ts";
import { I32, I64, Op } from "./wasm.ts";

// Functions of a module that call the program's callbacks: the core says what comes next, and is never on the stack while a
// callback runs. They take R1 to R4 of the helper's call, the caller's frame and its slot, and give R0.
// And `invoke`, by which the host calls one function of the program: a timer's.

export type DriverName = "loop" | "for_each_map_elem" | "user_ringbuf_drain";
export const DRIVER_NAMES: readonly DriverName[] = ["loop", "for_each_map_elem", "user_ringbuf_drain"];

const PARAMS: readonly number[] = [I64, I64, I64, I64, I32, I32];
const [R1, CALLBACK, R3, R4, BOTTOM, INSN, COUNT, PLACE, NEXT] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const CONTEXT = R3;
const FLAGS = R4;

/** Between the caller's frame and the callback's: where the core puts an array's key, or a dynptr. */
export const CELL_SIZE = 16;

/** What a driver needs of its module. */
export interface DriverContext {
  readonly imports: Imports;
  /** Functions of the program. */
  readonly functions: number;
}

export function driverFunction(name: DriverName, context: DriverContext): ModuleFunction {
  const code = new Code(256);
  BODIES[name](code, context);
  code.get(COUNT);
  return { type: context.imports.functionType(PARAMS), locals: [[3, I64]], code };
}

const BODIES: Readonly<Record<DriverName, (code: Code, context: DriverContext) => void>> = {
  loop(code, context) {
    returnIfNotZero(code, () => {
      code.get(R1);
      code.get(FLAGS);
      code.call(context.imports.core("loop_begin", 2));
    });
    checkCallback(code, context);
    repeat(code, () => {
      // The count is an argument of 32 bits.
      code.get(COUNT);
      code.get(R1);
      code.op(Op.i32_wrap_i64);
      code.op(Op.i64_extend_i32_u);
      code.op(Op.i64_ge_u);
      code.brIf(1);
      callBack(code, context, () => {
        code.get(COUNT);
        code.get(CONTEXT);
        pushZeros(code, 3);
      });
    });
  },

  for_each_map_elem(code, context) {
    const { imports } = context;
    returnIfNotZero(code, () => {
      code.get(R1);
      code.get(FLAGS);
      code.call(imports.core("for_each_begin", 2));
    });
    checkCallback(code, context);
    const next = (push: () => void): void => {
      code.get(R1);
      push();
      code.call(imports.core("for_each_next", 2));
      code.set(NEXT);
    };
    next(() => code.i64(0));
    repeat(code, () => {
      code.get(NEXT);
      code.tee(PLACE);
      code.op(Op.i64_eqz);
      code.brIf(1);
      // Asked for first, as the callback may delete the element.
      next(() => code.get(PLACE));
      callBack(code, context, () => {
        code.get(R1);
        code.get(R1);
        code.get(PLACE);
        pushCell(code);
        code.call(imports.core("for_each_key", 3));
        code.get(R1);
        code.get(PLACE);
        code.call(imports.core("for_each_value", 2));
        code.get(CONTEXT);
        pushZeros(code, 1);
      });
    });
  },

  user_ringbuf_drain(code, context) {
    const { imports } = context;
    returnIfNotZero(code, () => {
      code.get(R1);
      code.get(FLAGS);
      code.call(imports.core("drain_begin", 2));
    });
    checkCallback(code, context);
    repeat(code, () => {
      code.get(R1);
      pushCell(code);
      code.call(imports.core("drain_next", 2));
      code.tee(NEXT);
      code.i64(1);
      code.op(Op.i64_ne);
      code.brIf(1);
      callBack(code, context, () => {
        pushCell(code);
        code.get(CONTEXT);
        pushZeros(code, 3);
      }, () => {
        code.get(R1);
        code.call(imports.coreProcedure("drain_release", I64));
      });
    });
    code.get(R1);
    code.call(imports.coreProcedure("drain_end", I64));
    // A bad producer's errno is the answer.
    code.get(NEXT);
    code.i64(0);
    code.op(Op.i64_lt_s);
    code.if();
    code.get(NEXT);
    code.set(COUNT);
    code.end();
  },
};

function returnIfNotZero(code: Code, push: () => void): void {
  push();
  code.tee(NEXT);
  code.op(Op.i64_eqz);
  code.op(Op.i32_eqz);
  code.if();
  code.get(NEXT);
  code.op(Op.return);
  code.end();
}

/** `block { loop { body; br loop } }`: the body leaves by a branch to depth 1. */
function repeat(code: Code, body: () => void): void {
  code.block();
  code.loop();
  body();
  code.br(0);
  code.end();
  code.end();
}

function pushZeros(code: Code, count: number): void {
  for (let index = 0; index < count; ++index) code.i64(0);
}

function pushCell(code: Code): void {
  code.get(BOTTOM);
  code.i32(CELL_SIZE);
  code.op(Op.i32_sub);
  code.op(Op.i64_extend_i32_u);
}

function faultIf(code: Code, { imports }: DriverContext, reason: Fault): void {
  code.if();
  code.get(INSN);
  code.i32(faultWord(reason, 0));
  code.op(Op.i32_or);
  code.setGlobal(imports.fault);
  code.op(Op.unreachable);
  code.end();
}

/** Faults unless the callback is a function of the program and there is stack for it. */
function checkCallback(code: Code, context: DriverContext): void {
  code.get(CALLBACK);
  code.i64(32);
  code.op(Op.i64_shr_u);
  code.i64(1);
  code.op(Op.i64_ne);
  code.get(CALLBACK);
  code.op(Op.i32_wrap_i64);
  code.i32(context.functions);
  code.op(Op.i32_ge_u);
  code.op(Op.i32_or);
  faultIf(code, context, Fault.CALLBACK);
  code.get(BOTTOM);
  code.i32(STACK_SIZE + CELL_SIZE);
  code.op(Op.i32_sub);
  code.getGlobal(context.imports.stack);
  code.op(Op.i32_lt_u);
  faultIf(code, context, Fault.STACK);
}

/** Burns fuel, calls back, counts the call, and leaves the loop (depth 1) unless the callback gave 0. */
function callBack(code: Code, context: DriverContext, pushArguments: () => void, after: () => void = () => {}): void {
  const { imports } = context;
  code.getGlobal(imports.fuel);
  code.i64(1);
  code.op(Op.i64_sub);
  code.setGlobal(imports.fuel);
  code.getGlobal(imports.fuel);
  code.i64(0);
  code.op(Op.i64_lt_s);
  faultIf(code, context, Fault.FUEL);
  pushArguments();
  code.get(BOTTOM);
  code.i32(STACK_SIZE + CELL_SIZE);
  code.op(Op.i32_sub);
  code.get(CALLBACK);
  code.op(Op.i32_wrap_i64);
  code.callIndirect(imports.functionType(FUNCTION_PARAMS), imports.ownTable);
  code.get(COUNT);
  code.i64(1);
  code.op(Op.i64_add);
  code.set(COUNT);
  after();
  // A fault of the core's is about the call, not about where the callback noted the last one.
  code.get(INSN);
  code.setGlobal(imports.fault);
  code.op(Op.i64_eqz);
  code.op(Op.i32_eqz);
  code.brIf(1);
}
