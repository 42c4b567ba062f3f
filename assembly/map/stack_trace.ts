import { Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { round_up_pow2 } from "../mem/bytes";
import { FD_FLAGS, Map } from "./map";

// BPF_MAP_TYPE_STACK_TRACE: call stacks that programs collect, by stack id. User space only reads and deletes, and without
// programs there is nothing to read.

const FRAME_SIZE: u32 = 8;
const BUILD_ID_FRAME_SIZE: u32 = 32;
const BUCKETS_MAX: u32 = 1 << 31;

export function stack_trace_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.map_flags & ~(MapFlag.NUMA_NODE | MapFlag.STACK_BUILD_ID | FD_FLAGS)) return -Errno.EINVAL;
  if (attr.max_entries == 0 || attr.key_size != 4 || attr.value_size < FRAME_SIZE) return -Errno.EINVAL;
  const with_build_id = (attr.map_flags & MapFlag.STACK_BUILD_ID) != 0;
  const frame_size = with_build_id ? BUILD_ID_FRAME_SIZE : FRAME_SIZE;
  const size_max: u32 = with_build_id ? Limit.STACK_BUILD_ID_VALUE_SIZE_MAX : Limit.STACK_TRACE_VALUE_SIZE_MAX;
  if (attr.value_size % frame_size != 0 || attr.value_size > size_max) return -Errno.EINVAL;
  return attr.max_entries > BUCKETS_MAX ? -Errno.E2BIG : 0;
}

/** Ids go up to max_entries rounded up to a power of two. */
export function stack_trace_delete(map: usize, key: usize): i32 {
  const buckets = round_up_pow2(changetype<Map>(map).max_entries);
  return load<u32>(key) >= buckets ? -Errno.E2BIG : -Errno.ENOENT;
}
