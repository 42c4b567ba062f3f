import { Errno, RingbufFlag } from "../uapi/constants";
import { user_run_ok } from "../mem/user";
import { RingbufMap, consumer_position, ring_commit, ring_output, ring_reserve } from "../map/ringbuf";

// The helpers of BPF_MAP_TYPE_RINGBUF, as a program calls them: with the map's address. Programs are not bound by an fd's
// mode or by BPF_MAP_FREEZE. Where Linux wakes a reader, the answer says so: the host knows who waits.

export const WAKEUP_FLAGS: u32 = RingbufFlag.NO_WAKEUP | RingbufFlag.FORCE_WAKEUP;

/** bpf_ringbuf_reserve: address of the payload, or 0. */
export function reserve(map: RingbufMap, size: u64, flags: u64): usize {
  return flags ? 0 : ring_reserve(map, size);
}

/** bpf_ringbuf_submit. */
export function submit(payload: usize, flags: u32): i32 {
  return ring_commit(payload, false, flags);
}

/** bpf_ringbuf_discard. */
export function discard(payload: usize, flags: u32): i32 {
  return ring_commit(payload, true, flags);
}

/** bpf_ringbuf_output. */
@inline
export function output(map: RingbufMap, data: usize, size: u32, flags: u32): i32 {
  if (flags & ~WAKEUP_FLAGS) return -Errno.EINVAL;
  if (!user_run_ok(data, size)) return -Errno.EFAULT;
  return ring_output(map, data, size, flags);
}

/** bpf_ringbuf_query: 0 for anything unknown. */
export function query(map: RingbufMap, what: u32): u64 {
  switch (what) {
    case RingbufFlag.AVAIL_DATA: return map.producer - consumer_position(map);
    case RingbufFlag.RING_SIZE: return <u64>map.max_entries;
    case RingbufFlag.CONS_POS: return consumer_position(map);
    case RingbufFlag.PROD_POS: return map.producer;
  }
  return 0;
}
