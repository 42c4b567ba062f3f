import * as op from "../../insn/opcodes.ts";
import { LOW32, lowS32, lowU32, maxBig, minBig, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from "./bits.ts";
import { draft, isConstant, isConstant32, sync } from "./scalar.ts";
import type { Draft, Scalar } from "./scalar.ts";
import * as tn from "./tnum.ts";

// What a comparison says about its operands, and what its operands say about it.

/** The comparison that is true where this one is false. */
export const NEGATED: Readonly<Record<number, number>> = {
  [op.JEQ]: op.JNE, [op.JNE]: op.JEQ, [op.JGT]: op.JLE, [op.JLE]: op.JGT, [op.JGE]: op.JLT, [op.JLT]: op.JGE,
  [op.JSGT]: op.JSLE, [op.JSLE]: op.JSGT, [op.JSGE]: op.JSLT, [op.JSLT]: op.JSGE,
};

/** The comparison with its operands exchanged. */
export const FLIPPED: Readonly<Record<number, number>> = {
  [op.JEQ]: op.JEQ, [op.JNE]: op.JNE, [op.JSET]: op.JSET, [op.JGT]: op.JLT, [op.JLT]: op.JGT, [op.JGE]: op.JLE, [op.JLE]: op.JGE,
  [op.JSGT]: op.JSLT, [op.JSLT]: op.JSGT, [op.JSGE]: op.JSLE, [op.JSLE]: op.JSGE,
};

type Outcome = boolean | undefined;

/** a > b (or >=) for ranges of numbers of one type. */
function above<N extends number | bigint>(aMin: N, aMax: N, bMin: N, bMax: N, orEqual: boolean): Outcome {
  if (orEqual) return aMin >= bMax ? true : aMax < bMin ? false : undefined;
  return aMin > bMax ? true : aMax <= bMin ? false : undefined;
}

function equal(a: Scalar, b: Scalar, wide: boolean): Outcome {
  if (wide && isConstant(a) && isConstant(b)) return a.bits.value === b.bits.value;
  if (!wide && isConstant32(a) && isConstant32(b)) return (a.bits.value & LOW32) === (b.bits.value & LOW32);
  if (wide && (a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin)) return false;
  if (a.u32min > b.u32max || a.u32max < b.u32min || a.s32min > b.s32max || a.s32max < b.s32min) return false;
  return undefined;
}

function anyBit(a: Scalar, b: Scalar, wide: boolean): Outcome {
  if (!(wide ? isConstant(b) : isConstant32(b))) return undefined;
  const bits = wide ? b.bits.value : b.bits.value & LOW32;
  if ((a.bits.value & bits) !== 0n) return true;
  return ((a.bits.value | a.bits.mask) & bits) === 0n ? false : undefined;
}

/** Whether the comparison is always true, always false, or not known. */
export function compareScalars(condition: number, a: Scalar, b: Scalar, wide: boolean): Outcome {
  switch (condition) {
    case op.JEQ: return equal(a, b, wide);
    case op.JNE: {
      const answer = equal(a, b, wide);
      return answer === undefined ? undefined : !answer;
    }
    case op.JSET: return anyBit(a, b, wide);
    case op.JGT: case op.JGE:
      return wide ? above(a.umin, a.umax, b.umin, b.umax, condition === op.JGE) : above(a.u32min, a.u32max, b.u32min, b.u32max, condition === op.JGE);
    case op.JSGT: case op.JSGE:
      return wide ? above(a.smin, a.smax, b.smin, b.smax, condition === op.JSGE) : above(a.s32min, a.s32max, b.s32min, b.s32max, condition === op.JSGE);
    default:
      return compareScalars(FLIPPED[condition], b, a, wide);
  }
}

function refineEqual(a: Draft, b: Draft, wide: boolean): void {
  a.u32min = b.u32min = Math.max(a.u32min, b.u32min);
  a.u32max = b.u32max = Math.min(a.u32max, b.u32max);
  a.s32min = b.s32min = Math.max(a.s32min, b.s32min);
  a.s32max = b.s32max = Math.min(a.s32max, b.s32max);
  if (!wide) {
    const low = tn.intersect(tn.low32(a.bits), tn.low32(b.bits));
    a.bits = tn.withLow32(a.bits, low);
    b.bits = tn.withLow32(b.bits, low);
    return;
  }
  a.umin = b.umin = maxBig(a.umin, b.umin);
  a.umax = b.umax = minBig(a.umax, b.umax);
  a.smin = b.smin = maxBig(a.smin, b.smin);
  a.smax = b.smax = minBig(a.smax, b.smax);
  a.bits = b.bits = tn.intersect(a.bits, b.bits);
}

/** a is not the constant b: an end of a's range that is b moves by one. */
function refineNotEqual(a: Draft, b: Draft, wide: boolean): void {
  if (!(wide ? isConstant(b) : isConstant32(b))) [a, b] = [b, a];
  if (!(wide ? isConstant(b) : isConstant32(b))) return;
  if (wide) {
    const unsigned = b.bits.value;
    const signed = BigInt.asIntN(64, unsigned);
    if (a.umin === unsigned && unsigned !== U64_MAX) a.umin++;
    if (a.umax === unsigned && unsigned !== 0n) a.umax--;
    if (a.smin === signed && signed !== S64_MAX) a.smin++;
    if (a.smax === signed && signed !== S64_MIN) a.smax--;
    return;
  }
  const unsigned = lowU32(b.bits.value);
  const signed = lowS32(b.bits.value);
  if (a.u32min === unsigned && unsigned !== U32_MAX) a.u32min++;
  if (a.u32max === unsigned && unsigned !== 0) a.u32max--;
  if (a.s32min === signed && signed !== S32_MAX) a.s32min++;
  if (a.s32max === signed && signed !== S32_MIN) a.s32max--;
}

/** `a & b` is, or is not, 0: says something where b is known; a single bit is then set. */
function refineBits(a: Draft, b: Draft, wide: boolean, isSet: boolean): void {
  if (!(wide ? isConstant(b) : isConstant32(b))) [a, b] = [b, a];
  if (!(wide ? isConstant(b) : isConstant32(b))) return;
  const bits = wide ? b.bits.value : b.bits.value & LOW32;
  if (!isSet) {
    const cleared = tn.and(a.bits, tn.known(~bits));
    a.bits = wide ? cleared : tn.withLow32(a.bits, cleared);
  } else if (bits !== 0n && (bits & (bits - 1n)) === 0n) {
    const set = tn.or(a.bits, tn.known(bits));
    a.bits = wide ? set : tn.withLow32(a.bits, set);
  }
}

function refineUnsigned(a: Draft, b: Draft, wide: boolean, orEqual: boolean): void {
  const one = orEqual ? 0 : 1;
  if (wide) {
    a.umax = minBig(a.umax, b.umax - BigInt(b.umax > 0n ? one : 0));
    b.umin = maxBig(b.umin, a.umin + BigInt(a.umin < U64_MAX ? one : 0));
  } else {
    a.u32max = Math.min(a.u32max, b.u32max - (b.u32max > 0 ? one : 0));
    b.u32min = Math.max(b.u32min, a.u32min + (a.u32min < U32_MAX ? one : 0));
  }
}

function refineSigned(a: Draft, b: Draft, wide: boolean, orEqual: boolean): void {
  const one = orEqual ? 0 : 1;
  if (wide) {
    a.smax = minBig(a.smax, b.smax - BigInt(b.smax > S64_MIN ? one : 0));
    b.smin = maxBig(b.smin, a.smin + BigInt(a.smin < S64_MAX ? one : 0));
  } else {
    a.s32max = Math.min(a.s32max, b.s32max - (b.s32max > S32_MIN ? one : 0));
    b.s32min = Math.max(b.s32min, a.s32min + (a.s32min < S32_MAX ? one : 0));
  }
}

function refine(condition: number, isTrue: boolean, a: Draft, b: Draft, wide: boolean): void {
  if (condition === op.JSET) return refineBits(a, b, wide, isTrue);
  switch (isTrue ? condition : NEGATED[condition]) {
    case op.JEQ: return refineEqual(a, b, wide);
    case op.JNE: return refineNotEqual(a, b, wide);
    case op.JLT: return refineUnsigned(a, b, wide, false);
    case op.JLE: return refineUnsigned(a, b, wide, true);
    case op.JGT: return refineUnsigned(b, a, wide, false);
    case op.JGE: return refineUnsigned(b, a, wide, true);
    case op.JSLT: return refineSigned(a, b, wide, false);
    case op.JSLE: return refineSigned(a, b, wide, true);
    case op.JSGT: return refineSigned(b, a, wide, false);
    default: return refineSigned(b, a, wide, true);
  }
}

/** Both operands where the comparison is true, or false. */
export function refineScalars(condition: number, isTrue: boolean, a: Scalar, b: Scalar, wide: boolean): [Scalar, Scalar] {
  const left = draft(a);
  const right = draft(b);
  refine(condition, isTrue, left, right, wide);
  return [sync(left), sync(right)];
}
