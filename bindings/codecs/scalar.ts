// Reading and writing scalars by kind: the part of the codecs that is on the path of every get and set. Two switches
// instead of one object per scalar, because a call site that sees many codecs would have to call each of them. The kinds
// that maps mostly have come first; the others are in functions of their own, so that these stay short enough to inline.
import type { Views } from "../abi/core.ts";
import { fail, Kind, type Named } from "./kind.ts";
import { readOther, writeOther } from "./scalar_other.ts";

export { Kind } from "./kind.ts";

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
      return;
    default:
      writeOther(codec, views, ptr, value);
  }
}

/** A safe integer as 64-bit two's complement, without a BigInt. */
function writeInteger(views: Views, ptr: number, value: number): void {
  views.u32[ptr >>> 2] = value >>> 0;
  views.u32[(ptr + 4) >>> 2] = Math.floor(value / 2 ** 32) >>> 0;
}

/** Reads the scalar at `ptr`. */
export function readScalar(kind: Kind, views: Views, ptr: number): number | bigint | boolean | undefined {
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
  return readOther(kind, views, ptr);
}
