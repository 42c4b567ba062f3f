import { Errno } from "../uapi/constants";
import { all_zero } from "./bytes";
import { KIND_USER, chunk_kind } from "./chunk";
import { CHUNK_SHIFT } from "./root";

// A user pointer is a u64 in an attr and is believed only inside user chunks: everything else is -EFAULT, so that no
// attr can read or write the engine's state.

/**
 * Whether `size` bytes from `ptr` on all lie in user chunks. A size of 0 is always fine, as for the kernel; any product of
 * two u32 may be asked for.
 */
export function user_ok(ptr: u64, size: u64): bool {
  return user_ok_inline(ptr, size);
}

/** The same, for the element commands: a lookup asks this three times. */
@inline
export function user_ok_inline(ptr: u64, size: u64): bool {
  if (size == 0) return true;
  const last = ptr + (size - 1);
  if ((ptr | last) >> 32) return false;
  const from = <u32>ptr >> CHUNK_SHIFT;
  const to = <u32>last >> CHUNK_SHIFT;
  if (chunk_kind(from) != KIND_USER) return false;
  return from == to || run_ok(from + 1, to);
}

/** The same for an address that is no u64, where a record goes out: a run within one chunk is looked at once. */
@inline
export function user_run_ok(ptr: usize, size: u32): bool {
  const last = ptr + size - 1;
  const chunk = <u32>ptr >> CHUNK_SHIFT;
  if (last >= ptr && chunk == <u32>last >> CHUNK_SHIFT && chunk_kind(chunk) == KIND_USER) return true;
  return user_ok(ptr, size);
}

function run_ok(from: u32, to: u32): bool {
  for (let chunk = from; chunk <= to; ++chunk) {
    if (chunk_kind(chunk) != KIND_USER) return false;
  }
  return true;
}

/** Bytes from `ptr` on, at most `size`, that lie in user chunks without a gap. */
export function user_readable(ptr: u64, size: u32): u32 {
  let good: u32 = 0;
  while (good < size) {
    const at = ptr + good;
    if (at >> 32 || chunk_kind(<u32>at >> CHUNK_SHIFT) != KIND_USER) return good;
    const room = (1 << CHUNK_SHIFT) - (<u32>at & ((1 << CHUNK_SHIFT) - 1));
    good += room;
  }
  return size;
}

/** 0 when all bytes are zero; -E2BIG for one that is not, -EFAULT where they cannot be read before one was met. */
export function check_zero(from: u64, size: u32): i32 {
  const readable = user_readable(from, size);
  if (!all_zero(<usize>from, readable)) return -Errno.E2BIG;
  return readable == size ? 0 : -Errno.EFAULT;
}
