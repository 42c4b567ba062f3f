import { Errno } from "../uapi/constants";
import { root } from "../mem/root";
import { table_grow } from "../mem/heap";
import { Obj, object_get, object_put } from "./object";

// The fd table: one u32 per fd, 0 when closed. Objects are 8-byte aligned, which leaves three low bits for the mode:
//
//   bit 0  FD_RDONLY   no writing     bit 1  FD_WRONLY   no reading     bit 2  FD_OTHER   open, but no BPF object
//
// fds 0, 1 and 2 are open from the start and no BPF objects, as in any process.

export const FD_RDONLY: u32 = 1;
export const FD_WRONLY: u32 = 2;
const FD_OTHER: u32 = 4;
const FD_MODE: u32 = 7;
const FDS_STANDARD: u32 = 3;

/** The table's word for an fd; 0 for a closed, negative or unknown one. */
function fd_word(fd: u32): u32 {
  return fd_word_inline(fd);
}

@inline
function fd_word_inline(fd: u32): u32 {
  if (fd >= root.fd_count) return fd < FDS_STANDARD ? FD_OTHER : 0;
  return load<u32>(root.fd_table + (<usize>fd << 2));
}

@inline
function set_fd_word(fd: u32, word: u32): void {
  store<u32>(root.fd_table + (<usize>fd << 2), word);
}

/** The object behind an fd, with its mode bits; -EBADF for a closed fd, -EINVAL for one that is no BPF object. */
export function fd_lookup(fd: u32): i32 {
  return fd_of_word(fd_word(fd));
}

/** -EBADF for a closed fd, and for any other one the error given. */
export function fd_error(fd: u32, error: i32): i32 {
  return fd_word(fd) ? error : -Errno.EBADF;
}

/** fd_lookup, for the commands that everybody waits for. */
@inline
export function fd_lookup_inline(fd: u32): i32 {
  return fd_of_word(fd_word_inline(fd));
}

@inline
function fd_of_word(word: u32): i32 {
  if (word >= 8) return <i32>word;
  return word == 0 ? -Errno.EBADF : -Errno.EINVAL;
}

/** Whether fd_lookup's answer is an errno: no object lies in the last 4 KiB of the address space. */
@inline
export function fd_failed(answer: i32): bool {
  return <u32>answer > 0xfffff000;
}

@inline
export function fd_object(answer: i32): usize {
  return <usize>(<u32>answer & ~FD_MODE);
}

@inline
export function fd_mode(answer: i32): u32 {
  return <u32>answer & FD_MODE;
}

/** The object behind an fd of any mode; 0 for any other fd, about which fd_lookup says more. */
@inline
export function fd_any(fd: u32): usize {
  return fd < root.fd_count ? fd_object(load<u32>(root.fd_table + (<usize>fd << 2))) : 0;
}

/** The object behind an fd that may read and write; 0 for any other fd, about which fd_lookup says more. */
@inline
export function fd_plain(fd: u32): usize {
  if (fd >= root.fd_count) return 0;
  const word = load<u32>(root.fd_table + (<usize>fd << 2));
  return word & FD_MODE ? 0 : <usize>word;
}

/** Makes sure that fd_install cannot fail: 0, -EMFILE or -ENOMEM. */
export function fd_reserve(): i32 {
  if (root.fail_fd != 0 && --root.fail_fd == 0) return -Errno.EMFILE;
  let fd = root.fd_low;
  while (fd_word(fd)) ++fd;
  root.fd_low = fd;
  if (fd >= root.fds_max) return -Errno.EMFILE;
  return fd < root.fd_count || grow() ? 0 : -Errno.ENOMEM;
}

function grow(): bool {
  let count = root.fd_count ? root.fd_count * 2 : 64;
  if (count > root.fds_max) count = root.fds_max;
  const table = table_grow(root.fd_table, root.fd_count << 2, <u64>count << 2);
  if (!table) return false;
  if (!root.fd_count) {
    for (let fd: u32 = 0; fd < FDS_STANDARD; ++fd) store<u32>(table + (<usize>fd << 2), FD_OTHER);
  }
  root.fd_table = table;
  root.fd_count = count;
  return true;
}

/** The lowest free fd, referring to the object: the reference passes to the fd. fd_reserve() came before. */
export function fd_install(object: usize, mode: u32): i32 {
  const fd = root.fd_low;
  set_fd_word(fd, <u32>object | mode);
  root.fd_low = fd + 1;
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
  if (word == 0) return -Errno.EBADF;
  if (fd >= root.fd_count && !grow()) return -Errno.ENOMEM;
  set_fd_word(fd, 0);
  if (fd < root.fd_low) root.fd_low = fd;
  if (word >= 8) object_put(changetype<Obj>(<usize>(word & ~FD_MODE)));
  return 0;
}

/** dup(2): another fd on the same object with the same mode. */
export function fd_dup(fd: u32): i32 {
  const word = fd_word(fd);
  if (word == 0) return -Errno.EBADF;
  if (word < 8) {
    const error = fd_reserve();
    return error ? error : fd_install(0, word);
  }
  return fd_open(<usize>(word & ~FD_MODE), word & FD_MODE);
}

/** fds that refer to an object. */
export function fds_open(): u32 {
  let count: u32 = 0;
  for (let fd: u32 = 0; fd < root.fd_count; ++fd) {
    if (fd_word(fd) >= 8) ++count;
  }
  return count;
}
