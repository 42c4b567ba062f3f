// Turns a walk into the iterators that a map gives out.
import type { Codec } from "../codec.ts";
import { Kind } from "../scalar.ts";
import type { ElementWalk, Pick } from "./buckets.ts";
import { take } from "./values.ts";

/** Delivers the keys, the values or the `[key, value]` pairs of a walk. A walk that is given up leaves nothing behind. */
export class ElementIterator<T> implements IterableIterator<T> {
  readonly #walk: ElementWalk;
  readonly #pick: Pick;
  readonly #key: Codec<unknown>;
  readonly #value: Codec<unknown>;
  readonly #keyKind: Kind;
  readonly #valueKind: Kind;

  constructor(walk: ElementWalk, pick: Pick, key: Codec<any>, value: Codec<any>) {
    this.#walk = walk;
    this.#pick = pick;
    this.#key = key;
    this.#value = value;
    this.#keyKind = key.kind;
    this.#valueKind = value.kind;
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
    if (this.#pick === "key") return this.#keyAt(index) as T;
    return (this.#pick === "value" ? this.#valueAt(index) : [this.#keyAt(index), this.#valueAt(index)]) as T;
  }

  #keyAt(index: number): unknown {
    const { views } = this.#walk;
    if (this.#keyKind === Kind.U32) return views.u32[index];
    return take(this.#key, views, index * this.#key.size);
  }

  #valueAt(index: number): unknown {
    const { views, valuesAt } = this.#walk;
    if (this.#valueKind === Kind.U32) return views.u32[(valuesAt >>> 2) + index];
    if (this.#valueKind === Kind.U64) return views.u64[(valuesAt >>> 3) + index];
    return take(this.#value, views, valuesAt + index * this.#value.size);
  }
}
