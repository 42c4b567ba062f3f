// Codecs turn JS values into the bytes of keys and values and back, little endian, in C's layout. A scalar codec is a
// `kind` that the map classes switch on (scalar.ts), so that get and set neither call through an object nor allocate;
// the composite ones (codec_struct.ts) are built from others.
import { Copy, loadBytes, storeBytes } from "../abi/bytes.ts";
import type { Views } from "../abi/core.ts";
import { fail, Kind, readScalar, writeScalar } from "./scalar.ts";

/** What a codec of `T` takes: 64-bit fields take safe integers besides bigints, tuples and arrays may be read-only. */
export type Input<T> = T extends bigint
  ? bigint | number
  : T extends number | string | Uint8Array
    ? T
    : T extends readonly (infer E)[]
      ? readonly Input<E>[]
      : T extends object
        ? { readonly [N in keyof T]: Input<T[N]> }
        : T;

/** How values of type `T` lie in memory. */
export interface Codec<T> {
  /** The name that error messages use, "u32" or "struct { … }". */
  readonly name: string;
  /** Size in bytes. A multiple of `align`, so elements of an array need no padding between them. */
  readonly size: number;
  /** Alignment in bytes: 1, 2, 4 or 8. */
  readonly align: number;
  /** Which scalar this is; `Kind.NONE` for every codec of one's own. */
  readonly kind: Kind;
  /** Writes `value` at `ptr`, which is aligned. Throws TypeError or RangeError for a value that is not a `T`. */
  write(views: Views, ptr: number, value: Input<T>): void;
  /** Reads the value at `ptr`, which is aligned. The result shares no memory with the views. */
  read(views: Views, ptr: number): T;
  /** Reads into an object of the caller's; only codecs whose values are objects have it. */
  readInto?(views: Views, ptr: number, out: T): void;
}

/** The type of the values that a codec reads. */
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

class Scalar<T> implements Codec<T> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly kind: Kind;

  constructor(name: string, size: number, kind: Kind) {
    this.name = name;
    this.size = size;
    this.align = size;
    this.kind = kind;
  }

  write(views: Views, ptr: number, value: Input<T>): void {
    writeScalar(this, views, ptr, value);
  }

  read(views: Views, ptr: number): T {
    return readScalar(this.kind, views, ptr) as T;
  }
}

/** Unsigned 8-bit integer. */
export const u8: Codec<number> = /* @__PURE__ */ new Scalar<number>("u8", 1, Kind.U8);
/** Unsigned 16-bit integer. */
export const u16: Codec<number> = /* @__PURE__ */ new Scalar<number>("u16", 2, Kind.U16);
/** Unsigned 32-bit integer. */
export const u32: Codec<number> = /* @__PURE__ */ new Scalar<number>("u32", 4, Kind.U32);
/** Signed 32-bit integer. */
export const i32: Codec<number> = /* @__PURE__ */ new Scalar<number>("i32", 4, Kind.I32);
/** Unsigned 64-bit integer. Reads as a bigint; takes a bigint or a safe integer. */
export const u64: Codec<bigint> = /* @__PURE__ */ new Scalar<bigint>("u64", 8, Kind.U64);
/** Signed 64-bit integer. Reads as a bigint; takes a bigint or a safe integer. */
export const i64: Codec<bigint> = /* @__PURE__ */ new Scalar<bigint>("i64", 8, Kind.I64);
/** IEEE 754 double. Every NaN is written as the same bytes; as a key, 0 and -0 are two keys. */
export const f64: Codec<number> = /* @__PURE__ */ new Scalar<number>("f64", 8, Kind.F64);

class Bytes implements Codec<Uint8Array> {
  readonly name: string;
  readonly size: number;
  readonly align = 1;
  readonly kind = Kind.BYTES;

  constructor(size: number) {
    this.name = `bytes(${size})`;
    this.size = size;
  }

  write(views: Views, ptr: number, value: Uint8Array): void {
    writeBytes(this, views, ptr, value);
  }

  read(views: Views, ptr: number): Uint8Array {
    if (this.size > Copy.BYTEWISE_MAX) return views.u8.slice(ptr, ptr + this.size);
    const copy = new Uint8Array(this.size);
    loadBytes(views, ptr, copy, this.size);
    return copy;
  }

  readInto(views: Views, ptr: number, out: Uint8Array): void {
    if (!(out instanceof Uint8Array) || out.length !== this.size) fail(this, out);
    const bytes = views.u8;
    for (let i = 0; i < out.length; i++) out[i] = bytes[ptr + i];
  }
}

/** `size` bytes as they are: a Uint8Array (or Buffer) of exactly that length. Reads as a fresh copy. */
export function bytes(size: number): Codec<Uint8Array> {
  return new Bytes(checkSize("bytes", size));
}

/** Writes a byte value after checking that it is a Uint8Array of exactly the codec's length. Allocates nothing. */
export function writeBytes(codec: { name: string; size: number }, views: Views, ptr: number, value: unknown): void {
  const size = codec.size;
  if (value === undefined || value === null) fail(codec, value);
  // Asked for its length first, an array is known to V8, which then need not look for its class.
  const { length } = value as Uint8Array;
  if (!(value instanceof Uint8Array) || length !== size) fail(codec, value);
  storeBytes(views, ptr, value, size);
}

class Utf8 implements Codec<string> {
  readonly name: string;
  readonly size: number;
  readonly align = 1;
  readonly kind = Kind.NONE;

  constructor(size: number) {
    this.name = `utf8(${size})`;
    this.size = size;
  }

  write(views: Views, ptr: number, value: string): void {
    if (typeof value !== "string") fail(this, value);
    // NUL ends the string and a lone surrogate has no UTF-8: neither would come back as it was given.
    if (/\0|\p{Surrogate}/u.test(value)) fail(this, value);
    const encoded = new TextEncoder().encode(value);
    if (encoded.length > this.size) fail(this, value);
    views.u8.set(encoded, ptr);
    views.u8.fill(0, ptr + encoded.length, ptr + this.size);
  }

  read(views: Views, ptr: number): string {
    const field = views.u8.slice(ptr, ptr + this.size);
    const end = field.indexOf(0);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(end === -1 ? field : field.subarray(0, end));
  }
}

/**
 * A string in a field of `size` bytes, C's `char[size]`: UTF-8, filled up with NULs, ended by the first NUL or by the
 * field. Takes strings without NUL that fit; bytes that are not UTF-8 read as U+FFFD.
 */
export function utf8(size: number): Codec<string> {
  return new Utf8(checkSize("utf8", size));
}

/** Checks the size argument of a codec: bytes or elements. */
export function checkSize(name: string, size: number): number {
  if (typeof size !== "number") throw new TypeError(`Cannot make codec ${name}: expected a number, got ${typeof size}`);
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 31 - 1) {
    throw new RangeError(`Cannot make codec ${name}: expected an integer from 1 to ${2 ** 31 - 1}, got ${size}`);
  }
  return size;
}
