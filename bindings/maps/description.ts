// What the map classes are told of a map, and what a caller tells when he makes or opens one.
import type { MapInfo } from "../abi/info.ts";
import type { Codec } from "../codecs/codec.ts";

/** The lower-case kernel name of a map type that `createMap` knows. */
export type MapTypeName =
  | "hash"
  | "array"
  | "percpu_hash"
  | "percpu_array"
  | "lru_hash"
  | "lru_percpu_hash"
  | "lpm_trie"
  | "array_of_maps"
  | "hash_of_maps"
  | "queue"
  | "stack"
  | "bloom_filter"
  | "ringbuf"
  | "user_ringbuf";

/** Options of every spec; those that have no meaning for a type are refused with the errno Linux gives. */
export interface CommonSpec {
  /** How many elements the map holds; bytes for ring buffers. */
  maxEntries: number;
  /** Up to 15 letters, digits, "_" and ".". */
  name?: string;
  /** map_flags, `BPF_F_…`. */
  flags?: number;
  /** numa_node; sets BPF_F_NUMA_NODE. */
  numaNode?: number;
  /** map_extra: hash functions of a bloom filter. */
  mapExtra?: number | bigint;
}

/** What `openById` and `openPinned` take: how to read the map that is found. */
export interface OpenSpec {
  /** The type that the map must have. */
  type?: MapTypeName;
  /** Codec of the keys; without it keys are bytes. */
  key?: Codec<any>;
  /** Codec of the values; without it values are bytes. */
  value?: Codec<any>;
  /** Of LRU maps: as in their specs. */
  lookupMarks?: boolean;
  /** How to read the inner maps of a map of maps. */
  inner?: OpenSpec;
  /** BPF_F_RDONLY or BPF_F_WRONLY, for less than full access. */
  flags?: number;
}

/** What an outer map's object knows of its inner maps. */
export interface InnerDescription {
  /** How `get` opens an inner map. */
  spec: OpenSpec | undefined;
  /** The template as it was; undefined for an outer map that was opened, of which Linux does not tell it. */
  template: MapInfo | undefined;
}

/** What a map class is made from: the map behind the fd. Sizes are the map's own, whatever a codec says later. */
export interface MapDescription {
  /** The type's lower-case name, "hash". */
  type: string;
  name: string;
  maxEntries: number;
  flags: number;
  /** Undefined for types without keys. */
  key: Codec<any> | undefined;
  keySize: number;
  /** Undefined for types without values (ring buffers). */
  value: Codec<any> | undefined;
  /** Of one CPU's value, for types that have one for each CPU. */
  valueSize: number;
  /** Of LRU maps: whether lookups by this object mark elements as used. */
  lookupMarks?: boolean;
  /** Of maps of maps. */
  inner?: InnerDescription;
}
