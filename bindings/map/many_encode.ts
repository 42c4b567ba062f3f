// Lists of keys or values as the bytes that a batch takes: typed arrays as they are, everything else encoded.
import type { Codec, Input } from "../codec.ts";
import { inside } from "../codec_struct.ts";
import { bytesOf, roundUp8, Views } from "../core.ts";
import { Kind } from "../scalar.ts";
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
  const size = codec.size;
  const length = (source as { length?: unknown }).length;
  let views = viewsFor((typeof length === "number" ? length : 16) * size);
  let count = 0;
  for (const value of source) {
    if ((count + 1) * size > views.u8.length) {
      const larger = viewsFor((count + 1) * 2 * size);
      larger.u8.set(views.u8.subarray(0, count * size));
      views = larger;
    }
    try {
      put(codec, views, count * size, value);
    } catch (error) {
      throw inside(error, `index ${count}`);
    }
    count++;
  }
  return { bytes: views.u8.subarray(0, count * size), count };
}

function viewsFor(size: number): Views {
  return new Views(new ArrayBuffer(roundUp8(size)));
}
