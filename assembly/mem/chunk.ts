import { zero_unlogged } from "./bytes";
import { CHUNKS_RESERVED, CHUNK_KIND_TABLE, CHUNK_SHIFT, CHUNK_SIZE, root } from "./root";
import { still_alive } from "./section";

// Memory is handed out in 64 KiB chunks, each of one kind. The kind table answers "may a user pointer lie here?" with
// one byte load, and later confines a program to the data chunks with the same load.
//
//   CLEAN    never handed out since the memory grew: still zero, so it needs no clearing
//   FREE     handed out before and given back: must be cleared again
//   PRIVATE  engine state · DATA  elements, array values, ring data · USER  what alloc() gives to callers

export const KIND_CLEAN: u32 = 0;
export const KIND_FREE: u32 = 1;
export const KIND_PRIVATE: u32 = 2;
export const KIND_DATA: u32 = 3;
export const KIND_USER: u32 = 4;

@inline
export function chunk_kind(chunk: u32): u32 {
  return load<u8>(<usize>chunk, CHUNK_KIND_TABLE);
}

@inline
export function chunk_of(ptr: usize): u32 {
  return <u32>ptr >> CHUNK_SHIFT;
}

/** Chunks that hold `size` bytes. */
@inline
export function chunks_for(size: u64): u32 {
  return <u32>((size + (CHUNK_SIZE - 1)) >> CHUNK_SHIFT);
}

/** First chunk of `count` adjacent unused ones at or above the lowest free one; root.nr_chunks - trailing run when there is none. */
function find_run(count: u32): u32 {
  const end = root.nr_chunks;
  let start = root.chunk_low;
  while (start < end && chunk_kind(start) > KIND_FREE) ++start;
  root.chunk_low = start;
  let at = start;
  while (at < end) {
    if (chunk_kind(at) > KIND_FREE) {
      start = at + 1;
      // Eight used chunks at a time: long runs of used chunks are the common case in a large memory.
      while (start + 8 <= end && all_used(start)) start += 8;
      at = start;
      continue;
    }
    if (++at - start == count) return start;
  }
  return start;
}

/** Whether the eight chunks from `chunk` on are all in use (kind 2 or higher). */
@inline
function all_used(chunk: u32): bool {
  // Kinds are 0..4: adding 126 carries into the top bit exactly for 2 and more.
  const kinds = load<u64>(<usize>chunk, CHUNK_KIND_TABLE);
  return ((kinds + 0x7e7e7e7e7e7e7e7e) & 0x8080808080808080) == 0x8080808080808080;
}

/** Grows the memory to at least `needed` chunks, with some room for the next call; false when the limit or the host refuses. */
function grow_to(needed: u64): bool {
  const now = root.nr_chunks;
  if (needed > root.chunks_max) return false;
  let room = now >> 3;
  if (room > 256) room = 256;
  let want = <u32>needed + room;
  if (want > root.chunks_max) want = root.chunks_max;
  if (memory.grow(want - now) < 0) {
    want = <u32>needed;
    if (memory.grow(want - now) < 0) return false;
  }
  root.nr_chunks = want;
  return true;
}

/** Address of `count` adjacent chunks of one kind, zeroed; 0 when memory is at its limit. */
export function chunk_alloc(count: u32, kind: u32): usize {
  const start = find_run(count);
  const end = <u64>start + count;
  if (end > root.nr_chunks && !grow_to(end)) return 0;
  for (let chunk = start; chunk < <u32>end; ++chunk) {
    if (chunk_kind(chunk) != KIND_FREE) continue;
    zero_unlogged(<usize>chunk << CHUNK_SHIFT, CHUNK_SIZE);
    still_alive();
  }
  memory.fill(CHUNK_KIND_TABLE + start, <u8>kind, count);
  if (start == root.chunk_low) root.chunk_low = <u32>end;
  return <usize>start << CHUNK_SHIFT;
}

/** Gives back `count` chunks. */
export function chunk_free(ptr: usize, count: u32): void {
  const start = chunk_of(ptr);
  assert(start >= CHUNKS_RESERVED && start + count <= root.nr_chunks);
  memory.fill(CHUNK_KIND_TABLE + start, <u8>KIND_FREE, count);
  if (start < root.chunk_low) root.chunk_low = start;
}
