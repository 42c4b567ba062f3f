import { Errno } from "../uapi/constants";
import { heap_free } from "../mem/heap";
import { FD_RDONLY, FD_WRONLY, fd_failed, fd_lookup_inline, fd_mode, fd_object } from "../object/fd";
import { object_next_dead } from "../object/object";
import { Map } from "../map/map";
import { ops_free } from "../map/ops";
import { all_zero } from "../mem/bytes";
import { user_readable } from "../mem/user";

// From an fd to a map with the right to do what a command does, and the end of maps that nobody refers to.

export const CAN_READ: u32 = FD_WRONLY;
export const CAN_WRITE: u32 = FD_RDONLY;

/** The map behind an fd: -EBADF or -EINVAL for the fd, -EPERM for the fd's mode or a write to a frozen map. */
export function map_of_fd(fd: u32, rights: u32): usize {
  return map_of_fd_inline(fd, rights);
}

/** The same, for the commands that everybody waits for. */
@inline
export function map_of_fd_inline(fd: u32, rights: u32): usize {
  const answer = fd_lookup_inline(fd);
  if (fd_failed(answer)) return <usize>answer;
  // A right is missing when the mode bit that forbids it is set.
  if (fd_mode(answer) & rights) return <usize>-Errno.EPERM;
  const ptr = fd_object(answer);
  if ((rights & CAN_WRITE) != 0 && changetype<Map>(ptr).frozen) return <usize>-Errno.EPERM;
  return ptr;
}

/** 0 when all bytes are zero; -E2BIG for one that is not, -EFAULT where they cannot be read before one was met. */
export function check_zero(from: u64, size: u32): i32 {
  const readable = user_readable(from, size);
  if (!all_zero(<usize>from, readable)) return -Errno.E2BIG;
  return readable == size ? 0 : -Errno.EFAULT;
}

/** Frees every map whose last reference went during this command. Freeing an outer map may add its inner maps. */
export function free_dead_maps(): void {
  for (;;) {
    const ptr = object_next_dead();
    if (!ptr) return;
    free_map(changetype<Map>(ptr));
  }
}

/** Frees what a map has, whole or not, and its header. */
export function free_map(map: Map): void {
  ops_free(map.type, changetype<usize>(map));
  heap_free(changetype<usize>(map));
}
