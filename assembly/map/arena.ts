import { Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { Map, err_ptr, map_header } from "./map";

// BPF_MAP_TYPE_ARENA: a region of pages that a program and its process share, at one address in both. There is no address
// space to place it in here and no program to fill it, so a map is its header; it has no elements on Linux either.

const ARENA_FLAGS: u32 = MapFlag.MMAPABLE | MapFlag.SEGV_ON_FAULT | MapFlag.NO_USER_CONV;

/** Linux has all of the rules in the allocation, behind those on devices and tokens. */
export function arena_check(_attr: usize): i32 {
  return 0;
}

export function arena_alloc(attr_ptr: usize): usize {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_region(attr);
  if (error) return err_ptr(error);
  const ptr = map_header(attr, offsetof<Map>());
  return ptr ? ptr : err_ptr(Errno.ENOMEM);
}

/** errno of the first broken rule, positive; 0 when the region is fine. map_extra is where user space will map it. */
function check_region(attr: CreateAttr): i32 {
  if (attr.key_size != 0 || attr.value_size != 0 || attr.max_entries == 0) return Errno.EINVAL;
  if (!(attr.map_flags & MapFlag.MMAPABLE) || attr.map_flags & ~ARENA_FLAGS) return Errno.EINVAL;
  const start = attr.map_extra;
  if (start & (Limit.PAGE_SIZE - 1)) return Errno.EINVAL;
  if (attr.max_entries > <u32>Limit.ARENA_ENTRIES_MAX) return Errno.E2BIG;
  const last = start + <u64>attr.max_entries * Limit.PAGE_SIZE - 1;
  return start >> 32 == last >> 32 ? 0 : Errno.ERANGE;
}
