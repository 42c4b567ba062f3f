import { Errno, Limit, MapFlag } from "../uapi/constants";
import { ObjAttr } from "../uapi/attr";
import { WALK_SCRATCH } from "../mem/root";
import { user_readable } from "../mem/user";
import { fs_get, fs_mkdir, fs_pin, fs_rename, fs_rmdir, fs_unlink } from "../object/bpffs";
import { Node, Walk, is_dir, walk_existing } from "../object/vfs";
import { fd_error, fd_failed, fd_lookup, fd_object, fd_open } from "../object/fd";
import { Obj } from "../object/object";
import { is_err } from "../map/map";
import { open_mode } from "./map_object";

// Paths: BPF_OBJ_PIN and BPF_OBJ_GET, and the file system calls behind kernel.bpffs.

/** A path in user memory: 0, -EFAULT, or -ENAMETOOLONG when no NUL ends it within 4096 bytes. */
function check_path(ptr: u64): i32 {
  const readable = user_readable(ptr, Limit.PATH_MAX);
  for (let i: u32 = 0; i < readable; ++i) {
    if (!load<u8>(<usize>ptr + i)) return 0;
  }
  return readable == <u32>Limit.PATH_MAX ? -Errno.ENAMETOOLONG : -Errno.EFAULT;
}

@inline
function the_walk(): Walk {
  return changetype<Walk>(WALK_SCRATCH);
}

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

export function obj_pin(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ObjAttr>(attr_ptr);
  if (attr.file_flags & ~MapFlag.PATH_FD) return -Errno.EINVAL;
  let error = check_path_fd(attr);
  if (error) return error;
  const answer = fd_lookup(attr.bpf_fd);
  if (fd_failed(answer)) return -Errno.EINVAL;
  error = check_path(attr.pathname);
  if (error) return error;
  error = check_start(attr, <usize>attr.pathname);
  return error ? error : fs_pin(<usize>attr.pathname, fd_object(answer), the_walk());
}

export function obj_get(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ObjAttr>(attr_ptr);
  if (attr.bpf_fd) return -Errno.EINVAL;
  const mode = open_mode(attr.file_flags & ~MapFlag.PATH_FD);
  if (mode < 0) return mode;
  let error = check_path_fd(attr);
  if (error) return error;
  error = check_path(attr.pathname);
  if (error) return error;
  error = check_start(attr, <usize>attr.pathname);
  if (error) return error;
  const object = fs_get(<usize>attr.pathname, the_walk());
  return is_err(object) ? <i32>object : fd_open(object, mode);
}

/** mkdir(2), rmdir(2), unlink(2) and rename(2) on the tree; paths are user pointers. */
export function path_mkdir(path: usize, mode: u32): i32 {
  const error = check_path(path);
  return error ? error : fs_mkdir(path, mode, the_walk());
}

export function path_rmdir(path: usize): i32 {
  const error = check_path(path);
  return error ? error : fs_rmdir(path, the_walk());
}

export function path_unlink(path: usize): i32 {
  const error = check_path(path);
  return error ? error : fs_unlink(path, the_walk());
}

export function path_rename(from: usize, to: usize): i32 {
  let error = check_path(from);
  if (error) return error;
  error = check_path(to);
  return error ? error : fs_rename(from, to, the_walk());
}

function walk_to(path: usize): i32 {
  const error = check_path(path);
  return error ? error : walk_existing(path, the_walk());
}

/** Writes four u32 to `out`, which is user memory: st_mode, st_ino, st_nlink, id of the pinned map or 0. */
export function path_stat(path: usize, out: usize): i32 {
  const error = walk_to(path);
  if (error) return error;
  const node = changetype<Node>(the_walk().node);
  store<u32>(out, node.mode, 0);
  store<u32>(out, node.ino, 4);
  store<u32>(out, is_dir(the_walk().node) ? 2 + count_dirs(node) : 1, 8);
  store<u32>(out, node.object ? changetype<Obj>(node.object).id : 0, 12);
  return 0;
}

function count_dirs(dir: Node): u32 {
  let count: u32 = 0;
  for (let at = dir.child; at; at = changetype<Node>(at).next) {
    if (is_dir(at)) ++count;
  }
  return count;
}

/**
 * Writes the names of a directory's entries to `out`, each followed by NUL, as far as whole names fit into `size` bytes.
 * Bytes that all names take, or -ENOENT, -ENOTDIR.
 */
export function path_readdir(path: usize, out: usize, size: u32): i32 {
  const error = walk_to(path);
  if (error) return error;
  if (!is_dir(the_walk().node)) return -Errno.ENOTDIR;
  let bytes: u32 = 0;
  for (let at = changetype<Node>(the_walk().node).child; at; at = changetype<Node>(at).next) {
    const node = changetype<Node>(at);
    const end = bytes + node.name_size + 1;
    if (end <= size) {
      memory.copy(out + bytes, node.name, node.name_size);
      store<u8>(out + end - 1, 0);
    }
    bytes = end;
  }
  return <i32>bytes;
}
