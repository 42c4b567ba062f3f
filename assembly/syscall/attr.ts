import { Limit } from "../uapi/constants";
import { all_zero, copy_run_unlogged } from "../mem/bytes";
import { ATTR_REGION_SIZE, FRAME_ATTR, frame_ptr } from "../mem/frame";
import { user_ok } from "../mem/user";

// The attr of the running command. It is an extensible struct: a shorter one counts as followed by zeros, a longer one must
// have a zero tail. Output fields go to the caller's attr wherever they lie, even past its size, as Linux does.

/** Whether every byte of the attr from `end` on, which the command does not know, is zero. */
@inline
export function rest_is_zero(attr: usize, size: u32, end: u32): bool {
  return size <= end || all_zero(attr + end, min<u32>(size, Limit.ATTR_SIZE) - end);
}

/** The attr in the frame, followed by zeros. The caller has found its `size` bytes, of the union at most, to be user memory. */
export function copy_attr(attr: usize, size: u32): usize {
  const copy = frame_ptr() + FRAME_ATTR;
  memory.fill(copy, 0, ATTR_REGION_SIZE);
  copy_run_unlogged(copy, attr, min<u32>(size, Limit.ATTR_SIZE));
  return copy;
}

/** The caller's own attr where it has all `end` bytes that the command knows; else the frame's copy, followed by zeros. */
@inline
export function whole_attr(attr: usize, size: u32, end: u32): usize {
  return size >= end ? attr : copy_attr(attr, size);
}

/** Stores a u32 field of the caller's attr: false when it cannot be written. */
export function put_field(attr: usize, offset: usize, value: u32): bool {
  const ptr = <u64>attr + offset;
  if (!user_ok(ptr, 4)) return false;
  store<u32>(<usize>ptr, value);
  return true;
}
