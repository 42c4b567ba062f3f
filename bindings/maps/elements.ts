// One element of a map with keys: the commands on the key and the value that lie in the map object's block.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { bytesOf, Copy, isBytes, setBytes } from "../abi/bytes.ts";
import { Address, copyBetween, type Core, type Views, Window } from "../abi/core.ts";
import { ElemBlock } from "../abi/elem_block.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { BpfMap } from "./base.ts";
import type { MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { Slot } from "./slot.ts";

/** What the classes of maps with keys are built on. */
export abstract class ElementMap<K, V> extends BpfMap {
  readonly #core: Core;
  readonly #block: ElemBlock;
  readonly #key: Slot<K>;
  readonly #value: Slot<V>;
  /** The fd, or -1 once the map is closed. */
  #fd: number;
  #window: Window | undefined;

  /** `valueCodec` is the codec of what the commands copy; per-CPU types have one value for each CPU there. */
  protected constructor(host: MapHost, fd: number, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, fd, description);
    this.#core = host.core;
    this.#fd = fd;
    this.#key = new Slot<K>(description.key as Codec<K>, description.keySize);
    this.#value = valueCodec === undefined ? new Slot<V>(description.value as Codec<V>, description.valueSize) : new Slot(valueCodec);
    const block = ElemBlock.allocate(this.#core, fd, this.#key.size, this.#value.size);
    if (block === undefined) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#block = block;
  }

  get keyCodec(): Codec<K> {
    return this.#key.codec;
  }

  get valueCodec(): Codec<V> {
    return this.#value.codec;
  }

  /** How keys and values go to memory and back. */
  protected get keySlot(): Slot<K> {
    return this.#key;
  }

  protected get valueSlot(): Slot<V> {
    return this.#value;
  }

  /** Where the key of the next command lies, and the value of the last one. */
  protected get keyPtr(): number {
    return this.#block.keyPtr;
  }

  protected get valuePtr(): number {
    return this.#block.valuePtr;
  }

  protected override release(): void {
    this.#fd = -1;
    this.#block.free();
  }

  /** Writes a key to the key block; the map must be open, before and after what a codec does. */
  protected putKey(key: Input<K>): void {
    this.open();
    const slot = this.#key;
    const begun = slot.begin(key);
    if (this.#fd === -1) this.open();
    slot.finish(this.#core.fresh(), this.#block.keyPtr, key, begun);
  }

  /** Copies a key that is encoded already to the key block. */
  protected putKeyBytes(from: Views, ptr: number): void {
    this.open();
    copyBetween(from, ptr, this.#core.fresh(), this.#block.keyPtr, this.#key.size);
  }

  /** UPDATE of a key and a value. Returns 0 or the negative errno. */
  protected updateByBlock(key: Input<K>, value: unknown, flags: number): number {
    this.open();
    const begunKey = this.#key.begin(key);
    const begunValue = this.#value.begin(value);
    if (this.#fd === -1) this.open();
    const views = this.#core.fresh();
    this.#key.finish(views, this.#block.keyPtr, key, begunKey);
    this.#value.finish(views, this.#block.valuePtr, value, begunValue);
    return this.updateCurrent(flags);
  }

  /** UPDATE of the key and the value in their blocks. */
  protected updateCurrent(flags: number): number {
    const core = this.#core;
    core.touch();
    return core.door.update(this.#fd, this.#block.keyPtr, this.#block.valuePtr, flags);
  }

  /** Where the value of the key in the key block lies, until the next command; NULL when the key is absent. */
  protected findCurrent(): number {
    const ptr = this.#core.door.lookup(this.#fd, this.#block.keyPtr) >>> 0;
    if (ptr < Address.ERRNO_MIN) return ptr;
    if ((ptr | 0) === -Errno.ENOENT) return Address.NULL;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ptr | 0);
  }

  /** DELETE of the key in the key block. */
  protected deleteCurrent(): boolean {
    return this.#present(Cmd.MAP_DELETE_ELEM, this.#block.delete());
  }

  /** LOOKUP of the key in the key block, into the value block. */
  protected lookupCurrent(): boolean {
    return this.#present(Cmd.MAP_LOOKUP_ELEM, this.#block.lookup());
  }

  /** LOOKUP_AND_DELETE of the key in the key block, into the value block. */
  protected lookupAndDeleteCurrent(): boolean {
    return this.#present(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, this.#block.lookupAndDelete());
  }

  #present(cmd: number, ret: number): boolean {
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(cmd, ret);
  }

  /** The value in the value block, decoded. */
  protected takeValue(): V {
    return this.#value.take(this.#core.fresh(), this.#block.valuePtr);
  }

  /** Copies or decodes the value at `ptr` into what `checkTarget` has let pass. */
  protected intoFrom(ptr: number, out: V | ArrayBufferView): void {
    const { size } = this.#value;
    if (!ArrayBuffer.isView(out)) this.#value.readInto(this.#value.lift(this.#core.fresh(), ptr), out);
    else this.#core.copyOut(ptr, isBytes(out) ? out : bytesOf(out), size);
  }

  /** The same for the value in the value block. A long one is copied from a view that is kept, which makes no garbage. */
  protected valueInto(out: V | ArrayBufferView): void {
    const { size } = this.#value;
    if (size <= Copy.BYTEWISE_MAX || !ArrayBuffer.isView(out)) this.intoFrom(this.#block.valuePtr, out);
    else setBytes(bytesOf(out), (this.#window ??= new Window(this.#core, this.#block.valuePtr, size)).bytes);
  }

  /** Copies the key and the value in their blocks to other memory; the key only if there is a place for it. */
  protected copyCurrent(keys: Views | undefined, keyPtr: number, values: Views, valuePtr: number): void {
    const own = this.#core.fresh();
    if (keys !== undefined) copyBetween(own, this.#block.keyPtr, keys, keyPtr, this.#key.size);
    copyBetween(own, this.#block.valuePtr, values, valuePtr, this.#value.size);
  }

  /** Fills the value block with zeros. */
  protected zeroValue(): void {
    this.#core.fresh().u8.fill(0, this.#block.valuePtr, this.#block.valuePtr + this.#value.size);
  }
}
