import { Errno, Limit } from "../uapi/constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { FRAME_WALK, WALK_REGION_SIZE, frame_ptr } from "../mem/frame";
import { FS_NODES, FS_SIZE, state } from "./state";

// The tree of paths that pins live in: directories and pins, nothing else. /sys/fs/bpf is the bpffs mount; the three
// directories above it exist so that absolute paths have something to walk, and take no pins. These four lie in the
// state of objects and are always there.
//
//   Node ── name block (private)          children of a directory are a singly linked list in order of creation
//     │ child ──► Node ── next ──► Node

@unmanaged
export class Node {
  parent: usize;
  next: usize;
  child: usize;
  name: usize;
  name_size: u32;
  /** st_mode: type bits and permissions. */
  mode: u32;
  ino: u32;
  /** The pinned object, 0 for a directory. */
  object: usize;
  /** 1 inside the bpffs mount. */
  bpffs: u32;
}

export const S_IFDIR: u32 = 0o040000;
export const S_IFREG: u32 = 0o100000;

/** What a walk found. */
@unmanaged
export class Walk {
  /** Directory of the last component, and the node it names, 0 when there is none. */
  parent: usize;
  node: usize;
  /** The last component's bytes, in the path. */
  name: usize;
  name_size: u32;
  /** 1 when the path ends in a slash. */
  slash: u32;
}

if (offsetof<Walk>() > WALK_REGION_SIZE) ERROR("Walk does not fit into its region of the frame");

/** The walk of the running call. */
@inline
export function frame_walk(): Walk {
  return changetype<Walk>(frame_ptr() + FRAME_WALK);
}

export function is_dir(node: usize): bool {
  return (changetype<Node>(node).mode & S_IFDIR) != 0;
}

/** A new node under `parent`, last of its children; 0 when memory is at its limit. */
export function node_create(parent: usize, name: usize, name_size: u32, mode: u32, object: usize): usize {
  const ptr = heap_alloc(offsetof<Node>(), KIND_PRIVATE);
  if (!ptr) return 0;
  const copy = heap_alloc(name_size, KIND_PRIVATE);
  if (!copy) {
    heap_free(ptr);
    return 0;
  }
  memory.copy(copy, name, name_size);
  const node = changetype<Node>(ptr);
  node.name = copy;
  node.name_size = name_size;
  node.mode = mode;
  node.object = object;
  node.ino = ++state.fs_ino;
  node_link(ptr, parent);
  return ptr;
}

export function node_link(ptr: usize, parent: usize): void {
  const node = changetype<Node>(ptr);
  node.parent = parent;
  node.next = 0;
  if (!parent) return;
  const dir = changetype<Node>(parent);
  if (dir.bpffs) node.bpffs = 1;
  if (!dir.child) {
    dir.child = ptr;
    return;
  }
  let last = changetype<Node>(dir.child);
  while (last.next) last = changetype<Node>(last.next);
  last.next = ptr;
}

export function node_unlink(ptr: usize): void {
  const node = changetype<Node>(ptr);
  const dir = changetype<Node>(node.parent);
  if (dir.child == ptr) {
    dir.child = node.next;
    return;
  }
  let before = changetype<Node>(dir.child);
  while (before.next != ptr) before = changetype<Node>(before.next);
  before.next = node.next;
}

export function node_free(ptr: usize): void {
  heap_free(changetype<Node>(ptr).name);
  heap_free(ptr);
}

/** Gives a node another name; false, unchanged, when memory is at its limit. */
export function node_rename(ptr: usize, name: usize, name_size: u32): bool {
  const copy = heap_alloc(name_size, KIND_PRIVATE);
  if (!copy) return false;
  memory.copy(copy, name, name_size);
  const node = changetype<Node>(ptr);
  heap_free(node.name);
  node.name = copy;
  node.name_size = name_size;
  return true;
}

/** Makes the four once per memory, the root first and the bpffs mount last, each the only child of the one before. */
export function vfs_init(): void {
  if (state.fs_ino) return;
  // A word each, which the names of the last three begin.
  store<u32>(FS_NAMES, 0x737973, 4);
  store<u32>(FS_NAMES, 0x7366, 8);
  store<u32>(FS_NAMES, 0x667062, 12);
  for (;;) {
    const index = state.fs_ino++;
    const at = FS_NODES + index * NODE_SIZE;
    const node = changetype<Node>(at);
    node.ino = index + 1;
    node.name = FS_NAMES + (index << 2);
    node.name_size = index == 2 ? 2 : 3;
    node.mode = S_IFDIR | 0o755;
    if (index) {
      node.parent = at - NODE_SIZE;
      changetype<Node>(at - NODE_SIZE).child = at;
    }
    if (index < 3) continue;
    node.mode = S_IFDIR | 0o1777;
    node.bpffs = 1;
    return;
  }
}
const NODE_SIZE: u32 = offsetof<Node>();
const FS_NAMES: usize = FS_NODES + 4 * <usize>NODE_SIZE;
if (<usize>(4 * offsetof<Node>()) + 16 > FS_SIZE) ERROR("the fixed directories do not fit into their place");

/** The child of that name, or 0. */
function find_child(dir: usize, name: usize, name_size: u32): usize {
  let at = changetype<Node>(dir).child;
  while (at) {
    const node = changetype<Node>(at);
    if (node.name_size == name_size && memory.compare(node.name, name, name_size) == 0) return at;
    at = node.next;
  }
  return 0;
}

const SLASH: u32 = 0x2f;
const DOT: u32 = 0x2e;

/**
 * Walks a NUL-terminated path from the root directory up to its last component, which may be missing.
 * 0, or -ENOENT, -ENOTDIR, -ENAMETOOLONG, and -EPERM for a name with a dot in bpffs, where none can be.
 */
export function walk_path(path: usize, walk: Walk): i32 {
  if (!load<u8>(path)) return -Errno.ENOENT;
  let dir = FS_NODES;
  walk.parent = dir;
  walk.node = dir;
  walk.name = path;
  walk.name_size = 0;
  walk.slash = 0;
  let at = path;
  for (;;) {
    while (load<u8>(at) == SLASH) ++at;
    if (!load<u8>(at)) break;
    // A component follows, so what the walk has reached must be a directory.
    if (!walk.node) return -Errno.ENOENT;
    if (!is_dir(walk.node)) return -Errno.ENOTDIR;
    dir = walk.node;
    const name = at;
    let dots: u32 = 0;
    while (load<u8>(at) && load<u8>(at) != SLASH) dots += u32(load<u8>(at++) == DOT);
    const size = <u32>(at - name);
    if (size > <u32>Limit.NAME_MAX) return -Errno.ENAMETOOLONG;
    walk.name = name;
    walk.name_size = size;
    walk.slash = u32(load<u8>(at) == SLASH);
    walk.parent = dir;
    if (dots == size && size <= 2) {
      walk.name_size = 0;
      const above = changetype<Node>(dir).parent;
      walk.node = size == 2 && above ? above : dir;
      continue;
    }
    walk.node = find_child(dir, name, size);
    if (!walk.node && changetype<Node>(dir).bpffs && dots) return -Errno.EPERM;
  }
  return 0;
}

/** A walk to something that must exist: -ENOENT, and -ENOTDIR for a pin named as a directory is. */
export function walk_existing(path: usize, walk: Walk): i32 {
  const error = walk_path(path, walk);
  if (error) return error;
  if (!walk.node) return -Errno.ENOENT;
  return walk.slash && !is_dir(walk.node) ? -Errno.ENOTDIR : 0;
}

/** Where a new entry may be made: 0, or -EEXIST, or -EPERM outside bpffs. */
export function check_new(walk: Walk): i32 {
  if (walk.node) return -Errno.EEXIST;
  return changetype<Node>(walk.parent).bpffs ? 0 : -Errno.EPERM;
}
