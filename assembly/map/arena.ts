import { Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";

// BPF_MAP_TYPE_ARENA: a region of pages that a program and its process share, at one address in both. There is no address
// space to place it in here and no program to fill it, so a map is its header; it has no elements on Linux either.

const ARENA_FLAGS: u32 = MapFlag.MMAPABLE | MapFlag.SEGV_ON_FAULT | MapFlag.NO_USER_CONV;

/** map_extra is the address where user space will map the region, which must not cross a multiple of 4 GiB. */
export function arena_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.key_size != 0 || attr.value_size != 0 || attr.max_entries == 0) return -Errno.EINVAL;
  if (!(attr.map_flags & MapFlag.MMAPABLE) || attr.map_flags & ~ARENA_FLAGS) return -Errno.EINVAL;
  const start = attr.map_extra;
  if (start & (Limit.PAGE_SIZE - 1)) return -Errno.EINVAL;
  if (attr.max_entries > <u32>Limit.ARENA_ENTRIES_MAX) return -Errno.E2BIG;
  const last = start + <u64>attr.max_entries * Limit.PAGE_SIZE - 1;
  return start >> 32 == last >> 32 ? 0 : -Errno.ERANGE;
}
