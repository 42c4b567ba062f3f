import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { root } from "../mem/root";
import { ArrayMap, array_lookup } from "./array";
import { err_ptr, is_err } from "./map";

// BPF_MAP_TYPE_CPUMAP: queues of packets for other CPUs. A value is a queue size, and in 8-byte values an fd of a program
// that runs there; what is read back is the queue size and the program's id. The entries have no effect here: no program
// redirects into them. A queue size of 0 is an empty slot.

const QUEUE_SIZE_ONLY: u32 = 4;
const QUEUE_SIZE_AND_PROG: u32 = 8;
const QUEUE_SIZE_MAX: u32 = 16384;

export function cpu_map_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.max_entries == 0 || attr.key_size != 4) return -Errno.EINVAL;
  if (attr.value_size != QUEUE_SIZE_ONLY && attr.value_size != QUEUE_SIZE_AND_PROG) return -Errno.EINVAL;
  if (attr.map_flags & ~MapFlag.NUMA_NODE) return -Errno.EINVAL;
  return attr.max_entries > <u32>Limit.NR_CPUS ? -Errno.E2BIG : 0;
}

export function cpu_map_lookup(map_ptr: usize, key: usize): usize {
  const element = array_lookup(map_ptr, key);
  return is_err(element) || load<u32>(element) ? element : err_ptr(Errno.ENOENT);
}

/** -EOVERFLOW for a queue too long, -ENODEV for a CPU that is not possible, -ENOMEM for an fd that is no program. */
export function cpu_map_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  const element = array_lookup(map_ptr, key);
  if (is_err(element)) return -Errno.E2BIG;
  if (flags == ElemFlag.NOEXIST) return -Errno.EEXIST;
  const queue_size = load<u32>(value);
  if (queue_size > QUEUE_SIZE_MAX) return -Errno.EOVERFLOW;
  if (load<u32>(key) >= root.nr_cpus) return -Errno.ENODEV;
  if (queue_size && map.value_size == QUEUE_SIZE_AND_PROG && load<i32>(value, 4) > 0) return -Errno.ENOMEM;
  store<u32>(element, queue_size);
  return 0;
}

/** Deleting an empty slot is no error. */
export function cpu_map_delete(map_ptr: usize, key: usize): i32 {
  const element = array_lookup(map_ptr, key);
  if (is_err(element)) return -Errno.EINVAL;
  store<u32>(element, 0);
  return 0;
}
