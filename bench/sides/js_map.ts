// JavaScript's Map, with keys that are ready: no side pays for making them here.
import { own, time } from "../harness/timing.ts";
import type { Fixture, Store } from "./fixture.ts";
import { repeated } from "./typed.ts";

/** Keys as Map wants them: `values[i]` is the value of key `i`. */
export interface MapKeys<K> {
  keys: ArrayLike<K>;
  order: ArrayLike<K>;
}

/** The words of one key as a string of one character a byte. */
export function latin1Keys(words: Uint32Array<ArrayBuffer>, keyWords: number): string[] {
  const bytes = new Uint8Array(words.buffer);
  const size = keyWords * 4;
  return Array.from({ length: words.length / keyWords }, (_, i) => latin1(bytes, i * size, size));
}

const latin1 = (bytes: Uint8Array, at: number, size: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + size));

/** The words of one key as a bigint. */
export function bigintKeys(words: Uint32Array, keyWords: number): bigint[] {
  return Array.from({ length: words.length / keyWords }, (_, i) => {
    let key = 0n;
    for (let w = keyWords - 1; w >= 0; w--) key = (key << 32n) | BigInt(words[i * keyWords + w]);
    return key;
  });
}

/** Keys below 2^31 as the small integers that Map is fastest with. */
export const numberKeys = (words: Uint32Array<ArrayBuffer>): Int32Array => new Int32Array(words.buffer);

/** The values that sets use in turn; 1024 of them. */
function someValues(fixture: Fixture): unknown[] {
  if (fixture.shape === "u32 → u64") return Array.from({ length: 1024 }, (_, i) => BigInt(i) * 0x1_0000_0001n);
  return Array.from({ length: 1024 }, () => new Uint8Array(16).fill(7));
}

export function mapStore<K>(fixture: Fixture, { keys, order }: MapKeys<K>): Store {
  const { count, ops, repeats } = fixture;
  const values = someValues(fixture);
  const lookup = own((map: Map<K, unknown>, order: ArrayLike<K>) => {
    let found = 0;
    for (let i = 0; i < order.length; i++) if (map.get(order[i]) !== undefined) found++;
    return found;
  });
  const set = own((map: Map<K, unknown>, order: ArrayLike<K>, values: unknown[]) => {
    for (let i = 0; i < order.length; i++) map.set(order[i], values[i & 1023]);
  });
  const remove = own((map: Map<K, unknown>, keys: ArrayLike<K>) => {
    let deleted = 0;
    for (let i = 0; i < keys.length; i++) if (map.delete(keys[i])) deleted++;
    return deleted;
  });
  const walk = own((map: Map<K, unknown>, repeats: number) => {
    let last: unknown;
    for (let r = 0; r < repeats; r++) {
      for (const [key, value] of map) last = key === last ? value : key;
    }
    return last;
  });
  const map = new Map<K, unknown>();
  // Every element has a value of its own, as in the other sides' memory; a copy for bytes.
  for (let i = 0; i < count; i++) {
    const value = values[i & 1023];
    map.set(keys[i], value instanceof Uint8Array ? value.slice() : value);
  }
  return {
    lookup: () => time(ops, () => lookup(map, order)),
    update: () => time(ops, () => set(map, order, values)),
    insert: () => repeated(repeats, () => time(count, () => set(new Map<K, unknown>(), keys, values))),
    delete: () =>
      repeated(repeats, () => {
        const ns = time(count, () => remove(map, keys));
        set(map, keys, values);
        return ns;
      }),
    iterate: () => time(count * repeats, () => walk(map, repeats)),
    close: () => map.clear(),
  };
}
