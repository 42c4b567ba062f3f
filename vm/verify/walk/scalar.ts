import { LOW32, lowS32, lowU32, maxBig, minBig, S32_MAX, S32_MIN, S64_MAX, S64_MIN, s64, u64, U32_MAX, U64_MAX } from "./bits.ts";
import * as tn from "./tnum.ts";
import type { Tnum } from "./tnum.ts";

/** What is known of a number: its bits, and its least and greatest values read as each of four types. Scalars never change. */
export interface Scalar {
  readonly bits: Tnum;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly s32min: number;
  readonly s32max: number;
  readonly u32min: number;
  readonly u32max: number;
}

/** A scalar while it is worked out. */
export interface Draft {
  bits: Tnum;
  smin: bigint;
  smax: bigint;
  umin: bigint;
  umax: bigint;
  s32min: number;
  s32max: number;
  u32min: number;
  u32max: number;
}

export const UNBOUNDED: Scalar = Object.freeze({
  bits: tn.UNKNOWN,
  smin: S64_MIN, smax: S64_MAX, umin: 0n, umax: U64_MAX,
  s32min: S32_MIN, s32max: S32_MAX, u32min: 0, u32max: U32_MAX,
});

export function constant(value: bigint): Scalar {
  const signed = s64(value);
  const unsigned = u64(value);
  const s32 = lowS32(value);
  const u32 = lowU32(value);
  return {
    bits: { value: unsigned, mask: 0n },
    smin: signed, smax: signed, umin: unsigned, umax: unsigned,
    s32min: s32, s32max: s32, u32min: u32, u32max: u32,
  };
}

export const ZERO_SCALAR: Scalar = Object.freeze(constant(0n));

export const draft = (s: Scalar): Draft => ({
  bits: s.bits, smin: s.smin, smax: s.smax, umin: s.umin, umax: s.umax,
  s32min: s.s32min, s32max: s.s32max, u32min: s.u32min, u32max: s.u32max,
});

export const isConstant = (s: Scalar): boolean => s.bits.mask === 0n;
export const isConstant32 = (s: Scalar): boolean => (s.bits.mask & LOW32) === 0n;

export function unbound64(d: Draft): void {
  d.smin = S64_MIN;
  d.smax = S64_MAX;
  d.umin = 0n;
  d.umax = U64_MAX;
}

export function unbound32(d: Draft): void {
  d.s32min = S32_MIN;
  d.s32max = S32_MAX;
  d.u32min = 0;
  d.u32max = U32_MAX;
}

const SIGN32 = 0x8000_0000n;

/** Ranges from bits. */
export function boundByBits(d: Draft): void {
  const { value, mask } = d.bits;
  d.smin = maxBig(d.smin, tn.signedMin(d.bits));
  d.smax = minBig(d.smax, tn.signedMax(d.bits));
  d.umin = maxBig(d.umin, value);
  d.umax = minBig(d.umax, value | mask);
  d.s32min = Math.max(d.s32min, lowS32(value | (mask & SIGN32)));
  d.s32max = Math.min(d.s32max, lowS32(value | (mask & (SIGN32 - 1n))));
  d.u32min = Math.max(d.u32min, lowU32(value));
  d.u32max = Math.min(d.u32max, lowU32(value | mask));
}

function narrowU32(d: Draft, min: number, max: number): void {
  d.u32min = Math.max(d.u32min, min);
  d.u32max = Math.min(d.u32max, max);
}

function narrowS32(d: Draft, min: number, max: number): void {
  d.s32min = Math.max(d.s32min, min);
  d.s32max = Math.min(d.s32max, max);
}

/** 32-bit ranges from 64-bit ones, where the upper halves of both ends agree or follow one another, and from one another. */
function deduce32(d: Draft): void {
  const { umin, umax, smin, smax } = d;
  if (umin >> 32n === umax >> 32n) {
    narrowU32(d, lowU32(umin), lowU32(umax));
    if (lowS32(umin) <= lowS32(umax)) narrowS32(d, lowS32(umin), lowS32(umax));
  }
  if (smin >> 32n === smax >> 32n) {
    if (lowU32(smin) <= lowU32(smax)) narrowU32(d, lowU32(smin), lowU32(smax));
    if (lowS32(smin) <= lowS32(smax)) narrowS32(d, lowS32(smin), lowS32(smax));
  }
  if (lowU32((umin >> 32n) + 1n) === lowU32(umax >> 32n) && lowS32(umin) < 0 && lowS32(umax) >= 0) narrowS32(d, lowS32(umin), lowS32(umax));
  if (lowU32((smin >> 32n) + 1n) === lowU32(smax >> 32n) && lowS32(smin) < 0 && lowS32(smax) >= 0) narrowS32(d, lowS32(smin), lowS32(smax));
  if ((d.u32min | 0) <= (d.u32max | 0)) narrowS32(d, d.u32min | 0, d.u32max | 0);
  if (d.s32min >>> 0 <= d.s32max >>> 0) narrowU32(d, d.s32min >>> 0, d.s32max >>> 0);
}

/** Signed and unsigned 64-bit ranges from one another. */
function deduce64(d: Draft): void {
  if (s64(d.umin) <= s64(d.umax)) {
    d.smin = maxBig(d.smin, s64(d.umin));
    d.smax = minBig(d.smax, s64(d.umax));
  }
  if (u64(d.smin) <= u64(d.smax)) {
    d.umin = maxBig(d.umin, u64(d.smin));
    d.umax = minBig(d.umax, u64(d.smax));
  } else if (d.umax < u64(d.smin)) {
    // The signed range is two unsigned ones, [0, smax] and [smin, max]; the unsigned range meets only the first.
    d.smin = s64(d.umin);
    d.umax = minBig(d.umax, u64(d.smax));
  } else if (u64(d.smax) < d.umin) {
    d.smax = s64(d.umax);
    d.umin = maxBig(d.umin, u64(d.smin));
  }
}

/** 64-bit ranges from 32-bit ones: the ends keep their upper halves. */
function deduceMixed(d: Draft): void {
  const low = BigInt(d.u32min);
  const high = BigInt(d.u32max);
  d.umin = maxBig(d.umin, (d.umin & ~LOW32) | low);
  d.umax = minBig(d.umax, (d.umax & ~LOW32) | high);
  d.smin = maxBig(d.smin, (d.smin & ~LOW32) | low);
  d.smax = minBig(d.smax, (d.smax & ~LOW32) | high);
  // A sign-extended word that is not negative has an upper half of zero.
  if (d.s32min >= 0 && d.smin >= BigInt(S32_MIN) && d.smax <= BigInt(S32_MAX)) {
    d.smin = BigInt(d.s32min);
    d.smax = BigInt(d.s32max);
    d.umin = d.smin;
    d.umax = d.smax;
    d.bits = tn.intersect(d.bits, tn.range(d.umin, d.umax));
  }
}

/** Bits from ranges. */
function bitsByBounds(d: Draft): void {
  const whole = tn.intersect(d.bits, tn.range(d.umin, d.umax));
  const low = tn.intersect(tn.low32(whole), tn.range(BigInt(d.u32min), BigInt(d.u32max)));
  d.bits = tn.or(tn.high32(whole), low);
}

/** Nothing is known, so that nothing can be learned. */
const isLimitless = (d: Draft): boolean =>
  d.bits.mask === U64_MAX && d.umin === 0n && d.umax === U64_MAX && d.smin === S64_MIN && d.smax === S64_MAX &&
  d.u32min === 0 && d.u32max === U32_MAX && d.s32min === S32_MIN && d.s32max === S32_MAX;

/** Lets every part of a scalar learn from the others. */
export function sync(d: Draft): Scalar {
  if (isLimitless(d)) return UNBOUNDED;
  boundByBits(d);
  if (d.bits.mask !== 0n) {
    for (let round = 0; round < 3; round++) {
      const { smin, smax, umin, umax, s32min, s32max, u32min, u32max } = d;
      deduce32(d);
      deduce64(d);
      deduceMixed(d);
      const isSettled = smin === d.smin && smax === d.smax && umin === d.umin && umax === d.umax &&
        s32min === d.s32min && s32max === d.s32max && u32min === d.u32min && u32max === d.u32max;
      if (isSettled) break;
    }
    bitsByBounds(d);
    boundByBits(d);
  }
  if (d.smin > d.smax || d.umin > d.umax || d.s32min > d.s32max || d.u32min > d.u32max) Object.assign(d, UNBOUNDED);
  return d;
}

/** The low half, zero-extended. */
export function zeroExtend32(s: Scalar): Scalar {
  if (s.bits.mask === 0n) return s.bits.value <= LOW32 ? s : constant(s.bits.value & LOW32);
  const d = draft(s);
  d.bits = tn.low32(d.bits);
  d.umin = BigInt(d.u32min);
  d.umax = BigInt(d.u32max);
  if (d.s32min >= 0) {
    d.smin = BigInt(d.s32min);
    d.smax = BigInt(d.s32max);
  } else {
    d.smin = 0n;
    d.smax = BigInt(U32_MAX);
  }
  return sync(d);
}

/** The low `bytes` bytes, zero-extended, as a narrow load gives them. */
export function truncate(s: Scalar, bytes: number): Scalar {
  if (bytes >= 8) return s;
  if (s.bits.mask === 0n) return constant(BigInt.asUintN(bytes * 8, s.bits.value));
  const d = draft(s);
  d.bits = tn.cast(d.bits, bytes);
  const mask = (1n << BigInt(bytes * 8)) - 1n;
  if ((d.umin & ~mask) === (d.umax & ~mask)) {
    d.umin &= mask;
    d.umax &= mask;
  } else {
    d.umin = 0n;
    d.umax = mask;
  }
  d.smin = d.umin;
  d.smax = d.umax;
  if (bytes < 4) unbound32(d);
  return sync(d);
}

/** Every number of `size` bytes, zero-extended. */
export const unsignedOf = (bytes: number): Scalar => truncate(UNBOUNDED, bytes);

/** The low `bytes` bytes (1, 2 or 4), sign-extended to 64 bits. */
export function signExtend(s: Scalar, bytes: number): Scalar {
  const width = bytes * 8;
  const extend = (value: bigint): bigint => BigInt.asIntN(width, value);
  if (s.bits.mask === 0n) return constant(extend(s.bits.value));
  const d = draft(s);
  const top = 1n << BigInt(width - 1);
  const min = extend(s.smin);
  const max = extend(s.smax);
  const isOrdered = s.smin >> BigInt(width) === s.smax >> BigInt(width) && min < 0n === max < 0n;
  [d.smin, d.smax] = isOrdered ? [minBig(min, max), maxBig(min, max)] : [-top, top - 1n];
  [d.s32min, d.s32max] = [lowS32(d.smin), lowS32(d.smax)];
  if (isOrdered) {
    [d.umin, d.umax] = [u64(d.smin), u64(d.smax)];
    [d.u32min, d.u32max] = [d.s32min >>> 0, d.s32max >>> 0];
    d.bits = tn.range(d.umin, d.umax);
  } else {
    [d.umin, d.umax] = [0n, U64_MAX];
    [d.u32min, d.u32max] = [0, U32_MAX];
    d.bits = tn.UNKNOWN;
  }
  return sync(d);
}

/** The same for a 32-bit destination: sign-extended to 32 bits, upper half clear. */
export const signExtend32 = (s: Scalar, bytes: number): Scalar => zeroExtend32(signExtend(s, bytes));

/** Whether everything that `cur` may be, `old` may be too. */
export const within = (old: Scalar, cur: Scalar): boolean =>
  old.umin <= cur.umin && old.umax >= cur.umax && old.smin <= cur.smin && old.smax >= cur.smax &&
  old.u32min <= cur.u32min && old.u32max >= cur.u32max && old.s32min <= cur.s32min && old.s32max >= cur.s32max;

export const sameScalar = (a: Scalar, b: Scalar): boolean =>
  a === b || (a.bits.value === b.bits.value && a.bits.mask === b.bits.mask &&
    a.umin === b.umin && a.umax === b.umax && a.smin === b.smin && a.smax === b.smax &&
    a.u32min === b.u32min && a.u32max === b.u32max && a.s32min === b.s32min && a.s32max === b.s32max);
