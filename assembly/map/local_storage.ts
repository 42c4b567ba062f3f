import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { FD_FLAGS, PROG_FLAGS, check_flags } from "./map";

// Storage that hangs off kernel objects. BPF_MAP_TYPE_CGROUP_STORAGE and its per-CPU twin belong to a program attached to
// a cgroup: without one every key is absent. SK_, INODE_, TASK_ and CGRP_STORAGE need BTF for key and value, which this
// sandbox does not have: their attributes are judged, and creation then ends at the btf_fd.

const CGROUP_ID_SIZE: u32 = 8;
const CGROUP_ID_AND_ATTACH_TYPE_SIZE: u32 = 16;
const OBJECT_STORAGE_FLAGS: u32 = MapFlag.NO_PREALLOC | MapFlag.CLONE;

function cgroup_storage_check_sizes(attr: CreateAttr, value_size_max: u32): i32 {
  if (attr.key_size != CGROUP_ID_SIZE && attr.key_size != CGROUP_ID_AND_ATTACH_TYPE_SIZE) return -Errno.EINVAL;
  if (attr.value_size == 0) return -Errno.EINVAL;
  if (attr.value_size > value_size_max) return -Errno.E2BIG;
  const error = check_flags(attr, MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS);
  if (error) return error;
  return attr.max_entries ? -Errno.EINVAL : 0;
}

export function cgroup_storage_check(attr_ptr: usize): i32 {
  return cgroup_storage_check_sizes(changetype<CreateAttr>(attr_ptr), Limit.CGROUP_STORAGE_VALUE_SIZE_MAX);
}

export function percpu_cgroup_storage_check(attr_ptr: usize): i32 {
  return cgroup_storage_check_sizes(changetype<CreateAttr>(attr_ptr), Limit.PERCPU_VALUE_SIZE_MAX);
}

/** Storage is made by attaching a program, so an update finds none to change. */
export function cgroup_storage_update(_map: usize, _key: usize, _value: usize, flags: u64): i32 {
  return flags == ElemFlag.ANY || flags == ElemFlag.EXIST ? -Errno.ENOENT : -Errno.EINVAL;
}

export function object_storage_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.map_flags & ~OBJECT_STORAGE_FLAGS || !(attr.map_flags & MapFlag.NO_PREALLOC)) return -Errno.EINVAL;
  if (attr.max_entries != 0 || attr.key_size != 4 || attr.value_size == 0) return -Errno.EINVAL;
  if (!attr.btf_key_type_id || !attr.btf_value_type_id) return -Errno.EINVAL;
  return attr.value_size > <u32>Limit.CGROUP_STORAGE_VALUE_SIZE_MAX ? -Errno.E2BIG : 0;
}
