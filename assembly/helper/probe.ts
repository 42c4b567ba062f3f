import { Errno } from "../uapi/constants";
import { KIND_USER } from "../mem/chunk";
import { readable } from "../mem/data";
import { data_arg } from "./args";

// bpf_probe_read and its like. "The kernel's memory" is data memory; "the user's" is what alloc gives, too. What lies
// elsewhere cannot be read: the buffer is zeroed and the answer is -EFAULT, or -ERANGE where Linux can tell from the address
// alone that it is none of the kernel's.

const KERNEL_START: u64 = 0xffff800000000000;
const USER_END: u64 = 0x00007fffffffffff;
/** No chunk is of this kind. */
const NO_KIND: u32 = 0xff;

@inline
function refuse(to: usize, size: u32, error: i32): u64 {
  memory.fill(to, 0, size);
  return <i64>-error;
}

@inline
function kernel_error(from: u64): i32 {
  return from >= KERNEL_START ? Errno.EFAULT : Errno.ERANGE;
}

@inline
function any_error(from: u64): i32 {
  return from <= USER_END ? Errno.EFAULT : kernel_error(from);
}

function read(dst: u64, size_arg: u64, from: u64, other: u32, error: i32): u64 {
  const size = <u32>size_arg;
  const to = data_arg(dst, size);
  // An address that is none of the kernel's is refused before anything is read.
  const needed = error == Errno.ERANGE ? max<u32>(size, 1) : size;
  if (readable(from, needed, other) < needed) return refuse(to, size, error);
  if (size) memory.copy(to, <usize>from, size);
  return 0;
}

/** Bytes written with the NUL, which is always there. */
function read_str(dst: u64, size_arg: u64, from: u64, other: u32, error: i32): u64 {
  const size = <u32>size_arg;
  const to = data_arg(dst, size);
  if (!size) return 0;
  const good = readable(from, size, other);
  let at: u32 = 0;
  for (; at < good && at < size - 1; ++at) {
    const byte = load<u8>(<usize>from + at);
    store<u8>(to + at, byte);
    if (!byte) return at + 1;
  }
  if (at < size - 1) return refuse(to, size, error);
  store<u8>(to + at, 0);
  return size;
}

/** bpf_probe_read_user: 0 or -EFAULT. */
export function probe_read_user(dst: u64, size: u64, from: u64): u64 {
  return read(dst, size, from, KIND_USER, Errno.EFAULT);
}

/** bpf_probe_read_user_str: bytes with the NUL, or -EFAULT. */
export function probe_read_user_str(dst: u64, size: u64, from: u64): u64 {
  return read_str(dst, size, from, KIND_USER, Errno.EFAULT);
}

/** bpf_probe_read_kernel: 0, -EFAULT, or -ERANGE for an address of user space. */
export function probe_read_kernel(dst: u64, size: u64, from: u64): u64 {
  return read(dst, size, from, NO_KIND, kernel_error(from));
}

/** bpf_probe_read_kernel_str. */
export function probe_read_kernel_str(dst: u64, size: u64, from: u64): u64 {
  return read_str(dst, size, from, NO_KIND, kernel_error(from));
}

/** bpf_probe_read: of either side. */
export function probe_read(dst: u64, size: u64, from: u64): u64 {
  return read(dst, size, from, KIND_USER, any_error(from));
}

/** bpf_probe_read_str. */
export function probe_read_str(dst: u64, size: u64, from: u64): u64 {
  return read_str(dst, size, from, KIND_USER, any_error(from));
}
