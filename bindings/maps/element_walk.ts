// A walk over the elements of a map, in batches that are copied out of the core's memory: what the ways of reading
// batches (by bucket, in the order of a trie) have in common.
import type { BatchBlock } from "../abi/batch_block.ts";
import { type Core, roundUp8, Views } from "../abi/core.ts";
import type { Door } from "../abi/door.ts";
import type { Codec } from "../codecs/codec.ts";
import { Kind } from "../codecs/scalar.ts";
import { type Slot, take } from "./slot.ts";

/** Elements of a batch in the core's memory, until the next command. */
export type Batch = Pick<BatchBlock, "keysPtr" | "valuesPtr" | "count">;

/** Reads the batches of one walk. What the walk must remember from one batch to the next is in here. */
export interface BatchSource {
  /** Whether no batch is left. */
  done: boolean;
  /** Reads the next batch. `changed`: a map may have changed since the last one. */
  read(changed: boolean): Batch;
}

/** What a walk needs of the map that it goes over. */
export interface Walked {
  readonly core: Core;
  /** Throws if the map was closed. */
  open(): void;
  /** Looks the key at `keyPtr` up again; stores its value at `valuePtr` and answers true if it is still there. */
  reread(keys: Views, keyPtr: number, values: Views, valuePtr: number): boolean;
}

/** The columns of a walk that has not begun or has ended. */
const NONE: Views = /* @__PURE__ */ new Views(/* @__PURE__ */ new ArrayBuffer(0));

/** The keys or the values of a batch, one behind the other. */
class Column<T> {
  // Only declared, here and below: trick 5 of ARCHITECTURE.md.
  declare views: Views;
  /** Bytes of an element. */
  declare readonly size: number;
  private declare readonly codec: Codec<T>;
  /** The elements as they are, if they are u32. */
  private declare words: Uint32Array;
  private declare readonly isWords: boolean;
  private declare capacity: number;

  constructor({ codec, size, kind }: Slot<T>) {
    this.views = NONE;
    this.size = size;
    this.codec = codec;
    this.words = NONE.u32;
    this.isWords = kind === Kind.U32;
    this.capacity = 0;
  }

  at(index: number): T {
    return this.isWords === true ? (this.words[index] as T) : take(this.codec, this.size, this.views, index * this.size);
  }

  /** Copies `count` elements in. */
  fill(from: Uint8Array, ptr: number, count: number): void {
    if (count > this.capacity) {
      this.capacity = count;
      this.views = new Views(new ArrayBuffer(roundUp8(count * this.size)));
      this.words = this.views.u32;
    }
    this.views.u8.set(from.subarray(ptr, ptr + count * this.size));
  }

  /** Gives the memory back. */
  drop(): void {
    this.capacity = 0;
    this.views = NONE;
    this.words = NONE.u32;
  }
}

/**
 * One walk. As long as nothing was changed since a batch was read (`epoch`), its elements are delivered as they are;
 * afterwards each is looked up again, so that a deleted one is left out and a changed one has its new value. A walk that
 * is given up leaves nothing behind in the core's memory.
 */
export class ElementWalk<K, V> {
  declare readonly keys: Column<K>;
  declare readonly values: Column<V>;
  readonly #door: Door;
  readonly #core: Core;
  readonly #map: Walked;
  readonly #source: BatchSource;
  #count = 0;
  #index = 0;
  #epoch = 0;

  constructor(map: Walked, source: BatchSource, key: Slot<K>, value: Slot<V>) {
    this.#map = map;
    this.#source = source;
    this.#core = map.core;
    this.#door = map.core.door;
    this.keys = new Column(key);
    this.values = new Column(value);
  }

  /** Moves to the next element and returns its index in the batch, or -1 at the end. */
  next(): number {
    // Nothing was changed since the batch was read, nor was the map closed: that counts as a change too.
    if (this.#index < this.#count && this.#epoch === this.#door.epoch) return this.#index++;
    return this.#nextAfterChange();
  }

  /** As `next`, without a look at whether the element is still there: for those who delete it, and see. */
  nextUnchecked(): number {
    this.#map.open();
    while (this.#index >= this.#count) {
      if (this.#source.done) {
        this.stop();
        return -1;
      }
      this.#fill();
    }
    return this.#index++;
  }

  /** Ends the walk. */
  stop(): void {
    this.#source.done = true;
    this.#count = 0;
    this.#index = 0;
    this.keys.drop();
    this.values.drop();
  }

  #nextAfterChange(): number {
    const { keys, values } = this;
    for (;;) {
      const index = this.nextUnchecked();
      if (index === -1 || this.#epoch === this.#door.epoch) return index;
      if (this.#map.reread(keys.views, index * keys.size, values.views, index * values.size)) return index;
    }
  }

  /** Reads the next batch. */
  #fill(): void {
    const core = this.#core;
    const batch = this.#source.read(this.#epoch !== this.#door.epoch);
    const { keysPtr, valuesPtr, count } = batch;
    this.#index = 0;
    this.#epoch = this.#door.epoch;
    const { u8 } = core.fresh();
    this.keys.fill(u8, keysPtr, count);
    this.values.fill(u8, valuesPtr, count);
    this.#count = count;
  }
}
