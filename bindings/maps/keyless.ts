// Maps of values without keys: the element commands with a NULL key, and a block that lives as long as the map object.
import { Cmd, ElemFlag, Errno } from "../../assembly/uapi/constants.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { bytesOf, NULL, type Ptr, roundUp8 } from "../abi/core.ts";
import type { Kernel } from "../kernel.ts";
import { BpfMap, type MapDescription } from "./base.ts";
import { put, take } from "./values.ts";

// One user block per map object: the attr of all commands, whose key stays NULL, then the value.
const ATTR_SIZE = 32;
const FLAGS = 24;

/** A map whose elements have no key. */
export abstract class KeylessMap<V> extends BpfMap {
  readonly valueCodec: Codec<V>;
  readonly #block: Ptr;
  readonly #valuePtr: number;

  protected constructor(kernel: Kernel, fd: number, description: MapDescription) {
    super(kernel, fd, description);
    this.valueCodec = description.value as Codec<V>;
    this.#block = this.core.alloc(ATTR_SIZE + roundUp8(this.valueCodec.size));
    if (this.#block === NULL) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#valuePtr = this.#block + ATTR_SIZE;
    const { u32 } = this.core.fresh();
    u32[this.#block >>> 2] = fd;
    u32[(this.#block + 16) >>> 2] = this.#valuePtr;
  }

  protected override release(): void {
    this.core.free(this.#block);
  }

  /** Runs a command that gives a value; false when there is none. */
  protected runFor(cmd: number): boolean {
    this.open();
    const ret = this.core.bpf(cmd, this.#block, ATTR_SIZE);
    if (cmd !== Cmd.MAP_LOOKUP_ELEM) this.core.touch();
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(cmd, ret);
  }

  /** Runs UPDATE, or a LOOKUP that asks for the value. Returns 0 or the negative errno. */
  protected runWith(cmd: number, value: Input<V>, flags: number): number {
    this.open();
    const views = this.core.fresh();
    put(this.valueCodec, views, this.#valuePtr, value);
    views.u32[(this.#block + FLAGS) >>> 2] = flags;
    const ret = this.core.bpf(cmd, this.#block, ATTR_SIZE);
    // LOOKUP and LOOKUP_AND_DELETE find the flags as they want them: zero. The command may have grown memory.
    if (flags !== ElemFlag.ANY) this.core.fresh().u32[(this.#block + FLAGS) >>> 2] = ElemFlag.ANY;
    if (cmd !== Cmd.MAP_LOOKUP_ELEM) this.core.touch();
    return ret;
  }

  /** The value that the last command gave. */
  protected takeValue(): V {
    return take(this.valueCodec, this.core.fresh(), this.#valuePtr);
  }

  /** Reads the value that the last command gave into what `checkTarget` has let pass. */
  protected valueInto(out: V | ArrayBufferView): void {
    if (ArrayBuffer.isView(out)) this.core.copyOut(this.#valuePtr, bytesOf(out), this.valueCodec.size);
    else this.valueCodec.readInto!(this.core.fresh(), this.#valuePtr, out);
  }
}
