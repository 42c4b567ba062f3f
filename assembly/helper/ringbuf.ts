import { Errno, MapType, RingSlot, RingbufFlag } from "../uapi/constants";
import { user_ok, user_run_ok } from "../mem/user";
import { fd_any, fd_failed, fd_lookup, fd_object } from "../object/fd";
import { Map } from "../map/map";
import { RingbufMap, consumer_position, ring_commit, ring_output, ring_peek, ring_reserve } from "../map/ringbuf";
import { user_ring_peek, user_ring_release } from "../map/user_ringbuf";

// What a program does with ring buffers: the helpers of the same names, with an fd where a program has the map. Programs
// are not bound by an fd's mode or by BPF_MAP_FREEZE. Wakeup flags are checked and otherwise without effect: a reader in
// the same thread needs no waking.

const WAKEUP_FLAGS: u64 = RingbufFlag.NO_WAKEUP | RingbufFlag.FORCE_WAKEUP;

/** The ring of one type behind an fd, or -EBADF, -EINVAL. */
function ring_of_fd(fd: u32, type: u32): i32 {
  const answer = fd_lookup(fd);
  if (fd_failed(answer)) return answer;
  return changetype<Map>(fd_object(answer)).type == type ? <i32>fd_object(answer) : -Errno.EINVAL;
}

/**
 * bpf_ringbuf_reserve: address of the payload of a new record, `size` bytes in data memory; 0 when the ring is too full,
 * the record too large, a flag set, or the fd no ring buffer. Must be followed by a submit or a discard: readers stop at it.
 */
export function ringbuf_reserve(fd: u32, size: u64, flags: u64): usize {
  const ring = ring_of_fd(fd, MapType.RINGBUF);
  if (fd_failed(ring) || flags) return 0;
  return ring_reserve(changetype<RingbufMap>(<usize>ring), size);
}

/** bpf_ringbuf_submit: shows the reserved record at this payload address to readers. Any other address is ignored. */
export function ringbuf_submit(payload: usize, _flags: u32): void {
  ring_commit(payload, false);
}

/** bpf_ringbuf_discard: gives the reserved record up; readers skip it. Any other address is ignored. */
export function ringbuf_discard(payload: usize, _flags: u32): void {
  ring_commit(payload, true);
}

/**
 * bpf_ringbuf_output: copies `size` bytes from a block of alloc() into a new record. 0; -EINVAL for an unknown flag;
 * -EAGAIN when the ring is too full or the record too large; -EFAULT for a bad `data`; -EBADF, -EINVAL for the fd.
 */
export function ringbuf_output(fd: u32, data: usize, size: u32, flags: u32): i32 {
  // At address 0, where no map is, there is nothing but zeros.
  const map = changetype<RingbufMap>(fd_any(fd));
  if (map.type != <u32>MapType.RINGBUF) return ring_of_fd(fd, MapType.RINGBUF);
  if (flags & ~(<u32>WAKEUP_FLAGS)) return -Errno.EINVAL;
  if (!user_run_ok(data, size)) return -Errno.EFAULT;
  return ring_output(map, data, size) ? 0 : -Errno.EAGAIN;
}

/**
 * A reader's look ahead, an engine's own command: a reader in Linux goes through the memory that it has mapped, as it may
 * here. So it shows the address that mmap gave it instead of being asked for its rights again. Copies up to `count` of the
 * next records to `out`, laid out as RingSlot says; they stay in the ring until the reader moves the consumer position on.
 * Number of records, 0 when there is none or it is unfinished; -EAGAIN when one was discarded and has been passed; -EBADF,
 * -EINVAL for the fd, -EINVAL for the mapping of another ring, -EFAULT for `out`.
 */
export function ringbuf_peek(fd: u32, mapping: usize, out: usize, count: u32): i32 {
  const ring = ring_of_fd(fd, MapType.RINGBUF);
  if (fd_failed(ring)) return ring;
  const map = changetype<RingbufMap>(<usize>ring);
  if (map.mapping != mapping) return -Errno.EINVAL;
  if (!user_ok(out, RingSlot.COUNT * RingSlot.SIZE)) return -Errno.EFAULT;
  return ring_peek(map, out, count < <u32>RingSlot.COUNT ? count : <u32>RingSlot.COUNT);
}

/** bpf_ringbuf_query: unread bytes, size of the ring or one of the positions, in bytes; 0 for anything unknown. */
export function ringbuf_query(fd: u32, what: u32): u64 {
  const ring = ring_of_fd(fd, MapType.RINGBUF);
  if (fd_failed(ring)) return 0;
  const map = changetype<RingbufMap>(<usize>ring);
  switch (what) {
    case RingbufFlag.AVAIL_DATA: return map.producer - consumer_position(map);
    case RingbufFlag.RING_SIZE: return <u64>map.max_entries;
    case RingbufFlag.CONS_POS: return consumer_position(map);
    case RingbufFlag.PROD_POS: return map.producer;
  }
  return 0;
}

/**
 * One step of bpf_user_ringbuf_drain: address of the next sample's payload, with its size as u32 at `size_out`, or -errno
 * (user_ring_peek), also -EBADF, -EINVAL for the fd and -EFAULT for `size_out`. The sample stays until it is released.
 */
export function user_ringbuf_peek(fd: u32, size_out: usize): i32 {
  const ring = ring_of_fd(fd, MapType.USER_RINGBUF);
  if (fd_failed(ring)) return ring;
  if (!user_ok(size_out, 4)) return -Errno.EFAULT;
  const map = changetype<RingbufMap>(<usize>ring);
  const payload = user_ring_peek(map);
  if (!fd_failed(payload)) store<u32>(size_out, map.peeked_size);
  return payload;
}

/** Consumes the sample that user_ringbuf_peek showed last: 0, -EINVAL when there is none, -EBADF, -EINVAL for the fd. */
export function user_ringbuf_release(fd: u32): i32 {
  const ring = ring_of_fd(fd, MapType.USER_RINGBUF);
  return fd_failed(ring) ? ring : user_ring_release(changetype<RingbufMap>(<usize>ring));
}
