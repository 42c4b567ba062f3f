// Codecs turn JS values into the bytes of keys and values and back, little endian unless the name says otherwise, in C's
// layout. A scalar codec is a `kind` that the map classes switch on (scalar.ts), so that get and set neither call through
// an object nor allocate; the composite ones (struct.ts, transform.ts) are built from others.
import { Copy, loadBytes, storeBytes } from "../abi/bytes.ts";
import type { Views } from "../abi/core.ts";
import { isBytes, isUint8Array } from "../abi/realms.ts";
import { plural, quote } from "../abi/words.ts";
import { Kind } from "./kind.ts";
import { checkCount, checkSize, outOfRange, refusal, wrongType } from "./refuse.ts";
import { readScalar, writeScalar } from "./scalar.ts";

/** What a codec of `T` takes: 64-bit fields take safe integers besides bigints, tuples and arrays may be read-only. */
export type Input<T> = T extends bigint
  ? bigint | number
  : T extends number | string | boolean | Uint8Array | ((...args: never) => unknown)
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
  /**
   * Whether `read` runs functions that the caller wrote, which may do anything to the map that is read. What lies in a
   * map is then copied before it is read.
   */
  readonly callsOut?: boolean;
  /**
   * Writes `value` at `ptr`, which is aligned. Throws TypeError or RangeError for a value that is not a `T`. Unless the
   * kind says that this is a scalar or bytes, code of the caller's may run meanwhile (a getter, a Proxy), so the memory is
   * one that nobody else uses.
   */
  write(views: Views, ptr: number, value: Input<T>): void;
  /** Reads the value at `ptr`, which is aligned. The result shares no memory with the views. */
  read(views: Views, ptr: number): T;
  /** Reads into an object of the caller's; only codecs whose values are objects have it. */
  readInto?(views: Views, ptr: number, out: T): void;
}

/** The type of the values that a codec reads. */
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

const inspectNode: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;
const inspectDeno: unique symbol = /* @__PURE__ */ Symbol.for("Deno.customInspect") as never;

/** What every codec here has: its facts, and one line when it is printed. */
export abstract class BaseCodec<T> implements Codec<T> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly kind: Kind;

  constructor(name: string, size: number, align: number, kind: Kind) {
    this.name = name;
    this.size = size;
    this.align = align;
    this.kind = kind;
  }

  abstract write(views: Views, ptr: number, value: Input<T>): void;
  abstract read(views: Views, ptr: number): T;

  /** The name. */
  toString(): string {
    return this.name;
  }

  /** The name: a codec has nothing else to say. */
  toJSON(): string {
    return this.name;
  }

  /** The name, for Node's and Bun's console. */
  [inspectNode](): string {
    return this.name;
  }

  /** The name, for Deno's console. */
  [inspectDeno](): string {
    return this.name;
  }
}

class Scalar<T> extends BaseCodec<T> {
  constructor(name: string, size: number, kind: Kind) {
    super(name, size, size, kind);
  }

  write(views: Views, ptr: number, value: Input<T>): void {
    writeScalar(this, views, ptr, value);
  }

  read(views: Views, ptr: number): T {
    return readScalar(this.kind, views, ptr) as T;
  }
}

/** Unsigned 8-bit integer: a number. */
export const u8: Codec<number> = /* @__PURE__ */ new Scalar<number>("u8", 1, Kind.U8);
/** Unsigned 16-bit integer: a number. */
export const u16: Codec<number> = /* @__PURE__ */ new Scalar<number>("u16", 2, Kind.U16);
/** Unsigned 32-bit integer: a number. */
export const u32: Codec<number> = /* @__PURE__ */ new Scalar<number>("u32", 4, Kind.U32);
/** Unsigned 64-bit integer. Reads as a bigint; takes a bigint or a safe integer. */
export const u64: Codec<bigint> = /* @__PURE__ */ new Scalar<bigint>("u64", 8, Kind.U64);
/** Signed 8-bit integer: a number. */
export const i8: Codec<number> = /* @__PURE__ */ new Scalar<number>("i8", 1, Kind.I8);
/** Signed 16-bit integer: a number. */
export const i16: Codec<number> = /* @__PURE__ */ new Scalar<number>("i16", 2, Kind.I16);
/** Signed 32-bit integer: a number. */
export const i32: Codec<number> = /* @__PURE__ */ new Scalar<number>("i32", 4, Kind.I32);
/** Signed 64-bit integer. Reads as a bigint; takes a bigint or a safe integer. */
export const i64: Codec<bigint> = /* @__PURE__ */ new Scalar<bigint>("i64", 8, Kind.I64);
/**
 * IEEE 754 single: a number, rounded to the nearest single when it is written; one whose magnitude only infinity could
 * stand for is refused. Every NaN is written as 0x7fc00000, so its payload is lost; as a key, 0 and -0 are two keys.
 */
export const f32: Codec<number> = /* @__PURE__ */ new Scalar<number>("f32", 4, Kind.F32);
/** IEEE 754 double: a number. Every NaN is written as 0x7ff8000000000000, so its payload is lost; as a key, 0 and -0 are two keys. */
export const f64: Codec<number> = /* @__PURE__ */ new Scalar<number>("f64", 8, Kind.F64);
/** C's `bool`, one byte: true is written as 1, and every byte but 0 reads as true. */
export const bool: Codec<boolean> = /* @__PURE__ */ new Scalar<boolean>("bool", 1, Kind.BOOL);
/** Unsigned 16-bit integer in network byte order, `__be16`: a port as `ntohs` gives it. A number. */
export const u16be: Codec<number> = /* @__PURE__ */ new Scalar<number>("u16be", 2, Kind.U16BE);
/** Unsigned 32-bit integer in network byte order, `__be32`: an address as `ntohl` gives it. A number. */
export const u32be: Codec<number> = /* @__PURE__ */ new Scalar<number>("u32be", 4, Kind.U32BE);
/** Unsigned 64-bit integer in network byte order, `__be64`. Reads as a bigint; takes a bigint or a safe integer. */
export const u64be: Codec<bigint> = /* @__PURE__ */ new Scalar<bigint>("u64be", 8, Kind.U64BE);

class Bytes extends BaseCodec<Uint8Array> {
  constructor(size: number) {
    super(`bytes(${size})`, size, 1, Kind.BYTES);
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
    if (!isBytes(out, this.size)) refuseBytes(this, out);
    const bytes = views.u8;
    for (let i = 0; i < this.size; i++) out[i] = bytes[ptr + i];
  }
}

/** `size` bytes as they are: a Uint8Array (or Buffer) of exactly that length. Reads as a fresh copy. */
export function bytes(size: number): Codec<Uint8Array> {
  checkCount("bytes(size)", arguments.length, 1);
  return new Bytes(checkSize("bytes", size));
}

/** Writes a byte value after checking that it is a Uint8Array of exactly the codec's length. Allocates nothing. */
export function writeBytes(codec: { name: string; size: number }, views: Views, ptr: number, value: unknown): void {
  checkBytes(codec, codec.size, value);
  if (codec.size > Copy.BYTEWISE_MAX) views.u8.set(value, ptr);
  else storeBytes(views, ptr, value, codec.size);
}

/** Refuses what is no Uint8Array of `size` bytes, of any realm. */
export function checkBytes(codec: { name: string; size: number }, size: number, value: unknown): asserts value is Uint8Array {
  if (size > Copy.BYTEWISE_MAX) {
    // All bytes that the array has would be copied, so it is asked how many those are: `length` may be the caller's property.
    if (!isBytes(value, size)) refuseBytes(codec, value);
    return;
  }
  if (value === undefined || value === null) refuseBytes(codec, value);
  // Asked for its length first, an array is known to V8, which then need not look for its class.
  const { length } = value as Uint8Array;
  const isPlain = value instanceof Uint8Array && ArrayBuffer.isView(value) && length === size;
  if (!isPlain && !isBytes(value, size)) refuseBytes(codec, value);
}

function refuseBytes(codec: { name: string; size: number }, value: unknown): never {
  throw (isUint8Array(value) ? outOfRange : wrongType)(codec.name, `a Uint8Array of ${plural(codec.size, "byte")}`, value);
}

class Utf8 extends BaseCodec<string> {
  constructor(size: number) {
    super(`utf8(${size})`, size, 1, Kind.NONE);
  }

  write(views: Views, ptr: number, value: string): void {
    if (typeof value !== "string") throw wrongType(this.name, `a string of at most ${plural(this.size, "byte")}`, value);
    // NUL ends the string and a lone surrogate has no UTF-8: neither would come back as it was given.
    const unfit = /\0|\p{Surrogate}/u.exec(value);
    if (unfit !== null) {
      const what = unfit[0] === "\0" ? "a NUL, which would end it," : "half of a surrogate pair";
      throw refusal(RangeError, this.name, `the string ${quote(value)} has ${what} at index ${unfit.index}`);
    }
    const encoded = new TextEncoder().encode(value);
    if (encoded.length > this.size) {
      throw refusal(RangeError, this.name, `at most ${plural(this.size, "byte")}, this has ${encoded.length}: ${quote(value)}`);
    }
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
  checkCount("utf8(size)", arguments.length, 1);
  return new Utf8(checkSize("utf8", size));
}
