import { Fault } from "../helpers/fault.ts";
import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { BOTTOM, FUNCTION_PARAMS, SCRATCH_I32 } from "./context.ts";
import type { FunctionContext } from "./context.ts";
import type { DriverName } from "./drivers.ts";
import { pushAddress, sizeOf } from "./memory.ts";
import { I32, I64, Op } from "./wasm.ts";

// Calls: of helpers, of the program's functions, and of other programs.

const ARRAY = 2;
const MAP_LOOKUP_ELEM = "map_lookup_elem";
const CALLER_SAVED = 0b111110;

/** The instruction `call`, of any kind. */
export function emitCall(f: FunctionContext, insn: Insn, at: number, drivers: Drivers): void {
  if (insn.src === op.PSEUDO_CALL) return emitFunctionCall(f, at + 1 + insn.imm, at);
  const call = f.program.imports.callOf(insn);
  if (call === undefined) return f.fault(Fault.HELPER, at);
  const { facts, index } = call;
  if (facts.where === "engine") {
    if (facts.name === "tail_call") emitTailCall(f, at);
    else if (facts.name === "throw") emitThrow(f);
    else emitDriverCall(f, drivers[facts.name as DriverName], at);
  } else if (!(facts.name === MAP_LOOKUP_ELEM && emitArrayLookup(f, at))) {
    f.mark(at);
    for (let register = 1; register <= facts.args; ++register) f.get(register);
    f.out.call(index);
    f.set(0);
  }
  f.facts.forget(CALLER_SAVED);
}

/** Number of each function that calls callbacks, in modules that need it. */
export type Drivers = Readonly<Record<DriverName, number>>;

/** R0 = address of an array's element, or 0: without a call, for a map that is known here. */
function emitArrayLookup(f: FunctionContext, at: number): boolean {
  const map = f.mapIn(1);
  if (map === undefined || map.type !== ARRAY || map.values === 0 || map.keySize !== 4) return false;
  const { out } = f;
  out.memory(Op.i32_load, pushAddress(f, 2, 0, map.keySize, at));
  out.tee(SCRATCH_I32);
  out.i32(map.maxEntries | 0);
  out.op(Op.i32_lt_u);
  out.op(Op.if);
  out.byte(I64);
  out.get(SCRATCH_I32);
  if (map.valueStride !== 1) {
    out.i32(map.valueStride | 0);
    out.op(Op.i32_mul);
  }
  out.i32(map.values | 0);
  out.op(Op.i32_add);
  out.op(Op.i64_extend_i32_u);
  out.op(Op.else);
  out.i64(0);
  out.end();
  f.set(0);
  return true;
}

/** Ends the run unless the region has `size` more bytes below this frame. */
function checkStack(f: FunctionContext, size: number, at: number): void {
  const { out } = f;
  out.get(BOTTOM);
  out.i32(size);
  out.op(Op.i32_sub);
  out.getGlobal(f.program.imports.stack);
  out.op(Op.i32_lt_u);
  out.if();
  f.fault(Fault.STACK, at);
  out.end();
}

function emitFunctionCall(f: FunctionContext, slot: number, at: number): void {
  const { out } = f;
  const index = f.program.functionAt.get(slot);
  if (index === undefined) return f.fault(Fault.JUMP, at);
  checkStack(f, op.STACK_SIZE, at);
  f.burn(at);
  f.flushFuel();
  for (let register = 1; register <= 5; ++register) f.get(register);
  out.get(BOTTOM);
  out.i32(op.STACK_SIZE);
  out.op(Op.i32_sub);
  out.call(f.program.imports.functionBase + index);
  f.set(0);
  f.reloadFuel();
  f.facts.forget(CALLER_SAVED);
}

/** R0 = what a function that calls callbacks gives. */
function emitDriverCall(f: FunctionContext, driver: number, at: number): void {
  f.flushFuel();
  f.mark(at);
  for (let register = 1; register <= 4; ++register) f.get(register);
  f.out.get(BOTTOM);
  f.out.i32(at);
  f.out.call(driver);
  f.set(0);
  f.reloadFuel();
}

/**
 * bpf_tail_call: the other program's result is this function's, and its frame lies where this function's does. Goes on behind
 * the call when the slot is empty or the run has had its tail calls.
 */
function emitTailCall(f: FunctionContext, at: number): void {
  const { out } = f;
  const { imports } = f.program;
  const callOwner = imports.coreProcedure("run_program", I32);
  const pushIsMissing = (): void => {
    out.get(SCRATCH_I32);
    out.op(Op.table_get);
    out.unsigned(0);
    out.op(Op.ref_is_null);
  };
  f.mark(at);
  out.block();
  f.get(2);
  f.get(3);
  out.call(imports.core("prog_array_target", 2, I32));
  out.tee(SCRATCH_I32);
  out.op(Op.i32_eqz);
  out.brIf(0);
  out.getGlobal(imports.tailCalls);
  out.i32(op.TAIL_CALLS_MAX);
  out.op(Op.i32_ge_u);
  out.brIf(0);
  out.block();
  out.get(SCRATCH_I32);
  out.tableSize(0);
  out.op(Op.i32_lt_u);
  out.if();
  pushIsMissing();
  out.op(Op.i32_eqz);
  out.brIf(1);
  out.end();
  // The engine has not met the program yet, or knows that it cannot be run.
  out.get(SCRATCH_I32);
  out.call(imports.env("link", I32));
  out.end();
  pushIsMissing();
  out.brIf(0);
  out.getGlobal(imports.tailCalls);
  out.i32(1);
  out.op(Op.i32_add);
  out.setGlobal(imports.tailCalls);
  f.flushFuel();
  out.getGlobal(imports.runningProgram);
  out.get(SCRATCH_I32);
  out.call(callOwner);
  out.get(SCRATCH_I32);
  out.setGlobal(imports.runningProgram);
  f.get(1);
  for (let register = 2; register <= 5; ++register) out.i64(0);
  out.get(BOTTOM);
  out.get(SCRATCH_I32);
  out.callIndirect(imports.functionType(FUNCTION_PARAMS), 0);
  f.set(0);
  // The caller's program goes on where this was one of its functions.
  out.set(SCRATCH_I32);
  out.get(SCRATCH_I32);
  out.setGlobal(imports.runningProgram);
  out.get(SCRATCH_I32);
  out.call(callOwner);
  f.get(0);
  out.op(Op.return);
  out.end();
}

/** Ends the whole run with R1 as its result. */
function emitThrow(f: FunctionContext): void {
  f.get(1);
  f.out.setGlobal(f.program.imports.thrown);
  f.fault(Fault.NONE, THROWN);
}

/** In the place of a slot: the run did not fault but was ended. */
export const THROWN = 0xffffff;

/** LD_ABS and LD_IND: R0 = bytes of the packet; outside it the function returns 0 at once. */
export function emitPacketLoad(f: FunctionContext, { code, src, imm }: Insn, at: number): void {
  const { out } = f;
  f.mark(at);
  f.get(6);
  out.i32(imm);
  if ((code & op.MODE_MASK) === op.IND) {
    f.get32(src);
    out.op(Op.i32_add);
  }
  out.op(Op.i64_extend_i32_s);
  out.i64(sizeOf(code));
  out.call(f.program.imports.ldAbs);
  f.set(0);
  f.get(0);
  out.i64(0);
  out.op(Op.i64_lt_s);
  out.if();
  f.flushFuel();
  out.i64(0);
  out.op(Op.return);
  out.end();
  f.facts.forget(CALLER_SAVED);
}

