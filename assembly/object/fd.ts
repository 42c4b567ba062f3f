import { Errno } from "../uapi/constants";
import { table_free, table_resize } from "../mem/heap";
import { OBJ_MAP, OBJ_SOCKET, Obj, object_get, object_put, object_released } from "./object";
import { FDS_FIRST, FDS_MAX_DEFAULT, FD_FIRST, NO_OBJECT, OTHER_OBJECT, state } from "./state";

// The fd table: one u32 per fd, an object's address. Objects are 8-byte aligned, which leaves three low bits:
//
//   bit 0  FD_RDONLY   no writing     bit 1  FD_WRONLY   no reading     bit 2  FD_NO_MAP   anything but a map
//
// A closed fd has the address of NO_OBJECT. fds 0, 1 and 2 are open from the start and no BPF objects, as in any process: they
// have the address of OTHER_OBJECT.

export const FD_RDONLY: u32 = 1;
export const FD_WRONLY: u32 = 2;
export const FD_NO_MAP: u32 = 4;
const FD_BITS: u32 = 7;
const FDS_STANDARD: u32 = 3;
const CLOSED: u32 = <u32>NO_OBJECT | FD_NO_MAP;
const OTHER: u32 = <u32>OTHER_OBJECT | FD_NO_MAP;

/** Lays out the fd table once per memory. */
export function fd_init(): void {
  if (state.fd_count) return;
  state.fd_table = FD_FIRST;
  state.fd_count = FDS_FIRST;
  state.fds_max = FDS_MAX_DEFAULT;
  state.fd_low = FDS_STANDARD;
  close_from_unlogged(0);
  for (let fd: u32 = 0; fd < FDS_STANDARD; ++fd) set_fd_word(fd, OTHER);
  state.fd_top = FDS_STANDARD;
}

/** The table's word for an fd: an object's address with the bits above. */
@inline
export function fd_word(fd: u32): u32 {
  return fd < state.fd_count ? load<u32>(state.fd_table + (<usize>fd << 2)) : CLOSED;
}

@inline
function set_fd_word(fd: u32, word: u32): void {
  store<u32>(state.fd_table + (<usize>fd << 2), word);
}

/** In a table that has just been made. */
function close_from_unlogged(first: u32): void {
  for (let fd = first; fd < state.fd_count; ++fd) set_fd_word(fd, CLOSED);
}

/** Why a word is not of the kind that somebody looks for: -EBADF for a closed fd, -EINVAL for another kind. */
export function wrong_kind(word: u32): i32 {
  return word == CLOSED ? -Errno.EBADF : -Errno.EINVAL;
}

/** The object behind an fd, of any kind, with its mode bits; -EBADF for a closed fd, -EINVAL for no BPF object. */
export function fd_lookup_any(fd: u32): i32 {
  const word = fd_word(fd);
  return changetype<Obj>(fd_object(word)).kind ? <i32>word : wrong_kind(word);
}

/** The object of one kind that an fd refers to, or an errno pointer: EBADF; EINVAL for another kind, ENOTSOCK for no socket. */
export function fd_referent(fd: u32, kind: u32): usize {
  const word = fd_word(fd);
  if (word == CLOSED) return <usize>-Errno.EBADF;
  if (changetype<Obj>(fd_object(word)).kind == kind) return fd_object(word);
  return <usize>(kind == OBJ_SOCKET ? -Errno.ENOTSOCK : -Errno.EINVAL);
}

/** -EBADF for a closed fd, and for any other one the error given. */
export function fd_error(fd: u32, error: i32): i32 {
  return fd_word(fd) == CLOSED ? -Errno.EBADF : error;
}

/** Whether fd_lookup's answer is an errno: no object lies in the last 4 KiB of the address space. */
@inline
export function fd_failed(answer: i32): bool {
  return <u32>answer > 0xfffff000;
}

@inline
export function fd_object(word: u32): usize {
  return <usize>(word & ~FD_BITS);
}

@inline
export function fd_mode(word: u32): u32 {
  return word & (FD_RDONLY | FD_WRONLY);
}

/** The object behind an fd of any mode, or one without a kind, about which fd_lookup_any says more. */
@inline
export function fd_any(fd: u32): usize {
  return fd_object(fd_word(fd));
}

/** The map behind an fd that may read and write; NO_OBJECT for any other fd, about which fd_word says more. */
@inline
export function fd_plain(fd: u32): usize {
  const word = fd_word(fd);
  return word & FD_BITS ? NO_OBJECT : <usize>word;
}

/** Makes sure that fd_install cannot fail: 0, -EMFILE or -ENOMEM. */
export function fd_reserve(): i32 {
  if (state.fail_fd != 0 && --state.fail_fd == 0) return -Errno.EMFILE;
  let fd = state.fd_low;
  while (fd_word(fd) != CLOSED) ++fd;
  state.fd_low = fd;
  if (fd >= state.fds_max) return -Errno.EMFILE;
  return fd < state.fd_count || grow() ? 0 : -Errno.ENOMEM;
}

/** fds that a table has room for which need not move when it grows. */
const FDS_ROOMY: u32 = FDS_MAX_DEFAULT;

/**
 * Threads that read in haste (mem/section.ts) follow the table's address without a look at who may be changing it. So it has
 * room from the start for as many fds as a kernel has at most, unless more were asked for; and tables that were too small for
 * those are kept. False when memory is at its limit.
 */
export function fd_make_room(): bool {
  if (!ASC_FEATURE_THREADS || state.fd_table != FD_FIRST) return true;
  const table = table_resize(FD_FIRST, FDS_FIRST << 2, FDS_ROOMY << 2, false);
  if (!table) return false;
  state.fd_table = table;
  return true;
}

function grow(): bool {
  const count = state.fd_count;
  if (ASC_FEATURE_THREADS && count < FDS_ROOMY) {
    state.fd_count = count * 2;
    close_from_unlogged(count);
    return true;
  }
  const table = table_resize(state.fd_table, count << 2, <u64>count << 3, !ASC_FEATURE_THREADS && count != FDS_FIRST);
  if (!table) return false;
  state.fd_table = table;
  state.fd_count = count * 2;
  close_from_unlogged(count);
  return true;
}

/** After a close: half of the table once no more than a quarter is wanted. Without memory for it the table stays. */
function shrink(): void {
  const count = state.fd_count >> 1;
  const size = count << 2;
  const old = state.fd_table;
  if (count == FDS_FIRST) {
    memory.copy(FD_FIRST, old, size);
    table_free(old);
    state.fd_table = FD_FIRST;
  } else {
    const table = table_resize(old, size, size, true);
    if (!table) return;
    state.fd_table = table;
  }
  state.fd_count = count;
}

/** The lowest free fd, referring to the object: the reference passes to the fd. fd_reserve() came before. */
export function fd_install(object: usize, mode: u32): i32 {
  const fd = state.fd_low;
  set_fd_word(fd, <u32>object | mode | (changetype<Obj>(object).kind == OBJ_MAP ? 0 : FD_NO_MAP));
  state.fd_low = fd + 1;
  if (fd >= state.fd_top) state.fd_top = fd + 1;
  return <i32>fd;
}

/** A new fd on a counted object: -EMFILE or -ENOMEM, with no reference taken. */
export function fd_open(object: usize, mode: u32): i32 {
  const error = fd_reserve();
  if (error) return error;
  object_get(changetype<Obj>(object));
  return fd_install(object, mode);
}

/** close(2): -EBADF for an fd that is not open. */
export function fd_close(fd: u32): i32 {
  const word = fd_word(fd);
  if (word == CLOSED) return -Errno.EBADF;
  set_fd_word(fd, CLOSED);
  if (fd < state.fd_low) state.fd_low = fd;
  while (state.fd_top && fd_word(state.fd_top - 1) == CLOSED) --state.fd_top;
  // A thread that reads in haste may have the count of the larger table, and the address of the smaller one.
  if (!ASC_FEATURE_THREADS && state.fd_count > FDS_FIRST && state.fd_top <= state.fd_count >> 2) shrink();
  if (word == OTHER) return 0;
  const object = changetype<Obj>(fd_object(word));
  object_put(object);
  object_released(object);
  return 0;
}

/** dup(2): another fd on the same object with the same mode. */
export function fd_dup(fd: u32): i32 {
  const word = fd_word(fd);
  if (word == CLOSED) return -Errno.EBADF;
  if (word != OTHER) return fd_open(fd_object(word), fd_mode(word));
  const error = fd_reserve();
  return error ? error : fd_install(OTHER_OBJECT, 0);
}

/** fds that refer to an object. */
export function fds_open(): u32 {
  let count: u32 = 0;
  for (let fd: u32 = 0; fd < state.fd_count; ++fd) {
    if (!fd_failed(fd_lookup_any(fd))) ++count;
  }
  return count;
}
