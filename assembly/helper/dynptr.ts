import { Errno, MapType } from "../uapi/constants";
import { RingbufMap, ring_reserve } from "../map/ringbuf";
import { data_arg, map_of_type_arg } from "./args";
import { commit_record } from "./ringbuf_prog";

// struct bpf_dynptr, 16 bytes on a program's stack. The verifier lets no program look inside, but nothing here rests on
// that: whatever the words say, only data memory is reached through them.
//
//   u64 address of the bytes, 0 for none │ u32 offset of the first byte │ u32 size, READ_ONLY on top

const DYNPTR_SIZE: u32 = 16;
const READ_ONLY: u32 = 0x80000000;
const SIZE_MAX: u32 = 0xffffff;

@unmanaged
class Dynptr {
  data: u64;
  offset: u32;
  size_flags: u32;
}

@inline
function dynptr_arg(ptr: u64): Dynptr {
  return changetype<Dynptr>(data_arg(ptr, DYNPTR_SIZE));
}

function set_dynptr(ptr: Dynptr, data: u64, size: u32, flags: u32): void {
  ptr.data = data;
  ptr.offset = 0;
  ptr.size_flags = size | flags;
}

@inline
function size_of(ptr: Dynptr): u32 {
  return ptr.size_flags & SIZE_MAX;
}

/** 0 when the dynptr has `len` bytes from `offset` on; -EINVAL for an empty one, -E2BIG beyond its end. */
function check_range(ptr: Dynptr, offset: u32, len: u32): i32 {
  if (!ptr.data) return -Errno.EINVAL;
  const size = size_of(ptr);
  return len > size || offset > size - len ? -Errno.E2BIG : 0;
}

@inline
function bytes_at(ptr: Dynptr, offset: u32, len: u32): usize {
  return data_arg(ptr.data + ptr.offset + offset, len);
}

/** Shows `size` read-only bytes through the dynptr in the cell: what a callback of bpf_user_ringbuf_drain is given. */
export function show_sample(cell: u64, data: usize, size: u32): void {
  set_dynptr(dynptr_arg(cell), data, size, READ_ONLY);
}

/** bpf_dynptr_from_mem: 0, -E2BIG, -EINVAL for flags; then the dynptr is empty. */
export function dynptr_from_mem(data: u64, size: u64, flags: u64, ptr: u64): u64 {
  const dynptr = dynptr_arg(ptr);
  const error = <u32>size > SIZE_MAX ? -Errno.E2BIG : flags ? -Errno.EINVAL : 0;
  if (!error) data_arg(data, <u32>size);
  set_dynptr(dynptr, error ? 0 : data, error ? 0 : <u32>size, 0);
  return <i64>error;
}

/** bpf_dynptr_read: 0, -E2BIG beyond the end, -EINVAL for flags or an empty dynptr. */
export function dynptr_read(dst: u64, len: u64, src: u64, offset: u64, flags: u64): u64 {
  const ptr = dynptr_arg(src);
  const size = <u32>len;
  const to = data_arg(dst, size);
  const error = flags ? -Errno.EINVAL : check_range(ptr, <u32>offset, size);
  if (error) return <i64>error;
  memory.copy(to, bytes_at(ptr, <u32>offset, size), size);
  return 0;
}

/** bpf_dynptr_write: 0, -E2BIG beyond the end, -EINVAL for flags, an empty or a read-only dynptr. */
export function dynptr_write(dst: u64, offset: u64, src: u64, len: u64, flags: u64): u64 {
  const ptr = dynptr_arg(dst);
  const size = <u32>len;
  const from = data_arg(src, size);
  const error = flags || ptr.size_flags & READ_ONLY ? -Errno.EINVAL : check_range(ptr, <u32>offset, size);
  if (error) return <i64>error;
  memory.copy(bytes_at(ptr, <u32>offset, size), from, size);
  return 0;
}

/** bpf_dynptr_data: address of `len` bytes, or NULL. */
export function dynptr_data(ptr_arg: u64, offset: u64, len: u64): u64 {
  const ptr = dynptr_arg(ptr_arg);
  if (ptr.size_flags & READ_ONLY || check_range(ptr, <u32>offset, <u32>len)) return 0;
  return bytes_at(ptr, <u32>offset, <u32>len);
}

/** bpf_ringbuf_reserve_dynptr: 0, -EINVAL when refused; then the dynptr is empty. */
export function ringbuf_reserve_dynptr(map: u64, size: u64, flags: u64, ptr: u64): u64 {
  const ring = changetype<RingbufMap>(map_of_type_arg(map, MapType.RINGBUF));
  const dynptr = dynptr_arg(ptr);
  set_dynptr(dynptr, 0, 0, 0);
  if (flags) return <i64>-Errno.EINVAL;
  if (<u32>size > SIZE_MAX) return <i64>-Errno.E2BIG;
  const payload = ring_reserve(ring, <u32>size);
  if (!payload) return <i64>-Errno.EINVAL;
  set_dynptr(dynptr, payload, <u32>size, 0);
  return 0;
}

function commit(ptr: u64, discard: bool, flags: u64): u64 {
  const dynptr = dynptr_arg(ptr);
  // Of an empty one, and of one that is no ring's, there is nothing to commit.
  if (dynptr.data) commit_record(dynptr.data, discard, flags);
  set_dynptr(dynptr, 0, 0, 0);
  return 0;
}

/** bpf_ringbuf_submit_dynptr. */
export function ringbuf_submit_dynptr(ptr: u64, flags: u64): u64 {
  return commit(ptr, false, flags);
}

/** bpf_ringbuf_discard_dynptr. */
export function ringbuf_discard_dynptr(ptr: u64, flags: u64): u64 {
  return commit(ptr, true, flags);
}
