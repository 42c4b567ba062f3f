import { Errno } from "../../uapi/constants";
import { err_ptr } from "../map";
import { KEY_DATA, child_link, common_bits, key_bit, node_of, node_word } from "./node";
import { LpmTrie } from "./table";
import { sub_of } from "./trie";

// The order in which GET_NEXT_KEY goes over a trie.

/**
 * Key of the element after `key` in post-order: what lies under bit 0, what lies under bit 1, then the prefix itself. The
 * successor is decided by the last node on the way down that has something to visit after the branch taken, so one
 * descent finds it, and below the table a short one.
 */
export function lpm_next_key(map_ptr: usize, key: usize): usize {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = key ? load<u32>(key) : 0xffffffff;
  let next: usize = 0;
  if (prefixlen <= map.prefixlen_max) {
    const sub = sub_of(map, key, prefixlen);
    if (sub) next = next_under(map, sub, key, prefixlen, true);
    if (!next) next = next_under(map, map.top, key, prefixlen, true);
  } else if (map.top) {
    next = first_under(map.top);
  }
  return key_of(next);
}

/**
 * The node after `key` among those under `ptr`, 0 when there is none. For an absent key: the map's first with
 * `restart`, as Linux has it, else the one after the key's place.
 */
export function next_under(map: LpmTrie, ptr: usize, key: usize, prefixlen: u32, restart: bool): usize {
  // What follows all that has been passed: the lowest branch not taken, else the lowest ancestor that is an element.
  let subtree: usize = 0;
  let ancestor: usize = 0;
  let known: u32 = 0;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    const shorter = min<u32>(len, prefixlen);
    known = common_bits(node, key, map.key_size, shorter, known);
    if (known < shorter) {
      // The key and the node part: what the node holds comes after the key if the key has the 0.
      if (key_bit(key, known) == 0) subtree = ptr;
      break;
    }
    // The node is the key's own, or lies under it and so before it.
    if (len >= prefixlen) {
      if (len == prefixlen && node.element != 0) restart = false;
      break;
    }
    const bit = key_bit(key, len);
    if (bit == 0 && node.child1 != 0) {
      subtree = node.child1;
    } else if (node.element) {
      subtree = 0;
      ancestor = ptr;
    }
    ptr = load<u32>(child_link(node, bit));
  }
  if (restart) subtree = map.top;
  return subtree ? first_under(subtree) : ancestor;
}

/** The node that post-order visits first: the leaf that is reached by taking the 0 branch where there is one. */
function first_under(ptr: usize): usize {
  let below = ptr;
  do {
    ptr = below;
    const node = node_of(ptr);
    below = node.child0 ? node.child0 : node.child1;
  } while (below);
  return ptr;
}

/**
 * The key in a node's element, as GET_NEXT_KEY returns it; -ENOENT for node 0. Its prefix is written anew from the node:
 * the caller searches for this key next, and whatever a program did to data memory must not send an iteration back to
 * where it came from.
 */
export function key_of(ptr: usize): usize {
  if (!ptr) return err_ptr(Errno.ENOENT);
  const node = node_of(ptr);
  const element = node.element;
  const len = node.prefixlen;
  store<u32>(element, len);
  const words = len >> 5;
  for (let word: u32 = 0; word < words; ++word) {
    store<u32>(element + (<usize>word << 2), bswap<u32>(node_word(node, word)), KEY_DATA);
  }
  const rest = len & 31;
  if (rest) {
    // The element's key is padded to 8 bytes, so a whole word lies there wherever the data ends.
    const ptr = element + KEY_DATA + (<usize>words << 2);
    const host_bits: u32 = u32.MAX_VALUE >> rest;
    store<u32>(ptr, bswap<u32>((node_word(node, words) & ~host_bits) | (bswap<u32>(load<u32>(ptr)) & host_bits)));
  }
  return element;
}
