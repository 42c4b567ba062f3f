// Walking a map of the hash family. GET_NEXT_KEY restarts at the first key when its key has been deleted, so a walk by
// keys can repeat elements for ever. LOOKUP_BATCH goes by bucket: a bucket is delivered whole or not at all, the cursor
// is the index of the next one, and a key never changes its bucket. So a walk ends, and meets no element twice.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { BATCH_COUNT_MAX, BatchBlock, batchCapacity } from "../abi/batch_block.ts";
import type { Core } from "../abi/core.ts";
import { checkOptionNames } from "../abi/names.ts";
import type { BatchSource } from "./element_walk.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** A first, small batch, for those who only want the first elements. */
export const BATCH_COUNT_FIRST = 32;

/** Bytes of a batch's cursor, the index of a bucket. */
const CURSOR_SIZE = 4;

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
  if (options === undefined) return undefined;
  checkOptionNames("Cannot iterate", options, ["batch"]);
  const { batch } = options;
  if (batch === undefined) return undefined;
  if (typeof batch !== "number") throw new TypeError(`Cannot use batch: expected a number, got ${typeof batch}`);
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`Cannot use batch: expected an integer from 1 up, got ${batch}`);
  return batch;
}

/** Reads batches of one map. Its block is scratch for one call; what a walk must remember is in the walk itself. */
export class BucketReader {
  readonly #core: Core;
  readonly #owned: OwnedFd;
  readonly #keySize: number;
  readonly #valueSize: number;
  readonly #fail: (cmd: number, errno: number) => Error;
  #capacity: number;
  #block: BatchBlock | undefined;

  constructor(
    core: Core,
    owned: OwnedFd,
    keySize: number,
    valueSize: number,
    maxEntries: number,
    fail: (cmd: number, errno: number) => Error,
  ) {
    this.#core = core;
    this.#owned = owned;
    this.#keySize = keySize;
    this.#valueSize = valueSize;
    this.#fail = fail;
    this.#capacity = Math.min(batchCapacity(keySize + valueSize), maxEntries);
  }

  /**
   * Reads the elements from the walk's cursor on and moves it. Answers the block that they are in, `count` of them; it is good
   * until the next read.
   */
  read(walk: BucketCursor): BatchBlock {
    for (;;) {
      const block = (this.#block ??= this.#allocate(1));
      const count = Math.min(walk.want, block.capacity);
      this.#core.fresh().u32[block.inPtr >>> 2] = walk.cursor;
      const ret = block.lookup(walk.cursor < 0, count);
      if (ret === -Errno.ENOSPC) {
        // One bucket alone holds more than was asked for.
        if (count === block.capacity) this.#grow(block.capacity);
        walk.want = count * 2;
        continue;
      }
      if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, ret);
      walk.cursor = this.#core.fresh().u32[block.outPtr >>> 2];
      walk.done = ret === -Errno.ENOENT;
      walk.want = walk.batch ?? BATCH_COUNT_MAX;
      return block;
    }
  }

  #allocate(least: number): BatchBlock {
    const shape = { fd: this.#owned.fd, keySize: this.#keySize, valueSize: this.#valueSize, cursorSize: CURSOR_SIZE };
    const block = this.#owned.hold(BatchBlock.allocate(this.#core, shape, this.#capacity, least));
    if (block === undefined) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, -Errno.ENOMEM);
    return block;
  }

  /** A smaller batch than the crowded bucket needs would only be refused again. */
  #grow(capacity: number): void {
    this.#owned.drop(this.#block);
    this.#block = undefined;
    this.#capacity = capacity * 2;
    this.#block = this.#allocate(this.#capacity);
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

  read(): BatchBlock {
    return this.#reader.read(this);
  }
}
