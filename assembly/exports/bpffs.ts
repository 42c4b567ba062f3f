import { enter_alone } from "../mem/section";
import { end } from "../map/end";
import { path_mkdir, path_readdir, path_rename, path_rmdir, path_stat, path_unlink } from "../syscall/bpffs";

// The exports for the tree of pins; index.ts says what their answers are.

/** The file system calls of the virtual tree that pins live in. Paths are NUL-terminated blocks of alloc(). */
export function bpffs_mkdir(path: usize, mode: u32): i32 {
  enter_alone();
  const answer = path_mkdir(path, mode);
  end();
  return answer;
}

/** rmdir(2): 0, or -errno. */
export function bpffs_rmdir(path: usize): i32 {
  enter_alone();
  const answer = path_rmdir(path);
  end();
  return answer;
}

/** unlink(2) of a pin: 0, or -errno. The last reference frees the map. */
export function bpffs_unlink(path: usize): i32 {
  enter_alone();
  const answer = path_unlink(path);
  end();
  return answer;
}

/** rename(2) within the tree: 0, or -errno. A pin that is replaced goes as by unlink(2). */
export function bpffs_rename(from: usize, to: usize): i32 {
  enter_alone();
  const answer = path_rename(from, to);
  end();
  return answer;
}

/** Writes st_mode, st_ino, st_nlink and the pinned map's id (0 for a directory), four u32, to `out`. */
export function bpffs_stat(path: usize, out: usize): i32 {
  enter_alone();
  const answer = path_stat(path, out);
  end();
  return answer;
}

/**
 * Writes the directory's names but for the first `skip`, each followed by NUL, as far as whole ones fit; bytes that all of
 * them take, or -errno.
 */
export function bpffs_readdir(path: usize, out: usize, size: u32, skip: u32): i32 {
  enter_alone();
  const answer = path_readdir(path, out, size, skip);
  end();
  return answer;
}
