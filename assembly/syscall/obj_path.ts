import { Errno, Limit, MapFlag } from "../uapi/constants";
import { ObjAttr } from "../uapi/attr";
import { WITH_PROGRAMS } from "../mem/variant";
import { fs_get, fs_pin } from "../object/bpffs";
import { frame_walk } from "../object/vfs";
import { fd_error, fd_failed, fd_lookup_any, fd_object, fd_open } from "../object/fd";
import { OBJ_MAP, OBJ_PROG, Obj } from "../object/object";
import { is_err } from "../map/map";
import { open_mode } from "./map_object";
import { path_in } from "./path";

// BPF_OBJ_PIN and BPF_OBJ_GET.

/** PATH_FD and the path_fd that only goes with it. */
function check_path_fd(attr: ObjAttr): i32 {
  return attr.path_fd != 0 && !(attr.file_flags & MapFlag.PATH_FD) ? -Errno.EINVAL : 0;
}

/**
 * Where a relative path starts. The sandbox's working directory is /, and no fd is a directory: -EBADF for a closed
 * one, -ENOTDIR for any other. An absolute path needs no start.
 */
function check_start(attr: ObjAttr, path: usize): i32 {
  if (!(attr.file_flags & MapFlag.PATH_FD) || attr.path_fd == Limit.AT_FDCWD) return 0;
  if (load<u8>(path) == 0x2f || !load<u8>(path)) return 0;
  return fd_error(attr.path_fd, -Errno.ENOTDIR);
}

/** Maps and programs. */
function is_pinnable(object: usize): bool {
  const kind = changetype<Obj>(object).kind;
  return !WITH_PROGRAMS || kind == OBJ_MAP || kind == OBJ_PROG;
}

export function obj_pin(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ObjAttr>(attr_ptr);
  if (attr.file_flags & ~MapFlag.PATH_FD) return -Errno.EINVAL;
  let error = check_path_fd(attr);
  if (error) return error;
  const answer = fd_lookup_any(attr.bpf_fd);
  if (fd_failed(answer) || !is_pinnable(fd_object(answer))) return -Errno.EINVAL;
  const path = path_in(attr.pathname);
  if (is_err(path)) return <i32>path;
  error = check_start(attr, path);
  return error ? error : fs_pin(path, fd_object(answer), frame_walk());
}

export function obj_get(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ObjAttr>(attr_ptr);
  if (attr.bpf_fd) return -Errno.EINVAL;
  const mode = open_mode(attr.file_flags & ~MapFlag.PATH_FD);
  if (mode < 0) return mode;
  let error = check_path_fd(attr);
  if (error) return error;
  const path = path_in(attr.pathname);
  if (is_err(path)) return <i32>path;
  error = check_start(attr, path);
  if (error) return error;
  const object = fs_get(path, frame_walk());
  if (is_err(object)) return <i32>object;
  // The access that was asked for is a map's affair.
  return fd_open(object, !WITH_PROGRAMS || changetype<Obj>(object).kind == OBJ_MAP ? mode : 0);
}
