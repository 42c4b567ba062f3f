// Walking a map of the hash family. GET_NEXT_KEY restarts at the first key when its key has been deleted, so a walk by
// keys can repeat elements for ever. LOOKUP_BATCH goes by bucket: a bucket is delivered whole or not at all, the cursor
// is the index of the next one, and a key never changes its bucket. So a walk ends, and meets no element twice.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "../abi/core.ts";
import type { BatchSource } from "./element_walk.ts";

/** Elements and bytes that a batch asks for at most, unless a single bucket holds more. */
export const BATCH_COUNT_MAX = 1024;
const BATCH_BYTES_MAX = 65536;
/** A first, small batch, for those who only want the first elements. */
export const BATCH_COUNT_FIRST = 32;

/** How many elements of these sizes a batch has room for. */
export function batchCapacity(keySize: number, valueSize: number): number {
  return Math.max(1, Math.min(BATCH_COUNT_MAX, Math.floor(BATCH_BYTES_MAX / (keySize + valueSize))));
}

// The block of a map's batches:
//
//   0          56        64        64 + 8 × k   …
//   batch attr cursor    keys      values
const ATTR_SIZE = 56;
const CURSOR = 56;
const HEADER_SIZE = 64;

/** Options of the iterations. */
export interface WalkOptions {
  /** How many elements one command reads; fewer where they would take more than 64 KiB, more where one bucket has them. */
  batch?: number;
}

/** Where a walk is: the next bucket (-1 = the first), whether that is the end, and how many elements it wants. */
export interface BucketCursor {
  cursor: number;
  done: boolean;
  want: number;
  /** What every batch wants, if the caller said so. */
  readonly batch?: number | undefined;
}

/** The batch that the options ask for, or undefined. */
export function batchOf(options: WalkOptions | undefined): number | undefined {
  const batch = options?.batch;
  if (batch === undefined) return undefined;
  if (typeof batch !== "number") throw new TypeError(`Cannot use batch: expected a number, got ${typeof batch}`);
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`Cannot use batch: expected an integer from 1 up, got ${batch}`);
  return batch;
}

/** Reads batches of one map. Its block is scratch for one call; what a walk must remember is in the walk itself. */
export class BucketReader {
  readonly core: Core;
  readonly keySize: number;
  readonly valueSize: number;
  readonly #fd: number;
  readonly #fail: (cmd: number, errno: number) => Error;
  #block: Ptr = NULL;
  #capacity: number;

  constructor(
    core: Core,
    fd: number,
    keySize: number,
    valueSize: number,
    maxEntries: number,
    fail: (cmd: number, errno: number) => Error,
  ) {
    this.core = core;
    this.#fd = fd;
    this.keySize = keySize;
    this.valueSize = valueSize;
    this.#fail = fail;
    this.#capacity = Math.min(batchCapacity(keySize, valueSize), maxEntries);
  }

  get keysPtr(): number {
    return this.#block + HEADER_SIZE;
  }

  get valuesPtr(): number {
    return this.keysPtr + roundUp8(this.#capacity * this.keySize);
  }

  /** Reads the elements from the walk's cursor on. Returns their number and moves the walk's cursor. */
  read(walk: BucketCursor): number {
    for (;;) {
      if (this.#block === NULL) this.#allocate();
      const count = Math.min(walk.want, this.#capacity);
      const at = this.#fill(walk.cursor, count);
      const ret = this.core.bpf(Cmd.MAP_LOOKUP_BATCH, this.#block, ATTR_SIZE);
      if (ret === -Errno.ENOSPC) {
        // One bucket alone holds more than was asked for.
        if (count === this.#capacity) this.#grow();
        walk.want = count * 2;
        continue;
      }
      if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, ret);
      const { u32 } = this.core.views;
      walk.cursor = u32[at + CURSOR / 4];
      walk.done = ret === -Errno.ENOENT;
      walk.want = walk.batch ?? BATCH_COUNT_MAX;
      return u32[at + 8];
    }
  }

  #fill(cursor: number, count: number): number {
    const { u32 } = this.core.fresh();
    const at = this.#block >>> 2;
    u32[at] = cursor < 0 ? NULL : this.#block + CURSOR;
    u32[at + 2] = this.#block + CURSOR;
    u32[at + 4] = this.keysPtr;
    u32[at + 6] = this.valuesPtr;
    u32[at + 8] = count;
    u32[at + 9] = this.#fd;
    u32[at + CURSOR / 4] = cursor;
    return at;
  }

  /** Near the memory limit a smaller batch may still find room. */
  #allocate(): void {
    for (; this.#capacity >= 1; this.#capacity = Math.floor(this.#capacity / 2)) {
      const size = HEADER_SIZE + roundUp8(this.#capacity * this.keySize) + this.#capacity * this.valueSize;
      this.#block = size < 2 ** 32 ? this.core.alloc(size) : NULL;
      if (this.#block !== NULL) return;
    }
    this.#capacity = 1;
    throw this.#fail(Cmd.MAP_LOOKUP_BATCH, -Errno.ENOMEM);
  }

  #grow(): void {
    this.release();
    const needed = this.#capacity * 2;
    this.#capacity = needed;
    this.#allocate();
    // A smaller batch than the crowded bucket needs would only be refused again.
    if (this.#capacity < needed) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, -Errno.ENOMEM);
  }

  release(): void {
    this.core.free(this.#block);
    this.#block = NULL;
  }
}

/** A walk's batches, read by bucket. */
export class BucketSource implements BucketCursor, BatchSource {
  cursor = -1;
  done = false;
  want: number;
  readonly batch: number | undefined;
  readonly #reader: BucketReader;

  constructor(reader: BucketReader, batch?: number) {
    this.#reader = reader;
    this.batch = batch;
    this.want = batch ?? BATCH_COUNT_FIRST;
  }

  get keysPtr(): number {
    return this.#reader.keysPtr;
  }

  get valuesPtr(): number {
    return this.#reader.valuesPtr;
  }

  read(): number {
    return this.#reader.read(this);
  }
}
