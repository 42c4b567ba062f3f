import { Errno, Limit, MapType } from "./uapi/constants";
import { KIND_USER } from "./mem/chunk";
import { set_current_cpu } from "./mem/cpu";
import { addresses_hold as hold, addresses_release as release_addresses } from "./mem/deferral";
import { clear_frame as clear, frame } from "./mem/frame";
import { heap_alloc, heap_free, heap_owns } from "./mem/heap";
import { CHUNKS_MAX, CHUNKS_RESERVED, ROOT_VERSION, root, root_init, root_ready } from "./mem/root";
import { fd_any, fd_close, fd_dup, fd_init } from "./object/fd";
import { id_init } from "./object/id";
import { any_dead } from "./object/object";
import { FDS_MAX_DEFAULT, state } from "./object/state";
import { vfs_init } from "./object/vfs";
import { free_dead_maps } from "./map/free";
import { is_err } from "./map/map";
import { RingbufMap } from "./map/ringbuf";
import { set_seed } from "./map/seed";
import { types_init } from "./map/types";
import { map_of_type } from "./user/access";
import { discard, output, query, reserve, submit } from "./helper/ringbuf";
import { peek, release } from "./helper/user_ringbuf";
import { longest_match_value } from "./host/longest_match";
import { lookup_address, lookup_wide_address, lookup_word_address, lookup_words_value } from "./host/lookup";
import { lookup_many_keys } from "./host/lookup_many";
import { key_after, match_prefix } from "./host/lpm_search";
import { peek_records } from "./host/ring_reader";
import { write_stats } from "./host/stats";
import { update_with, update_words_with } from "./host/update";
import { use_address, use_word_address } from "./host/use";
import { commands_init, syscall_bpf } from "./syscall/bpf";
import { path_mkdir, path_readdir, path_rename, path_rmdir, path_stat, path_unlink } from "./syscall/bpffs";
import { map_mmap, map_munmap } from "./syscall/mmap";

// What the module exports, by faces: bpf(2) and its neighbours (syscall/), the same in registers (host/), a program's helpers
// (helper/), which take an fd here where a program has the map's address. Every pointer is an address in the exported memory.
//
//   an int       0 or more, or a negated errno
//   an address   of memory, or an errno pointer: a negated errno, in the last 4 KiB of the address space
//   a value      (value_u32, lpm_value_u32) the value; 0x5d5cf12b means that last_error() says what it is

root_init();
fd_init();
id_init();
vfs_init();
// Run while the module is built, and not in it (mem/function_table.ts).
commands_init();
types_init();

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
  if (state.id_next != 1) return -Errno.EINVAL;
  root.nr_cpus = nr_cpus;
  root.chunks_max = chunks_max ? chunks_max : CHUNKS_MAX;
  state.fds_max = fds_max ? fds_max : FDS_MAX_DEFAULT;
  set_seed(seed);
  set_current_cpu(0);
  return 0;
}

/** bpf(2). The attr and everything it points to lie in blocks of alloc(). */
export function bpf(cmd: i32, attr: usize, size: u32): i32 {
  return syscall_bpf(cmd, attr, size);
}

/** close(2): 0 or -EBADF. The last reference frees the map. */
export function close(fd: u32): i32 {
  const answer = fd_close(fd);
  free_dead_maps();
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

/**
 * Looks `count` keys up in one call, with their cache misses overlapped: an engine's own command, Linux has none like it.
 * Keys lie behind one another at `keys`, values at `values` (a missing key's is left alone), and `found` gets one byte
 * a key, 1 or 0. Number of hits, or -EBADF, -EINVAL, -EPERM, -EFAULT, -E2BIG, and -ENOTSUPP for maps without keys.
 */
export function lookup_many(fd: u32, keys: usize, values: usize, count: u32, found: usize): i32 {
  return lookup_many_keys(fd, keys, values, count, found);
}

/**
 * LOOKUP_ELEM of an LPM trie that also writes the prefix that matched to `out_key`: an engine's own command, Linux tells
 * only the value. 0, or the errors of LOOKUP_ELEM, and -ENOTSUPP for other types. `out_key` may be `key`.
 */
export function lpm_match(fd: u32, key: usize, out_key: usize, value: usize): i32 {
  return match_prefix(fd, key, out_key, value);
}

/**
 * GET_NEXT_KEY of an LPM trie that goes on from where an absent key would be, instead of from the first: an engine's own
 * command. 0, -ENOENT at the end, -EINVAL for a prefixlen beyond the key, else as lpm_match. `out_key` may be `key`.
 */
export function lpm_next(fd: u32, key: usize, out_key: usize): i32 {
  return key_after(fd, key, out_key);
}

/**
 * A lookup that answers with the address of the value in a data chunk: a program's lookup, for a host that reads values
 * itself. -ENOENT, -EBADF, -EINVAL, -EPERM, -EFAULT as for LOOKUP_ELEM; -ENOTSUPP for maps without keys and maps of maps.
 */
export function lookup_elem(fd: u32, key: usize): usize {
  return lookup_address(fd, key);
}

/** lookup_elem for a 4-byte key given as a number: -ENOTSUPP for any map but a hash table of seeded 4-byte keys. */
export function lookup_u32(fd: u32, key: u32): usize {
  return lookup_word_address(fd, key);
}

/**
 * lookup_elem for a 16-byte key given as four little-endian numbers: -ENOTSUPP for any map but a preallocated hash table of
 * seeded 16-byte keys.
 */
export function lookup_u128(fd: u32, key0: u32, key1: u32, key2: u32, key3: u32): usize {
  return lookup_wide_address(fd, key0 | (<u64>key1 << 32), key2 | (<u64>key3 << 32));
}

/**
 * lookup_elem that marks the element of an LRU map as used, as the lookup of a program does there and a system call does not.
 * Errors as lookup_elem; -ENOTSUPP for maps of other types.
 */
export function use_elem(fd: u32, key: usize): usize {
  return use_address(fd, key);
}

/** use_elem for a 4-byte key given as a number: -ENOTSUPP for any map but an LRU one of seeded 4-byte keys. */
export function use_u32(fd: u32, key: u32): usize {
  return use_word_address(fd, key);
}

/**
 * The value of a 4-byte key, where values have 4 bytes, too: 0x5d5cf12b means that last_error() says what it is.
 */
export function value_u32(fd: u32, key: u32): u32 {
  return lookup_words_value(fd, key);
}

/**
 * The value of the longest prefix of a 4-byte address, where values have 4 bytes, too: the address as the number that
 * its bytes are in network order. 0x5d5cf12b means that last_error() says what it is; it is -ENOTSUPP for any map but such
 * an LPM trie and for an fd that may not both read and write.
 */
export function lpm_value_u32(fd: u32, address: u32): u32 {
  return longest_match_value(fd, address);
}

/**
 * After value_u32 or lpm_value_u32 answered 0x5d5cf12b: 0 when that is the value, -ENOENT, or -ENOTSUPP, for which see
 * lookup_u32 and lpm_value_u32.
 */
export function last_error(): i32 {
  return frame().last_error;
}

/**
 * UPDATE_ELEM with its arguments in place of an attr: 0, or -errno as for the command; -ENOTSUPP for maps without keys.
 * Inner maps that an update drops are freed before it returns.
 */
export function update_elem(fd: u32, key: usize, value: usize, flags: u32): i32 {
  const answer = update_with(fd, key, value, flags);
  if (any_dead()) free_dead_maps();
  return answer;
}

/** update_elem for a 4-byte key and a 4-byte value given as numbers: -ENOTSUPP for any map but a hash map of seeded keys. */
export function update_u32(fd: u32, key: u32, value: u32, flags: u32): i32 {
  return update_words_with(fd, key, value, flags);
}

/**
 * Address of what mmap(2) would map: an array's elements, a ring buffer's pages; errors as mmap(2) of a map. The mapping
 * keeps the map until munmap, as an fd does, and a writable one keeps it from being frozen (-EBUSY).
 */
export function mmap(fd: u32, writable: u32): usize {
  return map_mmap(fd, writable != 0);
}

/** Ends one mapping at this address, a writable one first; at address 0 all there are. 0, or -EINVAL for what is not mapped. */
export function munmap(address: usize): i32 {
  const answer = map_munmap(address);
  free_dead_maps();
  return answer;
}

/**
 * From now on somebody may hold addresses that lookups gave: until as many addresses_release(), what lies there stays data
 * memory, even when the element is deleted or its map freed. Memory that falls free meanwhile is not handed out again.
 */
export function addresses_hold(): void {
  hold();
}

/** Ends one addresses_hold(): how many are left, or -EINVAL when there is none. */
export function addresses_release(): i32 {
  const left = release_addresses();
  return left < 0 ? -Errno.EINVAL : left;
}

/**
 * bpf_ringbuf_reserve: address of the payload of a new record, `size` bytes in data memory; 0 when the ring is too full,
 * the record too large, a flag set, or the fd no ring buffer. Must be followed by a submit or a discard: readers stop at it.
 */
export function ringbuf_reserve(fd: u32, size: u64, flags: u64): usize {
  const ring = map_of_type(fd, MapType.RINGBUF);
  return is_err(ring) ? 0 : reserve(changetype<RingbufMap>(ring), size, flags);
}

/**
 * bpf_ringbuf_submit: shows the reserved record at this payload address to readers. 1 when a reader that waits is to be
 * woken: with FORCE_WAKEUP, and without flags when the reader has read all records before this one; else 0. Any other
 * address is ignored: 0.
 */
export function ringbuf_submit(payload: usize, flags: u32): i32 {
  return submit(payload, flags);
}

/** bpf_ringbuf_discard: gives the reserved record up; readers skip it. Answers as ringbuf_submit. */
export function ringbuf_discard(payload: usize, flags: u32): i32 {
  return discard(payload, flags);
}

/**
 * bpf_ringbuf_output: copies `size` bytes from a block of alloc() into a new record. 1 when a reader that
 * waits is to be woken, else 0, as ringbuf_submit; -EINVAL for an unknown flag; -EAGAIN when the ring is too full or the record too large; -EFAULT for a bad `data`; -EBADF, -EINVAL for the fd.
 */
export function ringbuf_output(fd: u32, data: usize, size: u32, flags: u32): i32 {
  // A map of another type, or none, is sorted out by map_of_type.
  const map = changetype<RingbufMap>(fd_any(fd));
  if (map.type != <u32>MapType.RINGBUF) return <i32>map_of_type(fd, MapType.RINGBUF);
  return output(map, data, size, flags);
}

/** bpf_ringbuf_query: unread bytes, size of the ring or one of the positions, in bytes; 0 for anything unknown. */
export function ringbuf_query(fd: u32, what: u32): u64 {
  const ring = map_of_type(fd, MapType.RINGBUF);
  return is_err(ring) ? 0 : query(changetype<RingbufMap>(ring), what);
}

/**
 * A reader's look ahead, an engine's own call. Copies up to `count` of the next records to `out`, laid out as RingSlot says;
 * they stay in the ring until the reader moves the consumer position on. `mapping` is what mmap answered. Number of records,
 * 0 when there is none or it is unfinished; -EAGAIN when one was discarded and has been passed; -EINVAL when the header of
 * one, or the consumer position, is not what the ring made it, and has been passed; -EBADF, -EINVAL for the fd, -EINVAL for
 * the mapping of another ring, -EFAULT for `out`.
 */
export function ringbuf_peek(fd: u32, mapping: usize, out: usize, count: u32): i32 {
  const ring = map_of_type(fd, MapType.RINGBUF);
  return is_err(ring) ? <i32>ring : peek_records(changetype<RingbufMap>(ring), mapping, out, count);
}

/**
 * One step of bpf_user_ringbuf_drain: address of the next sample's payload, with its size as u32 at `size_out`, or an errno
 * pointer: EINVAL for a producer position that is not 8-aligned or a record that runs past it, E2BIG for one too large,
 * ENODATA when there is none or it is unfinished, EAGAIN when one was discarded and has been skipped; EBADF, EINVAL for the
 * fd, EFAULT for `size_out`. The sample stays until it is released.
 */
export function user_ringbuf_peek(fd: u32, size_out: usize): usize {
  const ring = map_of_type(fd, MapType.USER_RINGBUF);
  return is_err(ring) ? ring : peek(changetype<RingbufMap>(ring), size_out);
}

/** Consumes the sample that user_ringbuf_peek showed last: 0, -EINVAL when there is none, -EBADF, -EINVAL for the fd. */
export function user_ringbuf_release(fd: u32): i32 {
  const ring = map_of_type(fd, MapType.USER_RINGBUF);
  return is_err(ring) ? <i32>ring : release(changetype<RingbufMap>(ring));
}

/** Clears the working space of calls, last_error() with it: before a copy of the memory is kept. */
export function clear_frame(): void {
  clear();
}

/** The CPU that this instance's caller runs on: it decides whose per-CPU lists a map works on. -EINVAL out of range. */
export function set_cpu(cpu: u32): i32 {
  if (cpu >= root.nr_cpus) return -Errno.EINVAL;
  set_current_cpu(cpu);
  return 0;
}

/** The file system calls of the virtual tree that pins live in. Paths are NUL-terminated blocks of alloc(). */
export function bpffs_mkdir(path: usize, mode: u32): i32 {
  return path_mkdir(path, mode);
}

/** rmdir(2): 0, or -errno. */
export function bpffs_rmdir(path: usize): i32 {
  return path_rmdir(path);
}

/** unlink(2) of a pin: 0, or -errno. The last reference frees the map. */
export function bpffs_unlink(path: usize): i32 {
  const answer = path_unlink(path);
  free_dead_maps();
  return answer;
}

/** rename(2) within the tree: 0, or -errno. A pin that is replaced goes as by unlink(2). */
export function bpffs_rename(from: usize, to: usize): i32 {
  const answer = path_rename(from, to);
  free_dead_maps();
  return answer;
}

/** Writes st_mode, st_ino, st_nlink and the pinned map's id (0 for a directory), four u32, to `out`. */
export function bpffs_stat(path: usize, out: usize): i32 {
  return path_stat(path, out);
}

/**
 * Writes the directory's names but for the first `skip`, each followed by NUL, as far as whole ones fit; bytes that all of
 * them take, or -errno.
 */
export function bpffs_readdir(path: usize, out: usize, size: u32, skip: u32): i32 {
  return path_readdir(path, out, size, skip);
}

/**
 * Test kit. Writes to `out` eight u64: live objects, open fds, live bytes of objects private / data, live bytes user, chunks of the memory,
 * chunks in use, largest id given.
 */
export function stats(out: usize): i32 {
  return write_stats(out);
}

/** Test kit. After `after` more engine allocations (what = 0) or new fds (1), the next one fails, once. */
export function fail_next(what: u32, after: u32): i32 {
  if (what > 1) return -Errno.EINVAL;
  if (what == 0) root.fail_alloc = after + 1;
  else state.fail_fd = after + 1;
  return 0;
}
