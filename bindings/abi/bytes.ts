// Short copies between a caller's Uint8Array and the core's memory, which `set` and `subarray` are slow for: four bytes
// at a time, since a store of one word costs less than four of a byte. The sizes that most keys and values have are
// written out, because only with constant indexes does an engine check the arrays once instead of at every byte (16 bytes
// in Node 20: written out they take half of the time of a loop over words, or of `set`).
import type { Views } from "./core.ts";

/** Limits of short copies. An enum, because bundles write its members as literals. */
export enum Copy {
  /** A view copies fewer bytes than this faster so than through `set` and `subarray`. */
  BYTEWISE_MAX = 48,
}

/** Stores the first `size` bytes at `ptr`; if there are more than BYTEWISE_MAX, they must be all. */
export function storeBytes(views: Views, ptr: number, bytes: Uint8Array, size: number): void {
  if (size > Copy.BYTEWISE_MAX) {
    views.u8.set(bytes, ptr);
    return;
  }
  let i = 0;
  if ((ptr & 3) === 0) {
    const words = views.i32;
    const at = ptr >>> 2;
    if (size === 16) {
      words[at] = wordAt(bytes, 0);
      words[at + 1] = wordAt(bytes, 4);
      words[at + 2] = wordAt(bytes, 8);
      words[at + 3] = wordAt(bytes, 12);
      return;
    }
    if (size === 8) {
      words[at] = wordAt(bytes, 0);
      words[at + 1] = wordAt(bytes, 4);
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

/** Without setWord, of whose four calls V8 left two as calls: then it no longer takes `getInto` into a loop as a whole. */
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
    bytes.set(views.u8.subarray(ptr, ptr + size));
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
