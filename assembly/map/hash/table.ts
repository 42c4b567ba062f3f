import { Errno, MapFlag } from "../../uapi/constants";
import { KIND_DATA, KIND_PRIVATE } from "../../mem/chunk";
import { round_up_8, round_up_pow2 } from "../../mem/bytes";
import { is_alone } from "../../mem/cpu";
import { heap_alloc, heap_free } from "../../mem/heap";
import { RESTART } from "../../mem/section";
import { next_seed } from "../seed";
import { BLOCK_SIZE_MAX, WIDE_GROUPS, WORD_GROUPS, WORD_LOOKUP, err_ptr } from "../map";

import {
  CHAIN_LINE_SHIFT, chain_lines_size, chains_destroy, find_in_chains, free_links_size, give_element, insert_in_chains,
  likely_in_chains, remove_from_chains, spare_lines_size, take_element, touch_chain,
} from "./chains";
import { chain_is_empty, copy_bucket_of_chain, count_in_chain, first_in_chain, next_in_chain } from "./chain_walk";
import { copy_bucket_of_group, copy_groups } from "./group_copy";
import {
  GROUP_LINE_SHIFT, find_in_groups, fits_at_home, group_lines_size, group_slots_for, insert_in_groups, is_at_home,
  likely_in_groups, count_groups, remove_from_groups, unlikely_in_groups,
} from "./groups";
import { count_in_group, first_in_group, group_is_empty, next_in_group } from "./group_walk";
import { HashMap, bucket_index, is_ordered, nr_buckets } from "./hash_map";
import { stripes_create } from "./stripe";

// The table under a hash-family map, as the map types see it: create, find, insert, remove, walk, copy. This is the only file
// that asks whether a table is groups or chains; words.ts, which a host's lookups of 4- and 16-byte keys go through, has the
// answer in the map's word_keys.

/** Bytes of a line: blocks of private memory are aligned to one only when their size is a multiple of it. */
const ALIGNMENT: u64 = 64;

@inline
function in_groups(map: HashMap): bool {
  return map.group_slots != 0;
}

/**
 * Memory for a table, and for a preallocated map all elements. `value_size` is what an element holds, `kind` in which chunks
 * it lies. `owned`: the map's type says which elements are free, and whose key an element gets. False when memory is at its
 * limit.
 */
export function table_create(map: HashMap, value_size: u32, kind: u32, owned: bool): bool {
  map.bucket_mask = round_up_pow2(map.max_entries) - 1;
  map.line_mask = map.bucket_mask >> 3;
  map.value_offset = <u32>round_up_8(map.key_size);
  map.stride = map.value_offset + <u32>round_up_8(value_size);
  map.element_kind = kind;
  if (!is_ordered(map)) {
    map.seed0 = next_seed() | 1;
    map.seed1 = next_seed() | 1;
    if (map.key_size == 4 && kind == KIND_DATA) map.word_keys = WORD_LOOKUP;
  }
  if (map.map_flags & MapFlag.NO_PREALLOC) return table_alloc(map, chain_lines_size(map.line_mask + 1), 0);
  if (owned) return chains_create(map, 0);
  return is_ordered(map) ? chains_create(map, free_links_size(map.max_entries)) : groups_create(map);
}

function groups_create(map: HashMap): bool {
  const groups = map.line_mask + 1;
  const slots = group_slots_for(map.max_entries, groups, map.stride);
  map.group_slots = slots;
  stripes_create(map);
  if (map.word_keys) map.word_keys |= WORD_GROUPS;
  else if (map.key_size == 16 && map.element_kind == KIND_DATA) map.word_keys = WIDE_GROUPS;
  const size = <u64>slots * map.stride;
  map.group_size = <u32>size;
  return table_alloc(map, group_lines_size(groups), groups * size);
}

function chains_create(map: HashMap, links: u64): bool {
  const lines_size = chain_lines_size(map.line_mask + 1);
  const spare_size = spare_lines_size(map.max_entries);
  if (!table_alloc(map, lines_size + spare_size + links, <u64>map.max_entries * map.stride)) return false;
  map.spare_next = map.lines + <usize>lines_size;
  map.spare_end = map.spare_next + <usize>spare_size;
  map.free_links = map.spare_end;
  return true;
}

function table_alloc(map: HashMap, lines_size: u64, elements_size: u64): bool {
  if (lines_size + elements_size > BLOCK_SIZE_MAX) return false;
  if (elements_size) {
    map.elements = heap_alloc(elements_size, map.element_kind);
    if (!map.elements) return false;
  }
  map.lines = heap_alloc((lines_size + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1), KIND_PRIVATE);
  return map.lines != 0;
}

/** Also after table_create failed: then there are no lines. */
export function table_destroy(map: HashMap): void {
  if (map.lines && !map.elements) chains_destroy(map);
  heap_free(map.elements);
  heap_free(map.lines);
}

/** The element with this key, or 0. */
export function find(map: HashMap, key: usize, hash: u32): usize {
  return find_inline(map, key, hash, false);
}

/** The same, where a lookup goes on. `ahead`: see groups.ts. */
@inline
export function find_inline(map: HashMap, key: usize, hash: u32, ahead: bool): usize {
  return in_groups(map) ? find_in_groups(map, key, hash, ahead) : find_in_chains(map, key, hash);
}

/** A new element for a key that is not there; the caller writes key and value. An errno pointer: E2BIG or ENOMEM. */
@inline
export function insert(map: HashMap, hash: u32): usize {
  if (!is_alone()) return insert_locked(map, hash);
  if (map.count == map.max_entries) return err_ptr(Errno.E2BIG);
  const element = in_groups(map) ? insert_in_groups(map, hash) : insert_free_element(map, hash);
  return element ? element : err_ptr(Errno.ENOMEM);
}

const COUNT: usize = offsetof<HashMap>("count");

/**
 * The same under the lock of the key's stripe. The number of elements is all stripes': it is raised first, and lowered when
 * that was one too many, so max_entries is never exceeded.
 */
function insert_locked(map: HashMap, hash: u32): usize {
  if (!fits_at_home(map, hash)) return err_ptr(RESTART);
  if (atomic.add<u32>(changetype<usize>(map) + COUNT, 1) < map.max_entries) return insert_in_groups(map, hash);
  atomic.sub<u32>(changetype<usize>(map) + COUNT, 1);
  return err_ptr(Errno.E2BIG);
}

/** Counts the elements of groups anew. */
export function table_recount(map: HashMap): void {
  if (in_groups(map)) map.count = count_groups(map);
}

function insert_free_element(map: HashMap, hash: u32): usize {
  const element = take_element(map);
  if (!element || insert_in_chains(map, element, hash)) return element;
  give_element(map, element);
  return 0;
}

/** Whether an element that was found by this hash can be removed under the lock of its key's stripe; else RESTART. */
@inline
export function may_remove(map: HashMap, element: usize, hash: u32): bool {
  return is_alone() || is_at_home(map, element, hash);
}

/** Takes out and frees an element that was found by this hash. */
export function remove(map: HashMap, element: usize, hash: u32): void {
  if (in_groups(map)) {
    if (!is_alone()) atomic.sub<u32>(changetype<usize>(map) + COUNT, 1);
    remove_from_groups(map, element, hash);
    return;
  }
  remove_from_chains(map, element, hash);
  give_element(map, element);
}

/** Makes an element its bucket's newest, in tables that are ordered. */
export function move_to_newest(map: HashMap, element: usize, hash: u32): void {
  remove_from_chains(map, element, hash);
  // Cannot fail: it takes the slot that has just become free.
  insert_in_chains(map, element, hash);
}

// Of `owned` tables, which are chains: the type gives the element that a key gets, and keeps one that is taken out.

/** Puts in an element for a key that is not there: there is a slot for each. */
@inline
export function insert_owned(map: HashMap, element: usize, hash: u32): void {
  insert_in_chains(map, element, hash);
}

@inline
export function remove_owned(map: HashMap, element: usize, hash: u32): void {
  remove_from_chains(map, element, hash);
}

@inline
export function find_owned(map: HashMap, key: usize, hash: u32): usize {
  return find_in_chains(map, key, hash);
}

/** Loads what a removal will need first, so that several removals wait for their cache misses at once. */
@inline
export function touch_owned(map: HashMap, hash: u32): void {
  touch_chain(map, hash);
}

// Walks: bucket by bucket. walk.ts goes over the whole table with these.

/** First element of a kernel bucket, or 0. */
export function first_in(map: HashMap, bucket: u32): usize {
  return in_groups(map) ? first_in_group(map, bucket) : first_in_chain(map, bucket);
}

/** The element that follows in the same bucket, or 0. `hash`: of its key. */
export function next_in(map: HashMap, element: usize, hash: u32): usize {
  return in_groups(map) ? next_in_group(map, element, bucket_index(map, hash)) : next_in_chain(map, element, hash);
}

/** Elements in a kernel bucket. */
export function count_in(map: HashMap, bucket: u32): u32 {
  return in_groups(map) ? count_in_group(map, bucket) : count_in_chain(map, bucket);
}

/** The bucket itself, or a later one if it and those between share only empty lines; the number of buckets at the end. */
export function skip_empty(map: HashMap, bucket: u32): u32 {
  const end = nr_buckets(map);
  if (in_groups(map)) while (bucket < end && group_is_empty(map, bucket)) bucket = (bucket | 7) + 1;
  else while (bucket < end && chain_is_empty(map, bucket)) bucket = (bucket | 7) + 1;
  return min<u32>(bucket, end);
}

/** Copies the keys, or the values, of a bucket's `count` elements. */
export function copy_bucket(map: HashMap, bucket: u32, count: u32, to: usize, of_values: bool): void {
  if (in_groups(map)) copy_bucket_of_group(map, bucket, to, of_values);
  else copy_bucket_of_chain(map, bucket, count, to, of_values);
}

/** Whether copy_lines knows how to. */
@inline
export function copies_lines(map: HashMap): bool {
  return in_groups(map);
}

/**
 * Copies all elements of eight buckets and of those after them, from a multiple of eight on, as long as eight at once fit.
 * Returns their number in the high half, and in the low half the bucket that it stopped at.
 */
@inline
export function copy_lines(map: HashMap, bucket: u32, keys: usize, values: usize, room: u32): u64 {
  const done = copy_groups(map, bucket >> 3, keys, values, room);
  return ((done >> 32) << 32) | (<u32>done << 3);
}

// Many lookups at once: see many.ts.

/** Log of the bytes of a line. */
@inline
export function line_shift(map: HashMap): usize {
  return in_groups(map) ? GROUP_LINE_SHIFT : CHAIN_LINE_SHIFT;
}

/** Replaces hashes, a u32 each, by the elements whose tags are the first that fit; 0 where none does. */
@inline
export function find_likely(map: HashMap, from: usize, end: usize): void {
  if (in_groups(map)) for (let at = from; at < end; at += 4) store<u32>(at, <u32>likely_in_groups(map, load<u32>(at)));
  else for (let at = from; at < end; at += 4) store<u32>(at, <u32>likely_in_chains(map, load<u32>(at)));
}

/** The element to look at when the likely one is another key's, or 0 when there is no saying. */
export function find_unlikely(map: HashMap, hash: u32): usize {
  return in_groups(map) ? unlikely_in_groups(map, hash) : 0;
}
