import { ElemFlag, Errno } from "../uapi/constants";
import { copy_bytes_inline } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { user_ok_inline } from "../mem/user";
import { fd_plain } from "../object/fd";
import { Map, WORD_UPDATE, is_err } from "../map/map";
import { check_existence, hash_insert } from "../map/hash";
import { HashMap, WORD_VALUE_OFFSET, hash_of_word } from "../map/hash_map";
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
@inline
export function update_word_with(fd: u32, key: u32, value: usize, flags: u32): i32 {
  const map = changetype<HashMap>(fd_plain(fd));
  if (!changetype<usize>(map) || !(map.word_keys & WORD_UPDATE) || map.frozen || flags > <u32>ElemFlag.EXIST) return -Errno.ENOTSUPP;
  const size = map.user_value_size;
  if (!user_ok_inline(value, size)) return -Errno.EFAULT;
  const hash = hash_of_word(map, key);
  const record = find_word(map, key, hash);
  if (!record || flags == ElemFlag.NOEXIST) return update_absent(map, key, value, flags, hash, record);
  copy_bytes_inline(record + WORD_VALUE_OFFSET, value, size);
  return 0;
}

/** Where an update does not overwrite. */
function update_absent(map: HashMap, key: u32, value: usize, flags: u32, hash: u32, record: usize): i32 {
  const error = check_existence(record != 0, flags);
  if (error) return error;
  store<u32>(PAGE_SCRATCH, key);
  return hash_insert(map, PAGE_SCRATCH, value, hash);
}
