// Limits and conversions of the 64-bit and 32-bit numbers that a register holds. 64-bit numbers are bigints, 32-bit ones numbers.

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const S64_MIN = -0x8000_0000_0000_0000n;
export const U32_MAX = 0xffff_ffff;
export const S32_MAX = 0x7fff_ffff;
export const S32_MIN = -0x8000_0000;
export const LOW32 = 0xffff_ffffn;
export const HIGH32 = 0xffff_ffff_0000_0000n;

export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
/** The low half as an unsigned number. */
export const lowU32 = (value: bigint): number => Number(BigInt.asUintN(32, value));
/** The low half as a signed number. */
export const lowS32 = (value: bigint): number => Number(BigInt.asIntN(32, value));

export const minBig = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxBig = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Bits that are needed to write an unsigned number. */
export const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);
