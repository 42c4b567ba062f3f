// One element of a map with keys: the commands on the key and the value that lie in a block.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { bytesOf, Copy, isBytes, setBytes, storeBytes } from "../abi/bytes.ts";
import { Address, copyBetween, type Core, type Views, Window } from "../abi/core.ts";
import type { Door } from "../abi/door.ts";
import { ElemBlock } from "../abi/elem_block.ts";
import { checkBytes, type Codec, type Input } from "../codecs/codec.ts";
import { Kind, writeScalar } from "../codecs/scalar.ts";
import type { MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { Slot } from "./slot.ts";

/** What the elements of a map need of it. */
export interface ElementOwner {
  /** Throws if the map was closed. */
  open(): void;
  /** The error of a command that returned `errno`. */
  fail(cmd: number, errno: number): Error;
}

/** The element commands on one map. One class, whatever the map's: trick 2 of ARCHITECTURE.md. */
export class Elements<K, V> {
  readonly core: Core;
  readonly key: Slot<K>;
  readonly value: Slot<V>;
  readonly owner: ElementOwner;
  readonly #door: Door;
  readonly #block: ElemBlock;
  // What `set` and `delete` look at, in the object itself: trick 3 of ARCHITECTURE.md.
  readonly #views: Views;
  readonly #keyCodec: Codec<K>;
  readonly #valueCodec: Codec<V>;
  readonly #keyKind: Kind = Kind.NONE;
  readonly #valueKind: Kind = Kind.NONE;
  readonly #valueScalar: boolean = false;
  readonly #keySize: number = 0;
  readonly #valueSize: number = 0;
  /** Whether neither codec is a composite one, which is called. */
  readonly #plain: boolean = false;
  readonly #keyPtr: number = 0;
  readonly #valuePtr: number = 0;
  readonly #owned: OwnedFd;
  #window: Window | undefined;

  /** `valueCodec` is the codec of what the commands copy; per-CPU types have one value for each CPU there. */
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription, owner: ElementOwner, valueCodec?: Codec<V>) {
    this.core = host.core;
    this.owner = owner;
    this.#door = host.core.door;
    this.#owned = owned;
    this.key = new Slot<K>(description.key as Codec<K>, description.keySize);
    this.value = valueCodec === undefined ? new Slot<V>(description.value as Codec<V>, description.valueSize) : new Slot(valueCodec);
    // The value has room for a key, since GET_NEXT_KEY writes one there.
    const block = owned.hold(ElemBlock.allocate(this.core, owned.fd, this.key.size, Math.max(this.key.size, this.value.size)));
    if (block === undefined) throw this.owner.fail(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#block = block;
    this.#views = this.core.views;
    this.#keyCodec = this.key.codec;
    this.#valueCodec = this.value.codec;
    this.#keyKind = this.key.kind;
    this.#valueKind = this.value.kind;
    this.#valueScalar = this.value.isScalar;
    this.#keySize = this.key.size;
    this.#valueSize = this.value.size;
    this.#plain = this.key.kind !== Kind.NONE && this.value.kind !== Kind.NONE;
    this.#keyPtr = block.keyPtr;
    this.#valuePtr = block.valuePtr;
  }

  /** Where the key of the next command lies, and the value of the last one. */
  get keyPtr(): number {
    return this.#keyPtr;
  }

  get valuePtr(): number {
    return this.#valuePtr;
  }

  /** Writes a key to the key block; the map must be open, before and after what a codec does. */
  putKey(key: Input<K>): void {
    if (this.#owned.fd === -1) this.owner.open();
    const views = this.#views;
    if ((views.u8.length | 0) === 0) this.core.fresh();
    if (this.#keyKind === Kind.U32 && typeof key === "number" && key >>> 0 === key) views.u32[this.#keyPtr >>> 2] = key;
    else this.#putAnyKey(key);
  }

  #putAnyKey(key: Input<K>): void {
    const begun = this.key.begin(key);
    if (this.#owned.fd === -1) this.owner.open();
    this.key.finish(this.core.fresh(), this.#keyPtr, key, begun);
  }

  /** Copies a key that is encoded already to the key block. */
  putKeyBytes(from: Views, ptr: number): void {
    if (this.#owned.fd === -1) this.owner.open();
    copyBetween(from, ptr, this.core.fresh(), this.#keyPtr, this.key.size);
  }

  /** UPDATE of a key and a value. Returns 0 or the negative errno. */
  updateByBlock(key: Input<K>, value: unknown, flags: number): number {
    if (this.#owned.fd === -1) this.owner.open();
    const views = this.#views;
    if ((views.u8.length | 0) === 0) this.core.fresh();
    if (this.#keyKind === Kind.U32 && typeof key === "number" && key >>> 0 === key && this.#valueScalar === true) {
      views.u32[this.#keyPtr >>> 2] = key;
      writeScalar(this.#valueCodec, views, this.#valuePtr, value);
    } else if (this.#plain === true) {
      this.#putPlain(key, value);
    } else {
      this.#putAny(key, value);
    }
    return this.updateCurrent(flags);
  }

  /** Scalars and bytes: all is checked, which may run a getter of the caller's, before anything is stored. */
  #putPlain(key: unknown, value: unknown): void {
    const keySize = this.#keySize;
    const valueSize = this.#valueSize;
    if (this.#keyKind === Kind.BYTES) checkBytes(this.#keyCodec, keySize, key);
    if (this.#valueKind === Kind.BYTES) checkBytes(this.#valueCodec, valueSize, value);
    if (this.#owned.fd === -1) this.owner.open();
    const views = this.core.fresh();
    if (this.#keyKind === Kind.BYTES) storeBytes(views, this.#keyPtr, key as Uint8Array, keySize);
    else writeScalar(this.#keyCodec, views, this.#keyPtr, key);
    if (this.#valueKind === Kind.BYTES) storeBytes(views, this.#valuePtr, value as Uint8Array, valueSize);
    else writeScalar(this.#valueCodec, views, this.#valuePtr, value);
  }

  #putAny(key: Input<K>, value: unknown): void {
    const begunKey = this.key.begin(key);
    const begunValue = this.value.begin(value);
    if (this.#owned.fd === -1) this.owner.open();
    const views = this.core.fresh();
    this.key.finish(views, this.#keyPtr, key, begunKey);
    this.value.finish(views, this.#valuePtr, value, begunValue);
  }

  /** UPDATE of the key and the value in their blocks. */
  updateCurrent(flags: number): number {
    const door = this.#door;
    door.touch();
    return door.update(this.#owned.fd, this.#keyPtr, this.#valuePtr, flags);
  }

  /** Where the value of the key in the key block lies, until the next command; NULL when the key is absent. */
  findCurrent(): number {
    const ptr = this.#door.lookup(this.#owned.fd, this.#keyPtr) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    // A value that is not to be seen as it lies there is copied.
    if ((ptr | 0) === -Errno.ENOTSUPP) return this.lookupCurrent() ? this.#valuePtr : Address.NULL;
    throw this.owner.fail(Cmd.MAP_LOOKUP_ELEM, ptr | 0);
  }

  /** The same, which marks the element of an LRU map as used. */
  findMarking(): number {
    const ptr = this.#door.lookupMarking(this.#owned.fd, this.#keyPtr) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    throw this.owner.fail(Cmd.MAP_LOOKUP_ELEM, ptr | 0);
  }

  /** DELETE of the key in the key block. */
  deleteCurrent(): boolean {
    const ret = this.#block.delete();
    return ret === 0 || this.#absent(Cmd.MAP_DELETE_ELEM, ret);
  }

  /** LOOKUP of the key in the key block, into the value block. */
  lookupCurrent(): boolean {
    const ret = this.#block.lookup();
    return ret === 0 || this.#absent(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** LOOKUP with flags of the key in the key block, into the value block. */
  lookupCurrentWith(flags: number): boolean {
    const ret = this.#block.lookupWith(flags);
    return ret === 0 || this.#absent(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** LOOKUP_AND_DELETE of the key in the key block, into the value block. */
  lookupAndDeleteCurrent(): boolean {
    const ret = this.#block.lookupAndDelete();
    return ret === 0 || this.#absent(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, ret);
  }

  /** GET_NEXT_KEY: the key in the key block becomes the one behind it, or the first one; undefined behind the last. */
  nextKey(fromStart: boolean): K | undefined {
    const ret = this.#block.nextKey(fromStart);
    if (ret === 0) return this.key.take(this.core.fresh(), this.#keyPtr);
    if (ret === -Errno.ENOENT) return undefined;
    throw this.owner.fail(Cmd.MAP_GET_NEXT_KEY, ret);
  }

  /** False for an absent key; throws for what else went wrong. */
  #absent(cmd: number, ret: number): false {
    if (ret === -Errno.ENOENT) return false;
    throw this.owner.fail(cmd, ret);
  }

  /** The value in the value block, decoded. */
  takeValue(): V {
    return this.value.take(this.core.fresh(), this.#valuePtr);
  }

  /** Copies or decodes the value at `ptr` into what `checkTarget` has let pass. */
  intoFrom(ptr: number, out: V | ArrayBufferView): void {
    const { size } = this.value;
    if (!ArrayBuffer.isView(out)) this.value.readInto(this.value.lift(this.core.fresh(), ptr), out);
    else this.core.copyOut(ptr, isBytes(out) ? out : bytesOf(out), size);
  }

  /** The same for the value in the value block. A long one is copied from a view that is kept, which makes no garbage. */
  valueInto(out: V | ArrayBufferView): void {
    const { size } = this.value;
    if (size <= Copy.BYTEWISE_MAX || !ArrayBuffer.isView(out)) this.intoFrom(this.#valuePtr, out);
    else setBytes(bytesOf(out), (this.#window ??= new Window(this.core, this.#valuePtr, size)).bytes);
  }

  /** Copies the key and the value in their blocks to other memory; the key only if there is a place for it. */
  copyCurrent(keys: Views | undefined, keyPtr: number, values: Views, valuePtr: number): void {
    const own = this.core.fresh();
    if (keys !== undefined) copyBetween(own, this.#keyPtr, keys, keyPtr, this.key.size);
    copyBetween(own, this.#valuePtr, values, valuePtr, this.value.size);
  }

  /** Fills the value block with zeros. */
  zeroValue(): void {
    this.core.fresh().u8.fill(0, this.#valuePtr, this.#valuePtr + this.value.size);
  }
}
