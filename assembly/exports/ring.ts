import { MapType } from "../uapi/constants";
import { enter, restarts } from "../mem/section";
import { fd_any } from "../object/fd";
import { end } from "../map/end";
import { is_err } from "../map/map";
import { RingbufMap } from "../map/ringbuf";
import { map_of_type } from "../user/access";
import { discard, output, query, reserve, submit } from "../helper/ringbuf";
import { peek, release } from "../helper/user_ringbuf";
import { peek_records } from "../host/ring_reader";

// The exports for ring buffers; index.ts says what their answers are.

/**
 * bpf_ringbuf_reserve: address of the payload of a new record, `size` bytes in data memory; 0 when the ring is too full,
 * the record too large, a flag set, or the fd no ring buffer. Must be followed by a submit or a discard: readers stop at it.
 */
export function ringbuf_reserve(fd: u32, size: u64, flags: u64): usize {
  enter();
  let payload = reserve_in(fd, size, flags);
  if (restarts(<i32>payload)) payload = reserve_in(fd, size, flags);
  end();
  return payload;
}

function reserve_in(fd: u32, size: u64, flags: u64): usize {
  const ring = map_of_type(fd, MapType.RINGBUF);
  return is_err(ring) ? 0 : reserve(changetype<RingbufMap>(ring), size, flags);
}

/**
 * bpf_ringbuf_submit: shows the reserved record at this payload address to readers. 1 when a reader that waits is to be
 * woken: with FORCE_WAKEUP, and without flags when the reader has read all records before this one; else 0. Any other
 * address is ignored: 0.
 */
export function ringbuf_submit(payload: usize, flags: u32): i32 {
  enter();
  let answer = submit(payload, flags);
  if (restarts(answer)) answer = submit(payload, flags);
  end();
  return answer;
}

/** bpf_ringbuf_discard: gives the reserved record up; readers skip it. Answers as ringbuf_submit. */
export function ringbuf_discard(payload: usize, flags: u32): i32 {
  enter();
  let answer = discard(payload, flags);
  if (restarts(answer)) answer = discard(payload, flags);
  end();
  return answer;
}

/**
 * bpf_ringbuf_output: copies `size` bytes from a block of alloc() into a new record. 1 when a reader that
 * waits is to be woken, else 0, as ringbuf_submit; -EINVAL for an unknown flag; -EAGAIN when the ring is too full or the record too large; -EFAULT for a bad `data`; -EBADF, -EINVAL for the fd.
 */
export function ringbuf_output(fd: u32, data: usize, size: u32, flags: u32): i32 {
  enter();
  let answer = output_to(fd, data, size, flags);
  if (restarts(answer)) answer = output_to(fd, data, size, flags);
  end();
  return answer;
}

@inline
function output_to(fd: u32, data: usize, size: u32, flags: u32): i32 {
  // A map of another type, or none, is sorted out by map_of_type.
  const map = changetype<RingbufMap>(fd_any(fd));
  if (map.type != <u32>MapType.RINGBUF) return <i32>map_of_type(fd, MapType.RINGBUF);
  return output(map, data, size, flags);
}

/** bpf_ringbuf_query: unread bytes, size of the ring or one of the positions, in bytes; 0 for anything unknown. */
export function ringbuf_query(fd: u32, what: u32): u64 {
  enter();
  const ring = map_of_type(fd, MapType.RINGBUF);
  const answer = is_err(ring) ? 0 : query(changetype<RingbufMap>(ring), what);
  end();
  return answer;
}

/**
 * A reader's look ahead, an engine's own call. Copies up to `count` of the next records to `out`, laid out as RingSlot says;
 * they stay in the ring until the reader moves the consumer position on. `mapping` is what mmap answered. Number of records,
 * 0 when there is none or it is unfinished; -EAGAIN when one was discarded and has been passed; -EINVAL when the header of
 * one, or the consumer position, is not what the ring made it, and has been passed; -EBADF, -EINVAL for the fd, -EINVAL for
 * the mapping of another ring, -EFAULT for `out`.
 */
export function ringbuf_peek(fd: u32, mapping: usize, out: usize, count: u32): i32 {
  enter();
  let answer = peek_in(fd, mapping, out, count);
  if (restarts(answer)) answer = peek_in(fd, mapping, out, count);
  end();
  return answer;
}

@inline
function peek_in(fd: u32, mapping: usize, out: usize, count: u32): i32 {
  const ring = map_of_type(fd, MapType.RINGBUF);
  return is_err(ring) ? <i32>ring : peek_records(changetype<RingbufMap>(ring), mapping, out, count);
}

/**
 * One step of bpf_user_ringbuf_drain: address of the next sample's payload, with its size as u32 at `size_out`, or an errno
 * pointer: EINVAL for a producer position that is not 8-aligned or a record that runs past it, E2BIG for one too large,
 * ENODATA when there is none or it is unfinished, EAGAIN when one was discarded and has been skipped; EBADF, EINVAL for the
 * fd, EFAULT for `size_out`. The sample stays until it is released.
 */
export function user_ringbuf_peek(fd: u32, size_out: usize): usize {
  enter();
  let answer = user_peek_in(fd, size_out);
  if (restarts(<i32>answer)) answer = user_peek_in(fd, size_out);
  end();
  return answer;
}

@inline
function user_peek_in(fd: u32, size_out: usize): usize {
  const ring = map_of_type(fd, MapType.USER_RINGBUF);
  return is_err(ring) ? ring : peek(changetype<RingbufMap>(ring), size_out);
}

/** Consumes the sample that user_ringbuf_peek showed last: 0, -EINVAL when there is none, -EBADF, -EINVAL for the fd. */
export function user_ringbuf_release(fd: u32): i32 {
  enter();
  let answer = user_release_in(fd);
  if (restarts(answer)) answer = user_release_in(fd);
  end();
  return answer;
}

@inline
function user_release_in(fd: u32): i32 {
  const ring = map_of_type(fd, MapType.USER_RINGBUF);
  return is_err(ring) ? <i32>ring : release(changetype<RingbufMap>(ring));
}
