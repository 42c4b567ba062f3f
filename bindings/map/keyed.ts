// Maps of keys and values: the element commands through the door, with blocks that live as long as the map object.
import { Cmd, ElemFlag, Errno } from "../../assembly/uapi/constants.ts";
import { type Codec, type Input, writeBytes } from "../codec.ts";
import { NULL, type Ptr, roundUp8, type Views } from "../core.ts";
import type { Kernel } from "../kernel.ts";
import { Kind, readScalar, writeScalar } from "../scalar.ts";
import { BpfMap, type MapDescription, type SetOptions } from "./base.ts";

// One user block per map object. The attrs are filled in once; a call writes the key, the value and the flags of UPDATE.
//
//   0           32          64     64 + ks        (each part 8-aligned)
//   lookup attr update attr key    value
//
// DELETE knows the first 16 bytes of the lookup attr only. Its flags word stays zero, as LOOKUP wants it.
const ATTR_SIZE = 32;
const DELETE_SIZE = 16;

/** A map with keys and values, in the manner of JavaScript's Map. An absent key is undefined or false, no error. */
export abstract class KeyedMap<K, V> extends BpfMap {
  readonly keyCodec: Codec<K>;
  readonly valueCodec: Codec<V>;
  protected readonly keySize: number;
  protected readonly valueSize: number;
  protected readonly keyPtr: number;
  protected readonly valuePtr: number;
  readonly #block: Ptr;
  readonly #updatePtr: number;
  readonly #keyKind: Kind;
  readonly #valueKind: Kind;

  protected constructor(kernel: Kernel, fd: number, description: MapDescription, valueSize: number) {
    super(kernel, fd, description);
    this.keyCodec = description.key as Codec<K>;
    this.valueCodec = description.value as Codec<V>;
    this.keySize = this.keyCodec.size;
    this.valueSize = valueSize;
    this.#keyKind = this.keyCodec.kind;
    this.#valueKind = this.valueCodec.kind;
    this.#block = this.core.alloc(2 * ATTR_SIZE + roundUp8(this.keySize) + roundUp8(valueSize));
    if (this.#block === NULL) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
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
    const ret = this.#lookup(key);
    if (ret === 0) return take(this.valueCodec, this.views, this.valuePtr);
    if (ret === -Errno.ENOENT) return undefined;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** Whether the key is present. Throws as `get`. */
  has(key: Input<K>): boolean {
    const ret = this.#lookup(key);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /**
   * Reads the value of a key into `out` and returns true, or returns false and leaves `out` alone when the key is
   * absent. `out` is a view, whose first bytes become the value's bytes, or an object whose fields (of a struct) or
   * elements (of an array) become the value's. Allocates nothing if `out` is a Uint8Array. Throws as `get`, and
   * RangeError for a view shorter than the value.
   */
  getInto(key: Input<K>, out: V | ArrayBufferView): boolean {
    const isView = ArrayBuffer.isView(out);
    if (isView && out.byteLength < this.valueSize) {
      throw new RangeError(`Cannot read into a view of ${out.byteLength} bytes: the value has ${this.valueSize}`);
    }
    if (!isView && this.valueCodec.readInto === undefined) {
      throw new TypeError(`Cannot read into a ${typeof out}: values are ${this.valueCodec.name}`);
    }
    const ret = this.#lookup(key);
    if (ret === 0) {
      if (isView) this.core.copyOut(this.valuePtr, out, this.valueSize);
      else this.valueCodec.readInto!(this.views, this.valuePtr, out as V);
      return true;
    }
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /**
   * Sets the value of a key. Returns the map. Throws BpfError: E2BIG when the map is full, EPERM when it is frozen or
   * the fd read-only; with flags, EEXIST (BPF_NOEXIST, key present) and ENOENT (BPF_EXIST, key absent).
   */
  set(key: Input<K>, value: Input<V>, options?: SetOptions): this {
    const ret = this.#update(key, value, options === undefined ? ElemFlag.ANY : flagsOf(options));
    if (ret !== 0) throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
    return this;
  }

  /** Sets the value of an absent key (BPF_NOEXIST) and returns true; false, with nothing changed, when it is present. */
  add(key: Input<K>, value: Input<V>): boolean {
    const ret = this.#update(key, value, ElemFlag.NOEXIST);
    if (ret === 0) return true;
    if (ret === -Errno.EEXIST) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Sets the value of a present key (BPF_EXIST) and returns true; false, with nothing changed, when it is absent. */
  replace(key: Input<K>, value: Input<V>): boolean {
    const ret = this.#update(key, value, ElemFlag.EXIST);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** Deletes a key and returns true, or false when it is absent. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    this.#putKey(key);
    return this.deleteCurrent();
  }

  /** The keys. See `entries` for what happens to a map that changes meanwhile. */
  abstract keys(): IterableIterator<K>;
  /** The values, in the order of `keys`. */
  abstract values(): IterableIterator<V>;
  /** `[key, value]` of every element. */
  abstract entries(): IterableIterator<[K, V]>;
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
    this.core.free(this.#block);
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

  /** UPDATE of the key and the value in their blocks. */
  protected updateCurrent(flags: number): number {
    const { u32 } = this.core.fresh();
    u32[(this.#updatePtr + 24) >>> 2] = flags;
    const ret = this.core.bpf(Cmd.MAP_UPDATE_ELEM, this.#updatePtr, ATTR_SIZE);
    this.core.touch();
    return ret;
  }

  #lookup(key: Input<K>): number {
    this.#putKey(key);
    // LOOKUP never grows memory, so the views stay attached until the value has been read.
    return this.core.bpf(Cmd.MAP_LOOKUP_ELEM, this.#block, ATTR_SIZE);
  }

  #update(key: Input<K>, value: Input<V>, flags: number): number {
    this.#putKey(key);
    const views = this.views;
    if (this.#valueKind === Kind.U32 && typeof value === "number" && value >>> 0 === value) {
      views.u32[this.valuePtr >>> 2] = value;
    } else {
      put(this.valueCodec, views, this.valuePtr, value);
    }
    return this.updateCurrent(flags);
  }

  #putKey(key: Input<K>): void {
    if (this.closed) this.open();
    const views = this.views;
    if (views.u8.length === 0) this.core.fresh();
    if (this.#keyKind === Kind.U32 && typeof key === "number" && key >>> 0 === key) views.u32[this.keyPtr >>> 2] = key;
    else put(this.keyCodec, views, this.keyPtr, key);
  }
}

/** Encodes by kind; composite codecs are called. */
function put<T>(codec: Codec<T>, views: Views, ptr: number, value: Input<T>): void {
  if (codec.kind === Kind.NONE) codec.write(views, ptr, value);
  else if (codec.kind === Kind.BYTES) writeBytes(codec, views, ptr, value);
  else writeScalar(codec, views, ptr, value);
}

/** Decodes by kind; composite codecs are called. */
export function take<T>(codec: Codec<T>, views: Views, ptr: number): T {
  const kind = codec.kind;
  return kind === Kind.NONE || kind === Kind.BYTES ? codec.read(views, ptr) : (readScalar(kind, views, ptr) as T);
}

/** Element flags have 64 bits in Linux, but those beyond 32 are errors on every type. */
function flagsOf(options: SetOptions): number {
  const flags = options.flags ?? ElemFlag.ANY;
  if (typeof flags !== "number") throw new TypeError(`Cannot use flags: expected a number, got ${typeof flags}`);
  if (flags >>> 0 !== flags) throw new RangeError(`Cannot use flags: expected an unsigned 32-bit number, got ${flags}`);
  return flags;
}
