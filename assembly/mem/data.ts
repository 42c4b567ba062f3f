import { KIND_DATA, chunk_kind } from "./chunk";
import { CHUNK_SHIFT, CHUNK_SIZE } from "./root";

// A program's pointer is a u64 in a register and is believed only inside data chunks, as a user pointer is only inside user
// chunks (user.ts).

/** Whether `size` bytes from `ptr` on all lie in data chunks. No bytes lie anywhere. */
@inline
export function data_ok(ptr: u64, size: u32): bool {
  if (size == 0) return true;
  const last = ptr + (size - 1);
  if ((ptr | last) >> 32) return false;
  const from = <u32>ptr >> CHUNK_SHIFT;
  const to = <u32>last >> CHUNK_SHIFT;
  return from == to ? chunk_kind(from) == KIND_DATA : run_ok(from, to, KIND_DATA);
}

function run_ok(from: u32, to: u32, kind: u32): bool {
  for (let chunk = from; chunk <= to; ++chunk) {
    if (chunk_kind(chunk) != kind) return false;
  }
  return true;
}

/** Bytes from `ptr` on, at most `size`, that lie in data chunks, or in chunks of the other kind given, without a gap. */
export function readable(ptr: u64, size: u32, other: u32): u32 {
  let good: u32 = 0;
  while (good < size) {
    const at = ptr + good;
    if (at < ptr || at >> 32) return good;
    const kind = chunk_kind(<u32>at >> CHUNK_SHIFT);
    if (kind != KIND_DATA && kind != other) return good;
    const room = CHUNK_SIZE - (<u32>at & (CHUNK_SIZE - 1));
    if (room >= size - good) return size;
    good += room;
  }
  return size;
}
