// The attr of the batch commands, with room for a cursor, keys and values: a user block that a map object makes when it
// first needs one.
import { Cmd } from "../../assembly/uapi/constants.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "./core.ts";

//   0          56       56 + c   56 + 2c  …      …        c = round_up(cursor size, 8)
//   batch attr in_batch out_batch keys    values found
const ATTR_SIZE = 56;
const IN_BATCH = 0;
const OUT_BATCH = 8;
const KEYS = 16;
const VALUES = 24;
const COUNT = 32;
const MAP_FD = 36;

/** Elements and bytes that a batch has room for at most, unless its maker asks for more. */
export const BATCH_COUNT_MAX = 1024;
const BATCH_BYTES_MAX = 65536;

/** How many elements of so many bytes each a batch has room for. */
export function batchCapacity(elementSize: number): number {
  return Math.max(1, Math.min(BATCH_COUNT_MAX, Math.floor(BATCH_BYTES_MAX / elementSize)));
}

/** What a batch block is made for. */
export interface BatchShape {
  readonly fd: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes of in_batch and of out_batch: 4 for the hash family, the key's for others, 0 where nothing is looked up. */
  readonly cursorSize: number;
}

/** The batch commands on one map. Its capacity and its address never change; a larger batch is another block. */
export class BatchBlock {
  /** How many elements there is room for. */
  readonly capacity: number;
  /** Where a lookup goes on, and where the command says where to go on next. */
  readonly inPtr: number;
  readonly outPtr: number;
  readonly keysPtr: number;
  readonly valuesPtr: number;
  /** A byte for each element, for `lookupMany`. */
  readonly foundPtr: number;
  readonly #core: Core;
  readonly #ptr: Ptr;
  readonly #shape: BatchShape;

  private constructor(core: Core, ptr: Ptr, shape: BatchShape, capacity: number) {
    this.#core = core;
    this.#ptr = ptr;
    this.#shape = shape;
    this.capacity = capacity;
    this.inPtr = ptr + ATTR_SIZE;
    this.outPtr = this.inPtr + roundUp8(shape.cursorSize);
    this.keysPtr = this.outPtr + roundUp8(shape.cursorSize);
    this.valuesPtr = this.keysPtr + roundUp8(capacity * shape.keySize);
    this.foundPtr = this.valuesPtr + capacity * shape.valueSize;
    const { u32 } = core.fresh();
    u32[(ptr + VALUES) >>> 2] = this.valuesPtr;
    u32[(ptr + MAP_FD) >>> 2] = shape.fd;
  }

  /**
   * A block for up to `wanted` elements, or undefined when memory is exhausted: near the limit a smaller one may still find
   * room, so it is halved until it does, down to `least`.
   */
  static allocate(core: Core, shape: BatchShape, wanted: number, least = 1): BatchBlock | undefined {
    const { keySize, valueSize, cursorSize } = shape;
    for (let capacity = wanted; capacity >= least; capacity = Math.floor(capacity / 2)) {
      const ptr = core.alloc(ATTR_SIZE + 2 * roundUp8(cursorSize) + roundUp8(capacity * keySize) + capacity * (valueSize + 1));
      if (ptr !== NULL) return new BatchBlock(core, ptr, shape, capacity);
    }
    return undefined;
  }

  /** Elements that the last command delivered or did. */
  get count(): number {
    return this.#core.fresh().u32[(this.#ptr + COUNT) >>> 2];
  }

  /** LOOKUP_BATCH of up to `count` elements from the first, or from the place that in_batch names. */
  lookup(fromStart: boolean, count: number): number {
    return this.#read(Cmd.MAP_LOOKUP_BATCH, fromStart, count);
  }

  /** LOOKUP_AND_DELETE_BATCH, in the same way. */
  lookupAndDelete(fromStart: boolean, count: number): number {
    const ret = this.#read(Cmd.MAP_LOOKUP_AND_DELETE_BATCH, fromStart, count);
    this.#core.door.touch();
    return ret;
  }

  /** UPDATE_BATCH of the first `count` elements. */
  update(count: number): number {
    return this.#write(Cmd.MAP_UPDATE_BATCH, 0, count);
  }

  /** DELETE_BATCH of `count` keys from index `from` on. */
  delete(from: number, count: number): number {
    return this.#write(Cmd.MAP_DELETE_BATCH, from, count);
  }

  /** LOOKUP_ELEM of the first `count` keys: how many are present, or a negative errno. */
  lookupMany(count: number): number {
    return this.#core.door.lookupMany(this.#shape.fd, this.keysPtr, this.valuesPtr, count, this.foundPtr);
  }

  #read(cmd: number, fromStart: boolean, count: number): number {
    const { u32 } = this.#core.fresh();
    u32[(this.#ptr + IN_BATCH) >>> 2] = fromStart ? NULL : this.inPtr;
    u32[(this.#ptr + OUT_BATCH) >>> 2] = this.outPtr;
    u32[(this.#ptr + KEYS) >>> 2] = this.keysPtr;
    u32[(this.#ptr + COUNT) >>> 2] = count;
    return this.#core.door.bpf(cmd, this.#ptr, ATTR_SIZE);
  }

  #write(cmd: number, from: number, count: number): number {
    const { u32 } = this.#core.fresh();
    u32[(this.#ptr + KEYS) >>> 2] = this.keysPtr + from * this.#shape.keySize;
    u32[(this.#ptr + COUNT) >>> 2] = count;
    const ret = this.#core.door.bpf(cmd, this.#ptr, ATTR_SIZE);
    this.#core.door.touch();
    return ret;
  }

  free(): void {
    this.#core.free(this.#ptr);
  }
}
