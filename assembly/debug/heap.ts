import { KIND_CLEAN, KIND_FREE, KIND_PRIVATE, KIND_USER, chunk_kind } from "../mem/chunk";
import { retired_run } from "../mem/deferral";
import { heap_check_slab, heap_chunk_word, live_bytes } from "../mem/heap";
import { CHUNKS_RESERVED, CHUNK_SHIFT, root } from "../mem/root";

/** Every chunk is free, or a slab whose bitmap says what its counters say, or part of a run; the bytes add up. */
export function check_heap(): i32 {
  let live_private: u64 = 0;
  let live_data: u64 = 0;
  let live_user: u64 = 0;
  let run_left: u32 = 0;
  let run_kind: u32 = 0;
  for (let chunk = CHUNKS_RESERVED; chunk < root.nr_chunks; ++chunk) {
    const kind = chunk_kind(chunk);
    const word = heap_chunk_word(chunk);
    if (kind > KIND_USER) return 1;
    const retired = retired_run(chunk);
    if (retired) {
      if (run_left || kind != KIND_PRIVATE + 1) return 8;
      chunk += retired - 1;
      continue;
    }
    if (kind == KIND_CLEAN || kind == KIND_FREE) {
      if (word || run_left) return 2;
      continue;
    }
    let bytes: u64 = 0;
    if (run_left) {
      if (word || kind != run_kind) return 3;
      --run_left;
      bytes = 1 << CHUNK_SHIFT;
    } else if (word & 1) {
      run_left = (word >> 1) - 1;
      run_kind = kind;
      bytes = 1 << CHUNK_SHIFT;
    } else {
      const used = heap_check_slab(chunk);
      if (used < 0) return 4;
      bytes = used;
    }
    if (kind == KIND_PRIVATE) live_private += bytes;
    else if (kind == KIND_USER) live_user += bytes;
    else live_data += bytes;
  }
  if (run_left) return 5;
  if (live_private != live_bytes(KIND_PRIVATE) || live_user != live_bytes(KIND_USER)) return 6;
  return live_data == live_bytes(KIND_PRIVATE + 1) ? 0 : 7;
}
