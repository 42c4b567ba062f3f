import { bitLength, HIGH32, LOW32, s64, u64, U64_MAX } from "./bits.ts";

/**
 * A tristate number: what is known of each of 64 bits. A bit set in `mask` is unknown (and 0 in `value`); else `value` has it.
 * Both are unsigned.
 */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

export const UNKNOWN: Tnum = { value: 0n, mask: U64_MAX };
export const ZERO: Tnum = { value: 0n, mask: 0n };

const tnum = (value: bigint, mask: bigint): Tnum => ({ value: u64(value) & ~u64(mask), mask: u64(mask) });

export const known = (value: bigint): Tnum => ({ value: u64(value), mask: 0n });

/** The smallest tnum that holds every number from `min` to `max`. */
export function range(min: bigint, max: bigint): Tnum {
  const bits = bitLength(min ^ max);
  if (bits > 63) return UNKNOWN;
  const mask = (1n << BigInt(bits)) - 1n;
  return { value: min & ~mask, mask };
}

export const shiftLeft = (a: Tnum, by: number): Tnum => tnum(a.value << BigInt(by), a.mask << BigInt(by));
export const shiftRight = (a: Tnum, by: number): Tnum => ({ value: a.value >> BigInt(by), mask: a.mask >> BigInt(by) });

/** Arithmetic shift of the low `width` bits (32 or 64); a 32-bit result has its upper half clear. */
export function shiftRightSigned(a: Tnum, by: number, width: 32 | 64): Tnum {
  const shift = (bits: bigint): bigint => BigInt.asUintN(width, BigInt.asIntN(width, bits) >> BigInt(by));
  return { value: shift(a.value), mask: shift(a.mask) };
}

export function add(a: Tnum, b: Tnum): Tnum {
  const masks = u64(a.mask + b.mask);
  const values = u64(a.value + b.value);
  const mask = (u64(masks + values) ^ values) | a.mask | b.mask;
  return tnum(values, mask);
}

export function sub(a: Tnum, b: Tnum): Tnum {
  const difference = u64(a.value - b.value);
  const mask = (u64(difference + a.mask) ^ u64(difference - b.mask)) | a.mask | b.mask;
  return tnum(difference, mask);
}

export function and(a: Tnum, b: Tnum): Tnum {
  const value = a.value & b.value;
  return { value, mask: (a.value | a.mask) & (b.value | b.mask) & ~value };
}

export function or(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return { value, mask: (a.mask | b.mask) & ~value };
}

export function xor(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return { value: (a.value ^ b.value) & ~mask, mask };
}

/** What holds for both numbers. */
export function union(a: Tnum, b: Tnum): Tnum {
  const mask = (a.value ^ b.value) | a.mask | b.mask;
  return { value: a.value & b.value & ~mask, mask };
}

/** Long multiplication: an unknown bit of `a` makes the sum with and without its partial product possible. */
export function mul(a: Tnum, b: Tnum): Tnum {
  if (a.mask === 0n && b.mask === 0n) return known(a.value * b.value);
  if (isUnknown(a) || isUnknown(b)) return multipleOf(isUnknown(a) ? b : a);
  let sum = ZERO;
  let partial = b;
  for (let value = a.value, mask = a.mask; value !== 0n || mask !== 0n; value >>= 1n, mask >>= 1n) {
    if ((value & 1n) !== 0n) sum = add(sum, partial);
    else if ((mask & 1n) !== 0n) sum = union(sum, add(sum, partial));
    partial = shiftLeft(partial, 1);
  }
  return sum;
}

/** Any multiple of `a`: it ends in as many zeros. */
function multipleOf({ value, mask }: Tnum): Tnum {
  const bits = value | mask;
  if (bits === 0n) return ZERO;
  const lowest = bits & -bits;
  return { value: 0n, mask: U64_MAX & ~(lowest - 1n) };
}

/** What is known from two true statements about one number. */
export function intersect(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  return { value: (a.value | b.value) & ~mask, mask };
}

/** Only the low `bytes` bytes. */
export function cast(a: Tnum, bytes: number): Tnum {
  return { value: BigInt.asUintN(bytes * 8, a.value), mask: BigInt.asUintN(bytes * 8, a.mask) };
}

export const low32 = (a: Tnum): Tnum => ({ value: a.value & LOW32, mask: a.mask & LOW32 });
export const high32 = (a: Tnum): Tnum => ({ value: a.value & HIGH32, mask: a.mask & HIGH32 });
export const withLow32 = (a: Tnum, low: Tnum): Tnum => or(high32(a), low32(low));

/** Whether every number of `b` is one of `a`. */
export function contains(a: Tnum, b: Tnum): boolean {
  if ((b.mask & ~a.mask) !== 0n) return false;
  return a.value === (b.value & ~a.mask);
}

/** Whether the number is a multiple of `size`, a power of two. */
export const isAligned = (a: Tnum, size: number): boolean => ((a.value | a.mask) & BigInt(size - 1)) === 0n;

export const isUnknown = (a: Tnum): boolean => a.mask === U64_MAX;

/** As messages print it. */
export const tnumText = ({ value, mask }: Tnum): string => `(0x${value.toString(16)}; 0x${mask.toString(16)})`;

/** The smallest and largest signed numbers. */
export const signedMin = (a: Tnum): bigint => s64(a.value | (a.mask & (1n << 63n)));
export const signedMax = (a: Tnum): bigint => s64(a.value | (a.mask & ((1n << 63n) - 1n)));
