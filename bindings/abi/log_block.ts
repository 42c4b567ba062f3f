// What the call log needs in the core's memory: attrs of commands that ran without one, and the blocks of the bindings kept
// as they are while listeners run.
import { type Core, NULL, type Ptr, roundUp8 } from "./core.ts";

//   0        32
//   elem attr value
const ATTR_SIZE = 32;
const KEY = 8;
const VALUE = 16;
const FLAGS = 24;

/** The block that a call log writes to. */
export class LogBlock {
  /** Bytes that an element command and GET_NEXT_KEY know of their attr. */
  static readonly ELEM_SIZE: number = ATTR_SIZE;
  static readonly NEXT_KEY_SIZE: number = 24;
  readonly #core: Core;
  #ptr: Ptr = NULL;
  #room = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Makes room for a value of `size` bytes, and answers where. Throws RangeError when memory is exhausted. */
  room(size: number): number {
    if (this.#ptr === NULL || size > this.#room) {
      this.free();
      this.#room = roundUp8(size);
      this.#ptr = this.#core.alloc(ATTR_SIZE + this.#room);
      if (this.#ptr === NULL) throw new RangeError("Cannot log a call: the kernel's memory limit (maxMemoryBytes) is reached");
    }
    return this.#ptr + ATTR_SIZE;
  }

  /** The address of an attr with these fields. */
  attr(fd: number, keyPtr: number, valuePtr: number, flags: number): number {
    this.room(0);
    const { u32 } = this.#core.fresh();
    u32[this.#ptr >>> 2] = fd;
    u32[(this.#ptr + KEY) >>> 2] = keyPtr;
    u32[(this.#ptr + VALUE) >>> 2] = valuePtr;
    u32[(this.#ptr + FLAGS) >>> 2] = flags;
    return this.#ptr;
  }

  free(): void {
    this.#core.free(this.#ptr);
    this.#ptr = NULL;
    this.#room = 0;
  }
}

/** The bindings' own blocks that hold some addresses, as they are now. */
export class SavedBlocks {
  readonly #core: Core;
  readonly #blocks: [ptr: number, bytes: Uint8Array][] = [];

  constructor(core: Core, addresses: readonly number[]) {
    this.#core = core;
    const { u8 } = core.fresh();
    for (const [ptr, size] of core.ownBlocks) {
      if (addresses.some((address) => address >= ptr && address < ptr + size)) this.#blocks.push([ptr, u8.slice(ptr, ptr + size)]);
    }
  }

  /** Puts the bytes back. The blocks must not have been freed; see `Core.keepBlocks`. */
  putBack(): void {
    const { u8 } = this.#core.fresh();
    for (const [ptr, bytes] of this.#blocks) u8.set(bytes, ptr);
  }
}
