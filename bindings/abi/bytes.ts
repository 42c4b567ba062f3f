// Copies between a caller's Uint8Array and the core's memory. Short ones go four bytes at a time, which `set` and `subarray`
// are slow for: trick 7 of ARCHITECTURE.md.
import { isUint8Array } from "./realms.ts";
import type { Views } from "./views.ts";

/** `size` rounded up to a multiple of 8, the stride of values in the core. */
export function roundUp8(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Limits of short copies. An enum, because bundles write its members as literals. */
export enum Copy {
  /** A view copies fewer bytes than this faster so than through `set` and `subarray`. */
  BYTEWISE_MAX = 48,
}

/**
 * Whether a value is a Uint8Array, of whichever realm. A Proxy of one passes `instanceof`, and then runs its traps at each
 * byte; it is no view.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value instanceof Uint8Array || isUint8Array(value));
}

/** The bytes of any view, without a copy. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * The bytes of any view as an array that only we have: what a caller may have put on his own (a getter `length`) is asked
 * for the last time, and its length is true. Throws for what no such view has.
 */
export function ownBytesOf(view: ArrayBufferView): Uint8Array {
  const { byteLength } = view;
  // A detached buffer has views of no bytes, and takes no new ones.
  return byteLength === 0 ? new Uint8Array(0) : new Uint8Array(view.buffer, view.byteOffset, byteLength);
}

/**
 * `to.set(from, at)`, whatever the caller has made of `to.set`. A constant of a function: trick 8 of ARCHITECTURE.md.
 */
export const setBytes: (to: Uint8Array, from: Uint8Array, at?: number) => void = /* @__PURE__ */ (() => {
  const { set } = Uint8Array.prototype;
  return (to: Uint8Array, from: Uint8Array, at = 0): void => set.call(to, from, at);
})();

/** The length of an array, whatever a property of it says. */
const trueLength: (bytes: Uint8Array) => number = /* @__PURE__ */ (() => {
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length")!;
  return (bytes: Uint8Array): number => get!.call(bytes) as number;
})();

/** The first `size` bytes of an array that has more. */
function front(bytes: Uint8Array, size: number): Uint8Array {
  const piece = new Uint8Array(bytes.buffer, bytes.byteOffset, size);
  if (piece.length !== size) throw new RangeError(`Cannot use an array that is no longer ${size} bytes long`);
  return piece;
}

function storeLong(views: Views, ptr: number, bytes: Uint8Array, size: number): void {
  setBytes(views.u8, trueLength(bytes) === size ? bytes : front(bytes, size), ptr);
}

/**
 * Stores the first `size` bytes at `ptr`. Throws RangeError where there are fewer and `size` is above BYTEWISE_MAX. Words are
 * written out: trick 7 of ARCHITECTURE.md.
 */
export function storeBytes(views: Views, ptr: number, bytes: Uint8Array, size: number): void {
  if (size > Copy.BYTEWISE_MAX) {
    storeLong(views, ptr, bytes, size);
    return;
  }
  let i = 0;
  if ((ptr & 3) === 0) {
    const words = views.i32;
    const at = ptr >>> 2;
    if (size === 16) {
      words[at] = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24);
      words[at + 1] = bytes[4] | (bytes[5] << 8) | (bytes[6] << 16) | (bytes[7] << 24);
      words[at + 2] = bytes[8] | (bytes[9] << 8) | (bytes[10] << 16) | (bytes[11] << 24);
      words[at + 3] = bytes[12] | (bytes[13] << 8) | (bytes[14] << 16) | (bytes[15] << 24);
      return;
    }
    if (size === 8) {
      words[at] = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24);
      words[at + 1] = bytes[4] | (bytes[5] << 8) | (bytes[6] << 16) | (bytes[7] << 24);
      return;
    }
    for (; i + 4 <= size; i += 4) words[at + (i >>> 2)] = wordAt(bytes, i);
  }
  for (; i < size; i++) views.u8[ptr + i] = bytes[i];
}

/** Reads `size` bytes from `ptr` into the front of `bytes`. */
export function loadBytes(views: Views, ptr: number, bytes: Uint8Array, size: number): void {
  if (size === 16 && (ptr & 3) === 0) load16(views.i32, ptr >>> 2, bytes);
  else loadAny(views, ptr, bytes, size);
}

/** Without setWord: trick 7 of ARCHITECTURE.md. */
function load16(words: Int32Array, at: number, bytes: Uint8Array): void {
  let word = words[at];
  bytes[0] = word;
  bytes[1] = word >> 8;
  bytes[2] = word >> 16;
  bytes[3] = word >> 24;
  word = words[at + 1];
  bytes[4] = word;
  bytes[5] = word >> 8;
  bytes[6] = word >> 16;
  bytes[7] = word >> 24;
  word = words[at + 2];
  bytes[8] = word;
  bytes[9] = word >> 8;
  bytes[10] = word >> 16;
  bytes[11] = word >> 24;
  word = words[at + 3];
  bytes[12] = word;
  bytes[13] = word >> 8;
  bytes[14] = word >> 16;
  bytes[15] = word >> 24;
}

function loadAny(views: Views, ptr: number, bytes: Uint8Array, size: number): void {
  if (size > Copy.BYTEWISE_MAX) {
    setBytes(bytes, views.u8.subarray(ptr, ptr + size));
    return;
  }
  let i = 0;
  if ((ptr & 3) === 0) {
    const words = views.i32;
    const at = ptr >>> 2;
    if (size === 8) {
      setWord(bytes, 0, words[at]);
      setWord(bytes, 4, words[at + 1]);
      return;
    }
    for (; i + 4 <= size; i += 4) setWord(bytes, i, words[at + (i >>> 2)]);
  }
  for (; i < size; i++) bytes[i] = views.u8[ptr + i];
}

/** Four bytes as a little-endian number. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function setWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >> 8;
  bytes[at + 2] = word >> 16;
  bytes[at + 3] = word >> 24;
}

/** Copies `size` bytes from one memory to another. */
export function copyBetween(from: Views, fromPtr: number, to: Views, toPtr: number, size: number): void {
  if (size > Copy.BYTEWISE_MAX) {
    setBytes(to.u8, from.u8.subarray(fromPtr, fromPtr + size), toPtr);
    return;
  }
  let i = 0;
  if (((fromPtr | toPtr) & 3) === 0) {
    for (; i + 4 <= size; i += 4) to.i32[(toPtr + i) >>> 2] = from.i32[(fromPtr + i) >>> 2];
  }
  for (; i < size; i++) to.u8[toPtr + i] = from.u8[fromPtr + i];
}
