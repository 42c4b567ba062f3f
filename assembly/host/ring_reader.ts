import { Errno, RingSlot } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { RingbufMap, ring_peek } from "../map/ringbuf";

/**
 * A reader's look ahead. A reader in Linux goes through the memory that it has mapped, as it may here: so it shows the
 * address that mmap gave it instead of being asked for its rights again.
 */
export function peek_records(map: RingbufMap, mapping: usize, out: usize, count: u32): i32 {
  if (map.mapping != mapping) return -Errno.EINVAL;
  if (!user_ok(out, RingSlot.COUNT * RingSlot.SIZE)) return -Errno.EFAULT;
  return ring_peek(map, out, count < <u32>RingSlot.COUNT ? count : <u32>RingSlot.COUNT);
}
