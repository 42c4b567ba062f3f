// Maps of keys and values, in the manner of JavaScript's Map.
import { Cmd, ElemFlag, Errno } from "../../assembly/uapi/constants.ts";
import { Copy, isBytes, loadBytes } from "../abi/bytes.ts";
import { Address, type Core } from "../abi/core.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { BpfMap, flagsOf, type SetOptions } from "./base.ts";
import type { WalkOptions } from "./buckets.ts";
import type { MapDescription } from "./description.ts";
import { FastKeys } from "./fast_keys.ts";
import type { MapHost } from "./host.ts";
import { Many, type ManyOf } from "./many.ts";
import { checkTarget } from "./values.ts";

/**
 * A map with keys and values, in the manner of JavaScript's Map. An absent key is undefined or false, no error. `I` is
 * what `set` takes for a value.
 */
export abstract class KeyedMap<K, V, I = Input<V>> extends BpfMap {
  readonly #core: Core;
  readonly #elements: FastKeys<K, V>;
  /** Bytes of a value. A number from the start: V8 then knows it for a small integer (row 5). */
  readonly #valueSize: number = 0;
  #many: Many<K, V> | undefined;

  protected constructor(host: MapHost, fd: number, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, fd, description);
    const owner = { open: () => this.open(), fail: (cmd: number, errno: number) => this.failure(cmd, errno) };
    this.#core = host.core;
    this.#elements = new FastKeys(host, fd, description, owner, valueCodec);
    this.#valueSize = this.#elements.value.size;
  }

  get keyCodec(): Codec<K> {
    return this.#elements.key.codec;
  }

  get valueCodec(): Codec<V> {
    return this.#elements.value.codec;
  }

  /** The element commands, for the classes of each type. */
  protected get elements(): FastKeys<K, V> {
    return this.#elements;
  }

  /**
   * The value of a key, or undefined when the key is absent. Throws BpfError EPERM on a write-only fd, TypeError or
   * RangeError for what is no key.
   */
  get(key: Input<K>): V | undefined {
    return this.#elements.get(key);
  }

  /** Whether the key is present. Throws as `get`. */
  has(key: Input<K>): boolean {
    return this.#elements.find(key) !== Address.NULL;
  }

  /**
   * Reads the value of a key into `out` and returns true, or returns false and leaves `out` alone when the key is
   * absent. `out` is a view, whose first bytes become the value's bytes, or an object whose fields (of a struct) or
   * elements (of an array) become the value's. Allocates nothing if `out` is a Uint8Array. Throws as `get`, and
   * RangeError for a view shorter than the value.
   */
  getInto(key: Input<K>, out: V | ArrayBufferView): boolean {
    if (out === undefined || out === null) return this.#getIntoAny(key, out);
    const size = this.#valueSize;
    const room = (out as Uint8Array).length;
    if (!isBytes(out) || room < size || size > Copy.BYTEWISE_MAX) return this.#getIntoAny(key, out);
    const ptr = this.#elements.find(key);
    if (ptr === Address.NULL) return false;
    loadBytes(this.#core.fresh(), ptr, out, size);
    return true;
  }

  /** `getInto` of anything that may be given. */
  #getIntoAny(key: Input<K>, out: V | ArrayBufferView): boolean {
    const size = this.#valueSize;
    checkTarget(this.valueCodec, size, out);
    if (size <= Copy.BYTEWISE_MAX || !ArrayBuffer.isView(out)) {
      const ptr = this.#elements.find(key);
      if (ptr === Address.NULL) return false;
      this.#elements.intoFrom(ptr, out);
      return true;
    }
    // A long value is copied from the value block, over which a view can be kept.
    this.#elements.putKey(key);
    if (!this.#elements.lookupCurrent()) return false;
    this.#elements.valueInto(out);
    return true;
  }

  /**
   * Sets the value of a key. Returns the map. Throws BpfError: E2BIG when the map is full, EPERM when it is frozen or
   * the fd read-only; with flags, EEXIST (BPF_NOEXIST, key present) and ENOENT (BPF_EXIST, key absent).
   */
  set(key: Input<K>, value: I, options?: SetOptions): this {
    const ret = this.#elements.update(key, value, options === undefined ? ElemFlag.ANY : flagsOf(options));
    if (ret !== 0) throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
    return this;
  }

  /** Sets the value of an absent key (BPF_NOEXIST) and returns true; false, with nothing changed, when it is present. */
  add(key: Input<K>, value: I): boolean {
    const ret = this.#elements.update(key, value, ElemFlag.NOEXIST);
    if (ret === 0) return true;
    if (ret === -Errno.EEXIST) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Sets the value of a present key (BPF_EXIST) and returns true; false, with nothing changed, when it is absent. */
  replace(key: Input<K>, value: I): boolean {
    const ret = this.#elements.update(key, value, ElemFlag.EXIST);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Deletes a key and returns true, or false when it is absent. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    this.#elements.putKey(key);
    return this.#elements.deleteCurrent();
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

  protected override release(): void {
    this.#elements.release();
    this.#many?.release();
  }

  /** What the commands on many elements go through. */
  protected get many(): Many<K, V> {
    this.open();
    return (this.#many ??= new Many(this.#core, this.fd, this.#elements.key, this.#elements.value, {
      open: () => this.open(),
      fail: (cmd, errno, done) => this.#failed(cmd, errno, done),
    }));
  }

  #failed(cmd: number, errno: number, done: number): Error {
    return this.failure(cmd, errno, done);
  }
}
