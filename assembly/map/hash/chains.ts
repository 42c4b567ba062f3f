import { prefetch } from "../../mem/frame";
import { KIND_PRIVATE } from "../../mem/chunk";
import { heap_alloc, heap_free } from "../../mem/heap";
import { checkpoint } from "../../mem/journal";
import { HashMap, element_index, line_index } from "./hash_map";
import {
  BYTES, ELEMENT, LINE_SLOTS, WORD, element_at, find_in_line, match_tag, meta_of, set_element, set_meta, set_tag,
} from "./line";

// Chains: a table whose lines hold the addresses of their elements, in the order of insertion.
//
//   byte   0        12      16                                              64
//          ┌────────┬───────┬────────────────────────────────────────────────┐
//          │ 12 tags│ next  │ 12 element addresses (u32)                     │
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

const LINE_SIZE: u32 = 64;
export const CHAIN_LINE_SHIFT: usize = 6;
/** The two halves of meta. */
const COUNT_MASK: u32 = 15;
const NEXT_MASK: u32 = ~63;

/** The first line with this number. */
@inline
export function chain_line(map: HashMap, index: u32): usize {
  return map.lines + (<usize>index << CHAIN_LINE_SHIFT);
}

@inline
function line_of(map: HashMap, hash: u32): usize {
  return chain_line(map, line_index(map, hash));
}

@inline
function count_of(line: usize): u32 {
  return meta_of(line) & COUNT_MASK;
}

/** Of a chain's first line: whether the whole chain is. */
@inline
export function is_empty_line(line: usize): bool {
  return count_of(line) == 0;
}

/** Bit i is set when slot i is used. */
@inline
export function chain_used(line: usize): u32 {
  return (1 << count_of(line)) - 1;
}

@inline
export function next_line(line: usize): usize {
  return <usize>(meta_of(line) & NEXT_MASK);
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

/** Bytes of the list of free elements. */
@inline
export function free_links_size(max_entries: u32): u64 {
  return (<u64>max_entries + 1) << 2;
}

/** Frees the elements that are blocks of their own, and the overflow lines that are. */
export function chains_destroy(map: HashMap): void {
  const end = chain_line(map, map.line_mask + 1);
  for (let line = map.lines; line < end; line += LINE_SIZE) free_chain(line);
  while (map.spare_list) {
    heap_free(take_spare_line(map));
    checkpoint();
  }
}

/** Line by line, each of which is gone before the next one goes. */
function free_chain(first: usize): void {
  for (let line = next_line(first); line; line = next_line(first)) {
    free_elements(line);
    set_meta(first, count_of(first) | <u32>next_line(line));
    heap_free(line);
    checkpoint();
  }
  if (is_empty_line(first)) return;
  free_elements(first);
  set_meta(first, 0);
  checkpoint();
}

function free_elements(line: usize): void {
  const count = count_of(line);
  for (let slot: u32 = 0; slot < count; ++slot) heap_free(element_at(line, slot));
}

/** Goes through a chain; see find_in_line. */
@inline
function search(map: HashMap, hash: u32, what: u32, at: usize, low: u64): usize {
  let line = line_of(map, hash);
  do {
    const found = find_in_line(map, line, chain_used(line), 0, hash, what, at, low, 0);
    if (found) return found;
    line = next_line(line);
  } while (line);
  return 0;
}

/** The element with this key, or 0. */
export function find_in_chains(map: HashMap, key: usize, hash: u32): usize {
  return search(map, hash, BYTES, key, 0);
}

/** The same for a 4-byte key. */
export function find_word_in_chains(map: HashMap, key: u32, hash: u32): usize {
  return search(map, hash, WORD, 0, key);
}

/** The position of an element that is in the table, without touching the element. */
export function position_of(map: HashMap, element: usize, hash: u32): usize {
  const position = search(map, hash, ELEMENT, element, 0);
  assert(position != 0, "the element is not in the table");
  return position;
}

/** The first element of the key's line whose tag fits, or 0: the key's own unless tags collide or its line overflowed. */
@inline
export function likely_in_chains(map: HashMap, hash: u32): usize {
  const line = line_of(map, hash);
  const candidates = match_tag(line, chain_used(line), hash);
  return candidates ? element_at(line, ctz(candidates)) : 0;
}

/** Loads the first line of a key's chain. */
@inline
export function touch_chain(map: HashMap, hash: u32): void {
  prefetch(line_of(map, hash));
}

/** Adds an element as the newest of its bucket. False when no overflow line can be had (never for preallocated maps). */
export function insert_in_chains(map: HashMap, element: usize, hash: u32): bool {
  let line = line_of(map, hash);
  for (let next = next_line(line); next; next = next_line(line)) line = next;
  let meta = meta_of(line);
  if ((meta & COUNT_MASK) == LINE_SLOTS) {
    const fresh = new_line(map);
    if (!fresh) return false;
    set_meta(line, meta | <u32>fresh);
    line = fresh;
    meta = 0;
  }
  const slot = meta & COUNT_MASK;
  set_tag(line, slot, hash);
  set_element(line, slot, element);
  set_meta(line, meta + 1);
  ++map.count;
  return true;
}

/** Takes an element out of the table; slots behind it move up by one, over the lines of the chain. */
export function remove_from_chains(map: HashMap, element: usize, hash: u32): void {
  const position = position_of(map, element, hash);
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
        set_meta(before, count_of(before));
        give_line(map, line);
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
  set_element(line, slot, element_at(from, from_slot));
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

function new_line(map: HashMap): usize {
  if (map.spare_list) return take_spare_line(map);
  if (map.spare_next < map.spare_end) {
    const line = map.spare_next;
    map.spare_next = line + LINE_SIZE;
    return line;
  }
  return map.elements ? 0 : heap_alloc(LINE_SIZE, KIND_PRIVATE);
}

function take_spare_line(map: HashMap): usize {
  const line = map.spare_list;
  map.spare_list = next_line(line);
  set_meta(line, 0);
  return line;
}

function give_line(map: HashMap, line: usize): void {
  if (!map.elements) {
    heap_free(line);
    return;
  }
  set_meta(line, <u32>map.spare_list);
  map.spare_list = line;
}

/** An element that is in no table yet, with stale key and value in it; 0 when memory is at its limit. */
export function take_element(map: HashMap): usize {
  if (!map.elements) return heap_alloc(map.stride, map.element_kind);
  let number = map.free_list;
  if (number) map.free_list = load<u32>(map.free_links + (<usize>number << 2));
  else number = ++map.free_next;
  return map.elements + <usize>(number - 1) * map.stride;
}

export function give_element(map: HashMap, element: usize): void {
  if (!map.elements) {
    heap_free(element);
    return;
  }
  const number = element_index(map, element) + 1;
  store<u32>(map.free_links + (<usize>number << 2), map.free_list);
  map.free_list = number;
}
