import { Errno } from "../uapi/constants";
import { user_ok_inline } from "../mem/user";
import { Map, is_err } from "../map/map";
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
