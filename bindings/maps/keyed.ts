// Maps of keys and values: the element commands through the door, with blocks that live as long as the map object.
import { Cmd, ElemFlag, Engine, Errno } from "../../assembly/uapi/constants.ts";
import { Copy, loadBytes, wordAt } from "../abi/bytes.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { Address, bytesOf, NULL, type Ptr, roundUp8, Window } from "../abi/core.ts";
import type { Kernel } from "../kernel.ts";
import { Kind } from "../codecs/scalar.ts";
import { BpfMap, flagsOf, type MapDescription, type SetOptions } from "./base.ts";
import type { WalkOptions } from "./buckets.ts";
import { Many, type ManyOf } from "./many.ts";
import { checkTarget, put, take } from "./values.ts";

// One user block per map object. The attrs are filled in once; a call writes the key, the value and the flags of UPDATE.
//
//   0           32          64     64 + ks        (each part 8-aligned)
//   lookup attr update attr key    value
//
// DELETE knows the first 16 bytes of the lookup attr only. Its flags word stays zero, as LOOKUP wants it.
const ATTR_SIZE = 32;
const DELETE_SIZE = 16;

/**
 * A map with keys and values, in the manner of JavaScript's Map. An absent key is undefined or false, no error. `I` is
 * what `set` takes for a value.
 */
export abstract class KeyedMap<K, V, I = Input<V>> extends BpfMap {
  readonly keyCodec: Codec<K>;
  readonly valueCodec: Codec<V>;
  // Numbers from the start: V8 then knows these fields for small integers and does not ask at every get.
  protected readonly keySize: number = 0;
  protected readonly valueSize: number = 0;
  protected readonly keyPtr: number = 0;
  protected readonly valuePtr: number = 0;
  readonly #block: Ptr = NULL;
  readonly #updatePtr: number = 0;
  /** The fd, or -1 once the map is closed: then nothing is found by it, and the slower way says why. */
  #lookupFd = -1;
  /** Whether `get` asks for numbers by numbers: both are u32, and the core has not said that this map is none for it. */
  #words = false;
  readonly #keyKind: Kind = Kind.NONE;
  /** Whether keys go to the core as four numbers: they have 16 bytes, and the core has not said that this map is none for it. */
  #wide = false;
  /** Whether both keys and values are u32. */
  readonly #pair: boolean = false;
  #window: Window | undefined;
  #many: Many<K, V> | undefined;

  /** `valueCodec` is the codec of what the commands copy; per-CPU types have one value for each CPU there. */
  protected constructor(
    kernel: Kernel,
    fd: number,
    description: MapDescription,
    valueCodec: Codec<V> = description.value as Codec<V>,
  ) {
    super(kernel, fd, description);
    this.keyCodec = description.key as Codec<K>;
    this.valueCodec = valueCodec;
    this.keySize = this.keyCodec.size;
    this.valueSize = valueCodec.size;
    this.#keyKind = this.keyCodec.kind;
    this.#pair = this.#keyKind === Kind.U32 && this.valueCodec.kind === Kind.U32;
    this.#words = this.#pair;
    this.#wide = this.#keyKind === Kind.BYTES && this.keySize === 16;
    this.#block = this.core.alloc(2 * ATTR_SIZE + roundUp8(this.keySize) + roundUp8(this.valueSize));
    if (this.#block === NULL) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#lookupFd = fd;
    this.#updatePtr = this.#block + ATTR_SIZE;
    this.keyPtr = this.#updatePtr + ATTR_SIZE;
    this.valuePtr = this.keyPtr + roundUp8(this.keySize);
    const { u32 } = this.core.fresh();
    for (const attr of [this.#block, this.#updatePtr]) {
      u32[attr >>> 2] = fd;
      u32[(attr + 8) >>> 2] = this.keyPtr;
      u32[(attr + 16) >>> 2] = this.valuePtr;
    }
  }

  /**
   * The value of a key, or undefined when the key is absent. Throws BpfError EPERM on a write-only fd, TypeError or
   * RangeError for what is no key.
   */
  get(key: Input<K>): V | undefined {
    if (this.#words === true && typeof key === "number" && key >>> 0 === key) {
      const value = this.core.valueU32(this.#lookupFd, key);
      if (value !== Engine.UNCLEAR) return (value >>> 0) as V;
      const error = this.core.lastError();
      if (error === 0) return Engine.UNCLEAR as V;
      if (error === -Errno.ENOENT) return undefined;
      // Not for this map, or not now: while calls are logged, or once it is closed.
      if (this.core.direct && !this.closed) this.#words = false;
    }
    const ptr = this.find(key);
    return ptr === Address.NULL ? undefined : take(this.valueCodec, this.core.fresh(), ptr);
  }

  /** Whether the key is present. Throws as `get`. */
  has(key: Input<K>): boolean {
    return this.find(key) !== Address.NULL;
  }

  /**
   * Reads the value of a key into `out` and returns true, or returns false and leaves `out` alone when the key is
   * absent. `out` is a view, whose first bytes become the value's bytes, or an object whose fields (of a struct) or
   * elements (of an array) become the value's. Allocates nothing if `out` is a Uint8Array. Throws as `get`, and
   * RangeError for a view shorter than the value.
   */
  getInto(key: Input<K>, out: V | ArrayBufferView): boolean {
    if (out === undefined || out === null) return this.#getIntoAny(key, out);
    const size = this.valueSize;
    const room = (out as Uint8Array).length;
    if (!(out instanceof Uint8Array) || room < size || size > Copy.BYTEWISE_MAX) return this.#getIntoAny(key, out);
    const ptr = this.find(key);
    if (ptr === Address.NULL) return false;
    loadBytes(this.core.fresh(), ptr, out, size);
    return true;
  }

  /** `getInto` of anything that may be given. */
  #getIntoAny(key: Input<K>, out: V | ArrayBufferView): boolean {
    const size = this.valueSize;
    checkTarget(this.valueCodec, out);
    if (size <= Copy.BYTEWISE_MAX || !ArrayBuffer.isView(out)) {
      const ptr = this.find(key);
      if (ptr === Address.NULL) return false;
      if (ArrayBuffer.isView(out)) this.core.copyOut(ptr, out, this.valueSize);
      else this.valueCodec.readInto!(this.core.fresh(), ptr, out);
      return true;
    }
    // A long value is copied from the value block, over which a view can be kept.
    this.putKey(key);
    if (!this.lookupCurrent()) return false;
    this.valueInto(out);
    return true;
  }

  /**
   * Sets the value of a key. Returns the map. Throws BpfError: E2BIG when the map is full, EPERM when it is frozen or
   * the fd read-only; with flags, EEXIST (BPF_NOEXIST, key present) and ENOENT (BPF_EXIST, key absent).
   */
  set(key: Input<K>, value: I, options?: SetOptions): this {
    const ret = this.#update(key, value, options === undefined ? ElemFlag.ANY : flagsOf(options));
    if (ret !== 0) throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
    return this;
  }

  /** Sets the value of an absent key (BPF_NOEXIST) and returns true; false, with nothing changed, when it is present. */
  add(key: Input<K>, value: I): boolean {
    const ret = this.#update(key, value, ElemFlag.NOEXIST);
    if (ret === 0) return true;
    if (ret === -Errno.EEXIST) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Sets the value of a present key (BPF_EXIST) and returns true; false, with nothing changed, when it is absent. */
  replace(key: Input<K>, value: I): boolean {
    const ret = this.#update(key, value, ElemFlag.EXIST);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Deletes a key and returns true, or false when it is absent. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    this.putKey(key);
    return this.deleteCurrent();
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
    this.#lookupFd = -1;
    this.core.free(this.#block);
    this.#many?.release();
  }

  /** What the commands on many elements go through. */
  protected get many(): Many<K, V> {
    this.open();
    return (this.#many ??= new Many(this.core, this.fd, this.keyCodec, this.valueCodec, (cmd, errno, done) => this.#failed(cmd, errno, done)));
  }

  #failed(cmd: number, errno: number, done: number): Error {
    const error = this.failure(cmd, errno);
    if (done > 0) error.message += `; ${done} elements before it are done`;
    return error;
  }

  /** DELETE of the key in the key block. */
  protected deleteCurrent(): boolean {
    const ret = this.core.bpf(Cmd.MAP_DELETE_ELEM, this.#block, DELETE_SIZE);
    this.core.touch();
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_DELETE_ELEM, ret);
  }

  /** LOOKUP of the key in the key block, into the value block. */
  protected lookupCurrent(): boolean {
    const ret = this.core.bpf(Cmd.MAP_LOOKUP_ELEM, this.#block, ATTR_SIZE);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** LOOKUP_AND_DELETE of the key in the key block, into the value block. */
  protected lookupAndDeleteCurrent(): boolean {
    const ret = this.core.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, this.#block, ATTR_SIZE);
    this.core.touch();
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, ret);
  }

  /** UPDATE of the key and the value in their blocks. */
  protected updateCurrent(flags: number): number {
    const core = this.core;
    const ret = core.direct ? core.update(this.#lookupFd, this.keyPtr, this.valuePtr, flags) : this.#updateByAttr(flags);
    core.touch();
    return ret;
  }

  #updateByAttr(flags: number): number {
    this.core.fresh().u32[(this.#updatePtr + 24) >>> 2] = flags;
    return this.core.bpf(Cmd.MAP_UPDATE_ELEM, this.#updatePtr, ATTR_SIZE);
  }

  /** The value in the value block, decoded. */
  protected takeValue(): V {
    return take(this.valueCodec, this.views, this.valuePtr);
  }

  /** Copies or decodes the value in the value block into what `checkTarget` has let pass. */
  protected valueInto(out: V | ArrayBufferView): void {
    if (!ArrayBuffer.isView(out)) this.valueCodec.readInto!(this.views, this.valuePtr, out);
    else if (this.valueSize <= Copy.BYTEWISE_MAX) this.core.copyOut(this.valuePtr, out, this.valueSize);
    else bytesOf(out).set((this.#window ??= new Window(this.core, this.valuePtr, this.valueSize)).bytes);
  }

  /**
   * Where the value of a key lies, in the map itself or in the value block; NULL when the key is absent. Good until the
   * next command. Views may have to be attached anew before it is read.
   */
  protected find(key: Input<K>): number {
    if (this.#wide === true) return this.#findWide(key);
    if (this.#keyKind === Kind.U32 && typeof key === "number" && key >>> 0 === key) {
      const ptr = this.core.lookupU32(this.#lookupFd, key) >>> 0;
      if (ptr < Address.ERRNO_MIN) return ptr;
      if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    }
    return this.#findByBlock(key);
  }

  #findWide(key: unknown): number {
    if (key === undefined || key === null) return this.#findByBlock(key as Input<K>);
    // Asked for its length first, an array is known to V8, which then need not look for its class.
    const size = (key as Uint8Array).length;
    if (!(key instanceof Uint8Array) || size !== 16) return this.#findByBlock(key as Input<K>);
    const ptr = this.core.lookupU128(this.#lookupFd, wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12)) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    return (ptr | 0) === -Errno.ENOENT ? Address.NULL : this.#findNotWide(key as Input<K>);
  }

  /** For what the core does not take as numbers: this map, or any while calls are logged, or one that is closed. */
  #findNotWide(key: Input<K>): number {
    if (this.core.direct && !this.closed) this.#wide = false;
    return this.#findByBlock(key);
  }

  #findByBlock(key: Input<K>): number {
    this.putKey(key);
    return this.findCurrent();
  }

  /** `find` for the key in the key block. */
  protected findCurrent(): number {
    const core = this.core;
    if (!core.direct) return this.lookupCurrent() ? this.valuePtr : Address.NULL;
    const ptr = core.lookup(this.#lookupFd, this.keyPtr) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ptr | 0);
  }

  #update(key: Input<K>, value: I, flags: number): number {
    const core = this.core;
    if (this.#pair === true && typeof key === "number" && key >>> 0 === key && typeof value === "number" && value >>> 0 === value) {
      // Before the call: after it V8 would look again at what the core is.
      core.touch();
      const ret = core.updateU32(this.#lookupFd, key, value, flags);
      if (ret !== -Errno.ENOTSUPP) return ret;
    }
    this.putKey(key);
    put(this.valueCodec, this.views, this.valuePtr, value as Input<V>);
    return this.updateCurrent(flags);
  }

  /** Writes a key to the key block; the map must be open. */
  protected putKey(key: Input<K>): void {
    if (this.closed) this.open();
    const views = this.views;
    if (views.u8.length === 0) this.core.fresh();
    if (this.#keyKind === Kind.U32 && typeof key === "number" && key >>> 0 === key) views.u32[this.keyPtr >>> 2] = key;
    else put(this.keyCodec, views, this.keyPtr, key);
  }
}
