import { ElemFlag, Errno, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { BLOCK_SIZE_MAX, FD_FLAGS, Map, check_shape } from "./map";

// BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_PERF_EVENT_ARRAY and BPF_MAP_TYPE_CGROUP_ARRAY: arrays of references to objects
// that this sandbox does not have: no program (a core with programs has prog_array.ts), no perf event, no cgroup. So no slot is ever filled and none is stored: a map
// is its header, and an update answers what Linux answers for something else.

/** Bytes of an fd in a user buffer. */
const FD_SIZE: u32 = 4;
/** Bytes that a 64-bit kernel takes per slot: where its arrays end, ours do too. */
const SLOT_SIZE: u64 = 8;

/** ARRAY_OF_MAPS has the same rules. */
export function fd_array_check(attr_ptr: usize): i32 {
  return check_fds(attr_ptr, MapFlag.NUMA_NODE | FD_FLAGS);
}

export function perf_event_array_check(attr_ptr: usize): i32 {
  return check_fds(attr_ptr, MapFlag.NUMA_NODE | MapFlag.PRESERVE_ELEMS | FD_FLAGS);
}

function check_fds(attr_ptr: usize, allowed: u32): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.value_size != FD_SIZE) return -Errno.EINVAL;
  return check_shape(attr, 4, allowed);
}

/** A map that is only a header, for types whose slots stay empty. */
export function empty_alloc(map: usize, _attr: usize): i32 {
  return changetype<Map>(map).max_entries * SLOT_SIZE > BLOCK_SIZE_MAX ? -Errno.ENOMEM : 0;
}

export function empty_free(_map: usize): void {}

export function prog_array_update(map: usize, key: usize, value: usize, flags: u64): i32 {
  const error = check_slot(map, key, flags);
  // No referent is a program, so it is an errno.
  return error ? error : load<i32>(value);
}

/** Perf events and cgroups are looked for among the fds of their own kind: any other fd is as good as closed. */
export function event_array_update(map: usize, key: usize, _value: usize, flags: u64): i32 {
  const error = check_slot(map, key, flags);
  return error ? error : -Errno.EBADF;
}

function check_slot(map: usize, key: usize, flags: u64): i32 {
  if (flags != ElemFlag.ANY) return -Errno.EINVAL;
  return load<u32>(key) >= changetype<Map>(map).max_entries ? -Errno.E2BIG : 0;
}

/** DELETE of a slot that is always empty. */
export function empty_slot_delete(map: usize, key: usize): i32 {
  return load<u32>(key) >= changetype<Map>(map).max_entries ? -Errno.E2BIG : -Errno.ENOENT;
}
