import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { emitAlu } from "./alu.ts";
import { emitAtomic } from "./atomic.ts";
import { findBlocks } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { emitCall, emitPacketLoad } from "./call.ts";
import type { Drivers } from "./call.ts";
import { Code } from "./code.ts";
import { FUNCTION_PARAMS, FunctionContext } from "./context.ts";
import type { ProgramContext } from "./context.ts";
import { writeDispatch } from "./dispatch.ts";
import { analyze } from "./graph.ts";
import { findLoops } from "./loops.ts";
import { emitLoad, emitStore } from "./memory.ts";
import type { ModuleFunction } from "./module.ts";
import { writeStructured } from "./structure.ts";
import { Op } from "./wasm.ts";

/** Bytes of one function that hosts take. */
const FUNCTION_SIZE_MAX = 7_600_000;

/**
 * Compiles the function in the slots from `start` up to `end`.
 * Throws RangeError for one that is larger than hosts allow.
 */
export function compileFunction(program: ProgramContext, start: number, end: number, drivers: Drivers): ModuleFunction {
  const blocks = findBlocks(program.insns, start, end);
  const graph = analyze(blocks);
  const f = new FunctionContext(program, graph.isHeader.includes(1));
  const writeBlock = (block: Block): void => emitBlock(f, block, drivers);
  if (graph.reducible) writeStructured(f, graph, findLoops(graph, program.insns), writeBlock);
  else writeDispatch(f, graph, writeBlock);
  f.out.op(Op.unreachable);

  const head = f.prologue();
  const code = new Code(head.length + f.out.length);
  code.append(head.view());
  code.append(f.out.view());
  if (code.length > FUNCTION_SIZE_MAX) {
    throw new RangeError(`Cannot compile program: a function has ${code.length} bytes of WebAssembly, hosts take ${FUNCTION_SIZE_MAX}`);
  }
  return { type: program.imports.functionType(FUNCTION_PARAMS), locals: f.locals(), code };
}

function emitBlock(f: FunctionContext, { start, stop, end }: Block, drivers: Drivers): void {
  f.blockStop = stop;
  for (let at = start; at < stop; ++at) {
    const insn = f.program.insns[at];
    emitInsn(f, insn, at, drivers);
    if (insn.code === (op.LD | op.IMM | op.DW)) ++at;
  }
  if (end.kind === "fault") f.fault(end.reason, end.insn);
  if (end.kind !== "exit") return;
  f.flushFuel();
  f.get(0);
  f.out.op(Op.return);
}

function emitInsn(f: FunctionContext, insn: Insn, at: number, drivers: Drivers): void {
  switch (insn.code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
      return emitAlu(f, insn);
    case op.JMP:
      return emitCall(f, insn, at, drivers);
    case op.LD:
      return (insn.code & op.MODE_MASK) === op.IMM ? emitImmediate(f, insn, at) : emitPacketLoad(f, insn, at);
    case op.LDX:
      return emitLoad(f, insn, at);
    case op.ST:
      return emitStore(f, insn, at);
    default:
      return (insn.code & op.MODE_MASK) === op.ATOMIC ? emitAtomic(f, insn, at) : emitStore(f, insn, at);
  }
}

/** A 64-bit immediate: what the verifier made of it, or as it is written. */
function emitImmediate(f: FunctionContext, { dst, imm }: Insn, at: number): void {
  const { image, insns } = f.program;
  const written = (BigInt(insns[at + 1].imm) << 32n) | BigInt(imm >>> 0);
  f.setConstant(dst, image.immediates.get(at) ?? written);
}
