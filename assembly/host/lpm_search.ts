import { Errno, MapType } from "../uapi/constants";
import { copy_bytes } from "../mem/bytes";
import { user_ok } from "../mem/user";
import { Map, is_err } from "../map/map";
import { lpm_key_after, lpm_match_element } from "../map/lpm/search";
import { LpmTrie } from "../map/lpm/table";
import { CAN_READ, map_of_fd } from "../user/access";
import { key_in } from "../user/copy";

/** The trie behind an fd that may be read, with a readable key and room for one; or an error, as LOOKUP_ELEM has it. */
function readable_trie(fd: u32, key: usize, out_key: usize): usize {
  const ptr = map_of_fd(fd, CAN_READ);
  if (is_err(ptr)) return ptr;
  const map = changetype<Map>(ptr);
  if (map.type != MapType.LPM_TRIE) return <usize>-Errno.ENOTSUPP;
  return user_ok(key, map.key_size) && user_ok(out_key, map.key_size) ? ptr : <usize>-Errno.EFAULT;
}

/** LOOKUP_ELEM that tells the prefix that matched. See index.ts. */
export function match_prefix(fd: u32, key: usize, out_key: usize, value: usize): i32 {
  const ptr = readable_trie(fd, key, out_key);
  if (is_err(ptr)) return <i32>ptr;
  const map = changetype<LpmTrie>(ptr);
  const element = lpm_match_element(ptr, key_in(key, map.key_size));
  if (is_err(element)) return <i32>element;
  if (!user_ok(value, map.value_size)) return -Errno.EFAULT;
  copy_bytes(out_key, element, map.key_size);
  copy_bytes(value, element + map.value_offset, map.value_size);
  return 0;
}

/** GET_NEXT_KEY that also goes on from an absent key. See index.ts. */
export function key_after(fd: u32, key: usize, out_key: usize): i32 {
  const ptr = readable_trie(fd, key, out_key);
  if (is_err(ptr)) return <i32>ptr;
  const next = lpm_key_after(ptr, key_in(key, changetype<Map>(ptr).key_size));
  if (is_err(next)) return <i32>next;
  copy_bytes(out_key, next, changetype<Map>(ptr).key_size);
  return 0;
}
