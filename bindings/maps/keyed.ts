// Maps of keys and values, in the manner of JavaScript's Map: what is not called in loops, which fast_keys.ts has.
import { Cmd } from "../../assembly/uapi/constants.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import type { WalkOptions } from "./buckets.ts";
import type { MapDescription } from "./description.ts";
import { type BatchCursor, type BatchedMap, type BatchOptions, type ElementBatch, readBatch } from "./element_batches.ts";
import { FastKeyMap } from "./fast_keys.ts";
import type { MapHost } from "./host.ts";
import { Many, type ManyOf } from "./many.ts";
import type { OwnedFd } from "./owned_fd.ts";

/**
 * A map with keys and values, in the manner of JavaScript's Map. An absent key is undefined or false, no error. `I` is
 * what `set` takes for a value.
 */
export abstract class KeyedMap<K, V, I = Input<V>> extends FastKeyMap<K, V, I> {
  readonly #host: MapHost;
  readonly #owned: OwnedFd;
  readonly #lookupMarks: boolean;
  #many: Many<K, V> | undefined;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, owned, description, valueCodec);
    this.#host = host;
    this.#owned = owned;
    this.#lookupMarks = description.lookupMarks === true;
  }

  /**
   * The value of a key; if it is absent, it is set to `value` first. Throws as `get` and `set`.
   *
   * @example
   * const seen = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
   * seen.getOrInsert(7, 1); // 1
   * seen.getOrInsert(7, 2); // 1
   */
  getOrInsert(key: Input<K>, value: I): V {
    const present = this.getExact(key);
    if (present !== undefined) return present;
    this.add(key, value);
    return this.getExact(key) as V;
  }

  /**
   * The value of a key; if it is absent, it is set to what `fn(key)` returns first. `fn` may use the map: what it sets for the key
   * is then replaced, as in JavaScript's Map.
   */
  getOrInsertComputed(key: Input<K>, fn: (key: Input<K>) => I): V {
    const present = this.getExact(key);
    if (present !== undefined) return present;
    this.set(key, fn(key));
    return this.getExact(key) as V;
  }

  /**
   * Sets a key to what `fn` makes of its value, undefined for an absent one, and returns that; if it is undefined, the map is
   * left as it is. Nobody else comes in between, other threads of a shared kernel excepted; `fn` may use the map, and what it
   * sets for the key is then replaced. Throws as `get` and `set`.
   *
   * @example
   * const counters = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
   * counters.update(7, (count = 0) => count + 1); // 1
   */
  update<R extends I | undefined>(key: Input<K>, fn: (value: V | undefined, key: Input<K>) => R): R {
    const value = fn(this.getExact(key), key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** `get` of exactly this key, for tries, whose `get` also takes addresses. */
  protected getExact(key: Input<K>): V | undefined {
    return this.get(key);
  }

  /**
   * The key behind `key`, or the first one; undefined behind the last: GET_NEXT_KEY. Behind a key that is not in the map comes
   * the first one again, as in Linux, so that a walk over a map that changes may not end, and may meet keys twice: `keys` ends,
   * and does not. Throws as `get`.
   */
  nextKey(key?: Input<K>): K | undefined {
    this.open();
    if (key !== undefined) this.elements.putKey(key);
    return this.elements.nextKey(key === undefined);
  }

  /**
   * LOOKUP_BATCH: elements from the start, or from where the batch ended that gave the cursor. What changes between two batches is
   * met or not as in Linux: a hash table's cursor is a bucket, so that no element is met twice; that of other types is a key, and
   * the next batch begins at the start again if it was deleted. Throws BpfError EPERM on a write-only fd, ENOTSUPP for types
   * without the command, TypeError for a cursor of another map object.
   *
   * @example
   * const counters = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024 });
   * let batch = counters.lookupBatch(undefined, { count: 100 });
   * while (batch.cursor !== undefined) batch = counters.lookupBatch(batch.cursor, { count: 100 });
   */
  lookupBatch(cursor?: BatchCursor, options?: BatchOptions): ElementBatch<K, V> {
    return readBatch(this.#batched(Cmd.MAP_LOOKUP_BATCH), (block, ...args) => block.lookup(...args), cursor, options);
  }

  /**
   * LOOKUP_AND_DELETE_BATCH, of the hash family: the same, and the elements are gone. Throws BpfError EPERM when the map is
   * frozen or the fd lacks read or write access, too.
   */
  lookupAndDeleteBatch(cursor?: BatchCursor, options?: BatchOptions): ElementBatch<K, V> {
    return readBatch(this.#batched(Cmd.MAP_LOOKUP_AND_DELETE_BATCH), (block, ...args) => block.lookupAndDelete(...args), cursor, options);
  }

  #batched(cmd: number): BatchedMap<K, V> {
    const { core } = this.#host;
    const { key, value } = this.elements;
    return { core, fd: this.openFd, key, value, maxEntries: this.maxEntries, owner: this, fail: (errno) => this.failure(cmd, errno) };
  }

  /** Deletes a key and returns true, or false when it is absent. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    const { elements } = this;
    elements.putKey(key);
    return elements.deleteCurrent();
  }

  /**
   * The values of many keys, in their order; undefined where a key is absent. Keys are any iterable, or a typed array of
   * the key's own scalar type (Uint32Array for u32), or, for keys that are no scalars, a Uint8Array of keys one behind
   * the other. Lookups overlap, so that this is faster than `get` in a loop. Throws as `get`.
   */
  getMany(keys: ManyOf<K>): (V | undefined)[] {
    return this.many.get(keys);
  }

  /**
   * Reads the values of many keys into `out`, which holds at least as many values: a typed array of the value's own
   * scalar type, or bytes. Returns how many keys are present; the places of absent ones are left alone, and `found`, if
   * given, says 1 or 0 for each. Allocates nothing per key if the keys are a typed array. Throws as `getMany`, and
   * RangeError for an `out` or `found` that is too short.
   */
  getManyInto(keys: ManyOf<K>, out: ArrayBufferView, found?: Uint8Array): number {
    return this.many.getInto(keys, out, found);
  }

  /**
   * Sets many elements: an iterable of `[key, value]`, or all keys and all values, each as in `getMany`. All keys and
   * values are checked before the first is set. Returns the map. Throws BpfError as `set`; elements in front of the one
   * that failed are then set, and the message says how many.
   */
  setMany(entries: Iterable<readonly [Input<K>, I]>): this;
  setMany(keys: ManyOf<K>, values: Iterable<I> | ArrayBufferView): this;
  setMany(keys: Iterable<readonly [Input<K>, I]> | ManyOf<K>, values?: Iterable<I> | ArrayBufferView): this {
    if (values === undefined) this.many.setEntries(keys as Iterable<readonly [unknown, unknown]>);
    else this.many.set(keys as ManyOf<K>, values);
    return this;
  }

  /** Deletes many keys, given as in `getMany`, and returns how many were present. Throws as `delete`. */
  deleteMany(keys: ManyOf<K>): number {
    return this.many.delete(keys);
  }

  /** The keys. See `entries` for what happens to a map that changes meanwhile. */
  abstract keys(options?: WalkOptions): IterableIterator<K>;
  /** The values, in the order of `keys`. */
  abstract values(options?: WalkOptions): IterableIterator<V>;
  /** `[key, value]` of every element. */
  abstract entries(options?: WalkOptions): IterableIterator<[K, V]>;
  /** How many elements are in the map. Walks the map: the kernel keeps no count for user space. */
  abstract count(): number;
  /** Deletes every element. */
  abstract clear(): void;

  /** The same as `entries`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** Calls `fn(value, key, map)` for every element. */
  forEach(fn: (value: V, key: K, map: this) => void, thisArg?: unknown): void {
    for (const [key, value] of this.entries()) fn.call(thisArg, value, key, this);
  }

  /** What the commands on many elements go through. */
  protected get many(): Many<K, V> {
    this.open();
    const { key, value } = this.elements;
    return (this.#many ??= new Many(this.#host.core, this.#owned, key, value, {
      open: () => this.open(),
      fail: (cmd, errno, done) => this.#failed(cmd, errno, done),
      lookupMarks: this.#lookupMarks,
    }));
  }

  #failed(cmd: number, errno: number, done: number): Error {
    return this.failure(cmd, errno, done);
  }
}
