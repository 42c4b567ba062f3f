import { ElemFlag, Errno, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_DATA } from "../mem/chunk";
import { copy_bytes } from "../mem/bytes";
import { root } from "../mem/root";
import { check_flags, wants_numa_node } from "./map";
import { HASH_FLAGS, check_existence, hash_check_entries, hash_check_sizes, percpu_check_sizes } from "./hash/hash";
import { hash_key, is_ordered, value_of } from "./hash/hash_map";
import {
  find_owned, insert_owned, move_to_newest, remove_owned, table_create, table_destroy,
} from "./hash/table";
import { lru_give, lru_move_to_newest, lru_reserve, lru_set_ref, lru_take } from "./lru_list";
import { LruMap, LruPool, lru_create, lru_destroy, lru_node } from "./lru_node";
import { PERCPU, ops_traits } from "./traits";

// BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: hash maps that are never full, because they evict. Lookups by
// system calls do not count as a use; those of programs and updates do.

const LRU_FLAGS: u32 = HASH_FLAGS | MapFlag.NO_COMMON_LRU;

export function lru_hash_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_lru_flags(attr);
  if (error) return error;
  // Each CPU's own lists lie on that CPU's node: there is no other to choose.
  if ((attr.map_flags & MapFlag.NO_COMMON_LRU) != 0 && wants_numa_node(attr)) return -Errno.EINVAL;
  return hash_check_sizes(attr, attr.value_size);
}

export function lru_percpu_hash_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_lru_flags(attr);
  return error ? error : percpu_check_sizes(attr);
}

/** The lists need every element's node from the start: NO_PREALLOC is known, and refused with an errno of its own. */
function check_lru_flags(attr: CreateAttr): i32 {
  const error = check_flags(attr, LRU_FLAGS);
  if (error) return error;
  return attr.map_flags & MapFlag.NO_PREALLOC ? -Errno.ENOTSUPP : 0;
}

export function lru_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<LruMap>(map_ptr);
  const error = hash_check_entries(map);
  if (error) return error;
  const common = (map.map_flags & MapFlag.NO_COMMON_LRU) == 0;
  // Every CPU has an equal share. At most 2^27 entries and 256 CPUs: the sum stays far below 2^32.
  if (!common) map.max_entries = (map.max_entries + root.nr_cpus - 1) / root.nr_cpus * root.nr_cpus;
  const in_place = (ops_traits(map.type) & PERCPU) != 0;
  const made = table_create(map, map.user_value_size, KIND_DATA, true) && lru_create(map, common, in_place);
  return made ? 0 : -Errno.ENOMEM;
}

export function lru_free(map_ptr: usize): void {
  const map = changetype<LruMap>(map_ptr);
  lru_destroy(map);
  table_destroy(map);
}

/**
 * LRU_HASH. An entry is taken before anything else is looked at, so that an update of a present key, and one that fails,
 * may evict another key, or this one.
 */
export function lru_hash_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<LruMap>(map_ptr);
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  const hash = hash_key(map, key);
  const pool = lru_reserve(map);
  const element = find_owned(map, key, hash);
  const error = check_existence(element != 0, flags);
  if (error) return error;
  if (!element) return lru_insert(map, pool, key, value, hash);
  lru_move_to_newest(pool, lru_node(map, element));
  // In Linux this is a fresh element at the head of the bucket; only under ZERO_SEED can anybody tell.
  if (is_ordered(map)) move_to_newest(map, element, hash);
  copy_bytes(value_of(map, element), value, map.user_value_size);
  return 0;
}

/** LRU_PERCPU_HASH. A present key is written in place; only EXIST, which can insert nothing, takes no entry. */
export function lru_percpu_hash_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<LruMap>(map_ptr);
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  const hash = hash_key(map, key);
  const pool = flags == ElemFlag.EXIST ? changetype<LruPool>(0) : lru_reserve(map);
  const element = find_owned(map, key, hash);
  const error = check_existence(element != 0, flags);
  if (error) return error;
  if (!element) return lru_insert(map, pool, key, value, hash);
  lru_set_ref(lru_node(map, element));
  copy_bytes(value_of(map, element), value, map.user_value_size);
  return 0;
}

/** The lookup of a program found a value: its element is now used, wherever it stands. */
export function lru_use(map: LruMap, value: usize): void {
  map.marks_inactive = 1;
  lru_set_ref(lru_node(map, value - map.value_offset));
}

function lru_insert(map: LruMap, pool: LruPool, key: usize, value: usize, hash: u32): i32 {
  const element = lru_take(map, pool, hash);
  insert_owned(map, element, hash);
  copy_bytes(element, key, map.key_size);
  copy_bytes(value_of(map, element), value, map.user_value_size);
  return 0;
}

export function lru_delete(map_ptr: usize, key: usize): i32 {
  return take_out(changetype<LruMap>(map_ptr), key, 0);
}

/** `value` is 0 when the caller's buffer cannot be written: the element goes all the same. */
export function lru_lookup_and_delete(map_ptr: usize, key: usize, value: usize): i32 {
  return take_out(changetype<LruMap>(map_ptr), key, value);
}

function take_out(map: LruMap, key: usize, value: usize): i32 {
  const hash = hash_key(map, key);
  const element = find_owned(map, key, hash);
  if (!element) return -Errno.ENOENT;
  if (value) copy_bytes(value, value_of(map, element), map.user_value_size);
  remove_owned(map, element, hash);
  lru_give(map, lru_node(map, element));
  return 0;
}
