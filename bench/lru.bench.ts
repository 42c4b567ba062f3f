// LRU maps as caches: keys from twice as many as fit, set on a miss.
import { bytes, Kernel, u32 } from "./library.js";
import { LRUCache } from "lru-cache";
import { LRUMap } from "mnemonist";
import type { Bench, Case, Prepared, Side, Subject } from "./harness/case.ts";
import { blockHits, blocks, hits, keysU32, zipf } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { bytesToBigint, bytesToLatin1 } from "./sides/byte_keys.ts";

const MNEMONIST = "mnemonist LRUMap";
const LRU_CACHE = "lru-cache";

interface Cache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

const useCache = (cache: Cache<number, number>, order: Uint32Array | Int32Array) => {
  let misses = 0;
  for (let i = 0; i < order.length; i++) {
    const key = order[i];
    if (cache.get(key) === undefined) {
      cache.set(key, i);
      misses++;
    }
  }
  return misses;
};

function prepareNumbers({ scale: { medium, ops } }: Bench): Prepared {
  const order = hits(keysU32(2 * medium), ops, 1);
  const signed = new Int32Array(order.buffer);
  const map = Kernel.loadSync().createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: medium });
  const marking = Kernel.loadSync().createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: medium, lookupMarks: true });
  const numbers = new LRUMap<number, number>(Uint32Array, Uint32Array, medium);
  const cache = new LRUCache<number, number>({ max: medium });
  const side = (name: string, ours: boolean, target: Cache<number, number>, keys: Uint32Array | Int32Array) => {
    const loop = own(useCache);
    return { name, ours, measure: () => time(ops, () => loop(target, keys)) };
  };
  return {
    sides: [side("typed", true, map, order), side("typed, lookupMarks", true, marking, order), side(MNEMONIST, false, numbers, signed), side(LRU_CACHE, false, cache, signed)],
    notes: ["a lookup from user space does not refresh an element of an LRU map, in Linux as here; a set does"],
    dispose: () => {
      map.close();
      marking.close();
    },
  };
}

function prepareBytes({ scale: { medium, ops } }: Bench): Prepared {
  const SIZE = 16;
  const order = blockHits(blocks(2 * medium, SIZE, 2), SIZE, ops, 1);
  const map = Kernel.loadSync().createMap({ type: "lru_hash", key: bytes(SIZE), value: bytes(SIZE), maxEntries: medium });
  const ours = own((cache: typeof map, order: Uint8Array, key: Uint8Array, value: Uint8Array) => {
    let misses = 0;
    for (let at = 0; at < order.length; at += 16) {
      for (let i = 0; i < 16; i++) key[i] = order[at + i];
      if (!cache.getInto(key, value)) {
        cache.set(key, value);
        misses++;
      }
    }
    return misses;
  });
  const theirs = (
    cache: Cache<string | bigint, Uint8Array>,
    order: Uint8Array,
    convert: (bytes: Uint8Array, at: number) => string | bigint,
  ) => {
    let misses = 0;
    for (let at = 0; at < order.length; at += 16) {
      const key = convert(order, at);
      if (cache.get(key) === undefined) {
        cache.set(key, new Uint8Array(16));
        misses++;
      }
    }
    return misses;
  };
  const side = (name: string, convert: (bytes: Uint8Array, at: number) => string | bigint) => {
    const loop = own(theirs);
    const cache = new LRUCache<string | bigint, Uint8Array>({ max: medium });
    return { name, ours: false, measure: () => time(ops, () => loop(cache, order, convert)) };
  };
  const [key, value] = [new Uint8Array(SIZE), new Uint8Array(SIZE)];
  return {
    sides: [
      { name: "typed", ours: true, measure: () => time(ops, () => ours(map, order, key, value)) },
      side("lru-cache, latin1", bytesToLatin1),
      side("lru-cache, bigint", bytesToBigint),
    ],
    dispose: () => map.close(),
  };
}

/** Misses in per cent of a trace in which few keys are asked for often: what a cache is for. */
function prepareTrace({ scale: { medium, ops } }: Bench): Prepared {
  const max = Math.ceil(medium / 10);
  const trace = zipf(ops, medium, 1, 8);
  const kernel = Kernel.loadSync({ seed: 1 });
  const misses = (cache: Cache<number, number>, onHit?: (key: number) => void): number => {
    let count = 0;
    for (const key of trace) {
      if (cache.get(key) !== undefined) {
        onHit?.(key);
        continue;
      }
      cache.set(key, key);
      count++;
    }
    return (100 * count) / trace.length;
  };
  const ours = (name: string, setsAgain: boolean, lookupMarks = false): Side => {
    const measure = (): number => {
      const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: max, lookupMarks });
      const share = misses(map, setsAgain ? (key) => map.set(key, key) : undefined);
      map.close();
      return share;
    };
    return { name, ours: true, measure };
  };
  return {
    sides: [
      ours("get", false),
      ours("get, set on a hit", true),
      ours("get, lookupMarks", false, true),
      { name: LRU_CACHE, ours: false, measure: () => misses(new LRUCache<number, number>({ max })) },
    ],
    notes: [`a cache of ${max} in front of ${medium} keys; the k-th most frequent is asked for 1/k as often as the first`],
  };
}

const cases: Case[] = [
  {
    name: "cache of 100k, u32 keys from 200k, set on a miss",
    unit: "ns",
    portable: true,
    targets: [
      { nr: "11a", text: "LRU at capacity 100k, u32 keys from 200k", ours: "typed", peers: [MNEMONIST], max: 1 },
      { nr: "11b", text: "the same", ours: "typed", peers: [LRU_CACHE], max: 0.5 },
    ],
    prepare: prepareNumbers,
  },
  {
    name: "cache of 100k, 16 B keys from 200k, set on a miss",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "12",
        text: "the same with 16-byte keys",
        ours: "typed",
        peers: ["lru-cache, latin1", "lru-cache, bigint"],
        max: 0.25,
      },
    ],
    prepare: prepareBytes,
  },
  {
    name: "misses of a cache of 10k, zipf trace over 100k keys",
    unit: "% misses",
    portable: true,
    once: true,
    targets: [
      { nr: "32a", text: "LRU misses on a zipf trace, get (which marks nothing, as in Linux)", ours: "get", peers: [LRU_CACHE] },
      { nr: "32b", text: "the same, a hit is set again", ours: "get, set on a hit", peers: [LRU_CACHE] },
      { nr: "32c", text: "the same, get marks", ours: "get, lookupMarks", peers: [LRU_CACHE] },
    ],
    prepare: prepareTrace,
  },
];

export const lru: Subject = { name: "lru_hash", cases };
