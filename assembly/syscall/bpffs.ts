import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { WITH_PROGRAMS } from "../mem/variant";
import { fs_mkdir, fs_rename, fs_rmdir, fs_unlink } from "../object/bpffs";
import { OBJ_MAP, Obj } from "../object/object";
import { Node, frame_walk, is_dir, walk_existing } from "../object/vfs";
import { is_err } from "../map/map";
import { path_in, path_to_in } from "./path";

// The file system calls on the tree of pins: mkdir(2), rmdir(2), unlink(2), rename(2), stat(2), getdents(2). Paths and
// buffers are user pointers.

/** Bytes that path_stat writes. */
const STAT_SIZE: u32 = 16;

export function path_mkdir(from: usize, mode: u32): i32 {
  const path = path_in(from);
  return is_err(path) ? <i32>path : fs_mkdir(path, mode, frame_walk());
}

export function path_rmdir(from: usize): i32 {
  const path = path_in(from);
  return is_err(path) ? <i32>path : fs_rmdir(path, frame_walk());
}

export function path_unlink(from: usize): i32 {
  const path = path_in(from);
  return is_err(path) ? <i32>path : fs_unlink(path, frame_walk());
}

export function path_rename(from: usize, to: usize): i32 {
  const path = path_in(from);
  if (is_err(path)) return <i32>path;
  const path_to = path_to_in(to);
  return is_err(path_to) ? <i32>path_to : fs_rename(path, path_to, frame_walk());
}

function walk_to(from: usize): i32 {
  const path = path_in(from);
  return is_err(path) ? <i32>path : walk_existing(path, frame_walk());
}

/** Writes four u32 to `out`: st_mode, st_ino, st_nlink, id of the pinned map or 0. */
export function path_stat(path: usize, out: usize): i32 {
  if (!user_ok(out, STAT_SIZE)) return -Errno.EFAULT;
  const error = walk_to(path);
  if (error) return error;
  const node = changetype<Node>(frame_walk().node);
  store<u32>(out, node.mode, 0);
  store<u32>(out, node.ino, 4);
  store<u32>(out, is_dir(frame_walk().node) ? 2 + count_dirs(node) : 1, 8);
  const object = changetype<Obj>(node.object);
  store<u32>(out, node.object && (!WITH_PROGRAMS || object.kind == OBJ_MAP) ? object.id : 0, 12);
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
 * Writes the names of a directory's entries, but for the first `skip`, to `out`, each followed by NUL, as far as whole names
 * fit into `size` bytes. Bytes that all of them take, or -ENOENT, -ENOTDIR.
 */
export function path_readdir(path: usize, out: usize, size: u32, skip: u32): i32 {
  if (!user_ok(out, size)) return -Errno.EFAULT;
  const error = walk_to(path);
  if (error) return error;
  if (!is_dir(frame_walk().node)) return -Errno.ENOTDIR;
  let bytes: u32 = 0;
  for (let at = changetype<Node>(frame_walk().node).child; at; at = changetype<Node>(at).next) {
    if (skip) {
      --skip;
      continue;
    }
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
