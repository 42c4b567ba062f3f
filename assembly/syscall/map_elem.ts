import { ElemFlag, Errno } from "../uapi/constants";
import { ElemAttr } from "../uapi/attr";
import { copy_bytes } from "../mem/bytes";
import { user_ok, user_ok_inline } from "../mem/user";
import { read_again, read_failed } from "../mem/lock";
import { RESTART } from "../mem/section";
import { fd_object, fd_word } from "../object/fd";
import { Map, is_err } from "../map/map";
import { ops_delete, ops_lookup, ops_next_key, ops_pop, ops_update } from "../map/ops";
import { has_special_fields, has_spin_lock, hide_special_fields } from "../map/special_fields";
import { POP_NO_FLAGS, VALUE_IS_INPUT, ops_traits } from "../map/traits";
import { CAN_READ, CAN_WRITE, map_of_fd, may_use, refusal } from "../user/access";
import { copy_value_out, key_in, value_in } from "../user/copy";

// The element commands: attr checks, user pointers and copies around the map's operation. The order is the kernel's. Their
// attr may be the caller's own, so each reads a field once.

/** Checks the key pointer: a keyless map wants NULL (-EINVAL), any other a readable key (-EFAULT). */
@inline
function check_key(map: Map, key: u64): i32 {
  const size = map.key_size;
  if (size == 0) return key ? -Errno.EINVAL : 0;
  return user_ok_inline(key, size) ? 0 : -Errno.EFAULT;
}

/** BPF_F_LOCK is for values with a bpf_spin_lock, which no map has in a core without programs. */
@inline
function check_lock_flag(map: Map, flags: u64): i32 {
  return flags & ElemFlag.F_LOCK && !has_spin_lock(map) ? -Errno.EINVAL : 0;
}

export function map_lookup_elem(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  const flags = attr.flags;
  const key = attr.key;
  const value = attr.value;
  if (flags & ~(<u64>ElemFlag.F_LOCK)) return -Errno.EINVAL;
  const word = fd_word(attr.map_fd);
  if (!may_use(word, CAN_READ)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  let error = check_lock_flag(map, flags);
  if (error) return error;
  error = check_key(map, key);
  if (error) return error;
  if (ops_traits(map.type) & VALUE_IS_INPUT) {
    if (!user_ok(value, map.value_size)) return -Errno.EFAULT;
    const answer = ops_lookup(map.type, ptr, <usize>value);
    return is_err(answer) ? <i32>answer : 0;
  }
  const key_copy = key_in(<usize>key, map.key_size);
  let answer: i32;
  do answer = copy_found(map, ops_lookup(map.type, ptr, key_copy), value);
  while (read_again());
  return read_failed() ? -RESTART : answer;
}

/** Copies the value that a lookup has found, if it has. */
@inline
function copy_found(map: Map, found: usize, value: u64): i32 {
  if (is_err(found)) return <i32>found;
  if (!user_ok_inline(value, map.user_value_size)) return -Errno.EFAULT;
  copy_value_out(map, found, <usize>value);
  return 0;
}

export function map_update_elem(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  const flags = attr.flags;
  const key = attr.key;
  const value = attr.value;
  const word = fd_word(attr.map_fd);
  if (!may_use(word, CAN_WRITE)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  let error = check_lock_flag(map, flags);
  if (error) return error;
  error = check_key(map, key);
  if (error) return error;
  if (!user_ok(value, map.user_value_size)) return -Errno.EFAULT;
  return ops_update(map.type, ptr, key_in(<usize>key, map.key_size), value_in(map, <usize>value), flags & ~(<u64>ElemFlag.F_LOCK));
}

export function map_delete_elem(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  const key = attr.key;
  const word = fd_word(attr.map_fd);
  if (!may_use(word, CAN_WRITE)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  const error = check_key(map, key);
  if (error) return error;
  return ops_delete(map.type, ptr, key_in(<usize>key, map.key_size));
}

export function map_get_next_key(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  const given = attr.key;
  const next_key = attr.value;
  const word = fd_word(attr.map_fd);
  if (!may_use(word, CAN_READ)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  let key: usize = 0;
  if (given) {
    const error = check_key(map, given);
    if (error) return error;
    key = key_in(<usize>given, map.key_size);
  }
  const next = ops_next_key(map.type, ptr, key);
  if (is_err(next)) return <i32>next;
  if (!user_ok(next_key, map.key_size)) return -Errno.EFAULT;
  copy_bytes(<usize>next_key, next, map.key_size);
  return 0;
}

export function map_lookup_and_delete_elem(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  if (attr.flags & ~(<u64>ElemFlag.F_LOCK)) return -Errno.EINVAL;
  const ptr = map_of_fd(attr.map_fd, CAN_READ | CAN_WRITE);
  if (is_err(ptr)) return <i32>ptr;
  const map = changetype<Map>(ptr);
  if (attr.flags && ops_traits(map.type) & POP_NO_FLAGS) return -Errno.EINVAL;
  let error = check_lock_flag(map, attr.flags);
  if (error) return error;
  error = check_key(map, attr.key);
  if (error) return error;
  const writable = user_ok(attr.value, map.user_value_size);
  error = ops_pop(map.type, ptr, key_in(<usize>attr.key, map.key_size), writable ? <usize>attr.value : 0);
  if (error) return error;
  if (!writable) return -Errno.EFAULT;
  if (has_special_fields(map)) hide_special_fields(map, <usize>attr.value);
  return 0;
}
