// The iterators that a map gives out.
import { type BatchSource, ElementWalk, type Walked } from "./element_walk.ts";
import { IteratorBase } from "./iterator_base.ts";
import type { Slot } from "./slot.ts";

/** Delivers what there is at each index of a walk. `next` makes its result in one place: trick 11 of ARCHITECTURE.md. */
abstract class ElementIterator<K, V, T> extends IteratorBase implements IterableIterator<T> {
  readonly #walk: ElementWalk<K, V>;

  constructor(walk: ElementWalk<K, V>) {
    super();
    this.#walk = walk;
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "BpfMap Iterator";
  }

  abstract next(): IteratorResult<T, undefined>;

  return(): IteratorResult<T, undefined> {
    this.#walk.stop();
    return { value: undefined, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

class KeyIterator<K, V> extends ElementIterator<K, V, K> {
  readonly #walk: ElementWalk<K, V>;

  constructor(walk: ElementWalk<K, V>) {
    super(walk);
    this.#walk = walk;
  }

  override next(): IteratorResult<K, undefined> {
    const walk = this.#walk;
    const index = walk.next();
    const done = index === -1;
    return { value: done ? undefined : walk.keys.at(index), done } as IteratorResult<K, undefined>;
  }
}

class ValueIterator<K, V> extends ElementIterator<K, V, V> {
  readonly #walk: ElementWalk<K, V>;

  constructor(walk: ElementWalk<K, V>) {
    super(walk);
    this.#walk = walk;
  }

  override next(): IteratorResult<V, undefined> {
    const walk = this.#walk;
    const index = walk.next();
    const done = index === -1;
    return { value: done ? undefined : walk.values.at(index), done } as IteratorResult<V, undefined>;
  }
}

class EntryIterator<K, V> extends ElementIterator<K, V, [K, V]> {
  readonly #walk: ElementWalk<K, V>;

  constructor(walk: ElementWalk<K, V>) {
    super(walk);
    this.#walk = walk;
  }

  override next(): IteratorResult<[K, V], undefined> {
    const walk = this.#walk;
    const index = walk.next();
    const done = index === -1;
    return { value: done ? undefined : [walk.keys.at(index), walk.values.at(index)], done } as IteratorResult<[K, V], undefined>;
  }
}

/** Makes the iterators of one map, and keeps the last one of each kind: trick 9 of ARCHITECTURE.md. */
export class Iterations<K, V> {
  readonly #map: Walked;
  readonly #key: Slot<K>;
  readonly #value: Slot<V>;
  #lastKeys: KeyIterator<K, V> | undefined;
  #lastValues: ValueIterator<K, V> | undefined;
  #lastEntries: EntryIterator<K, V> | undefined;

  constructor(map: Walked, key: Slot<K>, value: Slot<V>) {
    this.#map = map;
    this.#key = key;
    this.#value = value;
  }

  /** A walk for those who want more of an element than its key and its value. */
  walk(source: BatchSource): ElementWalk<K, V> {
    return new ElementWalk(this.#map, source, this.#key, this.#value);
  }

  /** Calls `fn` for every element of `map`, without an iterator and its pairs. */
  forEach<M>(source: BatchSource, fn: (value: V, key: K, map: M) => void, thisArg: unknown, map: M): void {
    const walk = this.walk(source);
    const { keys, values } = walk;
    for (let index = walk.next(); index !== -1; index = walk.next()) {
      fn.call(thisArg, values.at(index), keys.at(index), map);
    }
  }

  keys(source: BatchSource): IterableIterator<K> {
    return (this.#lastKeys = new KeyIterator(this.walk(source)));
  }

  values(source: BatchSource): IterableIterator<V> {
    return (this.#lastValues = new ValueIterator(this.walk(source)));
  }

  entries(source: BatchSource): IterableIterator<[K, V]> {
    return (this.#lastEntries = new EntryIterator(this.walk(source)));
  }
}
