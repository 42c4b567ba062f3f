// Maps of values without keys: the element commands with a NULL key.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { bytesOf, isBytes } from "../abi/bytes.ts";
import type { Core } from "../abi/core.ts";
import { ElemBlock } from "../abi/elem_block.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { readScalar, writeScalar } from "../codecs/scalar.ts";
import { BpfMap } from "./base.ts";
import type { MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { Slot } from "./slot.ts";

/** A map whose elements have no key. */
export abstract class KeylessMap<V> extends BpfMap {
  readonly #core: Core;
  readonly #value: Slot<V>;
  readonly #block: ElemBlock;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#core = host.core;
    this.#value = new Slot<V>(description.value as Codec<V>, description.valueSize);
    const block = owned.hold(ElemBlock.allocate(this.#core, owned.fd, 0, description.valueSize));
    if (block === undefined) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#block = block;
  }

  /** The codec of the values. */
  get valueCodec(): Codec<V> {
    return this.#value.codec;
  }

  /** Bytes of a value. */
  protected get valueSize(): number {
    return this.#value.size;
  }

  /** LOOKUP of the next value, into the block; false when there is none. */
  protected peekCurrent(): boolean {
    this.open();
    return this.#found(Cmd.MAP_LOOKUP_ELEM, this.#block.lookup());
  }

  /** LOOKUP_AND_DELETE of the next value, into the block; false when there is none. */
  protected popCurrent(): boolean {
    this.open();
    return this.#found(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, this.#block.lookupAndDelete());
  }

  /** UPDATE with a value. */
  protected put(value: Input<V>, flags: number): void {
    this.#putValue(value);
    const ret = this.#block.update(flags);
    if (ret !== 0) throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
  }

  /** A LOOKUP that asks for a value: whether it is there. */
  protected asksFor(value: Input<V>): boolean {
    this.#putValue(value);
    return this.#found(Cmd.MAP_LOOKUP_ELEM, this.#block.lookup());
  }

  /** The value that the last command gave. */
  protected takeValue(): V {
    const slot = this.#value;
    const views = this.#core.fresh();
    const { valuePtr } = this.#block;
    return slot.isScalar === true ? (readScalar(slot.kind, views, valuePtr) as V) : slot.take(views, valuePtr);
  }

  /** Reads the value that the last command gave into what `checkTarget` has let pass. */
  protected valueInto(out: V | ArrayBufferView): void {
    const { valuePtr } = this.#block;
    if (!ArrayBuffer.isView(out)) this.#value.readInto(this.#value.lift(this.#core.fresh(), valuePtr), out);
    else this.#core.copyOut(valuePtr, isBytes(out) ? out : bytesOf(out), this.#value.size);
  }

  #putValue(value: Input<V>): void {
    this.open();
    const slot = this.#value;
    if (slot.isScalar === true) {
      writeScalar(slot.codec, this.#core.fresh(), this.#block.valuePtr, value);
      return;
    }
    const begun = slot.begin(value);
    this.open();
    slot.finish(this.#core.fresh(), this.#block.valuePtr, value, begun);
  }

  #found(cmd: number, ret: number): boolean {
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(cmd, ret);
  }
}
