// What a benchmark is made of. Case files are portable: whatever only Node can do comes in through `Bench.host`.
import type { Prefixes } from "../sides/prefixes.ts";

/** Sizes of one run: `FULL` for numbers, `QUICK` to see that everything still runs. */
export interface Scale {
  /** Elements: all in cache, in the last cache or beyond it, far beyond it. */
  small: number;
  medium: number;
  large: number;
  /** Elements of the growth case. */
  huge: number;
  /** Most prefixes of the real data. */
  prefixes: number;
  /** Operations of one round. */
  ops: number;
  /** Operations of the latency case. */
  latencyOps: number;
  /** Rounds that count; one more before them warms up. Odd, so that the median is a measurement. */
  rounds: number;
}

export const FULL: Scale = {
  small: 1_000,
  medium: 100_000,
  large: 1_000_000,
  huge: 64_000_000,
  prefixes: 10_000_000,
  ops: 1_000_000,
  latencyOps: 10_000_000,
  rounds: 7,
};

export const QUICK: Scale = {
  small: 64,
  medium: 256,
  large: 1024,
  huge: 4096,
  prefixes: 512,
  ops: 1024,
  latencyOps: 4096,
  rounds: 1,
};

/** Numbers of the live kernel for one map, from a program of its own; every answer is ns per operation. */
export interface KernelMap {
  /** Fills the map with the keys 0 to n - 1 of its list. */
  fill(): Promise<number>;
  lookup(): Promise<number>;
  update(): Promise<number>;
  /** Fills a fresh map of the same shape. */
  insert(): Promise<number>;
  /** Deletes every element; the map is filled again afterwards, untimed. */
  delete(): Promise<number>;
  /** GET_NEXT_KEY and LOOKUP over the whole map, per element. */
  iterate(): Promise<number>;
  /** LOOKUP_BATCH over the whole map, per element. */
  lookupBatch(): Promise<number>;
  close(): Promise<void>;
}

/** A map for the kernel, the keys it holds and the order in which rounds use them. */
export interface KernelMapSpec {
  type: number;
  flags: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  /** Elements to fill in: keys and values behind one another. */
  keys: Uint8Array;
  values: Uint8Array;
  /** Keys of one round of lookups or updates. */
  order: Uint8Array;
}

/** Numbers of a native hash table, from a program of its own; every answer is ns per operation. */
export interface NativeTable {
  /** What the table is, with its version and compiler. */
  about: string;
  /** Looks the keys of the order up. */
  find(): Promise<number>;
  /** Inserts all elements into a fresh table, which has reserved room for them. */
  insert(): Promise<number>;
  close(): Promise<void>;
}

/** The elements of a native table, and the keys of a round of lookups; keys and values are blocks of `size` bytes. */
export interface NativeSpec {
  size: 4 | 16;
  keys: Uint8Array;
  values: Uint8Array;
  order: Uint8Array;
}

/** What a fresh process measured. */
export interface ProcessNumbers {
  [name: string]: number;
}

/** What only Node can do. */
export interface Host {
  /** The live kernel, or the reason why it does not answer. */
  kernelMap(spec: KernelMapSpec): Promise<KernelMap | string>;
  /** A native table that holds these elements, or the reason why there is none. */
  nativeTable(spec: NativeSpec): Promise<NativeTable | string>;
  /** Live bytes of the JavaScript heap, after a full collection. */
  heapBytes(): number;
  /** Runs bench/host/fresh.mjs with these words in a process of its own and reads the numbers it prints. */
  freshProcess(...words: string[]): Promise<ProcessNumbers>;
  /** Sizes in bytes of the release core: as it is and compressed. */
  wasmSizes(): { raw: number; brotli: number };
  /** Bytes of memory that a case may still take. */
  freeBytes(): number;
  /** A clock of ns resolution, in ns. */
  now(): number;
  /** node:net's BlockList with these prefixes; answers whether an address is in one. */
  blockList(prefixes: Prefixes): (address: string) => boolean;
  /** A reader of the MaxMind database format over these prefixes; null for an address in none. */
  mmdbReader(prefixes: Prefixes): { get(address: string): unknown };
}

/** What a run gives to its cases. */
export interface Bench {
  scale: Scale;
  /** Forces a full garbage collection, where the runtime lets us. */
  gc(): void;
  /** Gives a page the time to show what has happened. */
  breathe?(): Promise<void>;
  host?: Host;
  /** The text of a file of real data, by name; undefined where it is not installed. */
  data(name: "asn-country-ipv4-num.csv"): Promise<string | undefined>;
  /** The module of the memory latency limit (limit/loop.ts). */
  limitWasm(): Promise<Uint8Array>;
  /** The bare module of the core that is measured. */
  coreWasm(): Promise<Uint8Array>;
}

/** One side of a case. */
export interface Side {
  name: string;
  ours: boolean;
  /** One round; the answer is in the case's unit. */
  measure(): number | Promise<number>;
}

/** What a case needs while it runs. */
export interface Prepared {
  sides: Side[];
  /** Sides that are not there, with the reason. */
  skipped?: { name: string; reason: string }[];
  /** Said below the table. */
  notes?: string[];
  dispose?(): void | Promise<void>;
}

/** One row of the table of targets. */
export interface Target {
  nr: string;
  /** What the row is called. */
  text: string;
  /** The side of ours that counts. */
  ours: string;
  /** The peers: the row is about the fastest of those that ran. Without any, the target is for our number itself. */
  peers: string[];
  /** The ratio, or for rows without a peer the number, must not be above it. A row without one is a figure to know. */
  max?: number;
  /** What keeps the row from its target, for the page that has the table: printed while the row is not met. */
  limit?: string;
}

/** One benchmark: several sides do the same work, in turn. */
export interface Case {
  name: string;
  unit: "ns" | "ms" | "bytes" | "bytes/element" | "% misses" | "×";
  /** Whether pages can run it. */
  portable: boolean;
  /** Measured once instead of in rounds: for sizes, and for what takes very long. */
  once?: boolean;
  targets?: Target[];
  /** Prepares the sides, or says why there is nothing to run. */
  prepare(bench: Bench): Prepared | string | Promise<Prepared | string>;
}

/** A kind of benchmarks, one file. */
export interface Subject {
  name: string;
  cases: Case[];
}
