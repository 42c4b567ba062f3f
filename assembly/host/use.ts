import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { err_ptr, is_err } from "../map/map";
import { hash_lookup } from "../map/hash/hash";
import { hash_lookup_u32 } from "../map/hash/words";
import { lru_use } from "../map/lru";
import { LruMap } from "../map/lru_node";
import { MARKS_USE, ops_traits } from "../map/traits";
import { fd_object, fd_plain, fd_word } from "../object/fd";
import { CAN_READ, may_use, refusal } from "../user/access";
import { key_in, value_apart } from "../user/copy";

/**
 * A program's lookup in an LRU map: unlike one by a system call it is a use of the element, which then stays longer. See
 * index.ts.
 */
export function use_address(fd: u32, key: usize): usize {
  const word = fd_word(fd);
  if (!may_use(word, CAN_READ)) return <usize>refusal(word);
  const map = changetype<LruMap>(fd_object(word));
  if (!(ops_traits(map.type) & MARKS_USE)) return err_ptr(Errno.ENOTSUPP);
  if (!user_ok(key, map.key_size)) return err_ptr(Errno.EFAULT);
  const copy = key_in(key, map.key_size);
  if (ASC_FEATURE_THREADS && is_err(copy)) return copy;
  return used(map, hash_lookup(changetype<usize>(map), copy));
}

/** The same for a 4-byte key given as a number. An fd without a map answers NO_OBJECT, which has no traits. */
@inline
export function use_word_address(fd: u32, key: u32): usize {
  const map = changetype<LruMap>(fd_plain(fd));
  if (!(ops_traits(map.type) & MARKS_USE)) return err_ptr(Errno.ENOTSUPP);
  return used(map, hash_lookup_u32(map, key));
}

@inline
function used(map: LruMap, value: usize): usize {
  if (!is_err(value)) lru_use(map, value);
  return value_apart(map, value);
}
