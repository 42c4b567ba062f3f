import { Errno, Limit } from "./uapi/constants";
import { KIND_USER } from "./mem/chunk";
import { attach_first, make_cpus, move_to_cpu } from "./mem/attach";
import { addresses_hold as hold, addresses_release as release_addresses } from "./mem/deferral";
import { clear_frame as clear, frame } from "./mem/frame";
import { heap_alloc, heap_free, heap_owns } from "./mem/heap";
import { read_failed } from "./mem/lock";
import { enter, enter_alone, leave_and_enter_alone, restarts } from "./mem/section";
import { CHUNKS_MAX, CHUNKS_RESERVED, ROOT_VERSION, root, root_init, root_ready } from "./mem/root";
import { fd_close, fd_dup, fd_init, fd_make_room } from "./object/fd";
import { id_init } from "./object/id";
import { FDS_MAX_DEFAULT, state } from "./object/state";
import { vfs_init } from "./object/vfs";
import { end } from "./map/end";
import { set_seed } from "./map/seed";
import { types_init } from "./map/types";
import { longest_match_value } from "./host/longest_match";
import {
  lookup_address, lookup_wide_address, lookup_word_address, lookup_words_in_haste, lookup_words_value, value_of_haste,
} from "./host/lookup";
import { lookup_many_keys } from "./host/lookup_many";
import { key_after, match_prefix } from "./host/lpm_search";
import { write_stats } from "./host/stats";
import { enter_for_words, update_with, update_words_locked, update_words_with } from "./host/update";
import { use_address, use_word_address } from "./host/use";
import { begins_shared, commands_init, syscall_bpf } from "./syscall/bpf";
import { map_mmap, map_munmap } from "./syscall/mmap";

// What the module exports, by faces: bpf(2) and its neighbours (syscall/), the same in registers (host/), a program's helpers
// (helper/), which take an fd here where a program has the map's address. Every pointer is an address in the exported memory.
//
//   an int       0 or more, or a negated errno
//   an address   of memory, or an errno pointer: a negated errno, in the last 4 KiB of the address space
//   a value      (value_u32, lpm_value_u32) the value; 0x5d5cf12b means that last_error() says what it is

// Where threads share the memory, a call runs in one of two sections (mem/section.ts), between enter or enter_alone and end. One
// that finds in the shared section that it must be alone answers RESTART, and is done again.

if (!root_ready()) {
  root_init();
  if (root_ready()) attach_first();
}
fd_init();
id_init();
vfs_init();
// Run while the module is built, and not in it (mem/function_table.ts).
commands_init();
types_init();

export {
  ringbuf_discard, ringbuf_output, ringbuf_peek, ringbuf_query, ringbuf_reserve, ringbuf_submit, user_ringbuf_peek, user_ringbuf_release,
} from "./exports/ring";
export { bpffs_mkdir, bpffs_readdir, bpffs_rename, bpffs_rmdir, bpffs_stat, bpffs_unlink } from "./exports/bpffs";

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
  if (ASC_FEATURE_THREADS && root.nr_cpus != 1 && root.nr_cpus != nr_cpus) return -Errno.EINVAL;
  root.chunks_max = chunks_max ? chunks_max : CHUNKS_MAX;
  if (!make_cpus(nr_cpus) || !fd_make_room()) return -Errno.ENOMEM;
  root.nr_cpus = nr_cpus;
  state.fds_max = fds_max ? fds_max : FDS_MAX_DEFAULT;
  set_seed(seed);
  move_to_cpu(0);
  return 0;
}

/** bpf(2). The attr and everything it points to lie in blocks of alloc(). */
export function bpf(cmd: i32, attr: usize, size: u32): i32 {
  if (begins_shared(cmd)) enter();
  else enter_alone();
  let answer = syscall_bpf(cmd, attr, size);
  if (restarts(answer)) answer = syscall_bpf(cmd, attr, size);
  end();
  return answer;
}

/** close(2): 0 or -EBADF. The last reference frees the map. */
export function close(fd: u32): i32 {
  enter_alone();
  const answer = fd_close(fd);
  end();
  return answer;
}

/** dup(2): another fd on the same map, or -EBADF, -EMFILE, -ENOMEM. */
export function dup(fd: u32): i32 {
  enter_alone();
  const answer = fd_dup(fd);
  end();
  return answer;
}

/** Zeroed memory for attrs, keys and values, 8-byte aligned; 0 when memory is at its limit. */
export function alloc(size: u32): usize {
  enter_alone();
  const answer = heap_alloc(size, KIND_USER);
  end();
  return answer;
}

/** Gives a block of alloc() back; anything else is ignored. */
export function free(ptr: usize): void {
  enter_alone();
  if (heap_owns(ptr, KIND_USER)) heap_free(ptr);
  end();
}

/**
 * Looks `count` keys up in one call, with their cache misses overlapped: an engine's own command, Linux has none like it.
 * Keys lie behind one another at `keys`, values at `values` (a missing key's is left alone), and `found` gets one byte
 * a key, 1 or 0. Number of hits, or -EBADF, -EINVAL, -EPERM, -EFAULT, -E2BIG, and -ENOTSUPP for maps without keys.
 */
export function lookup_many(fd: u32, keys: usize, values: usize, count: u32, found: usize): i32 {
  enter();
  let answer = lookup_many_keys(fd, keys, values, count, found);
  if (restarts(answer)) answer = lookup_many_keys(fd, keys, values, count, found);
  end();
  return answer;
}

/**
 * LOOKUP_ELEM of an LPM trie that also writes the prefix that matched to `out_key`: an engine's own command, Linux tells
 * only the value. 0, or the errors of LOOKUP_ELEM, and -ENOTSUPP for other types. `out_key` may be `key`.
 */
export function lpm_match(fd: u32, key: usize, out_key: usize, value: usize): i32 {
  enter();
  const answer = match_prefix(fd, key, out_key, value);
  end();
  return answer;
}

/**
 * GET_NEXT_KEY of an LPM trie that goes on from where an absent key would be, instead of from the first: an engine's own
 * command. 0, -ENOENT at the end, -EINVAL for a prefixlen beyond the key, else as lpm_match. `out_key` may be `key`.
 */
export function lpm_next(fd: u32, key: usize, out_key: usize): i32 {
  enter();
  const answer = key_after(fd, key, out_key);
  end();
  return answer;
}

/**
 * A lookup that answers with the address of the value in a data chunk: a program's lookup, for a host that reads values
 * itself. -ENOENT, -EBADF, -EINVAL, -EPERM, -EFAULT as for LOOKUP_ELEM; -ENOTSUPP for maps without keys and maps of maps.
 */
export function lookup_elem(fd: u32, key: usize): usize {
  enter();
  let answer = lookup_address(fd, key);
  if (restarts(<i32>answer)) answer = lookup_address(fd, key);
  end();
  return answer;
}

/** lookup_elem for a 4-byte key given as a number: -ENOTSUPP for any map but a hash table of seeded 4-byte keys. */
export function lookup_u32(fd: u32, key: u32): usize {
  enter();
  let answer = lookup_word_address(fd, key);
  if (restarts(<i32>answer)) answer = lookup_word_address(fd, key);
  end();
  return answer;
}

/**
 * lookup_elem for a 16-byte key given as four little-endian numbers: -ENOTSUPP for any map but a preallocated hash table of
 * seeded 16-byte keys.
 */
export function lookup_u128(fd: u32, key0: u32, key1: u32, key2: u32, key3: u32): usize {
  enter();
  let answer = lookup_wide_address(fd, key0 | (<u64>key1 << 32), key2 | (<u64>key3 << 32));
  if (restarts(<i32>answer)) answer = lookup_wide_address(fd, key0 | (<u64>key1 << 32), key2 | (<u64>key3 << 32));
  end();
  return answer;
}

/**
 * lookup_elem that marks the element of an LRU map as used, as the lookup of a program does there and a system call does not.
 * Errors as lookup_elem; -ENOTSUPP for maps of other types.
 */
export function use_elem(fd: u32, key: usize): usize {
  enter_alone();
  const answer = use_address(fd, key);
  end();
  return answer;
}

/** use_elem for a 4-byte key given as a number: -ENOTSUPP for any map but an LRU one of seeded 4-byte keys. */
export function use_u32(fd: u32, key: u32): usize {
  enter_alone();
  const answer = use_word_address(fd, key);
  end();
  return answer;
}

/**
 * The value of a 4-byte key, where values have 4 bytes, too: 0x5d5cf12b means that last_error() says what it is.
 */
export function value_u32(fd: u32, key: u32): u32 {
  if (ASC_FEATURE_THREADS) {
    const answer = lookup_words_in_haste(fd, key);
    if (answer) return value_of_haste(answer);
  }
  enter();
  let value = lookup_words_value(fd, key);
  if (read_failed()) {
    leave_and_enter_alone();
    value = lookup_words_value(fd, key);
  }
  end();
  return value;
}

/**
 * The value of the longest prefix of a 4-byte address, where values have 4 bytes, too: the address as the number that
 * its bytes are in network order. 0x5d5cf12b means that last_error() says what it is; it is -ENOTSUPP for any map but such
 * an LPM trie and for an fd that may not both read and write.
 */
export function lpm_value_u32(fd: u32, address: u32): u32 {
  enter();
  const answer = longest_match_value(fd, address);
  end();
  return answer;
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
  enter();
  let answer = update_with(fd, key, value, flags);
  if (restarts(answer)) answer = update_with(fd, key, value, flags);
  end();
  return answer;
}

/** update_elem for a 4-byte key and a 4-byte value given as numbers: -ENOTSUPP for any map but a hash map of seeded keys. */
export function update_u32(fd: u32, key: u32, value: u32, flags: u32): i32 {
  let answer: i32;
  if (ASC_FEATURE_THREADS && enter_for_words(fd, key)) {
    answer = update_words_locked(fd, key, value, flags);
  } else {
    enter();
    answer = update_words_with(fd, key, value, flags);
  }
  if (restarts(answer)) answer = update_words_with(fd, key, value, flags);
  end();
  return answer;
}

/**
 * Address of what mmap(2) would map: an array's elements, a ring buffer's pages; errors as mmap(2) of a map. The mapping
 * keeps the map until munmap, as an fd does, and a writable one keeps it from being frozen (-EBUSY).
 */
export function mmap(fd: u32, writable: u32): usize {
  enter_alone();
  const answer = map_mmap(fd, writable != 0);
  end();
  return answer;
}

/** Ends one mapping at this address, a writable one first; at address 0 all there are. 0, or -EINVAL for what is not mapped. */
export function munmap(address: usize): i32 {
  enter_alone();
  const answer = map_munmap(address);
  end();
  return answer;
}

/**
 * From now on somebody may hold addresses that lookups gave: until as many addresses_release(), what lies there stays data
 * memory, even when the element is deleted or its map freed. Memory that falls free meanwhile is not handed out again.
 */
export function addresses_hold(): void {
  enter_alone();
  hold();
  end();
}

/** Ends one addresses_hold(): how many are left, or -EINVAL when there is none. */
export function addresses_release(): i32 {
  enter_alone();
  const left = release_addresses();
  end();
  return left < 0 ? -Errno.EINVAL : left;
}

/** Clears the working space of calls, last_error() with it: before a copy of the memory is kept. */
export function clear_frame(): void {
  clear();
}

/**
 * The CPU that this instance's caller runs on: it decides whose per-CPU lists a map works on. -EINVAL out of range, -EBUSY
 * when another thread has it.
 */
export function set_cpu(cpu: u32): i32 {
  if (cpu >= root.nr_cpus) return -Errno.EINVAL;
  return move_to_cpu(cpu) ? 0 : -Errno.EBUSY;
}

/**
 * Test kit. Writes to `out` eight u64: live objects, open fds, live bytes of objects private / data, live bytes user, chunks of the memory,
 * chunks in use, largest id given.
 */
export function stats(out: usize): i32 {
  enter_alone();
  const answer = write_stats(out);
  end();
  return answer;
}

/** Test kit. After `after` more engine allocations (what = 0) or new fds (1), the next one fails, once. */
export function fail_next(what: u32, after: u32): i32 {
  if (what > 1) return -Errno.EINVAL;
  if (what == 0) root.fail_alloc = after + 1;
  else state.fail_fd = after + 1;
  return 0;
}
