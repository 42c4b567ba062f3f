// The typed surface: HashMap with codecs.
import { bytes, type HashMap, type Kernel, u32, u64 } from "../library.js";
import { own, time } from "../harness/timing.ts";
import type { Fixture, Store } from "./fixture.ts";

type Small = HashMap<number, bigint>;
type Wide = HashMap<Uint8Array, Uint8Array>;

// Bigints that exist already: making one is not what is measured, and a Map would not make one either.
const BIGINTS = Array.from({ length: 1024 }, (_, i) => BigInt(i) * 0x1_0000_0001n);

function small(kernel: Kernel, fixture: Fixture): Store {
  const { keys, order, count, ops, repeats } = fixture;
  const create = (): Small => kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: count });
  const lookup = own((map: Small, order: Uint32Array) => {
    let found = 0;
    for (let i = 0; i < order.length; i++) if (map.get(order[i]) !== undefined) found++;
    return found;
  });
  const set = own((map: Small, order: Uint32Array, values: bigint[]) => {
    for (let i = 0; i < order.length; i++) map.set(order[i], values[i & 1023]);
  });
  const remove = own((map: Small, keys: Uint32Array) => {
    let deleted = 0;
    for (let i = 0; i < keys.length; i++) if (map.delete(keys[i])) deleted++;
    return deleted;
  });
  const walk = own((map: Small, repeats: number) => {
    let sum = 0;
    for (let r = 0; r < repeats; r++) {
      for (const [key, value] of map) {
        sum += key;
        if (value === 0n) sum++;
      }
    }
    return sum;
  });
  const map = create();
  set(map, keys, BIGINTS);
  return {
    lookup: () => time(ops, () => lookup(map, order)),
    update: () => time(ops, () => set(map, order, BIGINTS)),
    insert: () => repeated(repeats, () => {
      let fresh!: Small;
      const ns = time(count, () => set((fresh = create()), keys, BIGINTS));
      fresh.close();
      return ns;
    }),
    delete: () => repeated(repeats, () => {
      const ns = time(count, () => remove(map, keys));
      set(map, keys, BIGINTS);
      return ns;
    }),
    iterate: () => time(count * repeats, () => walk(map, repeats)),
    close: () => map.close(),
  };
}

/** Looks keys of 16 bytes up, which `words` is a view of, and answers how many are there. */
export function findBlocks(map: Wide, order: Uint32Array, key: Uint8Array, words: Uint32Array, out: Uint8Array): number {
  let found = 0;
  for (let i = 0; i < order.length; i += 4) {
    words[0] = order[i];
    words[1] = order[i + 1];
    words[2] = order[i + 2];
    words[3] = order[i + 3];
    if (map.getInto(key, out)) found++;
  }
  return found;
}

/** Sets such keys to one value. */
export function setBlocks(map: Wide, order: Uint32Array, key: Uint8Array, words: Uint32Array, value: Uint8Array): void {
  for (let i = 0; i < order.length; i += 4) {
    words[0] = order[i];
    words[1] = order[i + 1];
    words[2] = order[i + 2];
    words[3] = order[i + 3];
    map.set(key, value);
  }
}

function wide(kernel: Kernel, fixture: Fixture): Store {
  const { keys, order, count, ops, repeats } = fixture;
  const create = (): Wide => kernel.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: count });
  const key = new Uint8Array(16);
  const words = new Uint32Array(key.buffer);
  const value = new Uint8Array(16).fill(7);
  const lookup = own(findBlocks);
  const set = own(setBlocks);
  const remove = own((map: Wide, keys: Uint32Array, key: Uint8Array, words: Uint32Array) => {
    let deleted = 0;
    for (let i = 0; i < keys.length; i += 4) {
      words[0] = keys[i];
      words[1] = keys[i + 1];
      words[2] = keys[i + 2];
      words[3] = keys[i + 3];
      if (map.delete(key)) deleted++;
    }
    return deleted;
  });
  const walk = own((map: Wide, repeats: number) => {
    let sum = 0;
    for (let r = 0; r < repeats; r++) for (const [key, value] of map) sum += key[0] + value[0];
    return sum;
  });
  const map = create();
  set(map, keys, key, words, value);
  return {
    lookup: () => time(ops, () => lookup(map, order, key, words, value)),
    update: () => time(ops, () => set(map, order, key, words, value)),
    insert: () => repeated(repeats, () => {
      let fresh!: Wide;
      const ns = time(count, () => set((fresh = create()), keys, key, words, value));
      fresh.close();
      return ns;
    }),
    delete: () => repeated(repeats, () => {
      const ns = time(count, () => remove(map, keys, key, words));
      set(map, keys, key, words, value);
      return ns;
    }),
    iterate: () => time(count * repeats, () => walk(map, repeats)),
    close: () => map.close(),
  };
}

/** The mean of several runs. */
export function repeated(repeats: number, run: () => number): number {
  let sum = 0;
  for (let i = 0; i < repeats; i++) sum += run();
  return sum / repeats;
}

export function typedStore(kernel: Kernel, fixture: Fixture): Store {
  return fixture.shape === "u32 → u64" ? small(kernel, fixture) : wide(kernel, fixture);
}
