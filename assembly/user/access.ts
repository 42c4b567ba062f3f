import { Errno, MapFlag } from "../uapi/constants";
import { FD_NO_MAP, FD_RDONLY, FD_WRONLY, fd_object, fd_word, wrong_kind } from "../object/fd";
import { Map } from "../map/map";

// From an fd to a map, with the right to do what a call does.

export const CAN_READ: u32 = FD_WRONLY;
export const CAN_WRITE: u32 = FD_RDONLY;

/** How far MapFlag.RDONLY and WRONLY stand above the fd's mode bits. */
export const MODE_SHIFT: u32 = 3;
if (MapFlag.RDONLY >> MODE_SHIFT != FD_RDONLY || MapFlag.WRONLY >> MODE_SHIFT != FD_WRONLY) ERROR("MODE_SHIFT");

/**
 * Whether the fd with this word is a map that may be used so: CAN_WRITE also asks that it is not frozen. A right is missing
 * when the mode bit that forbids it is set.
 */
@inline
export function may_use(word: u32, rights: u32): bool {
  if (word & (FD_NO_MAP | rights)) return false;
  return (rights & CAN_WRITE) == 0 || changetype<Map>(fd_object(word)).frozen == 0;
}

/** Why it may not: -EBADF or -EINVAL for the fd, -EPERM for its mode or a write to a frozen map. */
export function refusal(word: u32): i32 {
  return word & FD_NO_MAP ? wrong_kind(word) : -Errno.EPERM;
}

/** The map behind an fd that may be used so, or an errno pointer. The hot calls ask for the three in turn. */
export function map_of_fd(fd: u32, rights: u32): usize {
  const word = fd_word(fd);
  return may_use(word, rights) ? fd_object(word) : <usize>refusal(word);
}

/** The map of one type behind an fd, whatever the fd's mode; or an errno pointer: EBADF, EINVAL. */
export function map_of_type(fd: u32, type: u32): usize {
  const word = fd_word(fd);
  if (word & FD_NO_MAP) return <usize>wrong_kind(word);
  const ptr = fd_object(word);
  return changetype<Map>(ptr).type == type ? ptr : <usize>-Errno.EINVAL;
}
