import { ElemFlag, Errno, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { empty_alloc } from "./fd_array";
import { FD_FLAGS, Map, is_err } from "./map";

// BPF_MAP_TYPE_DEVMAP and BPF_MAP_TYPE_DEVMAP_HASH: network devices that programs redirect packets to. A value is an
// interface index, and in 8-byte values an fd of a program behind it. The sandbox has no interfaces, so no index is known.

const IFINDEX_SIZE: u32 = 4;
const IFINDEX_AND_PROG_SIZE: u32 = 8;
const HASH_BUCKETS_MAX: u32 = 1 << 31;

export function dev_map_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.max_entries == 0 || attr.key_size != 4) return -Errno.EINVAL;
  if (attr.value_size != IFINDEX_SIZE && attr.value_size != IFINDEX_AND_PROG_SIZE) return -Errno.EINVAL;
  return attr.map_flags & ~(MapFlag.NUMA_NODE | FD_FLAGS) ? -Errno.EINVAL : 0;
}

/** A hash has at most 2^31 buckets. */
export function dev_hash_check(attr_ptr: usize): i32 {
  const error = dev_map_check(attr_ptr);
  if (error) return error;
  return changetype<CreateAttr>(attr_ptr).max_entries > HASH_BUCKETS_MAX ? -Errno.EINVAL : 0;
}

export function dev_map_alloc(attr_ptr: usize): usize {
  const ptr = empty_alloc(attr_ptr);
  // Programs only redirect through the map: Linux marks it read-only for them, and info shows it.
  if (!is_err(ptr)) changetype<Map>(ptr).map_flags |= MapFlag.RDONLY_PROG;
  return ptr;
}

/** Whether the value names a program, which may not stand behind no device. */
function names_program(map: Map, value: usize): bool {
  return map.value_size == IFINDEX_AND_PROG_SIZE && load<i32>(value, 4) > 0;
}

/** Interface index 0 empties the slot. */
export function dev_map_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<Map>(map_ptr);
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  if (load<u32>(key) >= map.max_entries) return -Errno.E2BIG;
  if (flags == ElemFlag.NOEXIST) return -Errno.EEXIST;
  if (load<u32>(value)) return -Errno.EINVAL;
  return names_program(map, value) ? -Errno.EINVAL : 0;
}

/** A hash cannot be emptied with interface index 0: no index is known at all. */
export function dev_hash_update(_map: usize, _key: usize, _value: usize, _flags: u64): i32 {
  return -Errno.EINVAL;
}

/** Deleting an empty slot is no error. */
export function dev_map_delete(map: usize, key: usize): i32 {
  return load<u32>(key) >= changetype<Map>(map).max_entries ? -Errno.EINVAL : 0;
}
