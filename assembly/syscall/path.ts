import { Errno, Limit } from "../uapi/constants";
import { FRAME_PATH, FRAME_PATH_TO, frame_ptr } from "../mem/frame";
import { user_readable } from "../mem/user";

// Paths from user memory. They are copied into the frame and walked there.

/** Address of the copy, or an errno pointer: EFAULT, or ENAMETOOLONG when no NUL ends the path within 4096 bytes. */
export function path_in(ptr: u64): usize {
  return copy_path(ptr, frame_ptr() + FRAME_PATH);
}

/** The same for the second path of a call. */
export function path_to_in(ptr: u64): usize {
  return copy_path(ptr, frame_ptr() + FRAME_PATH_TO);
}

function copy_path(ptr: u64, to: usize): usize {
  const readable = user_readable(ptr, Limit.PATH_MAX);
  for (let i: u32 = 0; i < readable; ++i) {
    const byte = load<u8>(<usize>ptr + i);
    store<u8>(to + i, byte);
    if (!byte) return to;
  }
  return <usize>(readable == <u32>Limit.PATH_MAX ? -Errno.ENAMETOOLONG : -Errno.EFAULT);
}
