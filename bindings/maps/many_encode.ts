// Lists of keys or values as the bytes that a batch takes: typed arrays as they are, everything else encoded.
import type { Codec, Input } from "../codecs/codec.ts";
import { inside } from "../codecs/struct.ts";
import { bytesOf, roundUp8, Views } from "../abi/core.ts";
import { Kind } from "../codecs/scalar.ts";
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

/** The typed array whose elements are encoded values already. A double is not: its NaNs have many spellings. */
const PACKED: { readonly [kind: number]: Function | undefined } = {
  [Kind.NONE]: Uint8Array,
  [Kind.BYTES]: Uint8Array,
  [Kind.U8]: Uint8Array,
  [Kind.U16]: Uint16Array,
  [Kind.U32]: Uint32Array,
  [Kind.I32]: Int32Array,
  [Kind.U64]: BigUint64Array,
  [Kind.I64]: BigInt64Array,
};

/**
 * Encodes a list, all of it: a value that the codec does not take is found before the map has changed, and code that
 * runs while the list is gone through (a generator) may use the map.
 */
export function encodeMany<T>(codec: Codec<T>, source: ManyOf<T>): Encoded {
  const Packed = PACKED[codec.kind];
  if (Packed !== undefined && source instanceof Packed) {
    const bytes = bytesOf(source as Uint8Array);
    const count = bytes.length / codec.size;
    if (Number.isInteger(count)) return { bytes, count };
    throw new RangeError(`Cannot encode many ${codec.name}: ${bytes.length} bytes are no multiple of ${codec.size}`);
  }
  if (typeof source !== "object" || source === null || !(Symbol.iterator in source)) {
    throw new TypeError(`Cannot encode many ${codec.name}: expected an iterable, got ${source === null ? "null" : typeof source}`);
  }
  return encodeEach(codec, source as Iterable<Input<T>>);
}

function encodeEach<T>(codec: Codec<T>, source: Iterable<Input<T>>): Encoded {
  const list = new ListEncoder(codec, lengthOf(source));
  for (const value of source) list.add(value);
  return list.encoded();
}

/** The length that a list has, or a guess. */
function lengthOf(source: object): number {
  const { length } = source as { length?: unknown };
  return typeof length === "number" ? length : 16;
}

/** Encodes `[key, value]` pairs, with the same checks. */
export function encodeEntries(key: Codec<any>, value: Codec<any>, entries: unknown): [keys: Encoded, values: Encoded] {
  if (typeof entries !== "object" || entries === null || !(Symbol.iterator in entries)) {
    throw new TypeError("Cannot set many: expected an iterable of [key, value], or keys and values");
  }
  const keys = new ListEncoder(key, lengthOf(entries));
  const values = new ListEncoder(value, lengthOf(entries));
  for (const entry of entries as Iterable<unknown>) {
    if (!Array.isArray(entry) || entry.length !== 2) throw new TypeError("Cannot set many: expected [key, value] pairs");
    keys.add(entry[0]);
    values.add(entry[1]);
  }
  return [keys.encoded(), values.encoded()];
}

class ListEncoder {
  readonly #codec: Codec<any>;
  #views: Views;
  #count = 0;

  constructor(codec: Codec<any>, length: number) {
    this.#codec = codec;
    this.#views = viewsFor(length * codec.size);
  }

  add(value: unknown): void {
    const at = this.#count * this.#codec.size;
    if (at + this.#codec.size > this.#views.u8.length) this.#grow(at);
    try {
      put(this.#codec, this.#views, at, value);
    } catch (error) {
      throw inside(error, `index ${this.#count}`);
    }
    this.#count++;
  }

  encoded(): Encoded {
    return { bytes: this.#views.u8.subarray(0, this.#count * this.#codec.size), count: this.#count };
  }

  #grow(used: number): void {
    const larger = viewsFor((used + this.#codec.size) * 2);
    larger.u8.set(this.#views.u8.subarray(0, used));
    this.#views = larger;
  }
}

function viewsFor(size: number): Views {
  return new Views(new ArrayBuffer(roundUp8(size)));
}
