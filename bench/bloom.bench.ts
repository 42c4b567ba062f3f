// Bloom filters of 16-byte values.
import { type BloomFilterMap, bytes, Kernel } from "./library.js";
import { BloomFilter as MnemonistBloomFilter } from "mnemonist";
import type { Bench, Case, Prepared, Side, Subject } from "./harness/case.ts";
import { blocks } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { bytesToLatin1 } from "./sides/byte_keys.ts";

const SIZE = 16;
const BLOOM_FILTERS = "bloom-filters";
const MNEMONIST = "mnemonist BloomFilter";

/** A BPF bloom filter with five hash functions answers "perhaps" to about 2 % of what it has never seen. */
const ERROR_RATE = 0.021;

/** The peers take strings, and get them ready made. */
interface Filter {
  add(text: string): unknown;
  has(text: string): boolean;
}

type Ours = BloomFilterMap<Uint8Array>;

const addBytes = (filter: Ours, words: Uint32Array, value: Uint8Array, target: Uint32Array) => {
  for (let i = 0; i < words.length; i += 4) {
    target[0] = words[i];
    target[1] = words[i + 1];
    target[2] = words[i + 2];
    target[3] = words[i + 3];
    filter.add(value);
  }
  return 0;
};
const hasBytes = (filter: Ours, words: Uint32Array, value: Uint8Array, target: Uint32Array) => {
  let found = 0;
  for (let i = 0; i < words.length; i += 4) {
    target[0] = words[i];
    target[1] = words[i + 1];
    target[2] = words[i + 2];
    target[3] = words[i + 3];
    if (filter.has(value)) found++;
  }
  return found;
};
const addTexts = (filter: Filter, texts: string[]) => {
  for (let i = 0; i < texts.length; i++) filter.add(texts[i]);
  return 0;
};
const hasTexts = (filter: Filter, texts: string[]) => {
  let found = 0;
  for (let i = 0; i < texts.length; i++) if (filter.has(texts[i])) found++;
  return found;
};

interface Peer {
  name: string;
  /** Of so many values the peer gets one, where a million would take minutes. */
  share: number;
  make(capacity: number): Filter;
}

async function bloomFilters(): Promise<Peer> {
  // A CommonJS module: what is imported is its exports as they are, or under "default", as the loader sees fit.
  const imported = await import("bloom-filters");
  const { BloomFilter } = imported.default ?? imported;
  return { name: BLOOM_FILTERS, share: 100, make: (capacity) => BloomFilter.create(capacity, ERROR_RATE) };
}

const mnemonist: Peer = {
  name: MNEMONIST,
  share: 1,
  make: (capacity) => {
    const filter = new MnemonistBloomFilter({ capacity, errorRate: ERROR_RATE });
    return { add: (text) => filter.add(text), has: (text) => filter.test(text) };
  },
};

async function prepare({ scale: { large: count } }: Bench, operation: "add" | "has"): Promise<Prepared> {
  const peers = [mnemonist];
  const skipped: { name: string; reason: string }[] = [];
  if (typeof Buffer === "undefined") skipped.push({ name: BLOOM_FILTERS, reason: "it needs Node's Buffer" });
  else peers.push(await bloomFilters());
  const values = blocks(count, SIZE, 4);
  const words = new Uint32Array(values.buffer);
  const texts = Array.from({ length: count }, (_, i) => bytesToLatin1(values, i * SIZE));
  const map = Kernel.loadSync().createMap({ type: "bloom_filter", value: bytes(SIZE), maxEntries: count });
  const value = new Uint8Array(SIZE);
  const target = new Uint32Array(value.buffer);
  addBytes(map, words, value, target);
  const ours = own(operation === "add" ? addBytes : hasBytes);
  const sides: Side[] = [
    { name: "typed", ours: true, measure: () => time(count, () => ours(map, words, value, target)) },
    ...peers.map(({ name, share, make }): Side => {
      const some = texts.slice(0, Math.max(1, Math.floor(count / share)));
      const filter = make(count);
      addTexts(filter, some);
      const theirs = own(operation === "add" ? addTexts : hasTexts);
      return { name, ours: false, measure: () => time(some.length, () => theirs(filter, some)) };
    }),
  ];
  return { sides, skipped, dispose: () => map.close() };
}

const cases = (["has", "add"] as const).map((operation, index): Case => {
  const [first, second] = [`15${"ac"[index]}`, `15${"bd"[index]}`];
  return {
    name: `${operation}, 16 B values, 1M`,
    unit: "ns",
    portable: true,
    targets: [
      { nr: first, text: `bloom ${operation}, 16-byte values, 1M`, ours: "typed", peers: [BLOOM_FILTERS], max: 0.03 },
      { nr: second, text: "the same", ours: "typed", peers: [MNEMONIST], max: 0.5 },
    ],
    prepare: (bench) => prepare(bench, operation),
  };
});

export const bloom: Subject = { name: "bloom_filter", cases };
