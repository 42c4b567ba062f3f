import { FUNC_BASE } from "../image.ts";
import type { Code } from "../image.ts";
import { DW, IMM, LD } from "../insn/opcodes.ts";
import { INSN_SIZE, encodeInsns } from "../insn/insn.ts";
import type { InterpCore } from "./core.ts";
import { isErrno } from "./core.ts";

/** The bytes of a program with the values of its 64-bit immediates in place. */
function resolvedBytes({ insns, immediates }: Code): Uint8Array {
  const bytes = encodeInsns(insns);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of immediates) {
    if (insns[index]?.code !== (LD | IMM | DW) || index + 1 >= insns.length) continue;
    view.setUint32(index * INSN_SIZE + 4, Number(BigInt.asUintN(32, value)), true);
    view.setUint32((index + 1) * INSN_SIZE + 4, Number(BigInt.asUintN(32, value >> 32n)), true);
  }
  return bytes;
}

/** Gives a program to the core: the address of its image, to be given up with interp_unload. */
export function loadImage(core: InterpCore, code: Code): number {
  const bytes = resolvedBytes(code);
  const functions = code.subprograms.length;
  const block = core.alloc(Math.max(bytes.length + 4 * functions, 1)) >>> 0;
  if (block === 0) throw new RangeError(`Cannot interpret a program of ${code.insns.length} instructions: out of memory`);
  try {
    new Uint8Array(core.memory.buffer).set(bytes, block);
    const starts = new DataView(core.memory.buffer, block + bytes.length, 4 * functions);
    code.subprograms.forEach(({ start }, index) => starts.setUint32(4 * index, start, true));
    const image = core.interp_load(block, code.insns.length, block + bytes.length, functions) >>> 0;
    if (isErrno(image)) throw new RangeError(`Cannot interpret a program of ${code.insns.length} instructions and ${functions} functions`);
    return image;
  } finally {
    core.free(block);
  }
}

/** Index of the subprogram that a function number stands for. */
export function functionIndex(callback: bigint): number {
  return Number(callback - FUNC_BASE);
}
