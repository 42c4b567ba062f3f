// What the hash cases work on: one shape of elements, the elements, and the keys of a round.
import { blockHits, blocks, hits, keysU32 } from "../harness/random.ts";

export type Shape = "u32 → u64" | "16 B → 16 B";

/** The elements of one case. Keys and values are 32-bit words, `keyWords` and `valueWords` of them an element. */
export interface Fixture {
  shape: Shape;
  count: number;
  keyWords: number;
  valueWords: number;
  /** Keys of all elements, in the order of insertion. */
  keys: Uint32Array<ArrayBuffer>;
  values: Uint32Array<ArrayBuffer>;
  /** Keys of a round of lookups or updates: random hits. */
  order: Uint32Array<ArrayBuffer>;
  ops: number;
  /** How often a round inserts and deletes everything, so that small maps take long enough to be measured. */
  repeats: number;
}

export function makeFixture(shape: Shape, count: number, ops: number): Fixture {
  const repeats = Math.max(1, Math.floor(ops / 4 / count));
  const values = new Uint32Array(blocks(count, shape === "u32 → u64" ? 8 : 16, 3).buffer);
  if (shape === "u32 → u64") {
    const keys = keysU32(count);
    return { shape, count, keyWords: 1, valueWords: 2, keys, values, order: hits(keys, ops, 1), ops, repeats };
  }
  const keyBlocks = blocks(count, 16, 2);
  const order = new Uint32Array(blockHits(keyBlocks, 16, ops, 1).buffer);
  return { shape, count, keyWords: 4, valueWords: 4, keys: new Uint32Array(keyBlocks.buffer), values, order, ops, repeats };
}

/** What every side of the hash cases can do; each call is one round, in ns per operation. */
export interface Store {
  lookup(): number | Promise<number>;
  update(): number | Promise<number>;
  insert(): number | Promise<number>;
  delete(): number | Promise<number>;
  iterate(): number | Promise<number>;
  close(): void | Promise<void>;
}

export type Operation = Exclude<keyof Store, "close">;
