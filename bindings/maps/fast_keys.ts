// Keys that go to the core as numbers: no key block, no attr. The only file that does so.
//
// Which way a map's keys take is chosen when its object is made: the core is asked once whether it knows the way for this
// map and fd, and its answer never changes. Where the core declines a single call all the same (an update of a frozen map,
// any call while calls are logged), the key takes the general way, through the key block.
import { Cmd, ElemFlag, Engine, Errno } from "../../assembly/uapi/constants.ts";
import { Copy, isBytes, loadBytes, wordAt } from "../abi/bytes.ts";
import { Address, type Core } from "../abi/core.ts";
import type { Door, DoorCalls } from "../abi/door.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { Kind, readScalar } from "../codecs/scalar.ts";
import { BpfMap, flagsOf, type GetOptions, type SetOptions } from "./base.ts";
import type { MapDescription } from "./description.ts";
import { Elements } from "./elements.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { checkTarget } from "./values.ts";

/** How a map's keys are given to the core. An enum, because bundles write its members as literals. */
enum KeyWay {
  /** As U32 or BLOCK, by lookups that mark elements of an LRU map as used. */
  MARKING = -1,
  /** Through the key block. */
  BLOCK = 0,
  /** A u32 as a number. */
  U32 = 1,
  /** A u32 as a number, whose value is a u32 that comes back as one (rows 1 to 3). */
  U32_PAIR = 2,
  /** 16 bytes as four numbers (rows 5 and 6). */
  U128 = 3,
}

function chooseWay(door: DoorCalls, fd: number, key: Kind, keySize: number, value: Kind): KeyWay {
  if (key === Kind.U32) {
    if (value === Kind.U32 && (door.valueU32(fd, 0) !== Engine.UNCLEAR || door.lastError() !== -Errno.ENOTSUPP)) return KeyWay.U32_PAIR;
    return door.lookupU32(fd, 0) === -Errno.ENOTSUPP ? KeyWay.BLOCK : KeyWay.U32;
  }
  const isWide = key === Kind.BYTES && keySize === 16 && door.lookupU128(fd, 0, 0, 0, 0) !== -Errno.ENOTSUPP;
  return isWide ? KeyWay.U128 : KeyWay.BLOCK;
}

/**
 * The fd for each way that keys may take, -1 where they may not, and everywhere once the map is closed: then the general way says
 * why. An object of its own, because an fd that is closed behind its map's back is not told to the map object (owned_fd.ts).
 */
class KeyFds {
  any: number;
  /** For U32_PAIR. */
  pair: number;
  /** For keys and values that are u32, both of which UPDATE takes as numbers. */
  words: number;

  constructor(fd: number, pair: boolean, words: boolean) {
    this.any = fd;
    this.pair = pair ? fd : -1;
    this.words = words ? fd : -1;
  }

  free(): void {
    this.any = this.pair = this.words = -1;
  }
}

/** A map with keys: the methods that are called in loops, by the way of the map's keys. The rest is in keyed.ts. */
export abstract class FastKeyMap<K, V, I> extends BpfMap {
  readonly #core: Core;
  readonly #door: Door;
  readonly #elements: Elements<K, V>;
  readonly #way: KeyWay;
  readonly #valueKind: Kind;
  readonly #valueScalar: boolean;
  /** Bytes of a value. A number from the start: trick 5 of ARCHITECTURE.md. */
  readonly #valueSize: number = 0;
  readonly #fds: KeyFds;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, owned, description);
    const owner = { open: () => this.open(), fail: (cmd: number, errno: number) => this.failure(cmd, errno) };
    const elements = new Elements<K, V>(host, owned, description, owner, valueCodec);
    const { key, value } = elements;
    this.#core = host.core;
    this.#door = host.core.door;
    this.#elements = elements;
    this.#way = description.lookupMarks === true ? KeyWay.MARKING : chooseWay(host.core.door.direct, owned.fd, key.kind, key.size, value.kind);
    this.#fds = owned.hold(new KeyFds(owned.fd, this.#way === KeyWay.U32_PAIR, key.kind === Kind.U32 && value.kind === Kind.U32));
    this.#valueKind = value.kind;
    this.#valueScalar = value.isScalar;
    this.#valueSize = value.size;
  }

  /** The codec of the keys. */
  get keyCodec(): Codec<K> {
    return this.#elements.key.codec;
  }

  /** The codec of the values. */
  get valueCodec(): Codec<V> {
    return this.#elements.value.codec;
  }

  /** The element commands, for the classes of each type. */
  protected get elements(): Elements<K, V> {
    return this.#elements;
  }

  /**
   * The value of a key, or undefined when the key is absent. Throws BpfError EPERM on a write-only fd, TypeError or
   * RangeError for what is no key, BpfError EINVAL for flags that Linux refuses.
   */
  get(key: Input<K>, options?: GetOptions): V | undefined {
    if (options !== undefined) this.checkFlags(key, options);
    const fd = this.#fds.pair;
    if (fd !== -1 && typeof key === "number" && key >>> 0 === key) {
      const door = this.#door;
      const value = door.valueU32(fd, key);
      if (value !== Engine.UNCLEAR) return (value >>> 0) as V;
      const error = door.lastError();
      if (error === 0) return Engine.UNCLEAR as V;
      if (error === -Errno.ENOENT) return undefined;
    }
    const ptr = this.#find(key);
    if (ptr === Address.NULL) return undefined;
    const views = this.#core.fresh();
    return this.#valueScalar === true ? (readScalar(this.#valueKind, views, ptr) as V) : this.#elements.value.take(views, ptr);
  }

  /** Looks a key up with flags, if there are any: throws for those that the map does not take. */
  protected checkFlags(key: Input<K>, options: GetOptions): void {
    const flags = flagsOf(options);
    if (flags === ElemFlag.ANY) return;
    this.putQuery(key);
    this.#elements.lookupCurrentWith(flags);
  }

  /** Puts what a lookup asks for into the key block. */
  protected putQuery(key: Input<K>): void {
    this.#elements.putKey(key);
  }

  /** Whether the key is present. Throws as `get`. */
  has(key: Input<K>): boolean {
    return this.#find(key) !== Address.NULL;
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
    const ptr = this.#find(key);
    if (ptr === Address.NULL) return false;
    loadBytes(this.#core.fresh(), ptr, out, size);
    return true;
  }

  /** `getInto` of anything that may be given. */
  #getIntoAny(key: Input<K>, out: V | ArrayBufferView): boolean {
    const size = this.#valueSize;
    checkTarget(this.valueCodec, size, out);
    if (size <= Copy.BYTEWISE_MAX || !ArrayBuffer.isView(out) || this.#way === KeyWay.MARKING) {
      const ptr = this.#find(key);
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

  /** `#find`, for the classes of each type. */
  protected find(key: Input<K>): number {
    return this.#find(key);
  }

  /**
   * Where the value of a key lies; NULL when the key is absent. Good until the next command. Views may have to be attached
   * anew before it is read.
   */
  #find(key: Input<K>): number {
    const way = this.#way;
    if (way === KeyWay.U128) return this.#findWide(key);
    if (way > KeyWay.BLOCK && typeof key === "number" && key >>> 0 === key) {
      const ptr = this.#door.lookupU32(this.#fds.any, key) >>> 0;
      if (ptr < Address.ERRNO_MIN) return ptr;
      if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    }
    return this.#findByBlock(key);
  }

  #findWide(key: unknown): number {
    if (key === undefined || key === null) return this.#findByBlock(key as Input<K>);
    // The length first: trick 6 of ARCHITECTURE.md. A Proxy may pass: each byte is read once, before the core is called.
    const size = (key as Uint8Array).length;
    if (!(key instanceof Uint8Array) || size !== 16) return this.#findByBlock(key as Input<K>);
    const ptr = this.#door.lookupU128(this.#fds.any, wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12)) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    return (ptr | 0) === -Errno.ENOENT ? Address.NULL : this.#findByBlock(key as Input<K>);
  }

  #findByBlock(key: Input<K>): number {
    if (this.#way === KeyWay.MARKING) return this.#findMarking(key);
    this.#elements.putKey(key);
    return this.#elements.findCurrent();
  }

  #findMarking(key: Input<K>): number {
    if (typeof key === "number" && key >>> 0 === key && this.#elements.key.kind === Kind.U32) {
      const ptr = this.#door.lookupMarkingU32(this.#fds.any, key) >>> 0;
      if (ptr < Address.ERRNO_MIN) return ptr;
      if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    }
    this.#elements.putKey(key);
    return this.#elements.findMarking();
  }

  /** UPDATE of a key and a value. Returns 0 or the negative errno. */
  #update(key: Input<K>, value: unknown, flags: number): number {
    const fd = this.#fds.words;
    if (fd !== -1 && typeof key === "number" && key >>> 0 === key && typeof value === "number" && value >>> 0 === value) {
      const door = this.#door;
      // Before the call: trick 10 of ARCHITECTURE.md.
      door.touch();
      const ret = door.updateU32(fd, key, value, flags);
      if (ret !== -Errno.ENOTSUPP) return ret;
    }
    return this.#elements.updateByBlock(key, value, flags);
  }
}
