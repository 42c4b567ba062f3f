import { Errno, MapType } from "../uapi/constants";
import { RingbufMap } from "../map/ringbuf";
import { user_ring_peek, user_ring_release } from "../map/user_ringbuf";
import { map_of_type_arg } from "./args";
import { WAKEUP_FLAGS } from "./ringbuf";
import { show_sample } from "./dynptr";
import { current_run } from "./run";

// bpf_user_ringbuf_drain from the inside out, as for_each.ts is.

/** Samples, delivered and discarded ones, that one call consumes. */
const SAMPLES_MAX: u32 = 128 * 1024;

@inline
function ring_arg(map: u64): RingbufMap {
  return changetype<RingbufMap>(map_of_type_arg(map, MapType.USER_RINGBUF));
}

/**
 * A user ring has no unfinished records of its own, so `nr_busy` says which run drains it. A number of a run that has ended
 * says nothing: a fault in a callback leaves it behind.
 */
@inline
function is_draining(ring: RingbufMap): bool {
  return ring.nr_busy != 0 && ring.nr_busy == current_run().number;
}

/** 0, -EINVAL for flags, -EBUSY inside a callback of the same ring. */
export function drain_begin(map: u64, flags: u64): u64 {
  const ring = ring_arg(map);
  if (flags & ~(<u64>WAKEUP_FLAGS)) return <i64>-Errno.EINVAL;
  if (is_draining(ring)) return <i64>-Errno.EBUSY;
  ring.nr_busy = current_run().number;
  ring.pending = SAMPLES_MAX;
  return 0;
}

/** 1 and a dynptr of the next sample in the cell; 0 when there is none or it is unfinished; or a negated errno. */
export function drain_next(map: u64, cell: u64): u64 {
  const ring = ring_arg(map);
  while (ring.pending) {
    --ring.pending;
    const payload = user_ring_peek(ring);
    if (payload == -Errno.EAGAIN) continue;
    if (payload == -Errno.ENODATA) break;
    if (<u32>payload > 0xfffff000) return <i64>payload;
    show_sample(cell, <usize>payload, ring.peeked_size);
    return 1;
  }
  return 0;
}

/** Consumes the sample that a callback was given. */
export function drain_release(map: u64): void {
  user_ring_release(ring_arg(map));
}

export function drain_end(map: u64): void {
  ring_arg(map).nr_busy = 0;
}
