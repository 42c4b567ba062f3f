import { KIND_PRIVATE } from "../../mem/chunk";
import { heap_alloc, heap_free } from "../../mem/heap";
import { checkpoint } from "../../mem/journal";
import { Map } from "../map";
import { IS_BLOCK, answer_of, block_alloc, block_fill } from "./block";
import { LpmNode, node_of, node_word } from "./node";

// The direct table over the upper levels of a large trie: one slot per value of a key's first `table_bits` bits. A slot
// is three u32, each in an array of its own, since lookups want the first and seldom more:
//
//   ┌────────────────────┬────────────────────┬────────────────────┐   0 = none
//   │ answer, all slots  │ best, all slots    │ sub, all slots     │
//   └────────────────────┴────────────────────┴────────────────────┘
//   answer   what a lookup that has all of the slot's bits learns from them (block.ts)
//   best     the element of the longest prefix below table_bits bits that covers the slot
//   sub      the top node among those of table_bits bits or more that lie in the slot
//
// In most of the address space nothing longer is stored than the slot knows: over the 177,131 IPv4 prefixes of the
// world's registries 90 of 100 random addresses have their element from the slot and 4 from a block below it. The others
// walk: that is 0.17 nodes a lookup, where the trie alone is some 18 levels deep. `sub` is unique: two nodes of one
// slot have table_bits bits in common, so the trie holds the node where they part, or one is the other's ancestor.
// (With prefixes of exactly table_bits bits in `best` that would not hold: both their children lie in the slot.)
//
// Upkeep: a new or removed long prefix touches one slot, and of its block what the prefix covers; a short prefix (not
// an intermediate node) replaces its next shorter one in the slots it covers, 2^(table_bits - prefixlen) of them, 65536
// for a default route. The table only repeats what the nodes say: when there is no memory for it, the map does without,
// or keeps the one it has.

@unmanaged
export class LpmTrie extends Map {
  /** Elements now in the map. */
  count: u32;
  /** Bits of key data: the longest prefix. */
  prefixlen_max: u32;
  /** Bytes from an element's start to its value: the key, padded to 8. */
  value_offset: u32;
  /** Bits that index the table; 0 without one. */
  table_bits: u32;
  table: usize;
  top: usize;
  /**
   * Not 0 while the table does not say what the nodes say. Changing so many slots cannot be undone: of a thread that died in
   * the middle the table is made anew (table_repair).
   */
  stale: u32;
  /** A table that is being freed, and its bits. */
  retired: usize;
  retired_bits: u32;
  _lpm_pad: u32;
}
if (offsetof<LpmTrie>() % 8 != 0) ERROR("LpmTrie must end 8-byte aligned");

/** Where the slot that a key or node with this first word belongs to keeps its answer; there must be a table. */
@inline
export function slot_of(map: LpmTrie, word: u32): usize {
  return map.table + (<usize>(word >> (32 - map.table_bits)) << 2);
}

/** The slot that a prefix with this first word lies in; 0 when it is too short, or there is no table. */
export function slot_at(map: LpmTrie, word: u32, prefixlen: u32): usize {
  const bits = map.table_bits;
  return bits && prefixlen >= bits ? slot_of(map, word) : 0;
}

@inline
function best_ptr(map: LpmTrie, slot: usize): usize {
  return slot + (<usize>4 << map.table_bits);
}

@inline
function sub_ptr(map: LpmTrie, slot: usize): usize {
  return slot + (<usize>8 << map.table_bits);
}

@inline
export function slot_best(map: LpmTrie, slot: usize): usize {
  return load<u32>(best_ptr(map, slot));
}

@inline
export function slot_sub(map: LpmTrie, slot: usize): usize {
  return load<u32>(sub_ptr(map, slot));
}

// 24 bytes of table per element when a step is reached, and never an index longer than a key: 8 bits of data make at
// most 511 prefixes. Not beyond 16 bits: 256 KiB of answers stay in a second-level cache. With 18 bits and no blocks
// lookups took 1.25 of this, with 20 bits 1.7, and a default route would cost as many times more.
function bits_for(count: u64): u32 {
  if (count >= 32768) return 16;
  if (count >= 2048) return 12;
  return count >= 128 ? 8 : 0;
}

/** Notes that `ptr` (0 = nothing) now hangs below `parent` (0 = none), where `node` of the same slot is or was. */
export function table_hang(map: LpmTrie, parent: usize, node: LpmNode, ptr: usize): void {
  const slot = slot_at(map, node_word(node, 0), node.prefixlen);
  if (slot && (!parent || node_of(parent).prefixlen < map.table_bits)) store<u32>(sub_ptr(map, slot), <u32>ptr);
}

/** Puts element `by` in the place of `element` in all slots that a node covers. */
export function table_cover(map: LpmTrie, node: LpmNode, element: usize, by: usize): void {
  const bits = map.table_bits;
  // True without a table, too.
  if (node.prefixlen >= bits) return;
  cover_slots(map, node, bits, element, by, map.stale != 0);
}

/** Whether a prefix covers so many slots that they cannot all be noted in a journal. */
@inline
export function covers_many(map: LpmTrie, prefixlen: u32): bool {
  return ASC_FEATURE_THREADS && prefixlen + COVER_SHIFT_MAX < map.table_bits;
}
const COVER_SHIFT_MAX: u32 = 10;

function cover_slots(map: LpmTrie, node: LpmNode, bits: u32, element: usize, by: usize, stale: bool): void {
  let slot = map.table + (<usize>first_slot(node, bits) << 2);
  const end = slot + (<usize>4 << (bits - node.prefixlen));
  for (; slot < end; slot += 4) {
    if (slot_best(map, slot) != element) continue;
    store<u32>(best_ptr(map, slot), <u32>by);
    if (<usize>load<u32>(slot) == element) store<u32>(slot, <u32>by);
    if (stale) checkpoint();
  }
}

/** First slot that a node of fewer than `bits` bits covers. */
function first_slot(node: LpmNode, bits: u32): u32 {
  const span = bits - node.prefixlen;
  return ((node_word(node, 0) >> (32 - bits)) >> span) << span;
}

/** After an insert: a wider table when the count has just passed a step. */
export function table_grow(map: LpmTrie): void {
  const count = map.count;
  if (count & (count - 1)) return;
  const bits = bits_for(count);
  if (bits > map.table_bits) table_build(map, bits);
}

/** After a delete: a narrower table, or none, once the count is a sixteenth of what the present one began with. */
export function table_shrink(map: LpmTrie): void {
  const count = map.count;
  if (count & (count - 1)) return;
  const bits = bits_for(<u64>count << 3);
  if (bits >= map.table_bits) return;
  if (bits && table_build(map, bits)) return;
  table_free(map);
}

/** Frees the table and its blocks: the map does without. Only where the rest of the map is whole, as with table_build. */
export function table_free(map: LpmTrie): void {
  finish_free(map);
  if (!map.table) return;
  map.retired = map.table;
  map.retired_bits = map.table_bits;
  map.table = 0;
  map.table_bits = 0;
  finish_free(map);
}

/** Frees the retired table, if there is one. */
function finish_free(map: LpmTrie): void {
  if (!map.retired) return;
  checkpoint();
  const end = map.retired + (<usize>4 << map.retired_bits);
  for (let slot = map.retired; slot < end; slot += 4) {
    const answer = load<u32>(slot);
    if (!(answer & IS_BLOCK)) continue;
    heap_free(answer ^ IS_BLOCK);
    store<u32>(slot, 0);
    checkpoint();
  }
  heap_free(map.retired);
  map.retired = 0;
  checkpoint();
}

function table_build(map: LpmTrie, bits: u32): bool {
  const table = heap_alloc(<u64>12 << bits, KIND_PRIVATE);
  if (!table) return false;
  // The old one is freed last, so that two are there for a moment, and neither is nobody's.
  const old = map.table;
  const old_bits = map.table_bits;
  map.table = table;
  map.table_bits = bits;
  map.retired = old;
  map.retired_bits = old_bits;
  map.stale = 1;
  finish_free(map);
  checkpoint();
  if (map.top) fill(map, node_of(map.top), 0);
  map.stale = 0;
  return true;
}

/** After the death of a thread: a table that says what the nodes say, or none. */
export function table_repair(map: LpmTrie): void {
  finish_free(map);
  if (!map.stale) return;
  const bits = map.table_bits;
  table_free(map);
  map.stale = 0;
  checkpoint();
  if (bits) table_build(map, bits);
}

/** Whether a node, or 0 for none, has a child for bit 0. */
@inline
function branches(ptr: usize): bool {
  return ptr != 0 && node_of(ptr).child0 != 0;
}

// Recursion ends below table_bits levels: a child's prefix is longer than its parent's.
function fill(map: LpmTrie, node: LpmNode, cover: usize): void {
  checkpoint();
  if (node.prefixlen >= map.table_bits) {
    table_hang(map, 0, node, changetype<usize>(node));
    table_answer(map, node_word(node, 0), map.table_bits, branches(node.child0) && branches(node.child1));
    return;
  }
  if (node.element) {
    table_cover(map, node, cover, node.element);
    cover = node.element;
  }
  if (node.child0) fill(map, node_of(node.child0), cover);
  if (node.child1) fill(map, node_of(node.child1), cover);
}

/**
 * Works out the answers that a new or removed prefix of table_bits bits or more has changed, once its nodes, best and
 * sub are as they are to be. The slot gets a block where a walk would be `deep`, and has it until nothing is left in
 * the slot.
 */
export function table_answer(map: LpmTrie, word: u32, prefixlen: u32, deep: bool): void {
  const slot = slot_at(map, word, prefixlen);
  if (!slot) return;
  const bits = map.table_bits;
  const sub = slot_sub(map, slot);
  let answer = load<u32>(slot);
  if (!(answer & IS_BLOCK)) {
    const block = deep && map.prefixlen_max == 32 ? block_alloc() : 0;
    answer = block ? <u32>block | IS_BLOCK : answer_of(word, bits, sub, slot_best(map, slot));
    prefixlen = bits;
  } else if (!sub) {
    heap_free(answer ^ IS_BLOCK);
    answer = <u32>slot_best(map, slot);
  }
  store<u32>(slot, answer);
  if (answer & IS_BLOCK) block_fill(answer ^ IS_BLOCK, word, bits, prefixlen, sub);
}
