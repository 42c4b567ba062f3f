// The scalars that few maps have: small signed integers, floats, booleans, and integers in network byte order.
import type { Views } from "../abi/core.ts";
import { fail, Kind, type Named } from "./kind.ts";

// Views have no single floats. Nothing of the caller's runs between a write and a read of these four bytes.
const single: Float32Array = /* @__PURE__ */ new Float32Array(1);
const singleBits: Uint32Array = /* @__PURE__ */ new Uint32Array(single.buffer);

/** The bits of every NaN that is written: an engine may choose any, and a key must have one spelling. */
const NAN_BITS = 0x7fc00000;

/** `writeScalar` for the kinds of this file. */
export function writeOther(codec: Named, views: Views, ptr: number, value: unknown): void {
  switch (codec.kind) {
    case Kind.I8:
      if (typeof value !== "number" || (value << 24) >> 24 !== value) fail(codec, value);
      views.u8[ptr] = value;
      return;
    case Kind.I16:
      if (typeof value !== "number" || (value << 16) >> 16 !== value) fail(codec, value);
      views.u16[ptr >>> 1] = value;
      return;
    case Kind.F32:
      if (typeof value !== "number" || (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))) fail(codec, value);
      single[0] = value;
      views.u32[ptr >>> 2] = value !== value ? NAN_BITS : singleBits[0];
      return;
    case Kind.BOOL:
      if (typeof value !== "boolean") fail(codec, value);
      views.u8[ptr] = value ? 1 : 0;
      return;
    case Kind.U16BE:
      if (typeof value !== "number" || (value & 0xffff) !== value) fail(codec, value);
      views.u16[ptr >>> 1] = (value << 8) | (value >>> 8);
      return;
    case Kind.U32BE:
      if (typeof value !== "number" || value >>> 0 !== value) fail(codec, value);
      views.u32[ptr >>> 2] = swap32(value);
      return;
    case Kind.U64BE:
      writeU64be(codec, views, ptr, value);
  }
}

function writeU64be(codec: Named, views: Views, ptr: number, value: unknown): void {
  let high: number;
  let low: number;
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) {
    high = Number(value >> 32n);
    low = Number(value & 0xffffffffn);
  } else if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
    high = Math.floor(value / 2 ** 32);
    low = value >>> 0;
  } else {
    fail(codec, value);
  }
  views.u32[ptr >>> 2] = swap32(high);
  views.u32[(ptr + 4) >>> 2] = swap32(low);
}

/** `readScalar` for the kinds of this file. */
export function readOther(kind: Kind, views: Views, ptr: number): number | bigint | boolean | undefined {
  switch (kind) {
    case Kind.I8:
      return (views.u8[ptr] << 24) >> 24;
    case Kind.I16:
      return (views.u16[ptr >>> 1] << 16) >> 16;
    case Kind.F32:
      singleBits[0] = views.u32[ptr >>> 2];
      return single[0];
    case Kind.BOOL:
      return views.u8[ptr] !== 0;
    case Kind.U16BE: {
      const word = views.u16[ptr >>> 1];
      return ((word & 0xff) << 8) | (word >>> 8);
    }
    case Kind.U32BE:
      return swap32(views.u32[ptr >>> 2]);
    case Kind.U64BE:
      return (BigInt(swap32(views.u32[ptr >>> 2])) << 32n) | BigInt(swap32(views.u32[(ptr + 4) >>> 2]));
  }
  return undefined;
}

/** The four bytes of a word in the opposite order. */
function swap32(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
