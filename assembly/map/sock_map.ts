import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { FD_FLAGS, Map, PROG_FLAGS, check_shape, err_ptr } from "./map";
import { dev_map_check } from "./dev_map";

// Maps of sockets: BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_SOCKHASH, BPF_MAP_TYPE_XSKMAP, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY. The
// sandbox has no sockets, so they stay empty, and what can be seen is which check comes first. An fd is 4 bytes, or 8 in
// maps whose sockets user space can read back as cookies.

const FD_SIZE: u32 = 4;
const COOKIE_SIZE: u32 = 8;
const HASH_BUCKETS_MAX: u32 = 1 << 31;

export function sock_hash_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.max_entries == 0 || attr.key_size == 0 || !socket_sized(attr)) return -Errno.EINVAL;
  if (attr.map_flags & ~(MapFlag.NUMA_NODE | FD_FLAGS)) return -Errno.EINVAL;
  if (attr.key_size > <u32>Limit.SOCKHASH_KEY_SIZE_MAX) return -Errno.E2BIG;
  return attr.max_entries > HASH_BUCKETS_MAX ? -Errno.EINVAL : 0;
}

export function xsk_map_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  return attr.value_size == FD_SIZE ? dev_map_check(attr_ptr) : -Errno.EINVAL;
}

export function reuseport_array_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (!socket_sized(attr)) return -Errno.EINVAL;
  return check_shape(attr, 4, MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS);
}

function socket_sized(attr: CreateAttr): bool {
  return attr.value_size == FD_SIZE || attr.value_size == COOKIE_SIZE;
}

/** Cookies are 8 bytes: a map with 4-byte values cannot be read. */
export function socket_lookup(map: usize, _key: usize): usize {
  return err_ptr(changetype<Map>(map).value_size == COOKIE_SIZE ? Errno.ENOENT : Errno.ENOSPC);
}

/** SOCKMAP and SOCKHASH judge the socket before anything else. No referent is one, so it is an errno. */
export function sock_map_update(_map: usize, _key: usize, value: usize, _flags: u64): i32 {
  return load<i32>(value);
}

/** XSKMAP and REUSEPORT_SOCKARRAY judge flags and index first. */
export function sock_array_update(map: usize, key: usize, value: usize, flags: u64): i32 {
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  return load<u32>(key) >= changetype<Map>(map).max_entries ? -Errno.E2BIG : load<i32>(value);
}

/** Deleting an empty slot of an XSKMAP is no error. */
export function xsk_map_delete(map: usize, key: usize): i32 {
  return load<u32>(key) >= changetype<Map>(map).max_entries ? -Errno.EINVAL : 0;
}
