import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { fd_object, fd_plain, fd_word } from "../object/fd";
import { Map } from "../map/map";
import { HashMap } from "../map/hash/hash_map";
import { gate_word, is_open } from "../mem/section";
import { hasty_lock } from "../map/hash/hasty";
import { hash_update_locked, hash_update_pair } from "../map/hash/words";
import { ops_update } from "../map/ops";
import { CAN_WRITE, may_use, refusal } from "../user/access";
import { key_in, value_in } from "../user/copy";

/** UPDATE_ELEM with its arguments in registers instead of an attr. See index.ts. */
export function update_with(fd: u32, key: usize, value: usize, flags: u32): i32 {
  const word = fd_word(fd);
  if (!may_use(word, CAN_WRITE)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  if (map.key_size == 0) return -Errno.ENOTSUPP;
  if (!user_ok(key, map.key_size) || !user_ok(value, map.user_value_size)) return -Errno.EFAULT;
  return ops_update(map.type, ptr, key_in(key, map.key_size), value_in(map, value), flags);
}

/**
 * The same for a 4-byte key and a 4-byte value, both given as numbers, in hash maps with seeded hashing. -ENOTSUPP sends
 * everything out of the ordinary, a frozen map too, to update_with.
 */
@inline
export function update_words_with(fd: u32, key: u32, value: u32, flags: u32): i32 {
  // An fd without a map answers NO_OBJECT: see lookup_word_address.
  return hash_update_pair(changetype<HashMap>(fd_plain(fd)), key, value, flags);
}

/** Threads: enters the shared section in haste, with the lock that update_words_locked wants; false: not so. */
@inline
export function enter_for_words(fd: u32, key: u32): bool {
  const gate = gate_word();
  return is_open(gate) && hasty_lock(changetype<HashMap>(fd_plain(fd)), key, gate);
}

@inline
export function update_words_locked(fd: u32, key: u32, value: u32, flags: u32): i32 {
  return hash_update_locked(changetype<HashMap>(fd_plain(fd)), key, value, flags);
}
