import { Errno, Limit } from "./uapi/constants";
import { KIND_USER } from "./mem/chunk";
import { heap_alloc, heap_free, heap_owns } from "./mem/heap";
import { CHUNKS_MAX, CHUNKS_RESERVED, FDS_MAX_DEFAULT, ROOT_VERSION, root, root_init, root_ready } from "./mem/root";
import { fd_close, fd_dup } from "./object/fd";
import { ops_init } from "./map/ops";
import { free_dead_maps } from "./syscall/access";
import { syscall_bpf } from "./syscall/bpf";

// What the module exports. Every pointer is an address in the exported memory, every answer an int as a system call has
// it: 0 or more on success, a negated errno otherwise.

root_init();
ops_init();

/** Version of these exports and of the layout of a snapshot. */
export function abi_version(): u32 {
  return ROOT_VERSION;
}

/**
 * Sets the machine up: number of possible CPUs (1..256), most chunks of 64 KiB (0 = the cap), most fds (0 = 65536) and
 * the seed of all hash seeds. Once, before the first map; a host that never calls it has one CPU and seed 0.
 * -EINVAL when out of range or too late, -ENOMEM when the memory could not be had.
 */
export function init(nr_cpus: u32, chunks_max: u32, fds_max: u32, seed: u64): i32 {
  if (!root_ready()) return -Errno.ENOMEM;
  if (nr_cpus == 0 || nr_cpus > <u32>Limit.NR_CPUS || chunks_max > CHUNKS_MAX) return -Errno.EINVAL;
  if (chunks_max != 0 && chunks_max < CHUNKS_RESERVED) return -Errno.EINVAL;
  if (fds_max != 0 && fds_max < 4) return -Errno.EINVAL;
  if (root.id_next != 1) return -Errno.EINVAL;
  root.nr_cpus = nr_cpus;
  root.chunks_max = chunks_max ? chunks_max : CHUNKS_MAX;
  root.fds_max = fds_max ? fds_max : FDS_MAX_DEFAULT;
  root.seed_state = seed;
  return 0;
}

/** bpf(2). The attr and everything it points to lie in blocks of alloc(). */
export function bpf(cmd: i32, attr: usize, size: u32): i32 {
  return syscall_bpf(cmd, attr, size);
}

/** close(2): 0 or -EBADF. The last reference frees the map. */
export function close(fd: u32): i32 {
  const answer = fd_close(fd);
  if (root.dead) free_dead_maps();
  return answer;
}

/** dup(2): another fd on the same map, or -EBADF, -EMFILE, -ENOMEM. */
export function dup(fd: u32): i32 {
  return fd_dup(fd);
}

/** Zeroed memory for attrs, keys and values, 8-byte aligned; 0 when memory is at its limit. */
export function alloc(size: u32): usize {
  return heap_alloc(size, KIND_USER);
}

/** Gives a block of alloc() back; anything else is ignored. */
export function free(ptr: usize): void {
  if (heap_owns(ptr, KIND_USER)) heap_free(ptr);
}
