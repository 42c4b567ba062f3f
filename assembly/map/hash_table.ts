import { MapFlag } from "../uapi/constants";
import { KIND_DATA, KIND_PRIVATE } from "../mem/chunk";
import { copy_bytes, equal_bytes, round_up_8, round_up_pow2 } from "../mem/bytes";
import { freelist_give, freelist_size, freelist_take } from "../mem/freelist";
import { heap_alloc, heap_free } from "../mem/heap";
import { next_seed } from "../mem/seed";
import { BLOCK_SIZE_MAX, Map, WORD_LOOKUP } from "./map";
import { hash_lookup3, hash_seeded, hash_word } from "./hash_fn";
import {
  COUNT_MASK,
  LINE_META,
  LINE_RECORDS,
  LINE_SIZE,
  LINE_SLOTS,
  NEXT_MASK,
  match_tag,
  meta_of,
  next_line,
  record_at,
  tag_of,
} from "./hash_line";

// The table under every hash-family map: where an element is, and in which order elements come.
//
// A lookup touches two cache lines: one bucket line in private memory, one record in data memory. The line is
//
//   byte   0        12      16                                              64
//          ┌────────┬───────┬────────────────────────────────────────────────┐
//          │ 12 tags│ next  │ 12 record addresses (u32)                      │
//          │ 1 B    │ |count│ oldest first, no gaps                          │
//          └────────┴───────┴────────────────────────────────────────────────┘
//   next|count   address of the overflow line (64-aligned, so its low 6 bits are free) | slots used here, 0..12
//
// and a record is
//
//          ┌────────────────────────┬───────────────────────────────┐
//          │ key, padded to 8 bytes │ value, padded to 8 bytes      │   stride = both, in a data chunk
//          └────────────────────────┴───────────────────────────────┘
//
// Linux walks n buckets, n = max_entries rounded up to a power of two, newest element first in each. Here a kernel bucket
// is virtual: eight neighbours share a line, chosen by bucket >> 3, which at a full map holds 8 elements on average. The
// tag's low 3 bits are the bucket within the line and its high 5 bits are hash bits that chose nothing else, so
// comparing 12 tags in one SIMD step tells both bucket and key apart: one false candidate in 256.
//
//   hash  31 ··· 27 │ 26 ····················· 3 │ 2 ·· 0
//         tag 7..3  │ line (as many as n needs)  │ tag 2..0
//
// Why 12: twelve tags, twelve addresses and one link are exactly one cache line, and with a mean of 8 only 6 lines in 100
// overflow. Slots keep the order of insertion across a chain, every line but the last is full, and a delete closes the
// gap; so a chain of k elements has ceil(k / 12) lines, max_entries / 12 overflow lines are always enough, and a
// preallocated map reserves them: an insert into it cannot fail for want of a line.
//
// A position is a line's address plus the slot's index: lines are 64-aligned.

@unmanaged
export class HashMap extends Map {
  /** Elements now in the map. */
  count: u32;
  /** Kernel buckets - 1. */
  bucket_mask: u32;
  /** Bytes from a record's start to its value, and to the next record. */
  value_offset: u32;
  stride: u32;
  lines: usize;
  /** Overflow lines: never used ones from spare_next to spare_end, then a list of returned ones (0 ends it). */
  spare_next: usize;
  spare_end: usize;
  spare_list: usize;
  /** Records of a preallocated map and which are free; 0 when each record is its own block. */
  records: usize;
  freelist: usize;
  /** Chunk kind of records: data, or private for values that are references. */
  record_kind: u32;
  /** 1 under BPF_F_ZERO_SEED: the order is the kernel's own. */
  ordered: u32;
  seed0: u64;
  seed1: u64;
}
if (offsetof<HashMap>() % 8 != 0) ERROR("HashMap must end 8-byte aligned");

/** Buckets of the kernel's table for a number of entries. */
export function nr_buckets(map: HashMap): u32 {
  return map.bucket_mask + 1;
}

/**
 * Memory for a table: lines, and for a preallocated map all records. `value_size` is what a record holds. False, with
 * nothing kept, when memory is at its limit.
 */
export function table_create(map: HashMap, value_size: u32, record_kind: u32): bool {
  const entries = map.max_entries;
  const buckets = round_up_pow2(entries);
  const lines = (buckets + 7) >> 3;
  map.bucket_mask = buckets - 1;
  map.value_offset = <u32>round_up_8(map.key_size);
  map.stride = map.value_offset + <u32>round_up_8(value_size);
  map.record_kind = record_kind;
  map.ordered = u32((map.map_flags & MapFlag.ZERO_SEED) != 0);
  if (!map.ordered) {
    map.seed0 = next_seed();
    map.seed1 = next_seed();
  }
  if (!map.ordered && map.key_size == 4 && record_kind == KIND_DATA) map.word_keys = WORD_LOOKUP;
  const lines_size = <u64>lines * LINE_SIZE;
  if (map.map_flags & MapFlag.NO_PREALLOC) {
    map.lines = heap_alloc(lines_size, KIND_PRIVATE);
    return map.lines != 0;
  }
  const spare_size = <u64>(entries / LINE_SLOTS + 1) * LINE_SIZE;
  const records_size = <u64>entries * map.stride;
  if (lines_size + spare_size + records_size > BLOCK_SIZE_MAX) return false;
  // Blocks are line-aligned only when their size is a multiple of a line.
  const private_size = (lines_size + spare_size + freelist_size(entries) + (LINE_SIZE - 1)) & ~(<u64>LINE_SIZE - 1);
  map.lines = heap_alloc(private_size, KIND_PRIVATE);
  if (!map.lines) return false;
  map.records = heap_alloc(records_size, record_kind);
  if (!map.records) {
    heap_free(map.lines);
    map.lines = 0;
    return false;
  }
  map.spare_next = map.lines + <usize>lines_size;
  map.spare_end = map.spare_next + <usize>spare_size;
  map.freelist = map.spare_end;
  return true;
}

export function table_destroy(map: HashMap): void {
  if (!map.records) {
    const end = map.lines + (<usize>((map.bucket_mask >> 3) + 1) << 6);
    for (let line = map.lines; line < end; line += LINE_SIZE) free_chain(line);
    while (map.spare_list) heap_free(line_take(map));
  }
  heap_free(map.records);
  heap_free(map.lines);
}

/** Frees the records of a chain that are blocks of their own, and its overflow lines. */
function free_chain(first: usize): void {
  let line = first;
  do {
    const meta = meta_of(line);
    for (let slot: u32 = 0; slot < (meta & COUNT_MASK); ++slot) heap_free(record_at(line, slot));
    const next = next_line(meta);
    if (line != first) heap_free(line);
    line = next;
  } while (line);
}

/** Hash of a key in this map. */
export function hash_key(map: HashMap, key: usize): u32 {
  return hash_key_inline(map, key);
}

/** The same, where a lookup or an update begins. */
@inline
export function hash_key_inline(map: HashMap, key: usize): u32 {
  if (map.ordered) return hash_lookup3(key, map.key_size, 0);
  return hash_seeded(key, map.key_size, map.seed0, map.seed1);
}

@inline
export function value_of(map: HashMap, record: usize): usize {
  return record + map.value_offset;
}

@inline
export function line_of(map: HashMap, hash: u32): usize {
  return map.lines + (<usize>((hash & map.bucket_mask) >> 3) << 6);
}

/** The record with this key, or 0. */
export function find(map: HashMap, key: usize, hash: u32): usize {
  return find_inline(map, key, hash);
}

/** The same, where a lookup or an update goes on. */
@inline
export function find_inline(map: HashMap, key: usize, hash: u32): usize {
  const tag = tag_of(hash);
  const key_size = map.key_size;
  let line = line_of(map, hash);
  do {
    const meta = meta_of(line);
    let candidates = match_tag(line, meta, tag);
    while (candidates) {
      const record = record_at(line, ctz(candidates));
      if (equal_bytes(record, key, key_size)) return record;
      candidates &= candidates - 1;
    }
    line = next_line(meta);
  } while (line);
  return 0;
}

/** The hash of a 4-byte key in a map with seeded hashing. */
@inline
export function hash_of_word(map: HashMap, key: u32): u32 {
  return hash_word(key, map.seed0, map.seed1);
}

/** The record with this 4-byte key, or 0. */
@inline
export function find_word(map: HashMap, key: u32, hash: u32): usize {
  const tag = tag_of(hash);
  let line = line_of(map, hash);
  do {
    const meta = meta_of(line);
    for (let candidates = match_tag(line, meta, tag); candidates; candidates &= candidates - 1) {
      const record = record_at(line, ctz(candidates));
      if (load<u32>(record) == key) return record;
    }
    line = next_line(meta);
  } while (line);
  return 0;
}

/** The first record of the key's line whose tag fits, or 0: the key's own unless tags collide or its line overflowed. */
@inline
export function first_candidate(map: HashMap, hash: u32): usize {
  const line = line_of(map, hash);
  const candidates = match_tag(line, meta_of(line), tag_of(hash));
  return candidates ? record_at(line, ctz(candidates)) : 0;
}

/** Position of a record that is in the table. Compares addresses only, so it does not touch the record. */
export function locate(map: HashMap, record: usize, hash: u32): usize {
  const tag = tag_of(hash);
  let line = line_of(map, hash);
  do {
    const meta = meta_of(line);
    let candidates = match_tag(line, meta, tag);
    while (candidates) {
      const slot = <u32>ctz(candidates);
      if (record_at(line, slot) == record) return line + slot;
      candidates &= candidates - 1;
    }
    line = next_line(meta);
  } while (line);
  assert(false, "record is not in the table");
  return 0;
}

/** Adds a record as the newest of its bucket. False when no overflow line can be had (never for preallocated maps). */
export function insert(map: HashMap, record: usize, hash: u32): bool {
  let line = line_of(map, hash);
  let meta = meta_of(line);
  while (meta & NEXT_MASK) {
    line = next_line(meta);
    meta = meta_of(line);
  }
  if ((meta & COUNT_MASK) == LINE_SLOTS) {
    const fresh = line_give_out(map);
    if (!fresh) return false;
    store<u32>(line, meta | <u32>fresh, LINE_META);
    line = fresh;
    meta = 0;
  }
  const slot = meta & COUNT_MASK;
  store<u8>(line + slot, tag_of(hash));
  store<u32>(line + (<usize>slot << 2), <u32>record, LINE_RECORDS);
  store<u32>(line, meta + 1, LINE_META);
  ++map.count;
  return true;
}

/** Takes a record out of the table; slots behind it move up by one, over the lines of the chain. */
export function remove(map: HashMap, record: usize, hash: u32): void {
  const position = locate(map, record, hash);
  if (!position) return;
  let line = position & ~63;
  let slot = <u32>(position & 63);
  let before: usize = line_before(map, line, hash);
  for (;;) {
    const meta = meta_of(line);
    const count = meta & COUNT_MASK;
    for (let i = slot + 1; i < count; ++i) {
      store<u8>(line + i - 1, load<u8>(line + i));
      store<u32>(line + (<usize>(i - 1) << 2), load<u32>(line + (<usize>i << 2), LINE_RECORDS), LINE_RECORDS);
    }
    const next = next_line(meta);
    if (!next) {
      store<u32>(line, meta - 1, LINE_META);
      if (count == 1 && before) {
        store<u32>(before, meta_of(before) & COUNT_MASK, LINE_META);
        line_return(map, line);
      }
      break;
    }
    store<u8>(line + LINE_SLOTS - 1, load<u8>(next));
    store<u32>(line + (<usize>(LINE_SLOTS - 1) << 2), load<u32>(next, LINE_RECORDS), LINE_RECORDS);
    before = line;
    line = next;
    slot = 0;
  }
  --map.count;
}

/** The line in front of this one in its chain; 0 for the first. */
function line_before(map: HashMap, line: usize, hash: u32): usize {
  let before: usize = 0;
  let at = line_of(map, hash);
  while (at != line) {
    before = at;
    at = next_line(meta_of(at));
  }
  return before;
}

/** Puts another record in a record's place, in the same bucket: as its newest element, or just there. */
export function replace(map: HashMap, record: usize, by: usize, hash: u32): void {
  if (!map.ordered) {
    const position = locate(map, record, hash);
    store<u32>((position & ~63) + ((position & 63) << 2), <u32>by, LINE_RECORDS);
    return;
  }
  // Removing first frees the slot that the insert then takes: it cannot fail.
  remove(map, record, hash);
  insert(map, by, hash);
}

function line_give_out(map: HashMap): usize {
  if (map.spare_list) return line_take(map);
  if (map.spare_next < map.spare_end) {
    const line = map.spare_next;
    map.spare_next = line + LINE_SIZE;
    return line;
  }
  return map.records ? 0 : heap_alloc(LINE_SIZE, KIND_PRIVATE);
}

function line_take(map: HashMap): usize {
  const line = map.spare_list;
  map.spare_list = next_line(meta_of(line));
  store<u32>(line, 0, LINE_META);
  return line;
}

function line_return(map: HashMap, line: usize): void {
  if (!map.records) {
    heap_free(line);
    return;
  }
  store<u32>(line, <u32>map.spare_list, LINE_META);
  map.spare_list = line;
}

/** A record that is in no table yet, with stale key and value in it; 0 when memory is at its limit. */
export function record_take(map: HashMap): usize {
  if (!map.records) return heap_alloc(map.stride, map.record_kind);
  return map.records + <usize>freelist_take(map.freelist, map.max_entries) * map.stride;
}

export function record_give(map: HashMap, record: usize): void {
  if (!map.records) heap_free(record);
  else freelist_give(map.freelist, map.max_entries, record_index(map, record));
}

/** Index of a record of a preallocated map. */
@inline
export function record_index(map: HashMap, record: usize): u32 {
  return <u32>(record - map.records) / map.stride;
}

@inline
export function set_key(map: HashMap, record: usize, key: usize): void {
  copy_bytes(record, key, map.key_size);
}
