import { Errno } from "../../uapi/constants";
import { err_ptr, is_err } from "../map";
import { LpmTrie } from "./table";
import { lpm_lookup } from "./trie";
import { key_of, next_under } from "./walk";

// Searches of a trie that Linux has no command for: which prefix answered a lookup, and what follows a place in the order
// whether a prefix is stored there or not.

/** Element (key, then value at value_offset) of the longest stored prefix of the key, or an error. */
export function lpm_match_element(map_ptr: usize, key: usize): usize {
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
  return key_of(next_under(map, map.top, key, prefixlen, false));
}
