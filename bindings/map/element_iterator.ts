// Turns a walk into the iterators that a map gives out.
import type { Codec } from "../codec.ts";
import type { ElementWalk, Pick } from "./buckets.ts";
import { take } from "./values.ts";

/** Delivers the keys, the values or the `[key, value]` pairs of a walk. A walk that is given up leaves nothing behind. */
export class ElementIterator<T> implements IterableIterator<T> {
  readonly #walk: ElementWalk;
  readonly #pick: Pick;
  readonly #key: Codec<unknown>;
  readonly #value: Codec<unknown>;

  constructor(walk: ElementWalk, pick: Pick, key: Codec<any>, value: Codec<any>) {
    this.#walk = walk;
    this.#pick = pick;
    this.#key = key;
    this.#value = value;
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
    const { views, valuesAt } = this.#walk;
    if (this.#pick === "key") return take(this.#key, views, index * this.#key.size) as T;
    const value = take(this.#value, views, valuesAt + index * this.#value.size);
    return (this.#pick === "value" ? value : [take(this.#key, views, index * this.#key.size), value]) as T;
  }
}
