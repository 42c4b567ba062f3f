// Maps whose elements are read in batches: what iterations over them have in common, whatever the order of the batches.
import type { Views } from "../abi/core.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import type { WalkOptions } from "./buckets.ts";
import type { MapDescription } from "./description.ts";
import { Iterations } from "./element_iterator.ts";
import type { BatchSource, ElementWalk } from "./element_walk.ts";
import type { MapHost } from "./host.ts";
import { KeyedMap } from "./keyed.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** A map that is walked in batches of elements. */
export abstract class WalkedMap<K, V, I = Input<V>> extends KeyedMap<K, V, I> {
  readonly #iterations: Iterations<K, V>;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, owned, description, valueCodec);
    const { key, value } = this.elements;
    const open = (): void => this.open();
    this.#iterations = new Iterations({ core: host.core, open, reread: (...places) => this.reread(...places) }, key, value);
  }

  override keys(options?: WalkOptions): IterableIterator<K> {
    return this.#iterations.keys(this.batches(options));
  }

  override values(options?: WalkOptions): IterableIterator<V> {
    return this.#iterations.values(this.batches(options));
  }

  override entries(options?: WalkOptions): IterableIterator<[K, V]> {
    return this.entriesOf(this.batches(options));
  }

  override forEach(fn: (value: V, key: K, map: this) => void, thisArg?: unknown): void {
    this.#iterations.forEach(this.batches(), fn, thisArg, this);
  }

  /** The batches of one iteration over the whole map, which must be open. */
  protected abstract batches(options?: WalkOptions): BatchSource;

  /** Looks a key that was read before up again, as `Walked` has it. */
  protected abstract reread(keys: Views, keyPtr: number, values: Views, valuePtr: number): boolean;

  /** An iterator over the elements of some batches. */
  protected entriesOf(source: BatchSource): IterableIterator<[K, V]> {
    return this.#iterations.entries(source);
  }

  /** A walk for those who want more of an element than its key and its value. */
  protected walk(options?: WalkOptions): ElementWalk<K, V> {
    return this.#iterations.walk(this.batches(options));
  }
}
