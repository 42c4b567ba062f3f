// Commands on many elements at once, for every map with keys: lookup_many, UPDATE_BATCH and DELETE_BATCH.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import type { Codec } from "../codecs/codec.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "../abi/core.ts";
import { encodeEntries, encodeMany, type Encoded, type ManyOf } from "./many_encode.ts";
import { Kind } from "../codecs/scalar.ts";
import { take } from "./values.ts";

export type { ManyOf } from "./many_encode.ts";

/** Elements and bytes that one command works on; a longer list is worked off in pieces. */
const COUNT_MAX = 1024;
const BYTES_MAX = 65536;

/**
 * Up to this length the array of an answer is made as long as it will be, which takes half of the time of letting it grow. A
 * longer one would begin as a hash table.
 */
const SIZED_MAX: number = 2 ** 24;

// The block of a map's lists:
//
//   0          64      64 + 8 × k   …         …
//   batch attr keys    values       found
//
// UPDATE_BATCH and DELETE_BATCH share the attr: the one ignores in_batch and out_batch, the other values as well.
const ATTR_SIZE = 56;
const HEADER_SIZE = 64;
const KEYS = 16;
const COUNT = 32;

/** Makes the error of a failed command, after `done` elements that it had done. */
type Fail = (cmd: number, errno: number, done: number) => Error;

/** Works lists of keys and values off on one map. Its block is scratch for one call. */
export class Many<K, V> {
  readonly #core: Core;
  readonly #fd: number;
  readonly #key: Codec<K>;
  readonly #value: Codec<V>;
  readonly #fail: Fail;
  #block: Ptr = NULL;
  #capacity: number;

  constructor(core: Core, fd: number, key: Codec<K>, value: Codec<V>, fail: Fail) {
    this.#core = core;
    this.#fd = fd;
    this.#key = key;
    this.#value = value;
    this.#fail = fail;
    this.#capacity = Math.max(1, Math.min(COUNT_MAX, Math.floor(BYTES_MAX / (key.size + value.size + 1))));
  }

  get(source: ManyOf<K>): (V | undefined)[] {
    const keys = encodeMany(this.#key, source);
    const out = new Array<V | undefined>(Math.min(keys.count, SIZED_MAX));
    for (let done = 0; done < keys.count; done += this.#capacity) {
      const count = this.#stage(Cmd.MAP_LOOKUP_ELEM, keys, done);
      this.#lookup(count);
      this.#collect(count, out, done);
    }
    return out;
  }

  /** Stores what the last lookups found, from place `at` on. */
  #collect(count: number, out: (V | undefined)[], at: number): void {
    const { views } = this.#core;
    const { valuesPtr, foundPtr } = this;
    const codec = this.#value;
    if (codec.kind === Kind.U32) {
      const { u8, u32 } = views;
      const values = valuesPtr >>> 2;
      for (let i = 0; i < count; i++) out[at + i] = u8[foundPtr + i] === 1 ? (u32[values + i] as V) : undefined;
      return;
    }
    for (let i = 0; i < count; i++) {
      out[at + i] = views.u8[foundPtr + i] === 1 ? take(codec, views, valuesPtr + i * codec.size) : undefined;
    }
  }

  getInto(source: ManyOf<K>, out: ArrayBufferView, found: Uint8Array | undefined): number {
    const keys = encodeMany(this.#key, source);
    const size = this.#value.size;
    if (!ArrayBuffer.isView(out)) throw new TypeError(`Cannot read into a ${typeof out}: many values take a view`);
    if (out.byteLength < keys.count * size) {
      throw new RangeError(`Cannot read into a view of ${out.byteLength} bytes: ${keys.count} values have ${keys.count * size}`);
    }
    if (found !== undefined && found.length < keys.count) {
      throw new RangeError(`Cannot use found of ${found.length} bytes: there are ${keys.count} keys`);
    }
    const bytes = new Uint8Array(out.buffer, out.byteOffset, keys.count * size);
    let hits = 0;
    for (let done = 0; done < keys.count; done += this.#capacity) {
      const count = this.#stage(Cmd.MAP_LOOKUP_ELEM, keys, done);
      // Absent keys' values are left alone by the command, so what is there now goes through it.
      this.#copyIn(this.valuesPtr, bytes, done * size, count * size);
      hits += this.#lookup(count);
      const { u8 } = this.#core.views;
      bytes.set(u8.subarray(this.valuesPtr, this.valuesPtr + count * size), done * size);
      found?.set(u8.subarray(this.foundPtr, this.foundPtr + count), done);
    }
    return hits;
  }

  /** Sets elements from `[key, value]` pairs. */
  setEntries(entries: Iterable<readonly [unknown, unknown]>): void {
    const [keys, values] = encodeEntries(this.#key, this.#value, entries);
    this.#set(keys, values);
  }

  set(keySource: ManyOf<K>, valueSource: Iterable<unknown> | ArrayBufferView): void {
    const keys = encodeMany(this.#key, keySource);
    const values = encodeMany(this.#value, valueSource as ManyOf<V>);
    if (keys.count !== values.count) {
      throw new RangeError(`Cannot set many: there are ${keys.count} keys and ${values.count} values`);
    }
    this.#set(keys, values);
  }

  #set(keys: Encoded, values: Encoded): void {
    const size = this.#value.size;
    for (let done = 0; done < keys.count; done += this.#capacity) {
      const count = this.#stage(Cmd.MAP_UPDATE_BATCH, keys, done);
      this.#copyIn(this.valuesPtr, values.bytes, done * size, count * size);
      const ret = this.#run(Cmd.MAP_UPDATE_BATCH, 0, count);
      if (ret !== 0) throw this.#fail(Cmd.MAP_UPDATE_BATCH, ret, done + this.#done());
    }
  }

  /** Deletes what is there of the keys, and answers how many were. DELETE_BATCH stops at each absent key. */
  delete(source: ManyOf<K>): number {
    const keys = encodeMany(this.#key, source);
    let absent = 0;
    for (let done = 0; done < keys.count; done += this.#capacity) {
      const count = this.#stage(Cmd.MAP_DELETE_BATCH, keys, done);
      for (let from = 0; from < count; ) {
        const ret = this.#run(Cmd.MAP_DELETE_BATCH, from, count - from);
        if (ret === 0) break;
        const at = from + this.#done();
        if (ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_DELETE_BATCH, ret, done + at - absent);
        absent++;
        from = at + 1;
      }
    }
    return keys.count - absent;
  }

  release(): void {
    this.#core.free(this.#block);
    this.#block = NULL;
  }

  private get keysPtr(): number {
    return this.#block + HEADER_SIZE;
  }

  private get valuesPtr(): number {
    return this.keysPtr + roundUp8(this.#capacity * this.#key.size);
  }

  private get foundPtr(): number {
    return this.valuesPtr + this.#capacity * this.#value.size;
  }

  /** Copies the next piece of the keys to the block, and answers how many they are. */
  #stage(cmd: number, keys: Encoded, done: number): number {
    if (this.#block === NULL) this.#allocate(cmd);
    const count = Math.min(this.#capacity, keys.count - done);
    this.#copyIn(this.keysPtr, keys.bytes, done * this.#key.size, count * this.#key.size);
    return count;
  }

  #copyIn(ptr: number, bytes: Uint8Array, from: number, size: number): void {
    const piece = from === 0 && size === bytes.length ? bytes : bytes.subarray(from, from + size);
    this.#core.fresh().u8.set(piece, ptr);
  }

  #lookup(count: number): number {
    const ret = this.#core.exports.lookup_many(this.#fd, this.keysPtr, this.valuesPtr, count, this.foundPtr);
    if (ret < 0) throw this.#fail(Cmd.MAP_LOOKUP_ELEM, ret, 0);
    return ret;
  }

  /** Runs a batch on the keys in the block from index `from` on. */
  #run(cmd: number, from: number, count: number): number {
    const { u32 } = this.#core.fresh();
    const at = this.#block >>> 2;
    u32[at + KEYS / 4] = this.keysPtr + from * this.#key.size;
    u32[at + COUNT / 4] = count;
    const ret = this.#core.bpf(cmd, this.#block, ATTR_SIZE);
    this.#core.touch();
    return ret;
  }

  /** How many elements the batch that has just failed had done. */
  #done(): number {
    return this.#core.fresh().u32[(this.#block + COUNT) >>> 2];
  }

  /** Near the memory limit a smaller block may still find room. */
  #allocate(cmd: number): void {
    for (; this.#capacity >= 1; this.#capacity = Math.floor(this.#capacity / 2)) {
      const keys = roundUp8(this.#capacity * this.#key.size);
      this.#block = this.#core.alloc(HEADER_SIZE + keys + this.#capacity * (this.#value.size + 1));
      if (this.#block !== NULL) break;
    }
    if (this.#block === NULL) {
      this.#capacity = 1;
      throw this.#fail(cmd, -Errno.ENOMEM, 0);
    }
    const { u32 } = this.#core.fresh();
    const at = this.#block >>> 2;
    u32[at + 6] = this.valuesPtr;
    u32[at + 9] = this.#fd;
  }
}
