import { Errno, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { ArrayMap, array_alloc, array_lookup, element_to_update } from "./array";
import { FD_FLAGS, Map, err_ptr, is_err } from "./map";

// BPF_MAP_TYPE_DEVMAP: network devices that programs redirect packets to, by index. A value is an interface index, and in
// 8-byte values an fd of a program behind it; what is read back is the interface index and the program's id. The sandbox
// has the one device that every Linux has, lo. Interface index 0 is an empty slot.

export const IFINDEX_LO: u32 = 1;

const IFINDEX_SIZE: u32 = 4;
const IFINDEX_AND_PROG_SIZE: u32 = 8;

/** SOCKMAP has the same rules. */
export function dev_map_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.max_entries == 0 || attr.key_size != 4) return -Errno.EINVAL;
  if (attr.value_size != IFINDEX_SIZE && attr.value_size != IFINDEX_AND_PROG_SIZE) return -Errno.EINVAL;
  return attr.map_flags & ~(MapFlag.NUMA_NODE | FD_FLAGS) ? -Errno.EINVAL : 0;
}

export function dev_map_alloc(map: usize, attr: usize): i32 {
  seal(changetype<Map>(map));
  return array_alloc(map, attr);
}

/** Programs only redirect through such a map: Linux marks it read-only for them, and info shows it. */
@inline
export function seal(map: Map): void {
  map.map_flags |= MapFlag.RDONLY_PROG;
}

/** Whether the value names a program: no fd here is one. */
@inline
export function names_program(map: Map, value: usize): bool {
  return map.value_size == IFINDEX_AND_PROG_SIZE && load<i32>(value, 4) > 0;
}

/** A slot with 0 in it is empty; CPUMAP has the same. */
export function dev_map_lookup(map_ptr: usize, key: usize): usize {
  const element = array_lookup(map_ptr, key);
  return is_err(element) || load<u32>(element) ? element : err_ptr(Errno.ENOENT);
}

/** Interface index 0 empties the slot; -EINVAL for a device or a program that does not exist. */
export function dev_map_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  const element = element_to_update(map_ptr, key, flags);
  if (is_err(element)) return <i32>element;
  const ifindex = load<u32>(value);
  if (ifindex > IFINDEX_LO || names_program(map, value)) return -Errno.EINVAL;
  store<u32>(element, ifindex);
  return 0;
}

/** Deleting an empty slot is no error. */
export function dev_map_delete(map_ptr: usize, key: usize): i32 {
  const element = array_lookup(map_ptr, key);
  if (is_err(element)) return -Errno.EINVAL;
  store<u32>(element, 0);
  return 0;
}
