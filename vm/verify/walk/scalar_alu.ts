import * as op from "../../insn/opcodes.ts";
import { lowU32, maxBig, minBig, s64, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from "./bits.ts";
import { boundByBits, constant, draft, isConstant, isConstant32, sync, unbound32, unbound64, UNBOUNDED, zeroExtend32, ZERO_SCALAR } from "./scalar.ts";
import type { Draft, Scalar } from "./scalar.ts";
import * as tn from "./tnum.ts";

// What an arithmetic instruction makes of what is known of its operands.

const fitsS64 = (value: bigint): boolean => value >= S64_MIN && value <= S64_MAX;
const fitsS32 = (value: number): boolean => value >= S32_MIN && value <= S32_MAX;

function setSigned64(d: Draft, min: bigint, max: bigint, fits: boolean): void {
  [d.smin, d.smax] = fits ? [min, max] : [S64_MIN, S64_MAX];
}

function setSigned32(d: Draft, min: number, max: number): void {
  [d.s32min, d.s32max] = fitsS32(min) && fitsS32(max) ? [min, max] : [S32_MIN, S32_MAX];
}

/** Ends that both wrapped, or both did not, still bound the result. */
function setUnsigned64(d: Draft, min: bigint, max: bigint): void {
  const wraps = (value: bigint): boolean => value < 0n || value > U64_MAX;
  [d.umin, d.umax] = wraps(min) === wraps(max) ? [BigInt.asUintN(64, min), BigInt.asUintN(64, max)] : [0n, U64_MAX];
}

function setUnsigned32(d: Draft, min: number, max: number): void {
  const wraps = (value: number): boolean => value < 0 || value > U32_MAX;
  [d.u32min, d.u32max] = wraps(min) === wraps(max) ? [min >>> 0, max >>> 0] : [0, U32_MAX];
}

function add(d: Draft, s: Scalar): void {
  setSigned64(d, d.smin + s.smin, d.smax + s.smax, fitsS64(d.smin + s.smin) && fitsS64(d.smax + s.smax));
  setUnsigned64(d, d.umin + s.umin, d.umax + s.umax);
  setSigned32(d, d.s32min + s.s32min, d.s32max + s.s32max);
  setUnsigned32(d, d.u32min + s.u32min, d.u32max + s.u32max);
  d.bits = tn.add(d.bits, s.bits);
}

function sub(d: Draft, s: Scalar): void {
  setSigned64(d, d.smin - s.smax, d.smax - s.smin, fitsS64(d.smin - s.smax) && fitsS64(d.smax - s.smin));
  setUnsigned64(d, d.umin - s.umax, d.umax - s.umin);
  setSigned32(d, d.s32min - s.s32max, d.s32max - s.s32min);
  setUnsigned32(d, d.u32min - s.u32max, d.u32max - s.u32min);
  d.bits = tn.sub(d.bits, s.bits);
}

function mul(d: Draft, s: Scalar): void {
  const products = [d.smin * s.smin, d.smin * s.smax, d.smax * s.smin, d.smax * s.smax];
  setSigned64(d, products.reduce(minBig), products.reduce(maxBig), products.every(fitsS64));
  const max = d.umax * s.umax;
  [d.umin, d.umax] = max <= U64_MAX ? [d.umin * s.umin, max] : [0n, U64_MAX];
  const products32 = [d.s32min * s.s32min, d.s32min * s.s32max, d.s32max * s.s32min, d.s32max * s.s32max].map((x) => x + 0);
  [d.s32min, d.s32max] = products32.every(fitsS32) ? [Math.min(...products32), Math.max(...products32)] : [S32_MIN, S32_MAX];
  const max32 = d.u32max * s.u32max;
  [d.u32min, d.u32max] = max32 <= U32_MAX ? [d.u32min * s.u32min, max32] : [0, U32_MAX];
  d.bits = tn.mul(d.bits, s.bits);
}

/** Signed ranges of a bitwise result: the unsigned ones where they do not cross the sign. */
function signedFromUnsigned(d: Draft): void {
  setSigned64(d, s64(d.umin), s64(d.umax), s64(d.umin) <= s64(d.umax));
  [d.s32min, d.s32max] = (d.u32min | 0) <= (d.u32max | 0) ? [d.u32min | 0, d.u32max | 0] : [S32_MIN, S32_MAX];
}

function and(d: Draft, s: Scalar): void {
  d.bits = tn.and(d.bits, s.bits);
  [d.umin, d.umax] = [d.bits.value, minBig(d.umax, s.umax)];
  [d.u32min, d.u32max] = [lowU32(d.bits.value), Math.min(d.u32max, s.u32max)];
  signedFromUnsigned(d);
}

function or(d: Draft, s: Scalar): void {
  d.bits = tn.or(d.bits, s.bits);
  [d.umin, d.umax] = [maxBig(d.umin, s.umin), d.bits.value | d.bits.mask];
  [d.u32min, d.u32max] = [Math.max(d.u32min, s.u32min), lowU32(d.bits.value | d.bits.mask)];
  signedFromUnsigned(d);
}

function xor(d: Draft, s: Scalar): void {
  d.bits = tn.xor(d.bits, s.bits);
  [d.umin, d.umax] = [d.bits.value, d.bits.value | d.bits.mask];
  [d.u32min, d.u32max] = [lowU32(d.bits.value), lowU32(d.bits.value | d.bits.mask)];
  signedFromUnsigned(d);
}

function shiftLeft(d: Draft, by: number, wide: boolean): void {
  const { s32min, s32max, u32min, u32max } = d;
  const safe32 = by < 32 && u32max <= 2 ** (31 - by);
  if (!wide) {
    d.bits = tn.low32(tn.shiftLeft(tn.low32(d.bits), by));
  } else {
    // "<< 32, s>> 32" extends a sign: a shift by 32 keeps the signs of the low half.
    [d.smin, d.smax] = by === 32 ? [BigInt(s32min) << 32n, BigInt(s32max) << 32n] : [S64_MIN, S64_MAX];
    [d.umin, d.umax] = d.umax > 1n << BigInt(63 - by) ? [0n, U64_MAX] : [d.umin << BigInt(by), d.umax << BigInt(by)];
    d.bits = tn.shiftLeft(d.bits, by);
  }
  [d.s32min, d.s32max] = [S32_MIN, S32_MAX];
  [d.u32min, d.u32max] = safe32 ? [u32min * 2 ** by, u32max * 2 ** by] : [0, U32_MAX];
  if (wide) boundByBits(d);
}

function shiftRight(d: Draft, by: number, wide: boolean): void {
  if (wide) {
    [d.smin, d.smax] = [S64_MIN, S64_MAX];
    d.bits = tn.shiftRight(d.bits, by);
    d.umin >>= BigInt(by);
    d.umax >>= BigInt(by);
    unbound32(d);
    boundByBits(d);
  } else {
    [d.s32min, d.s32max] = [S32_MIN, S32_MAX];
    d.bits = tn.shiftRight(tn.low32(d.bits), by);
    d.u32min >>>= by;
    d.u32max >>>= by;
    unbound64(d);
  }
}

function shiftRightSigned(d: Draft, by: number, wide: boolean): void {
  if (wide) {
    d.smin >>= BigInt(by);
    d.smax >>= BigInt(by);
    d.bits = tn.shiftRightSigned(d.bits, by, 64);
    [d.umin, d.umax] = [0n, U64_MAX];
    unbound32(d);
    boundByBits(d);
  } else {
    d.s32min >>= by;
    d.s32max >>= by;
    d.bits = tn.shiftRightSigned(tn.low32(d.bits), by, 32);
    [d.u32min, d.u32max] = [0, U32_MAX];
    unbound64(d);
  }
}

/** Whether a result's range can be worked out; else it is any number of its width. */
function isComputable(operation: number, src: Scalar, wide: boolean): boolean {
  switch (operation) {
    case op.ADD: case op.SUB: case op.MUL: case op.AND: case op.OR: case op.XOR: case op.NEG:
      return true;
    case op.LSH: case op.RSH: case op.ARSH:
      return wide ? isConstant(src) && src.umax < 64n : isConstant32(src) && src.u32max < 32;
    default:
      return false;
  }
}

/** Two known operands need no ranges. */
function constants(operation: number, a: bigint, b: bigint): bigint | undefined {
  switch (operation) {
    case op.ADD: return a + b;
    case op.SUB: return a - b;
    case op.MUL: return a * b;
    case op.AND: return a & b;
    case op.OR: return a | b;
    case op.XOR: return a ^ b;
    default: return undefined;
  }
}

/** dst op= src on numbers. `operation` is one of the ALU operations but MOV and END; for NEG src is not looked at. */
export function aluScalars(operation: number, dst: Scalar, src: Scalar, wide: boolean): Scalar {
  if (!isComputable(operation, src, wide)) return wide ? UNBOUNDED : zeroExtend32(UNBOUNDED);
  if (isConstant(dst) && isConstant(src)) {
    const value = constants(operation, dst.bits.value, src.bits.value);
    if (value !== undefined) return constant(wide ? value : BigInt.asUintN(32, value));
  }
  const d = draft(operation === op.NEG ? ZERO_SCALAR : dst);
  switch (operation) {
    case op.ADD: add(d, src); break;
    case op.SUB: sub(d, src); break;
    case op.NEG: sub(d, dst); break;
    case op.MUL: mul(d, src); break;
    case op.AND: and(d, src); break;
    case op.OR: or(d, src); break;
    case op.XOR: xor(d, src); break;
    case op.LSH: shiftLeft(d, src.u32min, wide); break;
    case op.RSH: shiftRight(d, src.u32min, wide); break;
    default: shiftRightSigned(d, src.u32min, wide);
  }
  return wide ? sync(d) : zeroExtend32(d);
}
