import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { Map } from "./map";
import { LpmNode, node_of, node_word } from "./lpm_node";

// The direct table over the upper levels of a large trie: one slot per value of a key's first `table_bits` bits.
//
//   ┌────────────┬──────────┐   best  the record of the longest prefix below table_bits bits that covers the slot
//   │ best       │ sub      │   sub   the top node among those of table_bits bits or more that lie in the slot
//   └────────────┴──────────┘   0 = none; 8 bytes a slot
//
// A lookup loads one slot and goes on below it, so the upper 16 levels of an IPv4 trie cost one cache line. In most of the
// address space nothing longer is stored and the slot is the answer: over the 177,131 IPv4 prefixes of the world's
// registries a random address visits 0.54 nodes below the table, where the trie alone is some 18 levels deep. `sub` is
// unique: two nodes of one slot have table_bits bits in common, so the trie holds the node where they part, or one is the
// other's ancestor. (With prefixes of exactly table_bits bits in `best` that would not hold: both their children lie in
// the slot.)
//
// Upkeep: a new or removed long node touches one slot; a short prefix (not an intermediate node) replaces its next
// shorter one in the slots it covers, 2^(table_bits - prefixlen) of them, 65536 for a default route. The table only
// repeats what the nodes say: when there is no memory for it, the map does without, or keeps the one it has.

@unmanaged
export class LpmTrie extends Map {
  /** Elements now in the map. */
  count: u32;
  /** Bits of key data: the longest prefix. */
  prefixlen_max: u32;
  /** Bytes from a record's start to its value: the key, padded to 8. */
  value_offset: u32;
  /** Bits that index the table; 0 without one. */
  table_bits: u32;
  table: usize;
  top: usize;
}
if (offsetof<LpmTrie>() % 8 != 0) ERROR("LpmTrie must end 8-byte aligned");

const SLOT_SHIFT: usize = 3;
const SLOT_SUB: usize = 4;

/** The slot that a key or node with this first word belongs to. */
@inline
export function slot_of(map: LpmTrie, word: u32): usize {
  return map.table + (<usize>(word >> (32 - map.table_bits)) << SLOT_SHIFT);
}

@inline
export function slot_best(slot: usize): usize {
  return load<u32>(slot);
}

@inline
export function slot_sub(slot: usize): usize {
  return load<u32>(slot, SLOT_SUB);
}

// 16 bytes of table per element when a step is reached, and never an index longer than a key: 8 bits of data make at most
// 511 prefixes. Not beyond 16 bits: 512 KiB stay in a second-level cache, where a longer table's slots would not.
function bits_for(count: u64): u32 {
  if (count >= 32768) return 16;
  if (count >= 2048) return 12;
  return count >= 128 ? 8 : 0;
}

/** Notes that `ptr` (0 = nothing) now hangs below a node of `parent_len` bits, where `node` of the same slot is or was. */
export function table_hang(map: LpmTrie, parent_len: u32, node: LpmNode, ptr: usize): void {
  const bits = map.table_bits;
  if (!bits || parent_len >= bits || node.prefixlen < bits) return;
  store<u32>(slot_of(map, node_word(node, 0)), <u32>ptr, SLOT_SUB);
}

/** Puts record `by` in the place of `record` in all slots that a node covers. */
export function table_cover(map: LpmTrie, node: LpmNode, record: usize, by: usize): void {
  const bits = map.table_bits;
  if (!bits || node.prefixlen >= bits) return;
  let slot = map.table + (<usize>(first_slot(node, bits)) << SLOT_SHIFT);
  const end = slot + ((<usize>1 << (bits - node.prefixlen)) << SLOT_SHIFT);
  for (; slot < end; slot += <usize>1 << SLOT_SHIFT) {
    if (slot_best(slot) == record) store<u32>(slot, <u32>by);
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
  heap_free(map.table);
  map.table = 0;
  map.table_bits = 0;
}

function table_build(map: LpmTrie, bits: u32): bool {
  const table = heap_alloc(<u64>1 << (bits + <u32>SLOT_SHIFT), KIND_PRIVATE);
  if (!table) return false;
  heap_free(map.table);
  map.table = table;
  map.table_bits = bits;
  if (map.top) fill(map, node_of(map.top), 0);
  return true;
}

// Recursion ends below table_bits levels: a child's prefix is longer than its parent's.
function fill(map: LpmTrie, node: LpmNode, cover: usize): void {
  if (node.prefixlen >= map.table_bits) {
    store<u32>(slot_of(map, node_word(node, 0)), <u32>changetype<usize>(node), SLOT_SUB);
    return;
  }
  if (node.record) {
    table_cover(map, node, cover, node.record);
    cover = node.record;
  }
  if (node.child0) fill(map, node_of(node.child0), cover);
  if (node.child1) fill(map, node_of(node.child1), cover);
}
