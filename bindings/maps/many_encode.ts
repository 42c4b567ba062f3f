// Lists of keys or values as the bytes that a batch takes: typed arrays as they are, everything else encoded.
import { bytesOf, roundUp8, setBytes, Views } from "../abi/core.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { inside } from "../codecs/struct.ts";
import { Kind } from "../codecs/scalar.ts";
import type { Slot } from "./slot.ts";
import { put } from "./values.ts";

/**
 * Many keys (or values): any iterable of them, a typed array of the same scalar type, or, for what is no scalar, a
 * Uint8Array with one behind the other.
 */
export type ManyOf<T> = Iterable<Input<T>> | ArrayBufferView;

/** A list, encoded. The bytes may be the caller's own. */
export interface Encoded {
  bytes: Uint8Array;
  count: number;
}

/** The typed array whose elements are encoded values already. A float is not: its NaNs have many spellings. */
const PACKED: { readonly [kind: number]: Function | undefined } = {
  [Kind.NONE]: Uint8Array,
  [Kind.BYTES]: Uint8Array,
  [Kind.U8]: Uint8Array,
  [Kind.U16]: Uint16Array,
  [Kind.U32]: Uint32Array,
  [Kind.I8]: Int8Array,
  [Kind.I16]: Int16Array,
  [Kind.I32]: Int32Array,
  [Kind.U64]: BigUint64Array,
  [Kind.I64]: BigInt64Array,
};

/**
 * Encodes a list, all of it: a value that the codec does not take is found before the map has changed, and code that
 * runs while the list is gone through (a generator) may use the map.
 */
export function encodeMany<T>({ codec, kind, size }: Slot<T>, source: ManyOf<T>): Encoded {
  const Packed = PACKED[kind];
  if (Packed !== undefined && ArrayBuffer.isView(source) && source instanceof Packed) {
    const bytes = bytesOf(source);
    const count = bytes.length / size;
    if (Number.isInteger(count)) return { bytes, count };
    throw new RangeError(`Cannot encode many ${codec.name}: ${bytes.length} bytes are no multiple of ${size}`);
  }
  if (typeof source !== "object" || source === null || !(Symbol.iterator in source)) {
    throw new TypeError(`Cannot encode many ${codec.name}: expected an iterable, got ${source === null ? "null" : typeof source}`);
  }
  const list = new ListEncoder(codec, size, lengthOf(source));
  for (const value of source as Iterable<Input<T>>) list.add(value);
  return list.encoded();
}

/** A list may say any length; more than so many bytes are not made room for before they are seen. */
const FIRST_BYTES_MAX: number = 2 ** 24;

/** The length that a list has, or a guess. */
function lengthOf(source: object): number {
  const { length } = source as { length?: unknown };
  return typeof length === "number" && length >= 0 ? length : 16;
}

/** Encodes `[key, value]` pairs, with the same checks. */
export function encodeEntries(key: Slot<any>, value: Slot<any>, entries: unknown): [keys: Encoded, values: Encoded] {
  if (typeof entries !== "object" || entries === null || !(Symbol.iterator in entries)) {
    throw new TypeError("Cannot set many: expected an iterable of [key, value], or keys and values");
  }
  const length = lengthOf(entries);
  const keys = new ListEncoder(key.codec, key.size, length);
  const values = new ListEncoder(value.codec, value.size, length);
  for (const entry of entries as Iterable<unknown>) {
    if (!Array.isArray(entry) || entry.length !== 2) throw new TypeError("Cannot set many: expected [key, value] pairs");
    keys.add(entry[0]);
    values.add(entry[1]);
  }
  return [keys.encoded(), values.encoded()];
}

class ListEncoder {
  readonly #codec: Codec<any>;
  readonly #size: number;
  #views: Views;
  #count = 0;

  constructor(codec: Codec<any>, size: number, length: number) {
    this.#codec = codec;
    this.#size = size;
    this.#views = viewsFor(Math.max(size, Math.min(length * size, FIRST_BYTES_MAX)));
  }

  add(value: unknown): void {
    const at = this.#count * this.#size;
    if (at + this.#size > this.#views.u8.length) this.#grow(at);
    try {
      put(this.#codec, this.#views, at, value);
    } catch (error) {
      throw inside(error, `index ${this.#count}`);
    }
    this.#count++;
  }

  encoded(): Encoded {
    return { bytes: this.#views.u8.subarray(0, this.#count * this.#size), count: this.#count };
  }

  #grow(used: number): void {
    const larger = viewsFor((used + this.#size) * 2);
    larger.u8.set(this.#views.u8.subarray(0, used));
    this.#views = larger;
  }
}

function viewsFor(size: number): Views {
  return new Views(new ArrayBuffer(roundUp8(size)));
}

/** The encoded list in memory of its own, which the caller cannot change any more. */
export function viewsOf({ bytes }: Encoded): Views {
  const views = viewsFor(bytes.length);
  setBytes(views.u8, bytes);
  return views;
}
