import { ElemFlag, Errno } from "../uapi/constants";
import { copy_bytes_inline } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { user_ok_inline } from "../mem/user";
import { fd_failed, fd_lookup, fd_mode } from "../object/fd";
import { Map, WORD_UPDATE, is_err } from "../map/map";
import { check_existence, hash_insert } from "../map/hash";
import { HashMap, hash_of_word, value_of } from "../map/hash_map";
import { find_word } from "../map/hash_table";
import { ops_update } from "../map/ops";
import { CAN_WRITE, map_of_fd } from "../syscall/access";

/** UPDATE_ELEM with its arguments in registers instead of an attr. See index.ts. */
export function update_with(fd: u32, key: usize, value: usize, flags: u32): i32 {
  const ptr = map_of_fd(fd, CAN_WRITE);
  if (is_err(ptr)) return <i32>ptr;
  const map = changetype<Map>(ptr);
  if (map.key_size == 0) return -Errno.ENOTSUPP;
  if (!user_ok_inline(key, map.key_size) || !user_ok_inline(value, map.user_value_size)) return -Errno.EFAULT;
  return ops_update(map.type, ptr, key, value, flags);
}

/**
 * The same for a 4-byte key given as a number, in hash and per-CPU hash maps with seeded hashing. -ENOTSUPP sends
 * everything out of the ordinary, a frozen map too, to update_with.
 */
export function update_word_with(fd: u32, key: u32, value: usize, flags: u32): i32 {
  const answer = fd_lookup(fd);
  if (fd_failed(answer) || fd_mode(answer)) return -Errno.ENOTSUPP;
  const map = changetype<HashMap>(<usize>answer);
  if (!(map.word_keys & WORD_UPDATE) || map.frozen || flags > <u32>ElemFlag.EXIST) return -Errno.ENOTSUPP;
  if (!user_ok_inline(value, map.user_value_size)) return -Errno.EFAULT;
  const hash = hash_of_word(map, key);
  const record = find_word(map, key, hash);
  const error = check_existence(record != 0, flags);
  if (error) return error;
  if (record) {
    copy_bytes_inline(value_of(map, record), value, map.user_value_size);
    return 0;
  }
  store<u32>(PAGE_SCRATCH, key);
  return hash_insert(map, PAGE_SCRATCH, value, hash);
}
