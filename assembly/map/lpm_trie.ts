import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_DATA } from "../mem/chunk";
import { copy_bytes, round_up_8 } from "../mem/bytes";
import { heap_alloc, heap_free } from "../mem/heap";
import { FD_FLAGS, PROG_FLAGS, check_flags, err_ptr, map_header } from "./map";
import { check_existence } from "./hash";
import {
  KEY_DATA,
  LpmNode,
  child_link,
  common_bits,
  key_bit,
  key_word,
  node_alloc,
  node_bit,
  node_of,
  node_word,
} from "./lpm_node";
import { LpmTrie, slot_best, slot_of, slot_sub, table_cover, table_grow, table_hang, table_shrink } from "./lpm_table";

// BPF_MAP_TYPE_LPM_TRIE: a binary trie with compressed paths (lpm_node.ts) under a direct table (lpm_table.ts). An
// element is the first prefixlen bits of its key; a record keeps the whole key, since the bits behind the prefix come
// back as they were last written.
//
//   record   ┌─────────────────────────────────────────┬───────────────────────┐
//            │ key: u32 prefixlen, data; padded to 8   │ value, padded to 8    │   a data chunk; never moves
//            └─────────────────────────────────────────┴───────────────────────┘

const LPM_FLAGS: u32 = MapFlag.NO_PREALLOC | MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS;

export function lpm_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_flags(attr, LPM_FLAGS);
  if (error) return error;
  if (!(attr.map_flags & MapFlag.NO_PREALLOC) || attr.max_entries == 0) return -Errno.EINVAL;
  const data_size = attr.key_size - <u32>KEY_DATA;
  if (attr.key_size <= <u32>KEY_DATA || data_size > <u32>Limit.LPM_DATA_SIZE_MAX) return -Errno.EINVAL;
  return attr.value_size == 0 || attr.value_size > <u32>Limit.LPM_VALUE_SIZE_MAX ? -Errno.EINVAL : 0;
}

export function lpm_alloc(attr_ptr: usize): usize {
  const ptr = map_header(changetype<CreateAttr>(attr_ptr), offsetof<LpmTrie>());
  if (!ptr) return err_ptr(Errno.ENOMEM);
  const map = changetype<LpmTrie>(ptr);
  map.prefixlen_max = (map.key_size - <u32>KEY_DATA) << 3;
  map.value_offset = <u32>round_up_8(map.key_size);
  return ptr;
}

/** Frees node by node without a stack: once its record is freed, a node's record field links it to the next to free. */
export function lpm_free(map_ptr: usize): void {
  const map = changetype<LpmTrie>(map_ptr);
  let list: usize = push(map.top, 0);
  while (list) {
    const node = node_of(list);
    list = push(node.child1, push(node.child0, node.record));
    heap_free(changetype<usize>(node));
  }
  heap_free(map.table);
  heap_free(map_ptr);
}

function push(ptr: usize, list: usize): usize {
  if (!ptr) return list;
  const node = node_of(ptr);
  heap_free(node.record);
  node.record = list;
  return ptr;
}

/** Value of the longest stored prefix of the key; its record, and with it the prefix, begins value_offset bytes earlier. */
export function lpm_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (prefixlen > map.prefixlen_max) return err_ptr(Errno.ENOENT);
  const word = key_word(key, 0, map.key_size);
  let best: usize = 0;
  let ptr = map.top;
  if (map.table_bits && prefixlen >= map.table_bits) {
    const slot = slot_of(map, word);
    best = slot_best(slot);
    ptr = slot_sub(slot);
  }
  if (map.prefixlen_max <= 32) {
    // The whole key is one word in a register: a step is one cache line and a few instructions.
    while (ptr) {
      const node = node_of(ptr);
      const len = node.prefixlen;
      if (len > min<u32>(<u32>clz(node_word(node, 0) ^ word), prefixlen)) break;
      if (node.record) best = node.record;
      // A node of 32 bits has no children: that the shift wraps does not matter.
      ptr = load<u32>(child_link(node, (word >> (~len & 31)) & 1));
    }
  } else {
    best = lookup_long(map, key, prefixlen, ptr, best);
  }
  return best ? best + map.value_offset : err_ptr(Errno.ENOENT);
}

function lookup_long(map: LpmTrie, key: usize, prefixlen: u32, ptr: usize, best: usize): usize {
  let known: u32 = 0;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    if (len > prefixlen || common_bits(node, key, map.key_size, len, known) < len) break;
    if (node.record) best = node.record;
    if (len == prefixlen) break;
    known = len;
    ptr = load<u32>(child_link(node, key_bit(key, len)));
  }
  return best;
}

/** The top node below the key's slot, if it is this prefix's own node or an ancestor; 0 where a search begins at the top. */
function start_below_table(map: LpmTrie, key: usize, prefixlen: u32): usize {
  if (!map.table_bits || prefixlen < map.table_bits) return 0;
  const ptr = slot_sub(slot_of(map, key_word(key, 0, map.key_size)));
  if (!ptr) return 0;
  const len = node_of(ptr).prefixlen;
  return len <= prefixlen && common_bits(node_of(ptr), key, map.key_size, len, 0) == len ? ptr : 0;
}

export function lpm_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (flags > <u64>ElemFlag.EXIST || prefixlen > map.prefixlen_max) return -Errno.EINVAL;
  // Down to the first node that is not a proper prefix of the key: `ptr`, hanging at `link` below `parent`.
  let parent: usize = 0;
  let cover: usize = 0;
  let common: u32 = 0;
  let link = changetype<usize>(map) + offsetof<LpmTrie>("top");
  let ptr = start_below_table(map, key, prefixlen);
  if (!ptr) ptr = map.top;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    common = common_bits(node, key, map.key_size, min<u32>(len, prefixlen), common);
    if (common < len || len == prefixlen) break;
    if (node.record) cover = node.record;
    parent = ptr;
    link = child_link(node, key_bit(key, len));
    ptr = load<u32>(link);
  }
  const exact = ptr != 0 && common == prefixlen && node_of(ptr).prefixlen == prefixlen;
  const record = exact ? node_of(ptr).record : 0;
  const error = check_existence(record != 0, flags);
  if (error) return error;
  if (record) {
    write_record(map, record, key, value);
    return 0;
  }
  if (map.count == map.max_entries) return -Errno.ENOSPC;
  const fresh = heap_alloc(<u64>map.value_offset + round_up_8(map.value_size), KIND_DATA);
  if (!fresh) return -Errno.ENOMEM;
  const node = exact ? ptr : insert_node(map, key, prefixlen, link, ptr, parent, common);
  if (!node) {
    heap_free(fresh);
    return -Errno.ENOMEM;
  }
  write_record(map, fresh, key, value);
  node_of(node).record = fresh;
  table_cover(map, node_of(node), cover, fresh);
  ++map.count;
  table_grow(map);
  return 0;
}

@inline
function write_record(map: LpmTrie, record: usize, key: usize, value: usize): void {
  copy_bytes(record, key, map.key_size);
  copy_bytes(record + map.value_offset, value, map.value_size);
}

/**
 * Hangs a new node for the prefix at `link`, above `below` (0 = nothing there) with which it has `common` bits in common:
 * as a leaf, as an ancestor of `below`, or beside it under a new intermediate node. 0, with nothing changed, without memory.
 */
function insert_node(
  map: LpmTrie,
  key: usize,
  prefixlen: u32,
  link: usize,
  below: usize,
  parent: usize,
  common: u32,
): usize {
  const ptr = node_alloc(key, map.key_size, prefixlen);
  if (!ptr) return 0;
  const parent_len = parent ? node_of(parent).prefixlen : 0;
  if (!below) {
    store<u32>(link, <u32>ptr);
    table_hang(map, parent_len, node_of(ptr), ptr);
    return ptr;
  }
  let upper = ptr;
  if (common < prefixlen) {
    upper = node_alloc(key, map.key_size, common);
    if (!upper) {
      heap_free(ptr);
      return 0;
    }
  }
  const side = node_bit(node_of(below), common);
  store<u32>(child_link(node_of(upper), side), <u32>below);
  if (upper != ptr) {
    store<u32>(child_link(node_of(upper), 1 - side), <u32>ptr);
    table_hang(map, common, node_of(ptr), ptr);
  }
  store<u32>(link, <u32>upper);
  table_hang(map, parent_len, node_of(upper), upper);
  return ptr;
}

export function lpm_delete(map_ptr: usize, key: usize): i32 {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (prefixlen > map.prefixlen_max) return -Errno.EINVAL;
  let parent: usize = 0;
  let parent_link: usize = 0;
  let grandparent: usize = 0;
  let cover: usize = 0;
  let known: u32 = 0;
  let link = changetype<usize>(map) + offsetof<LpmTrie>("top");
  let ptr = map.top;
  for (;;) {
    if (!ptr) return -Errno.ENOENT;
    const len = node_of(ptr).prefixlen;
    if (len > prefixlen || common_bits(node_of(ptr), key, map.key_size, len, known) < len) return -Errno.ENOENT;
    if (len == prefixlen) break;
    if (node_of(ptr).record) cover = node_of(ptr).record;
    known = len;
    grandparent = parent;
    parent_link = link;
    parent = ptr;
    link = child_link(node_of(ptr), key_bit(key, len));
    ptr = load<u32>(link);
  }
  const node = node_of(ptr);
  const record = node.record;
  if (!record) return -Errno.ENOENT;
  table_cover(map, node, record, cover);
  node.record = 0;
  heap_free(record);
  if (!node.child0 || !node.child1) {
    const child = node.child0 ? node.child0 : node.child1;
    cut(map, node, link, parent, child);
    // An intermediate node with one child left has nothing to branch.
    if (!child && parent != 0 && !node_of(parent).record) {
      const upper = node_of(parent);
      cut(map, upper, parent_link, grandparent, upper.child0 ? upper.child0 : upper.child1);
    }
  }
  --map.count;
  table_shrink(map);
  return 0;
}

/** Frees a node; its only child, or 0, takes its place at `link`. */
function cut(map: LpmTrie, node: LpmNode, link: usize, parent: usize, child: usize): void {
  store<u32>(link, <u32>child);
  table_hang(map, parent ? node_of(parent).prefixlen : 0, node, child);
  heap_free(changetype<usize>(node));
}

/**
 * Key of the element after `key` in post-order: what lies under bit 0, what lies under bit 1, then the prefix itself. The
 * successor is decided by the last node on the way down that has something to visit after the branch taken, so one
 * descent finds it, and below the table a short one.
 */
export function lpm_next_key(map_ptr: usize, key: usize): usize {
  const map = changetype<LpmTrie>(map_ptr);
  if (!map.top) return err_ptr(Errno.ENOENT);
  const prefixlen = key ? load<u32>(key) : 0xffffffff;
  let next: usize = 0;
  if (prefixlen > map.prefixlen_max) {
    next = first_under(map.top);
  } else {
    const start = start_below_table(map, key, prefixlen);
    if (start) next = next_under(map, start, key, prefixlen);
    if (!next) next = next_under(map, map.top, key, prefixlen);
  }
  return next ? stored_key(node_of(next)) : err_ptr(Errno.ENOENT);
}

/** The node after `key` among those under `ptr`: 0 when the key is the last of them, the map's first when it is absent. */
function next_under(map: LpmTrie, ptr: usize, key: usize, prefixlen: u32): usize {
  let subtree: usize = 0;
  let ancestor: usize = 0;
  let known: u32 = 0;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    if (len > prefixlen || common_bits(node, key, map.key_size, len, known) < len) break;
    if (len == prefixlen) {
      if (!node.record) break;
      return subtree ? first_under(subtree) : ancestor;
    }
    const bit = key_bit(key, len);
    if (bit == 0 && node.child1 != 0) {
      subtree = node.child1;
    } else if (node.record) {
      subtree = 0;
      ancestor = ptr;
    }
    known = len;
    ptr = load<u32>(child_link(node, bit));
  }
  return first_under(map.top);
}

/** The node that post-order visits first: the leaf that is reached by taking the 0 branch where there is one. */
export function first_under(ptr: usize): usize {
  let below = ptr;
  do {
    ptr = below;
    const node = node_of(ptr);
    below = node.child0 ? node.child0 : node.child1;
  } while (below);
  return ptr;
}

/**
 * The key in a node's record, as GET_NEXT_KEY returns it. Its prefix is written anew from the node: the caller searches for
 * this key next, and whatever a program did to data memory must not send an iteration back to where it came from.
 */
export function stored_key(node: LpmNode): usize {
  const record = node.record;
  const len = node.prefixlen;
  store<u32>(record, len);
  const words = len >> 5;
  for (let word: u32 = 0; word < words; ++word) {
    store<u32>(record + (<usize>word << 2), bswap<u32>(node_word(node, word)), KEY_DATA);
  }
  const rest = len & 31;
  if (rest) {
    // The record's key is padded to 8 bytes, so a whole word lies there wherever the data ends.
    const ptr = record + KEY_DATA + (<usize>words << 2);
    const host_bits: u32 = u32.MAX_VALUE >> rest;
    store<u32>(ptr, bswap<u32>((node_word(node, words) & ~host_bits) | (bswap<u32>(load<u32>(ptr)) & host_bits)));
  }
  return record;
}
