import { Errno } from "../uapi/constants";
import { Obj, object_get, object_put, object_released } from "./object";
import { Node, S_IFDIR, S_IFREG, Walk, check_new, is_dir, node_create, node_free, node_link, node_rename, node_unlink, walk_existing, walk_path } from "./vfs";

// What bpffs does with paths: pins, and the file system calls that manage them. A pin is a reference like an fd.
// `walk` is working space of the caller; a relative path is taken from /.

const PIN_MODE: u32 = S_IFREG | 0o600;

/** Makes a pin: 0, -EEXIST, -ENOENT, -ENOTDIR, -EPERM, -ENAMETOOLONG, -ENOMEM. */
export function fs_pin(path: usize, object: usize, walk: Walk): i32 {
  let error = walk_path(path, walk);
  if (error) return error;
  // A slash asks for a directory, and a pin is none.
  if (!walk.node && walk.slash) return -Errno.ENOENT;
  error = check_new(walk);
  if (error) return error;
  if (!node_create(walk.parent, walk.name, walk.name_size, PIN_MODE, object)) return -Errno.ENOMEM;
  object_get(changetype<Obj>(object));
  return 0;
}

/** The object pinned at a path, or a negated errno as the address: -ENOENT, -ENOTDIR, -EACCES for a directory. */
export function fs_get(path: usize, walk: Walk): usize {
  const error = walk_existing(path, walk);
  if (error) return <usize>error;
  return is_dir(walk.node) ? <usize>-Errno.EACCES : changetype<Node>(walk.node).object;
}

/** mkdir(2) inside bpffs. */
export function fs_mkdir(path: usize, mode: u32, walk: Walk): i32 {
  let error = walk_path(path, walk);
  if (error) return error;
  error = check_new(walk);
  if (error) return error;
  const made = node_create(walk.parent, walk.name, walk.name_size, S_IFDIR | (mode & 0o7777), 0);
  return made ? 0 : -Errno.ENOMEM;
}

/** The node that an unlink, rmdir or rename may take away: 0 or -errno. */
function check_removable(walk: Walk): i32 {
  const node = changetype<Node>(walk.node);
  // The mount point and what is above it.
  if (!node.parent || !changetype<Node>(node.parent).bpffs) return node.bpffs || is_dir(walk.node) ? -Errno.EBUSY : -Errno.EPERM;
  return walk.name_size ? 0 : -Errno.EINVAL;
}

/** unlink(2): drops a pin's reference. */
export function fs_unlink(path: usize, walk: Walk): i32 {
  let error = walk_existing(path, walk);
  if (error) return error;
  if (is_dir(walk.node)) return -Errno.EISDIR;
  error = check_removable(walk);
  if (error) return error;
  drop_node(walk.node);
  return 0;
}

/** rmdir(2): only an empty directory goes. */
export function fs_rmdir(path: usize, walk: Walk): i32 {
  let error = walk_existing(path, walk);
  if (error) return error;
  if (!is_dir(walk.node)) return -Errno.ENOTDIR;
  error = check_removable(walk);
  if (error) return error;
  if (changetype<Node>(walk.node).child) return -Errno.ENOTEMPTY;
  drop_node(walk.node);
  return 0;
}

function drop_node(ptr: usize): void {
  const object = changetype<Node>(ptr).object;
  node_unlink(ptr);
  node_free(ptr);
  if (!object) return;
  object_put(changetype<Obj>(object));
  object_released(changetype<Obj>(object));
}

/** rename(2) inside bpffs; what stood at the new path is replaced. */
export function fs_rename(from: usize, to: usize, walk: Walk): i32 {
  let error = walk_existing(from, walk);
  if (error) return error;
  error = check_removable(walk);
  if (error) return error;
  const moved = walk.node;
  error = walk_path(to, walk);
  if (error) return error;
  const target = walk.node;
  if (target == moved) return 0;
  if (is_above(moved, walk.parent)) return -Errno.EINVAL;
  if (target) {
    if (walk.slash && !is_dir(target)) return -Errno.ENOTDIR;
    error = check_replace(moved, target, walk);
  } else {
    // Only a directory may be named with a slash at the end.
    error = walk.slash && !is_dir(moved) ? -Errno.ENOTDIR : check_new(walk);
  }
  if (error) return error;
  const parent = walk.parent;
  if (!node_rename(moved, walk.name, walk.name_size)) return -Errno.ENOMEM;
  if (target) drop_node(target);
  node_unlink(moved);
  node_link(moved, parent);
  return 0;
}

function is_above(ancestor: usize, node: usize): bool {
  for (let at = node; at; at = changetype<Node>(at).parent) {
    if (at == ancestor) return true;
  }
  return false;
}

function check_replace(moved: usize, target: usize, walk: Walk): i32 {
  if (is_above(target, moved)) return -Errno.ENOTEMPTY;
  const error = check_removable(walk);
  if (error) return error;
  if (is_dir(target) && !is_dir(moved)) return -Errno.EISDIR;
  if (!is_dir(target) && is_dir(moved)) return -Errno.ENOTDIR;
  return changetype<Node>(target).child ? -Errno.ENOTEMPTY : 0;
}
