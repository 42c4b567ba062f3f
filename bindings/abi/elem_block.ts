// The attr of the element commands, with room for a key and a value: one user block for each map object.
import { Cmd } from "../../assembly/uapi/constants.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "./core.ts";

//   0           32          64    64 + k       k = round_up(key_size, 8)
//   lookup attr update attr key   value
//
// The attrs are filled in once; a command only writes the flags of the update attr, which lookups with flags take, too. DELETE and
// GET_NEXT_KEY know the first bytes of the lookup attr only, whose flags stay zero, as LOOKUP wants them.
const ATTR_SIZE = 32;
const DELETE_SIZE = 16;
const NEXT_KEY_SIZE = 24;
const KEY = 8;
/** Value of UPDATE and LOOKUP, next_key of GET_NEXT_KEY. */
const VALUE = 16;
const FLAGS = 24;
const HEADER_SIZE = 64;

/** The element commands on one map, from and to a key and a value in the core's memory. All answer 0 or a negative errno. */
export class ElemBlock {
  /** Where the key lies; 0 for types without keys. */
  readonly keyPtr: number;
  readonly valuePtr: number;
  readonly #core: Core;
  readonly #ptr: Ptr;
  readonly #keySize: number;

  private constructor(core: Core, ptr: Ptr, fd: number, keySize: number) {
    this.#core = core;
    this.#ptr = ptr;
    this.#keySize = keySize;
    this.keyPtr = keySize === 0 ? NULL : ptr + HEADER_SIZE;
    this.valuePtr = ptr + HEADER_SIZE + roundUp8(keySize);
    const { u32 } = core.fresh();
    for (const attr of [ptr, ptr + ATTR_SIZE]) {
      u32[attr >>> 2] = fd;
      u32[(attr + KEY) >>> 2] = this.keyPtr;
      u32[(attr + VALUE) >>> 2] = this.valuePtr;
    }
  }

  /** The block for the map behind `fd`, or undefined when memory is exhausted. `keySize` is 0 for types without keys. */
  static allocate(core: Core, fd: number, keySize: number, valueSize: number): ElemBlock | undefined {
    const ptr = core.alloc(HEADER_SIZE + roundUp8(keySize) + roundUp8(valueSize));
    return ptr === NULL ? undefined : new ElemBlock(core, ptr, fd, keySize);
  }

  lookup(): number {
    return this.#core.door.bpf(Cmd.MAP_LOOKUP_ELEM, this.#ptr, ATTR_SIZE);
  }

  /** The same with flags. */
  lookupWith(flags: number): number {
    const attr = this.#ptr + ATTR_SIZE;
    this.#core.fresh().u32[(attr + FLAGS) >>> 2] = flags;
    return this.#core.door.bpf(Cmd.MAP_LOOKUP_ELEM, attr, ATTR_SIZE);
  }

  lookupAndDelete(): number {
    const ret = this.#core.door.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, this.#ptr, ATTR_SIZE);
    this.#core.door.touch();
    return ret;
  }

  update(flags: number): number {
    const attr = this.#ptr + ATTR_SIZE;
    this.#core.fresh().u32[(attr + FLAGS) >>> 2] = flags;
    const ret = this.#core.door.bpf(Cmd.MAP_UPDATE_ELEM, attr, ATTR_SIZE);
    this.#core.door.touch();
    return ret;
  }

  delete(): number {
    const ret = this.#core.door.bpf(Cmd.MAP_DELETE_ELEM, this.#ptr, DELETE_SIZE);
    this.#core.door.touch();
    return ret;
  }

  /**
   * GET_NEXT_KEY: replaces the key by the one that follows it, or by the first one. Only for a block whose value is as long as
   * its key, since the next key comes there first.
   */
  nextKey(fromStart: boolean): number {
    const at = (this.#ptr + KEY) >>> 2;
    const { u32 } = this.#core.fresh();
    u32[at] = fromStart ? NULL : this.keyPtr;
    const ret = this.#core.door.bpf(Cmd.MAP_GET_NEXT_KEY, this.#ptr, NEXT_KEY_SIZE);
    const views = this.#core.fresh();
    views.u32[at] = this.keyPtr;
    if (ret === 0) views.u8.copyWithin(this.keyPtr, this.valuePtr, this.valuePtr + this.#keySize);
    return ret;
  }

  free(): void {
    this.#core.free(this.#ptr);
  }
}
