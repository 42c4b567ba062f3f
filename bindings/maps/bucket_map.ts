// What the map types of the hash family share: iteration by buckets, and lookup-and-delete.
import type { Views } from "../abi/core.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { batchOf, BucketReader, BucketSource, type WalkOptions } from "./buckets.ts";
import type { MapDescription } from "./description.ts";
import type { ElementWalk } from "./element_walk.ts";
import type { Elements } from "./elements.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { WalkedMap } from "./walked.ts";

/**
 * A map of the hash family. Elements come in no particular order.
 *
 * An iteration may run while the map changes: it meets no element twice, and ends; an element that was deleted before
 * its turn is left out, one that was changed has its new value. Unlike with a JavaScript Map, an element that is added
 * meanwhile may be met or not; one that is deleted and added again counts as added.
 */
export abstract class BucketMap<K, V, I = Input<V>> extends WalkedMap<K, V, I> {
  readonly #elements: Elements<K, V>;
  readonly #reader: BucketReader;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription, valueCodec?: Codec<V>) {
    super(host, owned, description, valueCodec);
    const { core } = host;
    const { key, value } = (this.#elements = this.elements);
    const fail = (cmd: number, errno: number) => this.failure(cmd, errno);
    this.#reader = new BucketReader(core, owned, key.size, value.size, description.maxEntries, fail);
  }

  override count(): number {
    this.open();
    const walk = { cursor: -1, done: false, want: this.maxEntries };
    let count = 0;
    while (!walk.done) count += this.#reader.read(walk).count;
    return count;
  }

  override clear(): void {
    const walk = this.walk();
    for (let index = walk.nextUnchecked(); index !== -1; index = walk.nextUnchecked()) {
      this.#useKey(walk, index);
      this.#elements.deleteCurrent();
    }
  }

  /**
   * Deletes a key and returns the value that it had, or undefined when it is absent: LOOKUP_AND_DELETE. Throws BpfError
   * EPERM when the map is frozen or the fd lacks read or write access.
   */
  take(key: Input<K>): V | undefined {
    this.#elements.putKey(key);
    return this.#elements.lookupAndDeleteCurrent() ? this.#elements.takeValue() : undefined;
  }

  /**
   * Takes the elements out of the map one by one, as `[key, value]`. Every element is deleted in the moment in which it is
   * delivered: those that a loop does not come to, because it breaks or throws, stay in the map. It ends even if elements
   * are added meanwhile. Throws as `take`.
   */
  drain(options?: WalkOptions): IterableIterator<[K, V]> {
    return this.#drain(this.walk(options));
  }

  *#drain(walk: ElementWalk<K, V>): IterableIterator<[K, V]> {
    for (let index = walk.nextUnchecked(); index !== -1; index = walk.nextUnchecked()) {
      this.#useKey(walk, index);
      if (!this.#elements.lookupAndDeleteCurrent()) continue;
      yield [walk.keys.at(index), this.#elements.takeValue()];
    }
  }

  protected override batches(options?: WalkOptions): BucketSource {
    this.open();
    return new BucketSource(this.#reader, batchOf(options));
  }

  /** Puts a key of the walk into the key block. */
  #useKey(walk: ElementWalk<K, V>, index: number): void {
    this.#elements.putKeyBytes(walk.keys.views, index * walk.keys.size);
  }

  protected override reread(keys: Views, keyPtr: number, values: Views, valuePtr: number): boolean {
    this.#elements.putKeyBytes(keys, keyPtr);
    if (!this.#elements.lookupCurrent()) return false;
    this.#elements.copyCurrent(undefined, 0, values, valuePtr);
    return true;
  }
}
