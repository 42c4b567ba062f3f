import { Errno } from "../uapi/constants";
import { user_ok_inline } from "../mem/user";
import { Map, err_ptr, is_err } from "../map/map";
import { VALUE_IS_INPUT, VALUE_IS_MAP, ops_lookup, ops_traits } from "../map/ops";
import { CAN_READ, map_of_fd } from "../syscall/access";

/**
 * A lookup that answers with the value's address instead of a copy, as a program's lookup does: no attr to decode, no
 * value buffer to check, nothing copied. The address is good until the element is deleted. See index.ts.
 */
export function lookup_address(fd: u32, key: usize): usize {
  const ptr = map_of_fd(fd, CAN_READ);
  if (is_err(ptr)) return ptr;
  const map = changetype<Map>(ptr);
  if (map.key_size == 0 || ops_traits(map.type) & (VALUE_IS_INPUT | VALUE_IS_MAP)) return err_ptr(Errno.ENOTSUPP);
  return user_ok_inline(key, map.key_size) ? ops_lookup(map.type, ptr, key) : err_ptr(Errno.EFAULT);
}
