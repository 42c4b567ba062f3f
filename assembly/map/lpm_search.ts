import { Errno } from "../uapi/constants";
import { err_ptr, is_err } from "./map";
import { child_link, common_bits, key_bit, node_of } from "./lpm_node";
import { LpmTrie } from "./lpm_table";
import { first_under, lpm_lookup, stored_key } from "./lpm_trie";

// Searches of a trie that Linux has no command for: which prefix answered a lookup, and what follows a place in the order
// whether a prefix is stored there or not.

/** Record (key, then value at value_offset) of the longest stored prefix of the key, or an error. */
export function lpm_match_record(map_ptr: usize, key: usize): usize {
  const value = lpm_lookup(map_ptr, key);
  return is_err(value) ? value : value - changetype<LpmTrie>(map_ptr).value_offset;
}

/**
 * Stored key that follows the key's place in post-order. Unlike GET_NEXT_KEY, an absent key does not lead back to the
 * first: a walk goes on from where it was when its last prefix has been deleted.
 */
export function lpm_key_after(map_ptr: usize, key: usize): usize {
  const map = changetype<LpmTrie>(map_ptr);
  const prefixlen = load<u32>(key);
  if (prefixlen > map.prefixlen_max) return err_ptr(Errno.EINVAL);
  // What follows all that has been passed: the lowest branch not taken, else the lowest ancestor that is an element.
  let subtree: usize = 0;
  let ancestor: usize = 0;
  let known: u32 = 0;
  let ptr = map.top;
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    const shorter = min<u32>(len, prefixlen);
    const common = common_bits(node, key, map.key_size, shorter, known);
    if (common < shorter) {
      // The key and the node part: what the node holds comes after the key if the key has the 0.
      if (key_bit(key, common) == 0) subtree = ptr;
      break;
    }
    // The node is the key's own, or lies under it and so before it.
    if (len >= prefixlen) break;
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
  const next = subtree ? first_under(subtree) : ancestor;
  return next ? stored_key(node_of(next)) : err_ptr(Errno.ENOENT);
}
