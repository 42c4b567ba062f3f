import { KIND_PRIVATE } from "../mem/chunk";
import { equal_bytes } from "../mem/bytes";
import { heap_alloc, heap_free } from "../mem/heap";
import { HashMap, line_index } from "./hash_map";
import { LINE_SLOTS, match_tag, meta_of, set_meta, set_tag } from "./hash_line";

// Chains: a table whose lines hold the addresses of their records, in the order of insertion.
//
//   byte   0        12      16                                              64
//          ┌────────┬───────┬────────────────────────────────────────────────┐
//          │ 12 tags│ next  │ 12 record addresses (u32)                      │
//          │ 1 B    │ |count│ oldest first, no gaps                          │
//          └────────┴───────┴────────────────────────────────────────────────┘
//   meta = next|count   address of the overflow line (64-aligned, so its low 6 bits are free) | slots used here, 0..12
//
// Why 12: twelve tags, twelve addresses and one link are exactly one cache line, and with a mean of 8 only 6 lines in 100
// overflow. Slots keep the order of insertion across a chain, every line but the last is full, and a delete closes the
// gap; so a chain of k elements has ceil(k / 12) lines, max_entries / 12 overflow lines are always enough, and a
// preallocated map reserves them: an insert into it cannot fail for want of a line.
//
// A position is a line's address plus the slot's index: lines are 64-aligned.

export const LINE_SIZE: u32 = 64;
export const CHAIN_LINE_SHIFT: usize = 6;
const RECORDS: usize = 16;
/** The two halves of meta. */
export const COUNT_MASK: u32 = 15;
const NEXT_MASK: u32 = ~63;

/** The first line with this number. */
@inline
export function chain_line(map: HashMap, index: u32): usize {
  return map.lines + (<usize>index << CHAIN_LINE_SHIFT);
}

@inline
export function line_of(map: HashMap, hash: u32): usize {
  return chain_line(map, line_index(map, hash));
}

/** Bit i is set when slot i is used. */
@inline
export function chain_used(line: usize): u32 {
  return (1 << (meta_of(line) & COUNT_MASK)) - 1;
}

@inline
export function next_line(line: usize): usize {
  return <usize>(meta_of(line) & NEXT_MASK);
}

@inline
export function record_at(line: usize, slot: u32): usize {
  return <usize>load<u32>(line + (<usize>slot << 2), RECORDS);
}

@inline
function set_record(line: usize, slot: u32, record: usize): void {
  store<u32>(line + (<usize>slot << 2), <u32>record, RECORDS);
}

/** Bytes of a number of lines. */
@inline
export function chain_lines_size(lines: u32): u64 {
  return <u64>lines << CHAIN_LINE_SHIFT;
}

/** Bytes of the overflow lines that are always enough for a number of elements. */
@inline
export function spare_lines_size(max_entries: u32): u64 {
  return <u64>(max_entries / LINE_SLOTS + 1) << CHAIN_LINE_SHIFT;
}

/** Bytes of the list of free records. */
@inline
export function links_size(max_entries: u32): u64 {
  return (<u64>max_entries + 1) << 2;
}

/** Frees the records that are blocks of their own, and the overflow lines that are. */
export function chains_destroy(map: HashMap): void {
  const end = chain_line(map, map.line_mask + 1);
  for (let line = map.lines; line < end; line += LINE_SIZE) free_chain(line);
  while (map.spare_list) heap_free(line_take(map));
}

function free_chain(first: usize): void {
  let line = first;
  do {
    const count = meta_of(line) & COUNT_MASK;
    for (let slot: u32 = 0; slot < count; ++slot) heap_free(record_at(line, slot));
    const next = next_line(line);
    if (line != first) heap_free(line);
    line = next;
  } while (line);
}

/** The record with this key, or 0. */
export function find_in_chains(map: HashMap, key: usize, hash: u32): usize {
  const key_size = map.key_size;
  let line = line_of(map, hash);
  do {
    for (let candidates = match_tag(line, chain_used(line), hash); candidates; candidates &= candidates - 1) {
      const record = record_at(line, ctz(candidates));
      if (equal_bytes(record, key, key_size)) return record;
    }
    line = next_line(line);
  } while (line);
  return 0;
}

/** The same for a 4-byte key. */
export function find_word_in_chains(map: HashMap, key: u32, hash: u32): usize {
  let line = line_of(map, hash);
  do {
    for (let candidates = match_tag(line, chain_used(line), hash); candidates; candidates &= candidates - 1) {
      const record = record_at(line, ctz(candidates));
      if (load<u32>(record) == key) return record;
    }
    line = next_line(line);
  } while (line);
  return 0;
}

/** The first record of the key's line whose tag fits, or 0: the key's own unless tags collide or its line overflowed. */
@inline
export function likely_in_chains(map: HashMap, hash: u32): usize {
  const line = line_of(map, hash);
  const candidates = match_tag(line, chain_used(line), hash);
  return candidates ? record_at(line, ctz(candidates)) : 0;
}

/** Position of a record that is in the table. Compares addresses only, so it does not touch the record. */
export function locate(map: HashMap, record: usize, hash: u32): usize {
  let line = line_of(map, hash);
  do {
    for (let candidates = match_tag(line, chain_used(line), hash); candidates; candidates &= candidates - 1) {
      const slot = <u32>ctz(candidates);
      if (record_at(line, slot) == record) return line + slot;
    }
    line = next_line(line);
  } while (line);
  assert(false, "record is not in the table");
  return 0;
}

/** Adds a record as the newest of its bucket. False when no overflow line can be had (never for preallocated maps). */
export function insert_in_chains(map: HashMap, record: usize, hash: u32): bool {
  let line = line_of(map, hash);
  for (let next = next_line(line); next; next = next_line(line)) line = next;
  let meta = meta_of(line);
  if ((meta & COUNT_MASK) == LINE_SLOTS) {
    const fresh = line_give_out(map);
    if (!fresh) return false;
    set_meta(line, meta | <u32>fresh);
    line = fresh;
    meta = 0;
  }
  const slot = meta & COUNT_MASK;
  set_tag(line, slot, hash);
  set_record(line, slot, record);
  set_meta(line, meta + 1);
  ++map.count;
  return true;
}

/** Takes a record out of the table; slots behind it move up by one, over the lines of the chain. */
export function remove_from_chains(map: HashMap, record: usize, hash: u32): void {
  const position = locate(map, record, hash);
  if (!position) return;
  let line = position & ~63;
  let slot = <u32>(position & 63);
  let before: usize = line_before(map, line, hash);
  for (;;) {
    const meta = meta_of(line);
    const last = (meta & COUNT_MASK) - 1;
    for (let i = slot; i < last; ++i) move_slot(line, i, line, i + 1);
    const next = next_line(line);
    if (!next) {
      set_meta(line, meta - 1);
      if (last == 0 && before) {
        set_meta(before, meta_of(before) & COUNT_MASK);
        line_return(map, line);
      }
      break;
    }
    move_slot(line, LINE_SLOTS - 1, next, 0);
    before = line;
    line = next;
    slot = 0;
  }
  --map.count;
}

@inline
function move_slot(line: usize, slot: u32, from: usize, from_slot: u32): void {
  store<u8>(line + slot, load<u8>(from + from_slot));
  set_record(line, slot, record_at(from, from_slot));
}

/** The line in front of this one in its chain; 0 for the first. */
function line_before(map: HashMap, line: usize, hash: u32): usize {
  let before: usize = 0;
  let at = line_of(map, hash);
  while (at != line) {
    before = at;
    at = next_line(at);
  }
  return before;
}

/** Makes an element its bucket's newest. */
export function renew_in_chains(map: HashMap, record: usize, hash: u32): void {
  // Removing first frees the slot that the insert then takes: it cannot fail.
  remove_from_chains(map, record, hash);
  insert_in_chains(map, record, hash);
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
  map.spare_list = next_line(line);
  set_meta(line, 0);
  return line;
}

function line_return(map: HashMap, line: usize): void {
  if (!map.records) {
    heap_free(line);
    return;
  }
  set_meta(line, <u32>map.spare_list);
  map.spare_list = line;
}

/** A record that is in no table yet, with stale key and value in it; 0 when memory is at its limit. */
export function record_take(map: HashMap): usize {
  if (!map.records) return heap_alloc(map.stride, map.record_kind);
  let number = map.record_list;
  if (number) map.record_list = load<u32>(map.record_links + (<usize>number << 2));
  else number = ++map.record_next;
  return map.records + <usize>(number - 1) * map.stride;
}

export function record_give(map: HashMap, record: usize): void {
  if (!map.records) {
    heap_free(record);
    return;
  }
  const number = record_index(map, record) + 1;
  store<u32>(map.record_links + (<usize>number << 2), map.record_list);
  map.record_list = number;
}

/** Index of a record of a preallocated map. */
@inline
export function record_index(map: HashMap, record: usize): u32 {
  return <u32>(record - map.records) / map.stride;
}
