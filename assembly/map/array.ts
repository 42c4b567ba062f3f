import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_DATA } from "../mem/chunk";
import { copy_bytes_inline, round_up_8 } from "../mem/bytes";
import { Frame, frame, frame_ptr } from "../mem/frame";
import { is_alone } from "../mem/cpu";
import { lock_take, lock_word, watch } from "../mem/lock";
import { RESTART } from "../mem/section";
import { sha256 } from "../mem/sha256";
import { FD_FLAGS, Map, PROG_FLAGS, check_shape, err_ptr, give_block, is_err, wants_numa_node } from "./map";

// BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY: one contiguous block, every element always there, zero at first.

@unmanaged
export class ArrayMap extends Map {
  values: usize;
  /** Bytes from one element to the next; for a per-CPU array all copies of an element stand together. */
  stride: u32;
}

const ARRAY_FLAGS: u32 = MapFlag.NUMA_NODE | MapFlag.MMAPABLE | MapFlag.INNER_MAP | FD_FLAGS | PROG_FLAGS;
const VALUE_SIZE_MAX: u32 = 0x7fffffff;

export function array_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_shape(attr, 4, ARRAY_FLAGS);
  if (error) return error;
  return attr.value_size > VALUE_SIZE_MAX ? -Errno.E2BIG : 0;
}

export function percpu_array_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_shape(attr, 4, MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS);
  if (error) return error;
  if (wants_numa_node(attr)) return -Errno.EINVAL;
  return attr.value_size > <u32>Limit.PERCPU_VALUE_SIZE_MAX ? -Errno.E2BIG : 0;
}

/** Elements padded to 8 bytes, in one block of data. */
export function array_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  const stride = round_up_8(map.user_value_size);
  map.stride = <u32>stride;
  return give_block(map_ptr, stride * map.max_entries, KIND_DATA);
}

// Threads: an element of 4 or 8 bytes is written by one store, so it needs no lock. Of larger ones neighbours share one.
const NEIGHBOURS_SHIFT: u32 = 3;
const LOCKS_MAX: u32 = 64;

@inline
function is_word(map: ArrayMap): bool {
  return map.user_value_size == 4 || map.user_value_size == 8;
}

@inline
function lock_of(map_ptr: usize, index: u32): usize {
  return lock_word(map_ptr, (index >> NEIGHBOURS_SHIFT) & (LOCKS_MAX - 1));
}

export function array_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<ArrayMap>(map_ptr);
  const index = load<u32>(key);
  if (index >= map.max_entries) return err_ptr(Errno.ENOENT);
  if (ASC_FEATURE_THREADS && !is_word(map)) watch(lock_of(map_ptr, index));
  return map.values + <usize>index * map.stride;
}

export function array_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const element = element_to_update_inline(map_ptr, key, flags);
  if (is_err(element)) return <i32>element;
  if (ASC_FEATURE_THREADS && !is_alone()) {
    if (!is_word(changetype<ArrayMap>(map_ptr)) && !lock_take(lock_of(map_ptr, load<u32>(key)), map_ptr)) return -RESTART;
  }
  copy_bytes_inline(element, value, changetype<ArrayMap>(map_ptr).user_value_size);
  return 0;
}

/** The element that an update with these flags may write: -EINVAL, -E2BIG, -EEXIST. */
export function element_to_update(map: usize, key: usize, flags: u64): usize {
  return element_to_update_inline(map, key, flags);
}

@inline
function element_to_update_inline(map: usize, key: usize, flags: u64): usize {
  if (flags > <u64>ElemFlag.EXIST) return err_ptr(Errno.EINVAL);
  const element = array_lookup(map, key);
  if (is_err(element)) return err_ptr(Errno.E2BIG);
  return flags == ElemFlag.NOEXIST ? err_ptr(Errno.EEXIST) : element;
}

/** Every index in turn, whether anything is in it or not; from 0 again after an index that is out of range. */
export function array_next_key(map_ptr: usize, key: usize): usize {
  const entries = changetype<ArrayMap>(map_ptr).max_entries;
  const index = key ? load<u32>(key) : entries;
  if (index == entries - 1) return err_ptr(Errno.ENOENT);
  frame().next_index = index < entries ? index + 1 : 0;
  return frame_ptr() + offsetof<Frame>("next_index");
}

/** SHA-256 over all elements, padding included, as info reports it of a frozen array. */
export function array_content_hash(map_ptr: usize, to: usize, scratch: usize): void {
  const map = changetype<ArrayMap>(map_ptr);
  sha256(map.values, <usize>map.max_entries * map.stride, to, scratch);
}

/** The elements of a BPF_F_MMAPABLE array, one every round_up(value_size, 8) bytes. */
export function array_mmap(map_ptr: usize): usize {
  const map = changetype<ArrayMap>(map_ptr);
  return map.map_flags & MapFlag.MMAPABLE ? map.values : err_ptr(Errno.EINVAL);
}
