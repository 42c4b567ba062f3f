import { Errno, MapFlag } from "../uapi/constants";
import { fd_failed, fd_lookup, fd_mode, fd_object } from "../object/fd";
import { OBJ_MAP } from "../object/object";
import { Map } from "../map/map";
import { ops_mmap } from "../map/ops";

/**
 * What mmap(2) of a whole map checks. Linux judges the type first; a mapping for writing then needs a map that programs
 * may write to, that is not frozen, and a read-write fd; a read-only fd cannot be mapped at all.
 */
export function map_mmap(fd: u32, writable: bool): usize {
  const answer = fd_lookup(fd, OBJ_MAP);
  if (fd_failed(answer)) return <usize>answer;
  const map = changetype<Map>(fd_object(answer));
  const mode = fd_mode(answer);
  if (writable) {
    if (mode) return <usize>-Errno.EACCES;
    if (map.frozen) return <usize>-Errno.EPERM;
    if (map.map_flags & MapFlag.RDONLY_PROG) return <usize>-Errno.EACCES;
  } else if (mode) {
    return <usize>-Errno.EINVAL;
  }
  return ops_mmap(map.type, changetype<usize>(map));
}
