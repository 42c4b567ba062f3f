import type { Walk } from "../context.ts";
import { checkMapAccess, checkPacket, checkRegion } from "../regions.ts";
import { hasConstantOffset, isNullReg, offsetOf, RDONLY, typeName } from "../reg.ts";
import { denied, EACCES, Reject } from "../reject.ts";
import { checkInitialized, stackExtent } from "../stack.ts";
import { markPrecise } from "../precision.ts";
import type { CallFacts } from "./call_facts.ts";

const SIZE_MAX = 1n << 29n;

/** A helper reads, or writes, `size` bytes behind a pointer. */
export function checkHelperMemory(w: Walk, number: number, size: number, isWrite: boolean, allowsZero: boolean, facts: CallFacts | undefined): void {
  const reg = w.reg(number);
  switch (reg.kind) {
    case "pkt":
    case "pkt_meta":
      return checkPacket(number, reg, reg.off, size, allowsZero);
    case "map_key":
      if (isWrite) denied(`R${number} cannot write into ${typeName(reg)}`);
      return checkRegion(number, reg, reg.off, size, reg.map?.keySize ?? 0, false, "key");
    case "map_value":
      return checkMapAccess(w, number, reg, 0, size, isWrite, true, allowsZero);
    case "mem":
      if (isWrite && (reg.flags & RDONLY) !== 0) denied(`R${number} cannot write into ${typeName(reg)}`);
      return checkRegion(number, reg, reg.off, size, reg.size, allowsZero, "memory");
    case "fp":
      return checkStackArgument(w, number, size, isWrite, allowsZero, facts);
    default:
      if (allowsZero && size === 0 && isNullReg(reg)) return;
      throw new Reject(EACCES, `R${number} type=${typeName(reg)} expected=fp`);
  }
}

function checkStackArgument(w: Walk, number: number, size: number, isWrite: boolean, allowsZero: boolean, facts: CallFacts | undefined): void {
  const reg = w.reg(number);
  if (size === 0 && !allowsZero) denied("invalid zero-sized read");
  const { min, max } = stackExtent(w, number, reg, 0, size, isWrite ? "write" : "read");
  if (facts !== undefined && isWrite && hasConstantOffset(reg)) {
    // The helper fills it: nothing has to be there before, and the bytes are unknown afterwards.
    facts.filled = { number, at: offsetOf(reg), size };
    return;
  }
  checkInitialized(w, number, reg, min, max, isWrite);
}

/** An argument that is the size of the memory before it. */
export function checkSizeArgument(w: Walk, number: number, isWrite: boolean, allowsZero: boolean, facts: CallFacts): void {
  const { scalar } = w.reg(number);
  facts.sizeMax = scalar.umax;
  const isKnown = scalar.bits.mask === 0n;
  if (scalar.smin < 0n) denied(`R${number} min value is negative, either use unsigned or 'var &= const'`);
  if (scalar.umin === 0n && !allowsZero) denied(`R${number} invalid zero-sized read: u64=[${scalar.umin},${scalar.umax}]`);
  if (scalar.umax >= SIZE_MAX) denied(`R${number} unbounded memory access, use 'var &= const' or 'if (var < const)'`);
  checkHelperMemory(w, number - 1, Number(scalar.umax), isWrite, allowsZero, isKnown ? facts : undefined);
  markPrecise(w, number);
}
