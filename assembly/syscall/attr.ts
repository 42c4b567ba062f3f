import { Limit } from "../uapi/constants";
import { all_zero, copy_run } from "../mem/bytes";
import { ATTR_REGION_SIZE, FRAME_ATTR, frame_ptr } from "../mem/frame";
import { user_ok } from "../mem/user";

// The attr of the running command. It is an extensible struct: a shorter one counts as followed by zeros, a longer one must
// have a zero tail. It is copied into the frame once and read there only. Output fields go to the caller's attr wherever
// they lie, even past its size, as Linux does.

/** Bytes of the four commands on elements that have all fields. */
const ELEM_SIZE: u32 = 32;

/** The frame's copy, as a command sees it. */
@inline
export function attr_of<T>(): T {
  return changetype<T>(frame_ptr() + FRAME_ATTR);
}

/**
 * Copies the attr's first `end` bytes, which the command knows, into the frame. False when one of those behind them is not
 * zero. The caller has found `size` bytes, of the union at most, to be user memory.
 */
@inline
export function fetch_attr(attr: usize, size: u32, end: u32): bool {
  const to = frame_ptr() + FRAME_ATTR;
  if (size >= end) {
    if (end == ELEM_SIZE) {
      v128.store(to, v128.load(attr));
      v128.store(to, v128.load(attr, 16), 16);
    } else {
      copy_run(to, attr, end);
    }
    return size == end || rest_is_zero(attr, size, end);
  }
  fetch_short(to, attr, size);
  return true;
}

function rest_is_zero(attr: usize, size: u32, end: u32): bool {
  return all_zero(attr + end, min<u32>(size, Limit.ATTR_SIZE) - end);
}

function fetch_short(to: usize, attr: usize, size: u32): void {
  memory.fill(to, 0, ATTR_REGION_SIZE);
  copy_run(to, attr, size);
}

/** Stores a u32 field of the caller's attr: false when it cannot be written. */
export function put_field(attr: usize, offset: usize, value: u32): bool {
  const ptr = <u64>attr + offset;
  if (!user_ok(ptr, 4)) return false;
  store<u32>(<usize>ptr, value);
  return true;
}
