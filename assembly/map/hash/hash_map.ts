import { MapFlag } from "../../uapi/constants";
import { Map } from "../map";
import { hash_lookup3, hash_seeded, hash_word } from "./hash_fn";

// What every hash-family map is made of. An element lies in a data chunk, and its address never changes:
//
//          ┌────────────────────────┬───────────────────────────────┐
//          │ key, padded to 8 bytes │ value, padded to 8 bytes      │   stride = both
//          └────────────────────────┴───────────────────────────────┘
//
// Linux walks n buckets, n = max_entries rounded up to a power of two. Here a kernel bucket is virtual: eight neighbours
// share one line of tags in private memory, which at a full map stands for 8 elements at most on average. A tag is the
// lowest byte of the key's hash, and its low 3 bits are the bucket within the line: so comparing all tags of a line in one
// SIMD step tells both bucket and key apart, with one false candidate in 256.
//
//   hash  31 ································ 8 │ 7 ········· 3 │ 2 ·· 0
//         line (as many bits as n needs)        │ nothing else  │ bucket
//
// Where the elements are, a map decides when it is created (table.ts):
//
//   groups (groups.ts)   an element lies where its tag does. Preallocated maps whose order nobody may know.
//   chains (chains.ts)   a line holds its elements' addresses. Everything else: the kernel's own order, elements that are
//                        blocks of their own, LRU maps, whose elements change hands.

@unmanaged
export class HashMap extends Map {
  /** Elements now in the map. */
  count: u32;
  /** Kernel buckets - 1, and lines - 1. */
  bucket_mask: u32;
  line_mask: u32;
  /** Bytes from an element's start to its value, and to the next element. */
  value_offset: u32;
  stride: u32;
  /** The lines of tags: of groups, or the first ones of chains. */
  lines: usize;
  /** Elements of a preallocated map; 0 when each element is its own block. */
  elements: usize;
  /** Slots of a group; 0 means chains. */
  group_slots: u32;
  /** Bytes of a group's elements. */
  group_size: u32;
  /** Chunk kind of elements: data, or private for values that are references. */
  element_kind: u32;
  /** Where threads share the memory: address of the first stripe's lock, and in its low bits what stripes are (stripe.ts). */
  stripes: u32;
  _stripes_pad: u32;
  /** Both odd. */
  seed0: u64;
  seed1: u64;
  // Of chains only.
  /** Overflow lines: never used ones from spare_next to spare_end, then a list of returned ones (0 ends it). */
  spare_next: usize;
  spare_end: usize;
  spare_list: usize;
  /** Free elements: a word for each, the next one's number plus 1; those from free_next on were never used. */
  free_links: usize;
  free_next: u32;
  free_list: u32;
}
if (offsetof<HashMap>() % 8 != 0) ERROR("HashMap must end 8-byte aligned");

/** Under BPF_F_ZERO_SEED the order of elements is the kernel's own. */
@inline
export function is_ordered(map: HashMap): bool {
  return (map.map_flags & MapFlag.ZERO_SEED) != 0;
}

/** Buckets of the kernel's table. */
export function nr_buckets(map: HashMap): u32 {
  return map.bucket_mask + 1;
}

/** Hash of a key in this map. */
export function hash_key(map: HashMap, key: usize): u32 {
  if (is_ordered(map)) return hash_of_kernel(hash_lookup3(key, map.key_size, 0));
  return hash_seeded(key, map.key_size, map.seed0, map.seed1);
}

/** The hash of a 4-byte key in a map with seeded hashing. */
@inline
export function hash_of_word(map: HashMap, key: u32): u32 {
  return hash_word(key, map.seed0, map.seed1);
}

/** The kernel's own hash with its bits where this table looks for them: it takes a bucket from the low ones. */
function hash_of_kernel(hash: u32): u32 {
  return ((hash >> 3) << 8) | ((hash >> 27) << 3) | (hash & 7);
}

/** Number of the line that a hash chooses. */
@inline
export function line_index(map: HashMap, hash: u32): u32 {
  return (hash >> 8) & map.line_mask;
}

/** Number of the kernel bucket that a hash chooses. */
export function bucket_index(map: HashMap, hash: u32): u32 {
  return ((line_index(map, hash) << 3) | (hash & 7)) & map.bucket_mask;
}

@inline
export function value_of(map: HashMap, element: usize): usize {
  return element + map.value_offset;
}

/** value_of an element with a 4-byte key, without a look at the map. */
export const WORD_VALUE_OFFSET: usize = 8;
/** Bytes of an element with a key and a value of 4 bytes. */
export const WORD_STRIDE: u32 = 16;

/** Index of an element of a preallocated map. */
@inline
export function element_index(map: HashMap, element: usize): u32 {
  return <u32>(element - map.elements) / map.stride;
}
