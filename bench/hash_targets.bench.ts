// The targets of hash maps against Map: get, set, insert, wide keys, many keys in one call, iteration.
import { bytes, type HashMap, Kernel, u32 } from "./library.js";
import type { Bench, Case, Prepared, Subject } from "./harness/case.ts";
import { blockHits, blocks, hits, keysU32 } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { batchWalk } from "./sides/batch_walk.ts";
import { bytesToBigint, bytesToHex, bytesToLatin1 } from "./sides/byte_keys.ts";

type NumberMap = HashMap<number, number>;
type JsMap = Map<number, number>;

const MAP = "Map<number, number>";

const getAll = (map: NumberMap | JsMap, order: Uint32Array | Int32Array) => {
  let sum = 0;
  for (let i = 0; i < order.length; i++) sum += map.get(order[i])!;
  return sum;
};
const setAll = (map: NumberMap | JsMap, order: Uint32Array | Int32Array) => {
  for (let i = 0; i < order.length; i++) map.set(order[i], i);
};

/** The same elements in a hash map and in a Map; `signed` views of keys below 2^31 are what Map is fastest with. */
function both(count: number, ops: number) {
  const keys = keysU32(count);
  const order = hits(keys, ops, 1);
  const signed = (words: Uint32Array<ArrayBuffer>): Int32Array => new Int32Array(words.buffer);
  const kernel = Kernel.loadSync();
  const create = (): NumberMap => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: count });
  const map = create();
  const peer: JsMap = new Map();
  for (let i = 0; i < count; i++) {
    map.set(keys[i], i);
    peer.set(keys[i], i);
  }
  return { kernel, map, peer, keys, order, create, signedKeys: signed(keys), signedOrder: signed(order) };
}

function prepareLoop(loop: typeof getAll | typeof setAll, count: number, ops: number): Prepared {
  const { map, peer, order, signedOrder } = both(count, ops);
  const [ours, theirs] = [own(loop), own(loop)];
  return {
    sides: [
      { name: "typed", ours: true, measure: () => time(ops, () => ours(map, order)) },
      { name: MAP, ours: false, measure: () => time(ops, () => theirs(peer, signedOrder)) },
    ],
    dispose: () => map.close(),
  };
}

function prepareInsert({ scale }: Bench): Prepared {
  const { map, keys, signedKeys, create } = both(scale.large, 1);
  map.close();
  const [ours, theirs] = [own(setAll), own(setAll)];
  return {
    sides: [
      {
        name: "typed",
        ours: true,
        measure: () => {
          let fresh!: NumberMap;
          const ns = time(keys.length, () => ours((fresh = create()), keys));
          fresh.close();
          return ns;
        },
      },
      { name: MAP, ours: false, measure: () => time(keys.length, () => theirs(new Map(), signedKeys)) },
    ],
  };
}

function prepareWide({ scale: { large: count, ops } }: Bench): Prepared {
  const SIZE = 16;
  const keys = blocks(count, SIZE, 2);
  const order = blockHits(keys, SIZE, ops, 1);
  const map = Kernel.loadSync().createMap({ type: "hash", key: bytes(SIZE), value: bytes(SIZE), maxEntries: count });
  const value = new Uint8Array(SIZE);
  for (let i = 0; i < count; i++) map.set(keys.subarray(i * SIZE, (i + 1) * SIZE), value);

  // Every side starts from the bytes of a key in a large buffer, as a program that reads packets or rows does.
  const ours = own((map: HashMap<Uint8Array, Uint8Array>, order: Uint8Array, key: Uint8Array, out: Uint8Array) => {
    let found = 0;
    for (let at = 0; at < order.length; at += 16) {
      for (let i = 0; i < 16; i++) key[i] = order[at + i];
      if (map.getInto(key, out)) found++;
    }
    return found;
  });
  const theirs = (map: Map<unknown, Uint8Array>, order: Uint8Array, convert: (bytes: Uint8Array, at: number) => unknown) => {
    let found = 0;
    for (let at = 0; at < order.length; at += 16) if (map.get(convert(order, at)) !== undefined) found++;
    return found;
  };
  const ready = own((map: Map<unknown, Uint8Array>, order: unknown[]) => {
    let found = 0;
    for (let i = 0; i < order.length; i++) if (map.get(order[i]) !== undefined) found++;
    return found;
  });
  const key = new Uint8Array(SIZE);
  const peer = (name: string, convert: (bytes: Uint8Array, at: number) => unknown) => {
    const loop = own(theirs);
    const peerMap = new Map<unknown, Uint8Array>();
    for (let i = 0; i < count; i++) peerMap.set(convert(keys, i * SIZE), new Uint8Array(SIZE));
    return { name, ours: false, measure: () => time(ops, () => loop(peerMap, order, convert)), peerMap };
  };
  const latin1 = peer("Map<latin1 string>", bytesToLatin1);
  const strings = Array.from({ length: ops }, (_, i) => bytesToLatin1(order, i * SIZE));
  return {
    sides: [
      { name: "getInto", ours: true, measure: () => time(ops, () => ours(map, order, key, value)) },
      latin1,
      peer("Map<bigint>", bytesToBigint),
      peer("Map<hex>", bytesToHex),
      { name: "Map, strings ready", ours: false, measure: () => time(ops, () => ready(latin1.peerMap, strings)) },
    ],
    dispose: () => map.close(),
  };
}

function prepareMany({ scale: { large, ops } }: Bench): Prepared {
  const { map, peer, order, signedOrder } = both(large, ops);
  const CHUNK = 1024;
  const chunks: Uint32Array[] = [];
  for (let at = 0; at < ops; at += CHUNK) chunks.push(order.subarray(at, at + CHUNK));
  const theirs = own(getAll);
  const many = own((map: NumberMap, chunks: Uint32Array[]) => {
    let sum = 0;
    for (const keys of chunks) {
      const values = map.getMany(keys);
      for (let i = 0; i < values.length; i++) sum += values[i]!;
    }
    return sum;
  });
  const manyInto = own((map: NumberMap, chunks: Uint32Array[], out: Uint32Array) => {
    let sum = 0;
    for (const keys of chunks) {
      map.getManyInto(keys, out);
      for (let i = 0; i < keys.length; i++) sum += out[i];
    }
    return sum;
  });
  const out = new Uint32Array(CHUNK);
  return {
    sides: [
      { name: "getMany", ours: true, measure: () => time(ops, () => many(map, chunks)) },
      { name: "getManyInto", ours: true, measure: () => time(ops, () => manyInto(map, chunks, out)) },
      { name: MAP, ours: false, measure: () => time(ops, () => theirs(peer, signedOrder)) },
    ],
    dispose: () => map.close(),
  };
}

function prepareIterate({ scale: { large } }: Bench): Prepared {
  const { kernel, map, peer } = both(large, 1);
  const walk = (map: NumberMap | JsMap) => {
    let sum = 0;
    for (const [key, value] of map) sum += key ^ value;
    return sum;
  };
  const [ours, theirs] = [own(walk), own(walk)];
  const batch = batchWalk(kernel, map);
  return {
    sides: [
      { name: "for-of", ours: true, measure: () => time(large, () => ours(map)) },
      { name: "LOOKUP_BATCH", ours: true, measure: () => time(large, batch) },
      { name: "Map for-of", ours: false, measure: () => time(large, () => theirs(peer)) },
    ],
    dispose: () => map.close(),
  };
}

const loops: Case[] = [
  {
    name: "get of random hits, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [{ nr: "1", text: "typed get, u32 → u32, random hits, 1M elements", ours: "typed", peers: [MAP], max: 0.9 }],
    prepare: ({ scale }) => prepareLoop(getAll, scale.large, scale.ops),
  },
  {
    name: "get of random hits, u32 → u32, 1k",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "2",
        text: "the same at 1k elements",
        ours: "typed",
        peers: [MAP],
        max: 0.8,
        limit: "Everything is in the nearest cache, so the row compares instructions, and ours include a call from JavaScript into the module.",
      },
    ],
    prepare: ({ scale }) => prepareLoop(getAll, scale.small, scale.ops),
  },
  {
    name: "set of an existing key, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [{ nr: "3", text: "typed set of an existing key, 1M", ours: "typed", peers: [MAP], max: 0.8 }],
    prepare: ({ scale }) => prepareLoop(setAll, scale.large, scale.ops),
  },
];

const others: Case[] = [
  {
    name: "insert into a fresh map, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "4",
        text: "insert 1M new keys into a fresh map, create included",
        ours: "typed",
        peers: [MAP],
        max: 0.5,
        limit: "A fresh map's memory is mapped page by page while it is filled, and how long that takes depends on the system.",
      },
    ],
    prepare: prepareInsert,
  },
  {
    name: "getInto from bytes, 16 B → 16 B, 1M",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "5",
        text: "getInto, 16-byte key → 16-byte value, 1M",
        ours: "getInto",
        peers: ["Map<latin1 string>", "Map<bigint>", "Map<hex>"],
        max: 0.15,
        limit:
          "The key and the value are arrays of the caller's: to copy 16 bytes into one, and a single load from random memory, " +
          "take 0.2 of `Map` already. `getManyInto`, whose lookups wait for memory together, takes a seventh of this loop's time.",
      },
    ],
    prepare: prepareWide,
  },
  {
    name: "getMany of 1,024 random keys, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [
      { nr: "6a", text: "getMany of 1,024 random u32 keys at 1M, per element", ours: "getMany", peers: [MAP], max: 0.35 },
      { nr: "6b", text: "the same into a typed array", ours: "getManyInto", peers: [MAP], max: 0.35 },
    ],
    prepare: prepareMany,
  },
  {
    name: "iterate, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "7a",
        text: "full iteration of 1M elements, for-of",
        ours: "for-of",
        peers: ["Map for-of"],
        max: 1.5,
        limit:
          "`for (const [key, value] of map)` needs a pair for each element, as `Map`'s does, but from an iterator that is written " +
          "in JavaScript; the smallest one that is possible takes up to 1.2 of `Map`'s time.",
      },
      {
        nr: "7b",
        text: "the same in batches",
        ours: "LOOKUP_BATCH",
        peers: ["Map for-of"],
        max: 0.7,
        limit:
          "A batch reads all elements, puts them into the order of their buckets and copies them out; a third of the time is the " +
          "JavaScript loop that reads the copies.",
      },
    ],
    prepare: prepareIterate,
  },
];

export const hashTargets: Subject = { name: "hash against Map", cases: [...loops, ...others] };
