import { MapFlag } from "../uapi/constants";
import { KIND_DATA, KIND_PRIVATE } from "../mem/chunk";
import { round_up_8, round_up_pow2 } from "../mem/bytes";
import { heap_alloc, heap_free } from "../mem/heap";
import { next_seed } from "./seed";
import { BLOCK_SIZE_MAX, WIDE_GROUPS, WORD_GROUPS, WORD_LOOKUP } from "./map";
import { HashMap, is_ordered } from "./hash_map";
import { chain_lines_size, chains_destroy, find_in_chains, links_size, spare_lines_size } from "./hash_chain";
import { find_in_groups, group_lines_size, group_slots_for } from "./hash_group";

// The table under a hash-family map: makes it as groups or as chains, and finds in either.

/** Bytes of a line: blocks of private memory are aligned to one only when their size is a multiple of it. */
const ALIGNMENT: u64 = 64;

/**
 * Memory for a table, and for a preallocated map all records. `value_size` is what a record holds, `kind` in which chunks
 * it lies. `owned`: the map's type says which records are free, and whose an element gets. False when memory is at its
 * limit.
 */
export function table_create(map: HashMap, value_size: u32, kind: u32, owned: bool): bool {
  map.bucket_mask = round_up_pow2(map.max_entries) - 1;
  map.line_mask = map.bucket_mask >> 3;
  map.value_offset = <u32>round_up_8(map.key_size);
  map.stride = map.value_offset + <u32>round_up_8(value_size);
  map.record_kind = kind;
  if (!is_ordered(map)) {
    map.seed0 = next_seed() | 1;
    map.seed1 = next_seed() | 1;
    if (map.key_size == 4 && kind == KIND_DATA) map.word_keys = WORD_LOOKUP;
  }
  if (map.map_flags & MapFlag.NO_PREALLOC) return table_alloc(map, chain_lines_size(map.line_mask + 1), 0);
  if (owned) return chains_create(map, 0);
  return is_ordered(map) ? chains_create(map, links_size(map.max_entries)) : groups_create(map);
}

function groups_create(map: HashMap): bool {
  const groups = map.line_mask + 1;
  const slots = group_slots_for(map.max_entries, groups, map.stride);
  map.group_slots = slots;
  if (map.word_keys) map.word_keys |= WORD_GROUPS;
  else if (map.key_size == 16 && map.record_kind == KIND_DATA) map.word_keys = WIDE_GROUPS;
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
  map.record_links = map.spare_end;
  return true;
}

function table_alloc(map: HashMap, lines_size: u64, records_size: u64): bool {
  if (lines_size + records_size > BLOCK_SIZE_MAX) return false;
  if (records_size) {
    map.records = heap_alloc(records_size, map.record_kind);
    if (!map.records) return false;
  }
  map.lines = heap_alloc((lines_size + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1), KIND_PRIVATE);
  return map.lines != 0;
}

/** Also after table_create failed: then there are no lines. */
export function table_destroy(map: HashMap): void {
  if (map.lines && !map.records) chains_destroy(map);
  heap_free(map.records);
  heap_free(map.lines);
}

/** The record with this key, or 0. */
export function find(map: HashMap, key: usize, hash: u32): usize {
  return find_inline(map, key, hash, false);
}

/** The same, where a lookup or an update goes on. */
@inline
export function find_inline(map: HashMap, key: usize, hash: u32, ahead: bool): usize {
  return map.group_slots ? find_in_groups(map, key, hash, ahead) : find_in_chains(map, key, hash);
}
