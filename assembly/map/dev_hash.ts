import { ElemFlag, Errno } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_PRIVATE } from "../mem/chunk";
import { round_up_pow2 } from "../mem/bytes";
import { heap_alloc, heap_free } from "../mem/heap";
import { checkpoint } from "../mem/journal";
import { Map, err_ptr, free_block, give_block } from "./map";
import { IFINDEX_LO, dev_map_check, names_program, seal } from "./dev_map";

// BPF_MAP_TYPE_DEVMAP_HASH: dev_map.ts with any u32 as the key. The bucket of a key is its low bits, so iteration goes by
// them, newest first within a bucket; that order shows, and it is not the hash family's, so the table is its own.
//
//   buckets   u32 address of the newest device, max_entries rounded up to a power of two of them
//   device    next u32 │ key u32 │ ifindex u32 │ program id u32          all in private blocks

const BUCKETS_MAX: u32 = 1 << 31;

@unmanaged
export class DevHashMap extends Map {
  buckets: usize;
  /** Number of buckets - 1. */
  mask: u32;
  /** Elements now in the map. */
  count: u32;
}

@unmanaged
class Device {
  next: usize;
  key: u32;
  ifindex: u32;
  prog_id: u32;
}
if (offsetof<Device>("prog_id") != offsetof<Device>("ifindex") + 4) ERROR("a value is ifindex and program id");

export function dev_hash_check(attr_ptr: usize): i32 {
  const error = dev_map_check(attr_ptr);
  if (error) return error;
  return changetype<CreateAttr>(attr_ptr).max_entries > BUCKETS_MAX ? -Errno.EINVAL : 0;
}

export function dev_hash_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<DevHashMap>(map_ptr);
  const buckets = round_up_pow2(map.max_entries);
  map.mask = buckets - 1;
  seal(map);
  return give_block(map_ptr, <u64>buckets << 2, KIND_PRIVATE);
}

export function dev_hash_free(map_ptr: usize): void {
  const map = changetype<DevHashMap>(map_ptr);
  for (let bucket: u32 = 0; map.count; ++bucket) {
    for (let device = first_in(map, bucket); device; device = first_in(map, bucket)) {
      store<u32>(bucket_ptr(map, bucket), <u32>changetype<Device>(device).next);
      heap_free(device);
      --map.count;
      checkpoint();
    }
  }
  free_block(map_ptr);
}

@inline
function bucket_ptr(map: DevHashMap, key: u32): usize {
  return map.buckets + (<usize>(key & map.mask) << 2);
}

@inline
function first_in(map: DevHashMap, bucket: u32): usize {
  return <usize>load<u32>(bucket_ptr(map, bucket));
}

/** Where the link to the device with this key is, or the link that ends its bucket. */
function link_to(map: DevHashMap, key: u32): usize {
  let link = bucket_ptr(map, key);
  let device = <usize>load<u32>(link);
  while (device && changetype<Device>(device).key != key) {
    link = device + offsetof<Device>("next");
    device = <usize>load<u32>(link);
  }
  return link;
}

export function dev_hash_lookup(map_ptr: usize, key: usize): usize {
  const device = <usize>load<u32>(link_to(changetype<DevHashMap>(map_ptr), load<u32>(key)));
  return device ? device + offsetof<Device>("ifindex") : err_ptr(Errno.ENOENT);
}

/** A device put in anew moves to the front of its bucket. BPF_EXIST adds an absent one all the same, as in Linux. */
export function dev_hash_update(map_ptr: usize, key_ptr: usize, value: usize, flags: u64): i32 {
  const map = changetype<DevHashMap>(map_ptr);
  const ifindex = load<u32>(value);
  if (flags > <u64>ElemFlag.EXIST || !ifindex) return -Errno.EINVAL;
  const key = load<u32>(key_ptr);
  const link = link_to(map, key);
  let device = <usize>load<u32>(link);
  if (device && flags == ElemFlag.NOEXIST) return -Errno.EEXIST;
  if (ifindex != IFINDEX_LO || names_program(map, value)) return -Errno.EINVAL;
  if (device) {
    store<u32>(link, <u32>changetype<Device>(device).next);
  } else {
    if (map.count == map.max_entries) return -Errno.E2BIG;
    device = heap_alloc(offsetof<Device>(), KIND_PRIVATE);
    if (!device) return -Errno.ENOMEM;
    ++map.count;
  }
  changetype<Device>(device).key = key;
  changetype<Device>(device).ifindex = ifindex;
  changetype<Device>(device).next = first_in(map, key);
  store<u32>(bucket_ptr(map, key), <u32>device);
  return 0;
}

export function dev_hash_delete(map_ptr: usize, key: usize): i32 {
  const map = changetype<DevHashMap>(map_ptr);
  const link = link_to(map, load<u32>(key));
  const device = <usize>load<u32>(link);
  if (!device) return -Errno.ENOENT;
  store<u32>(link, <u32>changetype<Device>(device).next);
  heap_free(device);
  --map.count;
  return 0;
}

/** Address of the next key: of the first when `key` is 0 or absent. */
export function dev_hash_next_key(map_ptr: usize, key: usize): usize {
  const map = changetype<DevHashMap>(map_ptr);
  if (!map.count) return err_ptr(Errno.ENOENT);
  let bucket: u32 = 0;
  const device = key ? <usize>load<u32>(link_to(map, load<u32>(key))) : 0;
  if (device) {
    const next = changetype<Device>(device).next;
    if (next) return next + offsetof<Device>("key");
    bucket = (load<u32>(key) & map.mask) + 1;
  }
  for (; bucket <= map.mask; ++bucket) {
    const first = first_in(map, bucket);
    if (first) return first + offsetof<Device>("key");
  }
  return err_ptr(Errno.ENOENT);
}
