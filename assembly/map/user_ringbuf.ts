import { Errno, RingbufHdr } from "../uapi/constants";
import { RESTART } from "../mem/section";
import { RingbufMap, producer_position, record_ptr, record_total, ring_lock, set_consumer_position } from "./ringbuf";

// BPF_MAP_TYPE_USER_RINGBUF: user space writes records into the mapping and moves the producer position on; the engine
// reads them. The memory is ringbuf.ts's. Nothing in it is trusted: the consumer position is a private copy, and a size is
// read once and checked against both the ring and what the producer says it has written.

/** Largest sample that a program can be given. */
const SAMPLE_SIZE_MAX: u32 = 0xffffff;

/**
 * Address of the next sample's payload, whose size is then in `peeked_size`, or -errno:
 * -EINVAL for a producer position that is not 8-aligned or a record that runs past it, -E2BIG for one too large,
 * -ENODATA when there is none or it is unfinished, -EAGAIN when one was discarded and has been skipped.
 */
export function user_ring_peek(map: RingbufMap): i32 {
  if (!ring_lock(map)) return -RESTART;
  const produced = producer_position(map);
  if (produced & 7) return -Errno.EINVAL;
  const at = map.consumer;
  if (at >= produced) return -Errno.ENODATA;
  const record = record_ptr(map, at);
  const word = load<u32>(record);
  const size = word & ~(RingbufHdr.BUSY_BIT | RingbufHdr.DISCARD_BIT);
  const total = record_total(size);
  if (total > produced - at) return -Errno.EINVAL;
  if (total > <u64>map.mask + 1 || size > SAMPLE_SIZE_MAX) return -Errno.E2BIG;
  if (word & RingbufHdr.DISCARD_BIT) {
    advance(map, total);
    return -Errno.EAGAIN;
  }
  if (word & RingbufHdr.BUSY_BIT) return -Errno.ENODATA;
  map.peeked_size = size;
  map.peeked_total = <u32>total;
  return <i32>(record + RingbufHdr.SIZE);
}

/** Consumes the record that was peeked at last. -EINVAL when there is none. */
export function user_ring_release(map: RingbufMap): i32 {
  if (!ring_lock(map)) return -RESTART;
  if (!map.peeked_total) return -Errno.EINVAL;
  advance(map, map.peeked_total);
  return 0;
}

@inline
function advance(map: RingbufMap, total: u64): void {
  map.consumer += total;
  map.peeked_total = 0;
  set_consumer_position(map, map.consumer);
}
