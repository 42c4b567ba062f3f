import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import { S64_MAX, S64_MIN } from "./bits.ts";
import type { Walk } from "./context.ts";
import { markPrecise } from "./precision.ts";
import { isScalar, typeName } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { checkNothingHeld } from "./references.ts";

type Range = readonly [min: bigint, max: bigint];
const BIND_RANGES: Readonly<Record<number, Range>> = { 8: [0n, 3n], 9: [0n, 3n], 10: [0n, 1n], 11: [0n, 1n], 14: [0n, 1n], 15: [0n, 1n], 49: [0n, 1n], 50: [0n, 1n] };
const BOOLEAN: Range = [0n, 1n];

/** What the entry function of a type may return; undefined: anything. */
function returnRange(type: number, attach: number): Range | undefined {
  switch (type) {
    case 8: return attach === 1 ? [0n, 3n] : BOOLEAN;
    case 9: case 13: case 15: case 23: case 25: case 30: case 32: return BOOLEAN;
    case 18: return BIND_RANGES[attach] ?? [1n, 1n];
    case 26: return attach === 28 ? BOOLEAN : undefined;
    default: return undefined;
  }
}

function checkRange(where: string, { scalar }: Reg, [min, max]: Range): void {
  if (scalar.smin >= min && scalar.smax <= max) return;
  const known = [...(scalar.smin > S64_MIN ? [`smin=${scalar.smin}`] : []), ...(scalar.smax < S64_MAX ? [`smax=${scalar.smax}`] : [])];
  const has = known.length === 0 ? "unknown scalar value" : known.join(" ");
  invalid(`At ${where} the register R0 has ${has} should have been in [${min}, ${max}]`);
}

/** The end of a function; gives the instruction to go on with, undefined where the path ends. */
export function exit(w: Walk, { code, dst, src, imm }: Insn): number | undefined {
  if ((code & op.SOURCE_MASK) !== op.K || imm !== 0 || src !== 0 || dst !== 0 || (code & op.CLASS_MASK) === op.JMP32) invalid("BPF_EXIT uses reserved fields");
  const isEntry = w.state.frames.length === 1;
  checkNothingHeld(w, "BPF_EXIT instruction in main prog", isEntry);
  if (!isEntry) return leave(w);
  const { callback } = w.frame;
  const r0 = w.read(0);
  if (callback?.isAsync === true) {
    markPrecise(w, 0);
    if (!isScalar(r0)) invalid(`At async callback return the register R0 is not a known value (${typeName(r0)})`);
    checkRange("async callback return", r0, [callback.min, callback.max]);
    return undefined;
  }
  if (w.frame.subprogram !== 0) {
    if (!isScalar(r0)) invalid(`At subprogram exit the register R0 is not a scalar value (${typeName(r0)})`);
    return undefined;
  }
  const range = returnRange(w.request.type, w.request.expectedAttachType);
  if (range === undefined) return undefined;
  if (!isScalar(r0)) invalid(`At program exit the register R0 is not a known value (${typeName(r0)})`);
  markPrecise(w, 0);
  checkRange("program exit", r0, range);
  return undefined;
}

/** Back to the caller, or to the helper that called back. */
function leave(w: Walk): number {
  const { frames } = w.state;
  const callee = w.frame;
  const r0 = w.read(0);
  if (r0.kind === "fp") invalid("cannot return stack pointer to the caller");
  const { callback } = callee;
  if (callback !== undefined) {
    if (!isScalar(r0)) denied("R0 not a scalar value");
    markPrecise(w, 0);
    checkRange("callback return", r0, [callback.min, callback.max]);
    frames.pop();
    return callee.callsite;
  }
  frames.pop();
  w.setReg(0, r0);
  return callee.callsite + 1;
}
