import { ElemFlag, Errno } from "../uapi/constants";
import { BatchAttr } from "../uapi/attr";
import { copy_bytes } from "../mem/bytes";
import { checkpoint } from "../mem/journal";
import { still_alive } from "../mem/section";
import { user_ok } from "../mem/user";
import { Map, is_err } from "../map/map";
import { ops_delete, ops_lookup, ops_next_key, ops_update } from "../map/ops";
import { has_spin_lock } from "../map/special_fields";
import { BATCH_BUCKETS, BATCH_DELETE, BATCH_LOOKUP, BATCH_UPDATE, ops_traits } from "../map/traits";
import { CAN_READ, CAN_WRITE, map_of_fd } from "../user/access";
import { copy_value_out, key_in, value_in } from "../user/copy";
import { lookup_buckets, set_count } from "./map_batch_buckets";

// The batch commands: common checks, and the key-by-key form that arrays and tries use. Hash maps are read bucket by
// bucket (map_batch_buckets.ts). `count` goes to the caller's attr, `out`: 0 before any element is looked at, as in Linux.

/** The map of a batch command, or an errno pointer. `wanted` are the traits of which the type must have one. */
function batch_map(attr: BatchAttr, rights: u32, wanted: u32): usize {
  const ptr = map_of_fd(attr.map_fd, rights);
  if (is_err(ptr)) return ptr;
  if (!(ops_traits(changetype<Map>(ptr).type) & wanted)) return <usize>-Errno.ENOTSUPP;
  if (attr.elem_flags & ~(<u64>ElemFlag.F_LOCK)) return <usize>-Errno.EINVAL;
  // The one flag that there is holds a value's spin lock.
  return attr.elem_flags && !has_spin_lock(changetype<Map>(ptr)) ? <usize>-Errno.EINVAL : ptr;
}

export function map_lookup_batch(attr_ptr: usize, out: usize): i32 {
  const attr = changetype<BatchAttr>(attr_ptr);
  const ptr = batch_map(attr, CAN_READ, BATCH_BUCKETS | BATCH_LOOKUP);
  if (is_err(ptr)) return <i32>ptr;
  const map = changetype<Map>(ptr);
  if (ops_traits(map.type) & BATCH_BUCKETS) return lookup_buckets(map, attr, out, false);
  return lookup_keys(map, attr, out);
}

export function map_lookup_and_delete_batch(attr_ptr: usize, out: usize): i32 {
  const attr = changetype<BatchAttr>(attr_ptr);
  const ptr = batch_map(attr, CAN_READ | CAN_WRITE, BATCH_BUCKETS);
  return is_err(ptr) ? <i32>ptr : lookup_buckets(changetype<Map>(ptr), attr, out, true);
}

export function map_update_batch(attr_ptr: usize, out: usize): i32 {
  const attr = changetype<BatchAttr>(attr_ptr);
  const ptr = batch_map(attr, CAN_WRITE, BATCH_UPDATE);
  return is_err(ptr) ? <i32>ptr : change_keys(changetype<Map>(ptr), attr, out, true);
}

export function map_delete_batch(attr_ptr: usize, out: usize): i32 {
  const attr = changetype<BatchAttr>(attr_ptr);
  const ptr = batch_map(attr, CAN_WRITE, BATCH_DELETE);
  return is_err(ptr) ? <i32>ptr : change_keys(changetype<Map>(ptr), attr, out, false);
}

/** Lookups along GET_NEXT_KEY, from the key in in_batch on; out_batch gets the last key visited. */
function lookup_keys(map: Map, attr: BatchAttr, out: usize): i32 {
  const wanted = attr.count;
  if (wanted == 0) return 0;
  const keys = attr.keys;
  const values = attr.values;
  const in_batch = attr.in_batch;
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  if (!set_count(out, 0)) return -Errno.EFAULT;
  if (in_batch && !user_ok(in_batch, key_size)) return -Errno.EFAULT;
  let key = in_batch ? key_in(<usize>in_batch, key_size) : 0;
  let count: u32 = 0;
  let answer = 0;
  while (count < wanted) {
    const next = ops_next_key(map.type, changetype<usize>(map), key);
    if (is_err(next)) {
      answer = <i32>next;
      break;
    }
    key = next;
    const value = ops_lookup(map.type, changetype<usize>(map), key);
    if (is_err(value)) {
      // An empty slot of an array of maps.
      if (<i32>value == -Errno.ENOENT) continue;
      answer = <i32>value;
      break;
    }
    const key_to = keys + <u64>count * key_size;
    const value_to = values + <u64>count * value_size;
    if (!user_ok(key_to, key_size)) return -Errno.EFAULT;
    copy_bytes(<usize>key_to, key, key_size);
    if (!user_ok(value_to, value_size)) return -Errno.EFAULT;
    copy_value_out(map, value, <usize>value_to);
    ++count;
    still_alive();
  }
  if (!set_count(out, count)) return -Errno.EFAULT;
  if (count) {
    if (!user_ok(attr.out_batch, key_size)) return -Errno.EFAULT;
    copy_bytes(<usize>attr.out_batch, key, key_size);
  }
  return answer;
}

/** UPDATE_BATCH and DELETE_BATCH: one element after the other, up to the first error. */
function change_keys(map: Map, attr: BatchAttr, out: usize, update: bool): i32 {
  const wanted = attr.count;
  if (wanted == 0) return 0;
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  let key = attr.keys;
  let value = attr.values;
  if (!set_count(out, 0)) return -Errno.EFAULT;
  let count: u32 = 0;
  let answer = 0;
  for (; count < wanted; ++count) {
    if (!user_ok(key, key_size) || (update && !user_ok(value, value_size))) {
      answer = -Errno.EFAULT;
      break;
    }
    const key_copy = key_in(<usize>key, key_size);
    answer = update
      ? ops_update(map.type, changetype<usize>(map), key_copy, value_in(map, <usize>value), ElemFlag.ANY)
      : ops_delete(map.type, changetype<usize>(map), key_copy);
    if (answer) break;
    // Each element by itself, as on Linux.
    checkpoint();
    still_alive();
    key += key_size;
    value += value_size;
  }
  return set_count(out, count) ? answer : -Errno.EFAULT;
}
