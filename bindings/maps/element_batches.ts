// LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH as they are in Linux, for those who want to go through a map in steps of their own.
import { Errno } from "../../assembly/uapi/constants.ts";
import { BatchBlock, batchCapacity } from "../abi/batch_block.ts";
import { checkOptionNames } from "../abi/names.ts";
import { type Core, roundUp8, setBytes, Views } from "../abi/core.ts";
import { type Slot, take } from "./slot.ts";

/** Options of `lookupBatch` and `lookupAndDeleteBatch`. */
export interface BatchOptions {
  /** How many elements are wanted, at most; more where one bucket of a hash table has more. As many as 64 KiB hold by default. */
  count?: number;
}

/** What one batch has. */
export interface ElementBatch<K, V> {
  readonly entries: [K, V][];
  /** Where the next batch begins; undefined when this was the last. */
  readonly cursor: BatchCursor | undefined;
  /** Whether this was the last. */
  readonly done: boolean;
}

/** Where a batch ended: `out_batch` of the command. Good for the map object that gave it, any number of times. */
export class BatchCursor {
  readonly #map: object;
  readonly #bytes: Uint8Array;

  constructor(map: object, bytes: Uint8Array) {
    this.#map = map;
    this.#bytes = bytes;
  }

  /** The bytes of a cursor that `map` gave. */
  static bytesOf(cursor: unknown, map: object): Uint8Array {
    if (typeof cursor !== "object" || cursor === null || !(#bytes in cursor)) throw new TypeError("Cannot use cursor: it is none that a batch gave");
    if (cursor.#map !== map) throw new TypeError("Cannot use cursor: another map object gave it");
    return cursor.#bytes;
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "BatchCursor";
  }
}

/** The map that a batch is read from. */
export interface BatchedMap<K, V> {
  readonly core: Core;
  readonly fd: number;
  readonly key: Slot<K>;
  readonly value: Slot<V>;
  readonly maxEntries: number;
  /** The object that cursors are for. */
  readonly owner: object;
  /** The error of the command that returned `errno`. */
  fail(errno: number): Error;
}

/** Bytes of a cursor: the index of a bucket for the hash family, else a key. */
const CURSOR_SIZE_MIN = 4;

/** Reads one batch by `run`, which is one of the two commands of a block. */
export function readBatch<K, V>(
  map: BatchedMap<K, V>,
  run: (block: BatchBlock, fromStart: boolean, count: number) => number,
  cursor: unknown,
  options: BatchOptions | undefined,
): ElementBatch<K, V> {
  const { core, fd, key, value, owner } = map;
  const from = cursor === undefined ? undefined : BatchCursor.bytesOf(cursor, owner);
  const cursorSize = Math.max(CURSOR_SIZE_MIN, key.size);
  const shape = { fd, keySize: key.size, valueSize: value.size, cursorSize };
  let least = 1;
  for (let count = countOf(map, options); ; count = least) {
    const block = BatchBlock.allocate(core, shape, count, least);
    if (block === undefined) throw map.fail(-Errno.ENOMEM);
    try {
      if (from !== undefined) setBytes(core.fresh().u8, from, block.inPtr);
      const ret = run(block, from === undefined, block.capacity);
      // One bucket alone holds more than there is room for.
      least = block.capacity * 2;
      if (ret === -Errno.ENOSPC) continue;
      if (ret !== 0 && ret !== -Errno.ENOENT) throw map.fail(ret);
      const { u8 } = core.fresh();
      const next = ret === 0 ? new BatchCursor(owner, u8.slice(block.outPtr, block.outPtr + cursorSize)) : undefined;
      return { entries: entriesOf(map, block), cursor: next, done: next === undefined };
    } finally {
      block.free();
    }
  }
}

function countOf({ key, value, maxEntries }: BatchedMap<unknown, unknown>, options: BatchOptions | undefined): number {
  if (options !== undefined) checkOptionNames("Cannot read a batch", options, ["count"]);
  const count = options?.count;
  if (count === undefined) return Math.min(batchCapacity(key.size + value.size), maxEntries);
  if (typeof count !== "number") throw new TypeError(`Cannot use count: expected a number, got ${typeof count}`);
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`Cannot use count: expected an integer from 1 up, got ${count}`);
  return Math.min(count, maxEntries);
}

/** The elements of a block, which are copied out before a codec runs. */
function entriesOf<K, V>({ core, key, value }: BatchedMap<K, V>, { count, keysPtr, valuesPtr }: BatchBlock): [K, V][] {
  const { u8 } = core.fresh();
  const keys = copyOf(u8, keysPtr, count * key.size);
  const values = copyOf(u8, valuesPtr, count * value.size);
  return Array.from({ length: count }, (_, i) => [
    take(key.codec, key.size, keys, i * key.size),
    take(value.codec, value.size, values, i * value.size),
  ]);
}

function copyOf(u8: Uint8Array, ptr: number, size: number): Views {
  const views = new Views(new ArrayBuffer(roundUp8(size)));
  views.u8.set(u8.subarray(ptr, ptr + size));
  return views;
}
