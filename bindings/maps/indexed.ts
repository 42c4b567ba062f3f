// What the map types with indexes for keys share: every element is present from the start.
import { Cmd, ElemFlag } from "../../assembly/uapi/constants.ts";
import type { Core } from "../abi/core.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { batchOf, type WalkOptions } from "./buckets.ts";
import type { MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { KeyedMap } from "./keyed.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** Elements that an iteration reads at once at most. */
const BATCH_MAX = 1024;

/**
 * A map of the array family, over the indexes 0 to length - 1. Every element is present from the start, with all bytes
 * zero; `delete` throws BpfError EINVAL and `add` always finds its index taken.
 */
export abstract class IndexedMap<V, I = Input<V>> extends KeyedMap<number, V, I> {
  readonly #core: Core;
  readonly #length: number;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, owned, description, valueCodec);
    this.#core = host.core;
    this.#length = description.maxEntries;
  }

  /** The number of elements, maxEntries. */
  get length(): number {
    return this.#length;
  }

  /** Sets the elements from `start` up to, not including, `end` to one value. Returns the map. Throws as `set`. */
  fill(value: I, start = 0, end: number = this.length): this {
    this.open();
    for (let index = start; index < Math.min(end, this.length); index++) this.set(index, value);
    return this;
  }

  override *keys(): IterableIterator<number> {
    for (let index = 0; index < this.length; index++) {
      this.open();
      yield index;
    }
  }

  override *values(options?: WalkOptions): IterableIterator<V> {
    for (const [, value] of this.entries(options)) yield value;
  }

  /** `[index, value]` of every element, each with the value that it has when its turn comes. */
  override entries(options?: WalkOptions): IterableIterator<[number, V]> {
    const batch = batchOf(options);
    return batch === undefined ? this.#entries() : this.#batches(batch);
  }

  *#entries(): IterableIterator<[number, V]> {
    for (let index = 0; index < this.length; index++) yield [index, this.get(index) as V];
  }

  *#batches(batch: number): IterableIterator<[number, V]> {
    const size = Math.min(batch, BATCH_MAX);
    for (let start = 0; start < this.length; start += size) {
      const indexes = Uint32Array.from({ length: Math.min(size, this.length - start) }, (_, i) => start + i);
      const values = this.getMany(indexes) as V[];
      const epoch = this.#core.door.epoch;
      for (let i = 0; i < values.length; i++) {
        // What was changed since the batch was read is read again.
        yield [start + i, (epoch === this.#core.door.epoch ? values[i] : this.get(start + i)) as V];
        this.open();
      }
    }
  }

  /** The number of elements, which is `length`. */
  override count(): number {
    this.open();
    return this.length;
  }

  /** Sets all bytes of every element to zero, as they were at the start. */
  override clear(): void {
    this.open();
    for (let index = 0; index < this.length; index++) {
      this.elements.putKey(index);
      if (index === 0) this.elements.zeroValue();
      const ret = this.elements.updateCurrent(ElemFlag.ANY);
      if (ret !== 0) throw this.failure(Cmd.MAP_UPDATE_ELEM, ret);
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `the index must be below maxEntries (${this.maxEntries})` : super.explain(cmd, code);
  }
}
