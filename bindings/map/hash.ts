// BPF_MAP_TYPE_HASH: any key, exactly maxEntries elements.
import type { Codec } from "../codec.ts";
import { copyBetween, type Views } from "../core.ts";
import type { Kernel } from "../kernel.ts";
import type { CommonSpec, MapDescription } from "./base.ts";
import { BucketReader, type Pick, Walk, type Walked } from "./buckets.ts";
import { KeyedMap, take } from "./keyed.ts";

/** What `createMap` makes a hash map from. */
export interface HashSpec<K, V> extends CommonSpec {
  type: "hash";
  key: Codec<K>;
  value: Codec<V>;
}

/**
 * BPF_MAP_TYPE_HASH with the methods of JavaScript's Map. Elements come in no particular order.
 *
 * An iteration may run while the map changes: it meets no element twice, and ends; an element that was deleted before
 * its turn is left out, one that was changed has its new value. Unlike with a JavaScript Map, an element that is added
 * meanwhile may be met or not.
 *
 * @example
 * const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
 * flows.set(1, 2n);
 * flows.get(1); // 2n
 */
export class HashMap<K, V> extends KeyedMap<K, V> {
  readonly #walked: Walked;

  constructor(kernel: Kernel, fd: number, description: MapDescription) {
    super(kernel, fd, description, description.value!.size);
    const fail = (cmd: number, errno: number) => this.failure(cmd, errno);
    this.#walked = {
      core: this.core,
      reader: new BucketReader(this.core, fd, this.keySize, this.valueSize, this.maxEntries, fail),
      open: () => this.open(),
      reread: (views, keyPtr, valuePtr) => this.#reread(views, keyPtr, valuePtr),
    };
  }

  override keys(): IterableIterator<K> {
    return new ElementIterator<K, K, V>(this, this.#walk(), "key");
  }

  override values(): IterableIterator<V> {
    return new ElementIterator<V, K, V>(this, this.#walk(), "value");
  }

  override entries(): IterableIterator<[K, V]> {
    return new ElementIterator<[K, V], K, V>(this, this.#walk(), "entry");
  }

  override count(): number {
    this.open();
    const walk = { cursor: -1, done: false, want: this.maxEntries };
    let count = 0;
    while (!walk.done) count += this.#walked.reader.read(walk);
    return count;
  }

  override clear(): void {
    const walk = this.#walk();
    for (let index = walk.next(); index !== -1; index = walk.next()) {
      copyBetween(walk.views, index * this.keySize, this.core.fresh(), this.keyPtr, this.keySize);
      this.deleteCurrent();
    }
  }

  protected override release(): void {
    super.release();
    this.#walked.reader.release();
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `it holds max_entries (${this.maxEntries}) elements` : super.explain(cmd, code);
  }

  #walk(): Walk {
    this.open();
    return new Walk(this.#walked);
  }

  #reread(views: Views, keyPtr: number, valuePtr: number): boolean {
    const own = this.core.fresh();
    copyBetween(views, keyPtr, own, this.keyPtr, this.keySize);
    if (!this.lookupCurrent()) return false;
    copyBetween(own, this.valuePtr, views, valuePtr, this.valueSize);
    return true;
  }
}

class ElementIterator<T, K, V> implements IterableIterator<T> {
  readonly #map: KeyedMap<K, V>;
  readonly #walk: Walk;
  readonly #pick: Pick;

  constructor(map: KeyedMap<K, V>, walk: Walk, pick: Pick) {
    this.#map = map;
    this.#walk = walk;
    this.#pick = pick;
  }

  next(): IteratorResult<T, undefined> {
    const index = this.#walk.next();
    return index === -1 ? { value: undefined, done: true } : { value: this.#at(index), done: false };
  }

  return(): IteratorResult<T, undefined> {
    this.#walk.stop();
    return { value: undefined, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #at(index: number): T {
    const { keyCodec, valueCodec } = this.#map;
    const { views, valuesAt } = this.#walk;
    if (this.#pick === "key") return take(keyCodec, views, index * keyCodec.size) as unknown as T;
    const value = take(valueCodec, views, valuesAt + index * valueCodec.size);
    return (this.#pick === "value" ? value : [take(keyCodec, views, index * keyCodec.size), value]) as T;
  }
}
