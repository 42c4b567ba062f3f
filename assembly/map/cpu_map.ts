import { Errno, Limit } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { root } from "../mem/root";
import { ArrayMap, element_to_update } from "./array";
import { FD_FLAGS, is_err } from "./map";
import { dev_map_check } from "./dev_map";

// BPF_MAP_TYPE_CPUMAP: queues of packets for other CPUs. A value is a queue size, and in 8-byte values an fd of a program
// that runs there; what is read back is the queue size and the program's id. The entries have no effect here: no program
// redirects into them. A queue size of 0 is an empty slot.

const QUEUE_SIZE_AND_PROG: u32 = 8;
const QUEUE_SIZE_MAX: u32 = 16384;

export function cpu_map_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (dev_map_check(attr_ptr) || attr.map_flags & FD_FLAGS) return -Errno.EINVAL;
  return attr.max_entries > <u32>Limit.NR_CPUS ? -Errno.E2BIG : 0;
}

/** -EOVERFLOW for a queue too long, -ENODEV for a CPU that is not possible, -ENOMEM for an fd that is no program. */
export function cpu_map_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  const element = element_to_update(map_ptr, key, flags);
  if (is_err(element)) return <i32>element;
  const queue_size = load<u32>(value);
  if (queue_size > QUEUE_SIZE_MAX) return -Errno.EOVERFLOW;
  if (load<u32>(key) >= root.nr_cpus) return -Errno.ENODEV;
  if (queue_size && map.value_size == QUEUE_SIZE_AND_PROG && load<i32>(value, 4) > 0) return -Errno.ENOMEM;
  store<u32>(element, queue_size);
  return 0;
}
