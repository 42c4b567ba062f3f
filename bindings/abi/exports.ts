// What the core exports. Only the files of this folder call an export; everything else goes through the objects here:
// `Door` (door.ts) for what stands for a command of bpf(2), `RingCalls` and `PinCalls` for what does not.
import type { WasmMemory } from "./host_types.ts";

/** What the core exports; see the core's own documentation for each function. u64 parameters are BigInts. */
export type CoreExports = {
  memory: WasmMemory;
  bpf(cmd: number, attrPtr: number, size: number): number;
  alloc(size: number): number;
  free(ptr: number): void;
  abi_version(): number;
  init(cpus: number, maxChunks: number, maxFds: number, seed: bigint): number;
  set_cpu(cpu: number): number;
  close(fd: number): number;
  dup(fd: number): number;
  lookup_elem(fd: number, keyPtr: number): number;
  lookup_u32(fd: number, key: number): number;
  lookup_u128(fd: number, key0: number, key1: number, key2: number, key3: number): number;
  use_elem(fd: number, keyPtr: number): number;
  use_u32(fd: number, key: number): number;
  value_u32(fd: number, key: number): number;
  last_error(): number;
  update_u32(fd: number, key: number, value: number, flags: number): number;
  update_elem(fd: number, keyPtr: number, valuePtr: number, flags: number): number;
  lookup_many(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number;
  lpm_value_u32(fd: number, address: number): number;
  lpm_match(fd: number, keyPtr: number, outKeyPtr: number, valuePtr: number): number;
  lpm_next(fd: number, keyPtr: number, outKeyPtr: number): number;
  mmap(fd: number, writable: number): number;
  munmap(address: number): number;
  clear_frame(): void;
  addresses_hold(): void;
  // Of the core for shared memory alone.
  attach?(patienceMs: number, token: number): number;
  detach?(): void;
  thread_cpu?(token: number): number;
  reap?(cpu: number): number;
  is_buried?(): number;
  restored?(cpu: number): void;
  stop?(): void;
  go?(): void;
  addresses_release(): number;
  bpffs_mkdir(pathPtr: number, mode: number): number;
  bpffs_rmdir(pathPtr: number): number;
  bpffs_unlink(pathPtr: number): number;
  bpffs_rename(fromPtr: number, toPtr: number): number;
  bpffs_stat(pathPtr: number, outPtr: number): number;
  bpffs_readdir(pathPtr: number, outPtr: number, size: number, skip: number): number;
  ringbuf_reserve(fd: number, size: bigint, flags: bigint): number;
  ringbuf_submit(payloadPtr: number, flags: number): number;
  ringbuf_discard(payloadPtr: number, flags: number): number;
  ringbuf_output(fd: number, dataPtr: number, size: number, flags: number): number;
  ringbuf_peek(fd: number, mappingPtr: number, outPtr: number, count: number): number;
  ringbuf_query(fd: number, what: number): bigint;
  user_ringbuf_peek(fd: number, sizeOutPtr: number): number;
  user_ringbuf_release(fd: number): number;
  stats(outPtr: number): number;
  fail_next(what: number, after: number): number;
};

/** What the core with programs exports beside it. */
export type ProgramExports = CoreExports & {
  chunk_kinds(): number;
  data_alloc(size: number): number;
  data_free(ptr: number): number;
  private_alloc(size: number): number;
  private_free(ptr: number): void;
  pending_object(): number;
  pending_attr(): number;
  prog_finish(programPtr: number, imagePtr: number): number;
  prog_drop(programPtr: number): void;
  btf_finish(btfPtr: number, tablePtr: number, types: number): number;
  btf_drop(btfPtr: number): void;
  tag_of(insnsPtr: number, size: number): bigint;
  prog_count(programPtr: number, runs: number, nanoseconds: bigint): void;
  object_of(fd: number): number;
  map_facts(mapPtr: number): number;
  map_ok(map: bigint): number;
  programs_freed(): number;
  program_by_id(id: number): number;
  map_by_id(id: number): number;
  this_cpu(): number;
};

/** The two sides of ring buffers that no command of bpf(2) is about: the helpers of programs, and what readers do in memory. */
export interface RingCalls {
  /** Room for a record of `size` bytes: the address of its payload, or 0. */
  reserve(fd: number, size: number): number;
  submit(payloadPtr: number, flags: number): number;
  discard(payloadPtr: number, flags: number): number;
  output(fd: number, dataPtr: number, size: number, flags: number): number;
  peek(fd: number, mappingPtr: number, outPtr: number, count: number): number;
  query(fd: number, what: number): number;
  userPeek(fd: number, sizeOutPtr: number): number;
  userRelease(fd: number): number;
}

/** Calls on the virtual bpffs. Paths are addresses of bytes that a NUL ends. */
export interface PinCalls {
  mkdir(pathPtr: number, mode: number): number;
  rmdir(pathPtr: number): number;
  unlink(pathPtr: number): number;
  rename(fromPtr: number, toPtr: number): number;
  stat(pathPtr: number, outPtr: number): number;
  readdir(pathPtr: number, outPtr: number, size: number, skip: number): number;
}

export function ringCalls(exports: CoreExports): RingCalls {
  return {
    reserve: (fd, size) => exports.ringbuf_reserve(fd, BigInt(size), 0n) >>> 0,
    submit: exports.ringbuf_submit,
    discard: exports.ringbuf_discard,
    output: exports.ringbuf_output,
    peek: exports.ringbuf_peek,
    query: (fd, what) => Number(exports.ringbuf_query(fd, what)),
    userPeek: exports.user_ringbuf_peek,
    userRelease: exports.user_ringbuf_release,
  };
}

export function pinCalls(exports: CoreExports): PinCalls {
  return {
    mkdir: exports.bpffs_mkdir,
    rmdir: exports.bpffs_rmdir,
    unlink: exports.bpffs_unlink,
    rename: exports.bpffs_rename,
    stat: exports.bpffs_stat,
    readdir: exports.bpffs_readdir,
  };
}
