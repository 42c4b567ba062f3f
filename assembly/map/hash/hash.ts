import { ElemFlag, Errno, Limit, MapFlag, MapType } from "../../uapi/constants";
import { CreateAttr } from "../../uapi/attr";
import { KIND_DATA } from "../../mem/chunk";
import { copy_bytes } from "../../mem/bytes";
import { is_alone } from "../../mem/cpu";
import { read_failed } from "../../mem/lock";
import { RESTART } from "../../mem/section";
import {
  FD_FLAGS, Map, PROG_FLAGS, WORD_LOOKUP, WORD_UPDATE, WORD_VALUES, check_flags, err_ptr, is_err, wants_numa_node,
} from "../map";
import { HashMap, hash_key, is_ordered, value_of } from "./hash_map";
import { lock_stripe, watch_stripe } from "./stripe";
import { find, find_inline, insert, may_remove, move_to_newest, remove, table_create, table_destroy } from "./table";
import { next_element, next_from } from "./walk";

// BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_PERCPU_HASH: exactly max_entries elements, and E2BIG for one more.

/** Flags that every map of the hash family takes. */
export const HASH_FLAGS: u32 = MapFlag.NO_PREALLOC | MapFlag.ZERO_SEED | MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS;

/** The size rules of the whole hash family. */
export function hash_check_sizes(attr: CreateAttr, value_size: u32): i32 {
  if (attr.max_entries == 0 || attr.key_size == 0 || attr.value_size == 0) return -Errno.EINVAL;
  if (<u64>attr.key_size + value_size > <u64>Limit.HASH_ELEM_SIZE_MAX) return -Errno.E2BIG;
  return 0;
}

/** The limit on entries, which Linux looks at only when it allocates: after inner_map_fd, map_ifindex and tokens. */
export function hash_check_entries(map: Map): i32 {
  return map.max_entries > <u32>Limit.HASH_ENTRIES_MAX ? -Errno.E2BIG : 0;
}

/** PERCPU_HASH and LRU_PERCPU_HASH: no real NUMA node, and a value must fit into a per-CPU unit. */
export function percpu_check_sizes(attr: CreateAttr): i32 {
  if (wants_numa_node(attr)) return -Errno.EINVAL;
  const error = hash_check_sizes(attr, attr.value_size);
  if (error) return error;
  return attr.value_size > <u32>Limit.PERCPU_VALUE_SIZE_MAX ? -Errno.E2BIG : 0;
}

export function hash_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_flags(attr, HASH_FLAGS);
  return error ? error : hash_check_sizes(attr, attr.value_size);
}

export function percpu_hash_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_flags(attr, HASH_FLAGS);
  return error ? error : percpu_check_sizes(attr);
}

export function hash_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<HashMap>(map_ptr);
  const error = hash_check_entries(map);
  if (error) return error;
  if (!table_create(map, map.user_value_size, KIND_DATA, false)) return -Errno.ENOMEM;
  if (map.word_keys & WORD_LOOKUP && map.user_value_size == 4) map.word_keys |= WORD_UPDATE | WORD_VALUES;
  return 0;
}

export function hash_free(map_ptr: usize): void {
  table_destroy(changetype<HashMap>(map_ptr));
}

export function hash_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<HashMap>(map_ptr);
  const hash = hash_key(map, key);
  watch_stripe(map, hash);
  const element = find_inline(map, key, hash, true);
  return element ? value_of(map, element) : err_ptr(Errno.ENOENT);
}

/** 0 when an update with these flags may go on, given whether the key is there. */
@inline
export function check_existence(present: bool, flags: u64): i32 {
  if (present) return flags == ElemFlag.NOEXIST ? -Errno.EEXIST : 0;
  return flags == ElemFlag.EXIST ? -Errno.ENOENT : 0;
}

export function hash_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<HashMap>(map_ptr);
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  const hash = hash_key(map, key);
  if (!lock_stripe(map, hash)) return -RESTART;
  const element = find(map, key, hash);
  if (read_failed()) return -RESTART;
  const error = check_existence(element != 0, flags);
  if (error) return error;
  if (!element) return hash_insert(map, key, value, hash);
  // Linux puts a fresh element at the head of the bucket; only under ZERO_SEED can anybody tell. Per-CPU values are
  // written in place there too.
  if (is_ordered(map) && map.type == <u32>MapType.HASH) move_to_newest(map, element, hash);
  copy_bytes(value_of(map, element), value, map.user_value_size);
  return 0;
}

/** Adds an element whose key is not in the map: 0, -E2BIG or -ENOMEM. */
export function hash_insert(map: HashMap, key: usize, value: usize, hash: u32): i32 {
  const element = insert(map, hash);
  if (is_err(element)) return <i32>element;
  copy_bytes(element, key, map.key_size);
  copy_bytes(value_of(map, element), value, map.user_value_size);
  return 0;
}

export function hash_delete(map_ptr: usize, key: usize): i32 {
  return hash_lookup_and_delete(map_ptr, key, 0);
}

/** `value` is 0 when there is no buffer, or the caller's cannot be written: the element goes all the same. */
export function hash_lookup_and_delete(map_ptr: usize, key: usize, value: usize): i32 {
  const map = changetype<HashMap>(map_ptr);
  const hash = hash_key(map, key);
  if (!lock_stripe(map, hash)) return -RESTART;
  const element = find(map, key, hash);
  if (read_failed()) return -RESTART;
  if (!element) return -Errno.ENOENT;
  if (!may_remove(map, element, hash)) return -RESTART;
  if (value) copy_bytes(value, value_of(map, element), map.user_value_size);
  remove(map, element, hash);
  return 0;
}

/** Address of the key that follows `key` in iteration order; of the first one when `key` is 0 or absent. */
export function hash_next_key(map_ptr: usize, key: usize): usize {
  const map = changetype<HashMap>(map_ptr);
  // Chains are written to by those who are alone only.
  if (!is_alone() && map.group_slots) return err_ptr(RESTART);
  const element = key ? find(map, key, hash_key(map, key)) : 0;
  const next = element ? next_element(map, element) : next_from(map, 0);
  return next ? next : err_ptr(Errno.ENOENT);
}
