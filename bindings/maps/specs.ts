// What `createMap` takes, for all types together.
import type { Codec } from "../codecs/codec.ts";
import type { ArraySpec } from "./array.ts";
import type { BpfMap } from "./base.ts";
import type { BloomFilterSpec } from "./bloom_filter.ts";
import type { CommonSpec } from "./description.ts";
import type { HashSpec } from "./hash.ts";
import type { InitialEntries } from "./initial_entries.ts";
import type { LpmTrieSpec } from "./lpm_trie.ts";
import type { LruHashSpec } from "./lru.ts";
import type { LruPercpuHashSpec, PercpuArraySpec, PercpuHashSpec } from "./percpu.ts";
import type { QueueSpec, StackSpec } from "./queue_stack.ts";
import type { RingBufferSpec } from "./ring_buffer.ts";
import type { UserRingBufferSpec } from "./user_ring_buffer.ts";

/** What an outer map's inner maps are like: the spec of one, or a map to take after. Neither is kept. */
export type InnerSpec = MapSpec | BpfMap;

/** What `createMap` makes an array of maps from. */
export interface ArrayOfMapsSpec extends CommonSpec, InitialEntries {
  type: "array_of_maps";
  /** The index is a u32; saying so is allowed. */
  key?: Codec<number>;
  /** The spec of an inner map, or a map that they take after. Neither is kept. */
  inner: InnerSpec;
}

/** What `createMap` makes a hash of maps from. */
export interface HashOfMapsSpec<K> extends CommonSpec, InitialEntries {
  type: "hash_of_maps";
  key: Codec<K>;
  /** The spec of an inner map, or a map that they take after. Neither is kept. */
  inner: InnerSpec;
}

/** The spec of each type, for keys `K` and values `V`. */
export interface SpecTable<K, V> {
  hash: HashSpec<K, V>;
  array: ArraySpec<V>;
  percpu_hash: PercpuHashSpec<K, V>;
  percpu_array: PercpuArraySpec<V>;
  lru_hash: LruHashSpec<K, V>;
  lru_percpu_hash: LruPercpuHashSpec<K, V>;
  lpm_trie: LpmTrieSpec<K, V>;
  array_of_maps: ArrayOfMapsSpec;
  hash_of_maps: HashOfMapsSpec<K>;
  queue: QueueSpec<V>;
  stack: StackSpec<V>;
  bloom_filter: BloomFilterSpec<V>;
  ringbuf: RingBufferSpec;
  user_ringbuf: UserRingBufferSpec;
}

/** What `createMap` takes: the spec of any type. */
export type MapSpec = SpecTable<any, any>[keyof SpecTable<any, any>];
