import { ElemFlag, Errno, Limit, MapFlag } from "../../uapi/constants";
import { CreateAttr } from "../../uapi/attr";
import { KIND_DATA } from "../../mem/chunk";
import { copy_bytes, round_up_8 } from "../../mem/bytes";
import { heap_alloc, heap_free } from "../../mem/heap";
import { checkpoint } from "../../mem/journal";
import { FRAME_PLACE, PLACE_REGION_SIZE, frame_ptr } from "../../mem/frame";
import { FD_FLAGS, PROG_FLAGS, WORD_PREFIXES, check_flags, err_ptr } from "../map";
import { check_existence } from "../hash/hash";
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
} from "./node";
import { BLOCK_BITS, IS_BLOCK, IS_NODE, answer_of, block_slot } from "./block";
import {
  LpmTrie,
  slot_at,
  slot_best,
  slot_of,
  slot_sub,
  covers_many,
  table_answer,
  table_cover,
  table_free,
  table_grow,
  table_hang,
  table_shrink,
} from "./table";

// BPF_MAP_TYPE_LPM_TRIE: a binary trie with compressed paths (node.ts) under a direct table (table.ts). An
// element is the first prefixlen bits of its key, and keeps the whole key, since the bits behind the prefix come
// back as they were last written.
//
//   element   ┌─────────────────────────────────────────┬───────────────────────┐
//             │ key: u32 prefixlen, data; padded to 8   │ value, padded to 8    │   a data chunk; never moves
//             └─────────────────────────────────────────┴───────────────────────┘

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

export function lpm_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<LpmTrie>(map_ptr);
  map.prefixlen_max = (map.key_size - <u32>KEY_DATA) << 3;
  map.value_offset = <u32>round_up_8(map.key_size);
  if (map.value_size == 4 && map.key_size == 8) map.word_keys = WORD_PREFIXES;
  return 0;
}

/** In place of prefixlen_max in a map whose nodes are being freed. */
const FREEING: u32 = u32.MAX_VALUE;

/**
 * Frees node by node without a stack: once its element is freed, a node's element field links it to the next to free. The
 * list begins at `top`, so that it can be gone on with.
 */
export function lpm_free(map_ptr: usize): void {
  const map = changetype<LpmTrie>(map_ptr);
  table_free(map);
  if (map.prefixlen_max != FREEING) {
    map.top = push(map.top, 0);
    map.prefixlen_max = FREEING;
  }
  while (map.top) {
    const node = node_of(map.top);
    map.top = push(node.child1, push(node.child0, node.element));
    heap_free(changetype<usize>(node));
    checkpoint();
  }
}

function push(ptr: usize, list: usize): usize {
  if (!ptr) return list;
  const node = node_of(ptr);
  heap_free(node.element);
  node.element = list;
  return ptr;
}

/** Value of the longest stored prefix of the key; its element, and with it the prefix, begins value_offset bytes earlier. */
export function lpm_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (prefixlen > map.prefixlen_max) return err_ptr(Errno.ENOENT);
  const word = key_word(key, 0, map.key_size);
  let element: usize = 0;
  if (prefixlen == 32 && map.prefixlen_max == 32) {
    element = lpm_find_word(map, word);
  } else {
    const slot = slot_at(map, word, prefixlen);
    element = lookup_long(map, key, prefixlen, word, slot ? slot_sub(map, slot) : map.top);
    if (!element && slot) element = slot_best(map, slot);
  }
  return element ? element + map.value_offset : err_ptr(Errno.ENOENT);
}

/** Element of the longest prefix of an address, given as a number; 0 when there is none. For 4 bytes of data only. */
export function lpm_find_word(map: LpmTrie, word: u32): usize {
  if (!map.table_bits) return answer_of(word, 32, map.top, 0);
  const slot = slot_of(map, word);
  let answer = load<u32>(slot);
  if (!(answer & (IS_NODE | IS_BLOCK))) return answer;
  const block = answer & IS_BLOCK;
  if (block) {
    answer = load<u32>(block_slot(answer ^ IS_BLOCK, word, map.table_bits));
    if (answer && !(answer & IS_NODE)) return answer;
  }
  let element: usize = answer_of(word, 32, answer & ~IS_NODE, 0);
  // What the block leads to may be longer than what the slot has for the address.
  if (!element && block && answer) element = answer_of(word, 32, slot_sub(map, slot), 0);
  return element ? element : slot_best(map, slot);
}

/** Element of the longest prefix of a key under `ptr`; `word` is the key's first. 0 when there is none. */
function lookup_long(map: LpmTrie, key: usize, prefixlen: u32, word: u32, ptr: usize): usize {
  let best: usize = 0;
  let known: u32 = 0;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    if (len > prefixlen) break;
    // Most nodes end in the first word, which is in a register: that saves a call.
    const same = len > 32 ? common_bits(node, key, map.key_size, len, known) : <u32>clz(node_word(node, 0) ^ word);
    if (same < len) break;
    if (node.element) best = node.element;
    if (len == prefixlen) break;
    known = len;
    ptr = load<u32>(child_link(node, key_bit(key, len)));
  }
  return best;
}

/** The top node in a prefix's slot, under which the prefix is if it is stored; 0 when a search begins at the top. */
export function sub_of(map: LpmTrie, key: usize, prefixlen: u32): usize {
  const slot = slot_at(map, key_word(key, 0, map.key_size), prefixlen);
  return slot ? slot_sub(map, slot) : 0;
}

/** How many nodes a walk may visit where a block of the table would save them. */
const DEPTH_MAX: u32 = 2;

/** Where a search for a key's own node ended: update and delete share the search. */
@unmanaged
class Place {
  /** The node above `node`; 0 = none. */
  parent: usize;
  /** Element of the longest proper prefix that was passed; 0 = none. */
  cover: usize;
  /** Nodes passed that a block of the table would save a lookup. */
  depth: u32;
  /** Whether `node` is the key's own. */
  exact: u32;
  /** With a parent: where it hangs, and the node above it. */
  parent_link: usize;
  grandparent: usize;
  /** The first node on the way down that is no proper prefix of the key, hanging at `link`; 0 = none. */
  node: usize;
  link: usize;
  /** Bits that the key has in common with `node`. */
  common: u32;
}
if (offsetof<Place>() > PLACE_REGION_SIZE) ERROR("Place does not fit into its region of the frame");

/** The place of the running call. */
@inline
function frame_place(): Place {
  return changetype<Place>(frame_ptr() + FRAME_PLACE);
}

/** Searches a key's own node from `ptr` on, and notes the place: the node's element, or 0. */
function descend(map: LpmTrie, key: usize, prefixlen: u32, ptr: usize): usize {
  const place = frame_place();
  place.parent = 0;
  place.cover = 0;
  place.depth = 0;
  place.exact = 0;
  let link = changetype<usize>(map) + offsetof<LpmTrie>("top");
  let common: u32 = 0;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    common = common_bits(node, key, map.key_size, min<u32>(len, prefixlen), common);
    if (common < len || len == prefixlen) {
      place.exact = u32(common == len);
      break;
    }
    if (len - map.table_bits < BLOCK_BITS) ++place.depth;
    if (node.element) place.cover = node.element;
    place.grandparent = place.parent;
    place.parent_link = link;
    place.parent = ptr;
    link = child_link(node, key_bit(key, len));
    ptr = load<u32>(link);
  }
  place.node = ptr;
  place.link = link;
  place.common = common;
  return place.exact ? node_of(ptr).element : 0;
}

export function lpm_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (flags > <u64>ElemFlag.EXIST || prefixlen > map.prefixlen_max) return -Errno.EINVAL;
  const place = frame_place();
  const sub = sub_of(map, key, prefixlen);
  let element = sub ? descend(map, key, prefixlen, sub) : 0;
  // A new prefix that does not belong below the top node of its slot hangs where only a search from the top gets to.
  if (!sub || !(place.parent | place.exact)) element = descend(map, key, prefixlen, map.top);
  const error = check_existence(element != 0, flags);
  if (error) return error;
  if (!element) {
    if (map.count == map.max_entries) return -Errno.ENOSPC;
    element = heap_alloc(<u64>map.value_offset + round_up_8(map.value_size), KIND_DATA);
    if (!element) return -Errno.ENOMEM;
    const ptr = place.exact ? place.node : insert_node(map, key, prefixlen);
    if (!ptr) {
      heap_free(element);
      return -Errno.ENOMEM;
    }
    copy_bytes(element, key, map.key_size);
    copy_bytes(element + map.value_offset, value, map.value_size);
    const node = node_of(ptr);
    node.element = element;
    ++map.count;
    // What follows is about the table alone.
    if (covers_many(map, prefixlen)) {
      map.stale = 1;
      checkpoint();
    }
    table_cover(map, node, place.cover, element);
    table_answer(map, node_word(node, 0), prefixlen, place.depth > DEPTH_MAX);
    map.stale = 0;
    table_grow(map);
    return 0;
  }
  copy_bytes(element, key, map.key_size);
  copy_bytes(element + map.value_offset, value, map.value_size);
  return 0;
}

/**
 * Hangs a new node for the prefix into its place: as a leaf, as an ancestor of the node there, or beside it under a new
 * intermediate node. 0, with nothing changed, without memory.
 */
function insert_node(map: LpmTrie, key: usize, prefixlen: u32): usize {
  const ptr = node_alloc(key, map.key_size, prefixlen);
  if (!ptr) return 0;
  const place = frame_place();
  const below = place.node;
  let upper = ptr;
  if (below) {
    const common = place.common;
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
      table_hang(map, upper, node_of(ptr), ptr);
    }
  }
  store<u32>(place.link, <u32>upper);
  table_hang(map, place.parent, node_of(upper), upper);
  return ptr;
}

export function lpm_delete(map_ptr: usize, key: usize): i32 {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (prefixlen > map.prefixlen_max) return -Errno.EINVAL;
  const element = descend(map, key, prefixlen, map.top);
  if (!element) return -Errno.ENOENT;
  const place = frame_place();
  const node = node_of(place.node);
  const word = node_word(node, 0);
  if (covers_many(map, prefixlen)) {
    map.stale = 1;
    checkpoint();
  }
  table_cover(map, node, element, place.cover);
  node.element = 0;
  heap_free(element);
  if (!node.child0 || !node.child1) {
    const child = node.child0 | node.child1;
    const parent = place.parent;
    cut(map, node, place.link, parent, child);
    // An intermediate node with one child left has nothing to branch.
    if (!child && parent != 0 && !node_of(parent).element) {
      const upper = node_of(parent);
      cut(map, upper, place.parent_link, place.grandparent, upper.child0 | upper.child1);
    }
  }
  table_answer(map, word, prefixlen, false);
  --map.count;
  map.stale = 0;
  table_shrink(map);
  return 0;
}

/** Frees a node; its only child, or 0, takes its place at `link`. */
function cut(map: LpmTrie, node: LpmNode, link: usize, parent: usize, child: usize): void {
  store<u32>(link, <u32>child);
  table_hang(map, parent, node, child);
  heap_free(changetype<usize>(node));
}
