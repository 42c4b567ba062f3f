// Commands on many elements at once, for every map with keys: lookups, UPDATE_BATCH and DELETE_BATCH.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { BatchBlock, batchCapacity } from "../abi/batch_block.ts";
import { bytesOf, isBytes, setBytes } from "../abi/bytes.ts";
import { type Core, roundUp8, Views } from "../abi/core.ts";
import { Kind } from "../codecs/scalar.ts";
import { encodeEntries, encodeMany, type Encoded, type ManyOf } from "./many_encode.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { type Slot, take } from "./slot.ts";

export type { ManyOf } from "./many_encode.ts";

/**
 * Up to this length the array of an answer is made as long as it will be, which takes half of the time of letting it grow. A
 * longer one would begin as a hash table.
 */
const SIZED_MAX: number = 2 ** 24;

/** What the lists of a map need of it. */
export interface ManyOwner {
  /** Throws if the map was closed. */
  open(): void;
  /** Makes the error of a failed command, after `done` elements that it had done. */
  fail(cmd: number, errno: number, done: number): Error;
  /** Whether lookups mark elements of an LRU map as used. */
  readonly lookupMarks?: boolean;
}

/** Works lists of keys and values off on one map, in pieces of what its block has room for. The block is scratch for one piece. */
export class Many<K, V> {
  readonly #core: Core;
  readonly #owned: OwnedFd;
  readonly #key: Slot<K>;
  readonly #value: Slot<V>;
  readonly #owner: ManyOwner;
  #block: BatchBlock | undefined;

  constructor(core: Core, owned: OwnedFd, key: Slot<K>, value: Slot<V>, owner: ManyOwner) {
    this.#core = core;
    this.#owned = owned;
    this.#key = key;
    this.#value = value;
    this.#owner = owner;
  }

  get(source: ManyOf<K>): (V | undefined)[] {
    const keys = encodeMany(this.#key, source);
    const out = new Array<V | undefined>(Math.min(keys.count, SIZED_MAX));
    for (let done = 0, count = 0; done < keys.count; done += count) {
      const block = this.#stage(Cmd.MAP_LOOKUP_ELEM, keys, done);
      count = Math.min(block.capacity, keys.count - done);
      this.#lookup(block, count);
      this.#collect(block, count, out, done);
    }
    return out;
  }

  /** Stores what the last lookups found, from place `at` on. */
  #collect(block: BatchBlock, count: number, out: (V | undefined)[], at: number): void {
    const views = this.#core.fresh();
    const { valuesPtr, foundPtr } = block;
    const { codec, kind, size } = this.#value;
    if (kind === Kind.U32) {
      const { u8, u32 } = views;
      const values = valuesPtr >>> 2;
      for (let i = 0; i < count; i++) out[at + i] = u8[foundPtr + i] === 1 ? (u32[values + i] as V) : undefined;
    } else if (kind === Kind.NONE) {
      // A codec may run code of the caller, which may use the block again.
      const found = views.u8.slice(foundPtr, foundPtr + count);
      const values = new Views(new ArrayBuffer(roundUp8(count * size)));
      values.u8.set(views.u8.subarray(valuesPtr, valuesPtr + count * size));
      for (let i = 0; i < count; i++) out[at + i] = found[i] === 1 ? take(codec, size, values, i * size) : undefined;
    } else {
      for (let i = 0; i < count; i++) out[at + i] = views.u8[foundPtr + i] === 1 ? take(codec, size, views, valuesPtr + i * size) : undefined;
    }
  }

  getInto(source: ManyOf<K>, out: ArrayBufferView, found: Uint8Array | undefined): number {
    const keys = encodeMany(this.#key, source);
    const { size } = this.#value;
    const [bytes, flags] = targetsOf(keys.count, size, out, found);
    let hits = 0;
    for (let done = 0, count = 0; done < keys.count; done += count) {
      const block = this.#stage(Cmd.MAP_LOOKUP_ELEM, keys, done);
      count = Math.min(block.capacity, keys.count - done);
      // Absent keys' values are left alone by the command, so what is there now goes through it.
      this.#copyIn(block.valuesPtr, bytes, done * size, count * size);
      hits += this.#lookup(block, count);
      const { u8 } = this.#core.fresh();
      setBytes(bytes, u8.subarray(block.valuesPtr, block.valuesPtr + count * size), done * size);
      if (flags !== undefined) setBytes(flags, u8.subarray(block.foundPtr, block.foundPtr + count), done);
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
    const { size } = this.#value;
    for (let done = 0, count = 0; done < keys.count; done += count) {
      const block = this.#stage(Cmd.MAP_UPDATE_BATCH, keys, done);
      count = Math.min(block.capacity, keys.count - done);
      this.#copyIn(block.valuesPtr, values.bytes, done * size, count * size);
      const ret = block.update(count);
      if (ret !== 0) throw this.#owner.fail(Cmd.MAP_UPDATE_BATCH, ret, done + block.count);
    }
  }

  /** Deletes what is there of the keys, and answers how many were. DELETE_BATCH stops at each absent key. */
  delete(source: ManyOf<K>): number {
    const keys = encodeMany(this.#key, source);
    let absent = 0;
    for (let done = 0, count = 0; done < keys.count; done += count) {
      const block = this.#stage(Cmd.MAP_DELETE_BATCH, keys, done);
      count = Math.min(block.capacity, keys.count - done);
      for (let from = 0; from < count; ) {
        const ret = block.delete(from, count - from);
        if (ret === 0) break;
        const at = from + block.count;
        if (ret !== -Errno.ENOENT) throw this.#owner.fail(Cmd.MAP_DELETE_BATCH, ret, done + at - absent);
        absent++;
        from = at + 1;
      }
    }
    return keys.count - absent;
  }

  /** Copies the next piece of the keys to the block; the map must be open, whatever code of the caller has done meanwhile. */
  #stage(cmd: number, keys: Encoded, done: number): BatchBlock {
    this.#owner.open();
    const block = (this.#block ??= this.#allocate(cmd));
    const { size } = this.#key;
    this.#copyIn(block.keysPtr, keys.bytes, done * size, Math.min(block.capacity, keys.count - done) * size);
    return block;
  }

  #copyIn(ptr: number, bytes: Uint8Array, from: number, size: number): void {
    const piece = from === 0 && size === bytes.length ? bytes : bytes.subarray(from, from + size);
    if (piece.length !== size) throw new RangeError("Cannot use a list that became shorter while it was read");
    setBytes(this.#core.fresh().u8, piece, ptr);
  }

  #lookup(block: BatchBlock, count: number): number {
    const ret = block.lookupMany(count);
    if (ret < 0) throw this.#owner.fail(Cmd.MAP_LOOKUP_ELEM, ret, 0);
    if (this.#owner.lookupMarks === true) this.#mark(block, count);
    return ret;
  }

  /** Marks the elements of the keys that were looked up as used. By the core's export itself: the lookups have been reported. */
  #mark(block: BatchBlock, count: number): void {
    const { direct } = this.#core.door;
    for (let i = 0; i < count; i++) direct.lookupMarking(this.#owned.fd, block.keysPtr + i * this.#key.size);
  }

  #allocate(cmd: number): BatchBlock {
    const shape = { fd: this.#owned.fd, keySize: this.#key.size, valueSize: this.#value.size, cursorSize: 0 };
    const block = this.#owned.hold(BatchBlock.allocate(this.#core, shape, batchCapacity(shape.keySize + shape.valueSize + 1)));
    if (block === undefined) throw this.#owner.fail(cmd, -Errno.ENOMEM, 0);
    return block;
  }
}

/** Where many values are read to, and where it is said which of them are there: as bytes, with room for `count` each. */
export function targetsOf(count: number, size: number, out: unknown, found: unknown): [bytes: Uint8Array, found: Uint8Array | undefined] {
  if (!ArrayBuffer.isView(out)) throw new TypeError(`Cannot read into a ${typeof out}: many values take a view`);
  if (out.byteLength < count * size) {
    throw new RangeError(`Cannot read into a view of ${out.byteLength} bytes: ${count} values have ${count * size}`);
  }
  if (found !== undefined && !isBytes(found)) {
    throw new TypeError(`Cannot use found: expected a Uint8Array, got a ${typeof found}`);
  }
  if (found !== undefined && found.length < count) throw new RangeError(`Cannot use found of ${found.length} bytes: there are ${count} keys`);
  return [new Uint8Array(out.buffer, out.byteOffset, count * size), found === undefined ? undefined : bytesOf(found)];
}
