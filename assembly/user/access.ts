import { Errno, MapFlag } from "../uapi/constants";
import { FD_RDONLY, FD_WRONLY, fd_failed, fd_lookup_inline, fd_mode, fd_object } from "../object/fd";
import { OBJ_MAP } from "../object/object";
import { Map } from "../map/map";

// From an fd to a map, with the right to do what a call does.

export const CAN_READ: u32 = FD_WRONLY;
export const CAN_WRITE: u32 = FD_RDONLY;

/** How far MapFlag.RDONLY and WRONLY stand above the fd's mode bits. */
export const MODE_SHIFT: u32 = 3;
if (MapFlag.RDONLY >> MODE_SHIFT != FD_RDONLY || MapFlag.WRONLY >> MODE_SHIFT != FD_WRONLY) ERROR("MODE_SHIFT");

/** The map behind an fd: -EBADF or -EINVAL for the fd, -EPERM for the fd's mode or a write to a frozen map. */
export function map_of_fd(fd: u32, rights: u32): usize {
  return map_of_fd_inline(fd, rights);
}

/** The same, for the calls on elements. */
@inline
export function map_of_fd_inline(fd: u32, rights: u32): usize {
  const answer = fd_lookup_inline(fd, OBJ_MAP);
  if (fd_failed(answer)) return <usize>answer;
  // A right is missing when the mode bit that forbids it is set.
  if (fd_mode(answer) & rights) return <usize>-Errno.EPERM;
  const ptr = fd_object(answer);
  if ((rights & CAN_WRITE) != 0 && changetype<Map>(ptr).frozen) return <usize>-Errno.EPERM;
  return ptr;
}

/** The map of one type behind an fd, whatever the fd's mode: -EBADF, -EINVAL. */
@inline
export function map_of_type(fd: u32, type: u32): usize {
  const answer = fd_lookup_inline(fd, OBJ_MAP);
  if (fd_failed(answer)) return <usize>answer;
  const ptr = fd_object(answer);
  return changetype<Map>(ptr).type == type ? ptr : <usize>-Errno.EINVAL;
}
