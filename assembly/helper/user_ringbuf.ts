import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { is_err } from "../map/map";
import { RingbufMap } from "../map/ringbuf";
import { user_ring_peek, user_ring_release } from "../map/user_ringbuf";

// bpf_user_ringbuf_drain in two steps, between which the caller is the callback.

/** Address of the next sample's payload, its size at `size_out`; or an errno pointer. */
export function peek(map: RingbufMap, size_out: usize): usize {
  if (!user_ok(size_out, 4)) return <usize>-Errno.EFAULT;
  const payload = <usize>user_ring_peek(map);
  if (!is_err(payload)) store<u32>(size_out, map.peeked_size);
  return payload;
}

/** Consumes the sample that was peeked at last: 0, or -EINVAL when there is none. */
export function release(map: RingbufMap): i32 {
  return user_ring_release(map);
}
