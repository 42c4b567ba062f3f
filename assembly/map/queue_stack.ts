import { ElemFlag, Errno, Limit, MapFlag, MapType } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { copy_bytes } from "../mem/bytes";
import { lock_take, lock_word } from "../mem/lock";
import { RESTART } from "../mem/section";
import { FD_FLAGS, PROG_FLAGS, check_shape, err_ptr } from "./map";
import { ArrayMap } from "./array";

// BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK: one ring of max_entries slots. Both add at the head; a queue takes from the
// tail, a stack from the head.
//
//   slot      0     1     2     3     4     5
//          ┌─────┬─────┬─────┬─────┬─────┬─────┐
//          │     │ old │     │     │ new │     │    in a data chunk, value_size padded to 8 each
//          └─────┴─────┴─────┴─────┴─────┴─────┘
//                  tail                head         in the private header
//
// An update or a pop touches the header's line and the one slot. The tail is not stored: it is `count` slots behind the
// head, so head and count alone can never contradict each other.

/** Its slots are an array's elements. */
@unmanaged
export class QueueMap extends ArrayMap {
  /** Slot that the next element goes to. */
  head: u32;
  /** Elements now in the map. */
  count: u32;
}

export function queue_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  const error = check_shape(attr, 0, MapFlag.NUMA_NODE | FD_FLAGS | PROG_FLAGS);
  if (error) return error;
  return attr.value_size > <u32>Limit.QUEUE_VALUE_SIZE_MAX ? -Errno.E2BIG : 0;
}

@inline
function slot_ptr(map: QueueMap, slot: u32): usize {
  return map.values + <usize>slot * map.stride;
}

/** Slot of the element that a peek shows and a pop takes: the oldest of a queue, the newest of a stack. */
@inline
function front(map: QueueMap): u32 {
  const back = map.type == <u32>MapType.QUEUE ? map.count : 1;
  return map.head >= back ? map.head - back : map.head + (map.max_entries - back);
}

/** Threads: one lock for all that is done. */
@inline
function locked(map_ptr: usize): bool {
  return !ASC_FEATURE_THREADS || lock_take(lock_word(map_ptr, 0), map_ptr);
}

/** LOOKUP_ELEM peeks. */
export function queue_peek(map_ptr: usize, _key: usize): usize {
  const map = changetype<QueueMap>(map_ptr);
  if (!locked(map_ptr)) return err_ptr(RESTART);
  return map.count ? slot_ptr(map, front(map)) : err_ptr(Errno.ENOENT);
}

/** UPDATE_ELEM pushes. On a full map BPF_EXIST drops the oldest element first, from a stack too. */
export function queue_push(map_ptr: usize, _key: usize, value: usize, flags: u64): i32 {
  const map = changetype<QueueMap>(map_ptr);
  if (flags != ElemFlag.ANY && flags != ElemFlag.EXIST) return -Errno.EINVAL;
  if (!locked(map_ptr)) return -RESTART;
  if (map.count == map.max_entries) {
    if (flags != ElemFlag.EXIST) return -Errno.E2BIG;
    --map.count;
  }
  const head = map.head;
  map.head = head + 1 == map.max_entries ? 0 : head + 1;
  ++map.count;
  copy_bytes(slot_ptr(map, head), value, map.value_size);
  return 0;
}

/** LOOKUP_AND_DELETE_ELEM pops. `value` is 0 when the caller's buffer cannot be written: the element goes all the same. */
export function queue_pop(map_ptr: usize, _key: usize, value: usize): i32 {
  const map = changetype<QueueMap>(map_ptr);
  if (!locked(map_ptr)) return -RESTART;
  if (!map.count) return -Errno.ENOENT;
  const slot = front(map);
  if (value) copy_bytes(value, slot_ptr(map, slot), map.value_size);
  if (map.type != <u32>MapType.QUEUE) map.head = slot;
  --map.count;
  return 0;
}
