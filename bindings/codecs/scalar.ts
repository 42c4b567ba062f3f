// Reading and writing scalars by kind: the part of the codecs that is on the path of every get and set. Two switches
// instead of one object per scalar, because a call site that sees many codecs would have to call each of them.
import type { Views } from "../abi/core.ts";

/** Which scalar a codec is. NONE: composite, called through its `read` and `write`. BYTES: a fixed run of bytes. */
export enum Kind {
  NONE = 0,
  U8 = 1,
  U16 = 2,
  U32 = 3,
  I32 = 4,
  U64 = 5,
  I64 = 6,
  F64 = 7,
  BYTES = 8,
}

interface Named {
  readonly name: string;
  readonly kind: Kind;
}

/** Writes a scalar at `ptr`. Throws, with nothing written, for a value outside the codec's range. */
export function writeScalar(codec: Named, views: Views, ptr: number, value: unknown): void {
  switch (codec.kind) {
    case Kind.U8:
      if (typeof value !== "number" || (value & 0xff) !== value) fail(codec, value);
      views.u8[ptr] = value;
      return;
    case Kind.U16:
      if (typeof value !== "number" || (value & 0xffff) !== value) fail(codec, value);
      views.u16[ptr >>> 1] = value;
      return;
    case Kind.U32:
      if (typeof value !== "number" || value >>> 0 !== value) fail(codec, value);
      views.u32[ptr >>> 2] = value;
      return;
    case Kind.I32:
      if (typeof value !== "number" || (value | 0) !== value) fail(codec, value);
      views.i32[ptr >>> 2] = value;
      return;
    case Kind.U64:
      if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) views.u64[ptr >>> 3] = value;
      else if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) writeInteger(views, ptr, value);
      else fail(codec, value);
      return;
    case Kind.I64:
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) views.i64[ptr >>> 3] = value;
      else if (typeof value === "number" && Number.isSafeInteger(value)) writeInteger(views, ptr, value);
      else fail(codec, value);
      return;
    case Kind.F64:
      if (typeof value !== "number") fail(codec, value);
      // The bytes of a NaN are the engine's choice, and a key must have one spelling.
      if (value !== value) {
        views.u32[ptr >>> 2] = 0;
        views.u32[(ptr + 4) >>> 2] = 0x7ff80000;
      } else {
        views.f64[ptr >>> 3] = value;
      }
  }
}

/** A safe integer as 64-bit two's complement, without a BigInt. */
function writeInteger(views: Views, ptr: number, value: number): void {
  views.u32[ptr >>> 2] = value >>> 0;
  views.u32[(ptr + 4) >>> 2] = Math.floor(value / 2 ** 32) >>> 0;
}

/** Reads the scalar at `ptr`. */
export function readScalar(kind: Kind, views: Views, ptr: number): number | bigint | undefined {
  switch (kind) {
    case Kind.U8:
      return views.u8[ptr];
    case Kind.U16:
      return views.u16[ptr >>> 1];
    case Kind.U32:
      return views.u32[ptr >>> 2];
    case Kind.I32:
      return views.i32[ptr >>> 2];
    case Kind.U64:
      return views.u64[ptr >>> 3];
    case Kind.I64:
      return views.i64[ptr >>> 3];
    case Kind.F64:
      return views.f64[ptr >>> 3];
  }
  return undefined;
}

/** What a value of the codec is, for error messages. */
const EXPECTED: { readonly [name: string]: string | undefined } = {
  u8: "an integer from 0 to 255",
  u16: "an integer from 0 to 65535",
  u32: "an integer from 0 to 4294967295",
  i32: "an integer from -2147483648 to 2147483647",
  u64: "a bigint from 0 to 2^64 - 1 or a safe integer",
  i64: "a bigint from -2^63 to 2^63 - 1 or a safe integer",
  f64: "a number",
};

/** Throws for a value that the codec does not take: RangeError if only its range or length is wrong, else TypeError. */
export function fail(codec: { readonly name: string }, value: unknown): never {
  const expected = EXPECTED[codec.name] ?? codec.name;
  const message = `Cannot encode ${codec.name}: expected ${expected}, got ${describe(value)}`;
  const takesNumber = EXPECTED[codec.name] !== undefined;
  const takesBigint = codec.name === "u64" || codec.name === "i64";
  const rightType =
    (typeof value === "number" && takesNumber) ||
    (typeof value === "bigint" && takesBigint) ||
    (typeof value === "string" && codec.name.startsWith("utf8")) ||
    (value instanceof Uint8Array && codec.name.startsWith("bytes")) ||
    (isList(value) && codec.name.startsWith("array"));
  throw rightType ? new RangeError(message) : new TypeError(message);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value)) return `a view of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : String(value);
}
