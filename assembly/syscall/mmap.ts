import { Errno, MapFlag } from "../uapi/constants";
import { FD_NO_MAP, fd_mode, fd_object, fd_word, wrong_kind } from "../object/fd";
import { mapping_add, mapping_remove, mappings_clear } from "../object/mapping";
import { Map, is_err } from "../map/map";
import { ops_mmap } from "../map/ops";

/**
 * What mmap(2) of a whole map checks. Linux judges the type first; a mapping for writing then needs a map that programs
 * may write to, that is not frozen, and a read-write fd; a read-only fd cannot be mapped at all.
 */
export function map_mmap(fd: u32, writable: bool): usize {
  const word = fd_word(fd);
  if (word & FD_NO_MAP) return <usize>wrong_kind(word);
  const map = changetype<Map>(fd_object(word));
  const mode = fd_mode(word);
  if (writable) {
    if (mode) return <usize>-Errno.EACCES;
    if (map.frozen) return <usize>-Errno.EPERM;
    if (map.map_flags & MapFlag.RDONLY_PROG) return <usize>-Errno.EACCES;
  } else if (mode) {
    return <usize>-Errno.EINVAL;
  }
  const address = ops_mmap(map.type, changetype<usize>(map));
  if (is_err(address)) return address;
  const error = mapping_add(changetype<usize>(map), address, writable);
  return error ? <usize>error : address;
}

/** munmap(2) of one mapping at an address, a writable one first, or, at address 0, of all there are: 0 or -EINVAL. */
export function map_munmap(address: usize): i32 {
  if (address) return mapping_remove(address);
  mappings_clear();
  return 0;
}
