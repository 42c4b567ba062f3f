import { Errno, MapType } from "../uapi/constants";
import { RingbufMap, ring_commit, ring_output, ring_reserve } from "../map/ringbuf";
import { data_arg, map_of_type_arg } from "./args";
import { WAKEUP_FLAGS, query } from "./ringbuf";
import { current_run } from "./run";

// The helpers of BPF_MAP_TYPE_RINGBUF with what they take from a program's registers. Where Linux
// wakes a reader, the run counts it, for the host to ask when the run has ended.

@inline
function ring_arg(map: u64): RingbufMap {
  return changetype<RingbufMap>(map_of_type_arg(map, MapType.RINGBUF));
}

/** bpf_ringbuf_output: 0, -EINVAL for unknown flags, -EAGAIN when the ring is too full. */
export function ringbuf_output(map: u64, data: u64, size: u64, flags: u64): u64 {
  const ring = ring_arg(map);
  if (flags & ~(<u64>WAKEUP_FLAGS)) return <i64>-Errno.EINVAL;
  // What is larger than the ring need not be looked at.
  if (size > <u64>ring.max_entries) return <i64>-Errno.EAGAIN;
  const answer = ring_output(ring, data_arg(data, <u32>size), <u32>size, <u32>flags);
  if (answer < 0) return <i64>answer;
  current_run().wakeups += answer;
  return 0;
}

/** bpf_ringbuf_reserve: address of the payload, or NULL. */
export function ringbuf_reserve(map: u64, size: u64, flags: u64): u64 {
  const ring = ring_arg(map);
  return flags ? 0 : ring_reserve(ring, size);
}

/** Ends the record whose payload is at an address; any other address is ignored. */
export function commit_record(payload: u64, discard: bool, flags: u64): void {
  if (!(payload >> 32)) current_run().wakeups += ring_commit(<usize>payload, discard, <u32>flags);
}

/** bpf_ringbuf_submit. */
export function ringbuf_submit(sample: u64, flags: u64): u64 {
  commit_record(sample, false, flags);
  return 0;
}

/** bpf_ringbuf_discard. */
export function ringbuf_discard(sample: u64, flags: u64): u64 {
  commit_record(sample, true, flags);
  return 0;
}

/** bpf_ringbuf_query. */
export function ringbuf_query(map: u64, what: u64): u64 {
  const ring = ring_arg(map);
  return what >> 32 ? 0 : query(ring, <u32>what);
}
