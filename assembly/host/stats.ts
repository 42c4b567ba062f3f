import { Errno } from "../uapi/constants";
import { KIND_DATA, KIND_FREE, KIND_PRIVATE, KIND_USER, chunk_kind } from "../mem/chunk";
import { live_bytes } from "../mem/heap";
import { root } from "../mem/root";
import { user_ok } from "../mem/user";
import { fds_open } from "../object/fd";
import { state } from "../object/state";

/** Bytes that write_stats writes. */
const STATS_SIZE: u32 = 64;

export function write_stats(out: usize): i32 {
  if (!user_ok(out, STATS_SIZE)) return -Errno.EFAULT;
  let used: u64 = 0;
  for (let chunk: u32 = 0; chunk < root.nr_chunks; ++chunk) {
    if (chunk_kind(chunk) > KIND_FREE) ++used;
  }
  store<u64>(out, state.live_objects, 0);
  store<u64>(out, fds_open(), 8);
  store<u64>(out, live_bytes(KIND_PRIVATE) - root.overhead, 16);
  store<u64>(out, live_bytes(KIND_DATA), 24);
  store<u64>(out, live_bytes(KIND_USER), 32);
  store<u64>(out, root.nr_chunks, 40);
  store<u64>(out, used, 48);
  store<u64>(out, state.id_next - 1, 56);
  return 0;
}
