// Keys that go to the core as numbers: no key block, no attr. The only file that does so.
//
// Which way a map's keys take is chosen when its object is made: the core is asked once whether it knows the way for this
// map and fd, and its answer never changes. Where the core declines a single call all the same (an update of a frozen map,
// any call while calls are logged), the key takes the general way, through the key block.
import { Engine, Errno } from "../../assembly/uapi/constants.ts";
import { wordAt } from "../abi/bytes.ts";
import { Address } from "../abi/core.ts";
import type { Door } from "../abi/door.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { Kind, readScalar } from "../codecs/scalar.ts";
import type { MapDescription } from "./description.ts";
import { type ElementOwner, Elements } from "./elements.ts";
import type { MapHost } from "./host.ts";

/** How a map's keys are given to the core. An enum, because bundles write its members as literals. */
enum KeyWay {
  /** Through the key block. */
  BLOCK = 0,
  /** A u32 as a number. */
  U32 = 1,
  /** A u32 as a number, whose value is a u32 that comes back as one (rows 1 to 3). */
  U32_PAIR = 2,
  /** 16 bytes as four numbers (rows 5 and 6). */
  U128 = 3,
}

function chooseWay(door: Door, fd: number, key: Kind, keySize: number, value: Kind): KeyWay {
  if (key === Kind.U32) {
    if (value === Kind.U32 && (door.valueU32(fd, 0) !== Engine.UNCLEAR || door.lastError() !== -Errno.ENOTSUPP)) return KeyWay.U32_PAIR;
    return door.lookupU32(fd, 0) === -Errno.ENOTSUPP ? KeyWay.BLOCK : KeyWay.U32;
  }
  const isWide = key === Kind.BYTES && keySize === 16 && door.lookupU128(fd, 0, 0, 0, 0) !== -Errno.ENOTSUPP;
  return isWide ? KeyWay.U128 : KeyWay.BLOCK;
}

/** The commands that are called in loops, by the way of the map's keys. */
export class FastKeys<K, V> extends Elements<K, V> {
  readonly #way: KeyWay;
  /** Whether keys and values are u32, so that UPDATE may take both as numbers. */
  readonly #words: boolean;
  readonly #valueKind: Kind;
  readonly #valueScalar: boolean;
  // A number from the start, and -1 once the map is closed: then nothing is found by it, and the general way says why.
  #fd = -1;

  constructor(host: MapHost, fd: number, description: MapDescription, owner: ElementOwner, valueCodec?: Codec<V>) {
    super(host, fd, description, owner, valueCodec);
    this.#fd = fd;
    const { key, value } = this;
    this.#way = chooseWay(host.core.direct, fd, key.kind, key.size, value.kind);
    this.#valueKind = value.kind;
    this.#valueScalar = value.isScalar;
    this.#words = key.kind === Kind.U32 && value.kind === Kind.U32;
  }

  /** The value of a key, or undefined when the key is absent. */
  get(key: Input<K>): V | undefined {
    if (this.#way === KeyWay.U32_PAIR && typeof key === "number" && key >>> 0 === key) {
      const { door } = this.core;
      const value = door.valueU32(this.#fd, key);
      if (value !== Engine.UNCLEAR) return (value >>> 0) as V;
      const error = door.lastError();
      if (error === 0) return Engine.UNCLEAR as V;
      if (error === -Errno.ENOENT) return undefined;
    }
    const ptr = this.find(key);
    if (ptr === Address.NULL) return undefined;
    const views = this.core.fresh();
    return this.#valueScalar === true ? (readScalar(this.#valueKind, views, ptr) as V) : this.value.take(views, ptr);
  }

  /**
   * Where the value of a key lies; NULL when the key is absent. Good until the next command. Views may have to be attached
   * anew before it is read.
   */
  find(key: Input<K>): number {
    const way = this.#way;
    if (way === KeyWay.U128) return this.#findWide(key);
    if (way !== KeyWay.BLOCK && typeof key === "number" && key >>> 0 === key) {
      const ptr = this.core.door.lookupU32(this.#fd, key) >>> 0;
      if (ptr < Address.ERRNO_MIN) return ptr;
      if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    }
    return this.#findByBlock(key);
  }

  #findWide(key: unknown): number {
    if (key === undefined || key === null) return this.#findByBlock(key as Input<K>);
    // Asked for its length first, an array is known to V8, which then need not look for its class. A Proxy may pass: each
    // byte is read once, before the core is called.
    const size = (key as Uint8Array).length;
    if (!(key instanceof Uint8Array) || size !== 16) return this.#findByBlock(key as Input<K>);
    const ptr = this.core.door.lookupU128(this.#fd, wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12)) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    return (ptr | 0) === -Errno.ENOENT ? Address.NULL : this.#findByBlock(key as Input<K>);
  }

  #findByBlock(key: Input<K>): number {
    this.putKey(key);
    return this.findCurrent();
  }

  /** UPDATE of a key and a value. Returns 0 or the negative errno. */
  update(key: Input<K>, value: unknown, flags: number): number {
    const core = this.core;
    if (this.#words === true && typeof key === "number" && key >>> 0 === key && typeof value === "number" && value >>> 0 === value) {
      // Before the call: after it V8 would look again at what the core is.
      core.touch();
      const ret = core.door.updateU32(this.#fd, key, value, flags);
      if (ret !== -Errno.ENOTSUPP) return ret;
    }
    return this.updateByBlock(key, value, flags);
  }

  override release(): void {
    super.release();
    this.#fd = -1;
  }
}
