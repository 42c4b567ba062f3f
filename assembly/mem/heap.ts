import { CHUNK_DESC_TABLE, CHUNK_SHIFT, CHUNK_SIZE, HEAP_CLASSES, LIVE_BYTES, SLAB_HEADS, root } from "./root";
import { KIND_PRIVATE, KIND_USER, chunk_alloc, chunk_free, chunk_kind, chunk_of, chunks_for } from "./chunk";
import { copy_unlogged, zero_unlogged } from "./bytes";
import { chunks_release } from "./deferral";

// Blocks of any size, zeroed, of one kind. Small blocks share a chunk with blocks of the same kind and size class (a
// slab); a larger block is a run of chunks. Nothing of the allocator's own lies in data or user chunks: what is free is
// a bitmap in private memory, so neither a user nor a program can reach it.
//
// One u32 per chunk, in CHUNK_DESC_TABLE:
//
//   a slab       address of its Slab             (bit 0 clear)
//   a run        chunks in the run << 1 | 1      in the run's first chunk; 0 in the others
//   retired      see deferral.ts
//
// A private chunk carries its Slab in front of its slots; the Slab of a data or user chunk is a private block.

const SLAB_BLOCK_MAX: u32 = 32768;

@unmanaged
class Slab {
  chunk_ptr: usize;
  first_ptr: usize;
  block_size: u32;
  capacity: u32;
  used: u32;
  class_index: u32;
  prev: usize;
  next: usize;
  /** Lowest bitmap word that may have a clear bit. */
  word_low: u32;
  _pad: u32;
  // u64 words follow: bit = 1 for a block in use.
}
const SLAB_BITS: usize = offsetof<Slab>();
if (offsetof<Slab>() % 8 != 0) ERROR("the bitmap behind Slab must be 8-byte aligned");

@inline
function desc(chunk: u32): u32 {
  return load<u32>(<usize>chunk << 2, CHUNK_DESC_TABLE);
}

@inline
function set_desc(chunk: u32, value: u32): void {
  store<u32>(<usize>chunk << 2, value, CHUNK_DESC_TABLE);
}

@inline
function add_live(kind: u32, bytes: u64): void {
  store<u64>(kind << 3, load<u64>(kind << 3, LIVE_OF_KIND_0) + bytes, LIVE_OF_KIND_0);
}
const LIVE_OF_KIND_0: usize = LIVE_BYTES - (KIND_PRIVATE << 3);

@inline
function head_ptr(class_index: u32, kind: u32): usize {
  return SLAB_HEADS + (((kind - KIND_PRIVATE) * HEAP_CLASSES + class_index) << 2);
}

/** Bytes in live blocks of a kind, as handed out (size classes, not chunks). */
export function live_bytes(kind: u32): u64 {
  return load<u64>(kind << 3, LIVE_OF_KIND_0);
}

// Classes: 16, 24, 32 … 128 in steps of 8 (0..14), then four steps per doubling up to 32768.
@inline
function class_of(size: u32): u32 {
  if (size <= 128) return size <= 16 ? 0 : (size - 9) >> 3;
  const top = 31 - clz(size - 1);
  return 15 + (((top - 7) << 2) | (((size - 1) >> (top - 2)) & 3));
}

@inline
function class_size(class_index: u32): u32 {
  if (class_index < 15) return (class_index + 2) << 3;
  const step = class_index - 15;
  return (5 + (step & 3)) << (5 + (step >> 2));
}

if (15 + (8 << 2) > <i32>HEAP_CLASSES) ERROR("HEAP_CLASSES is too small");

/** Address of `size` zeroed bytes of a kind (8-aligned; 64-aligned for multiples of 64; chunk-aligned when large), or 0. */
export function heap_alloc(size: u64, kind: u32): usize {
  if (kind != KIND_USER && root.fail_alloc != 0 && --root.fail_alloc == 0) return 0;
  const ptr = take(size, kind);
  return ptr || !free_empty_slabs() ? ptr : take(size, kind);
}

@inline
function take(size: u64, kind: u32): usize {
  return size <= SLAB_BLOCK_MAX ? slab_alloc(class_of(<u32>size), kind) : run_alloc(size, kind);
}

/** Bytes that a block really takes: its size class, or whole chunks. */
function heap_size(ptr: usize): u32 {
  const word = desc(chunk_of(ptr));
  return word & 1 ? (word >> 1) << CHUNK_SHIFT : changetype<Slab>(<usize>word).block_size;
}

/**
 * Another size for one of the engine's own tables, which no object owns: private memory that begins with the first `used`
 * bytes of `old`, which is freed if it was `owned`, a block of this function. 0, with nothing changed, when memory is at its
 * limit.
 */
export function table_resize(old: usize, used: u32, size: u64, owned: bool): usize {
  const table = heap_alloc(size, KIND_PRIVATE);
  if (!table) return 0;
  root.overhead += heap_size(table);
  if (used) copy_unlogged(table, old, used);
  if (owned) table_free(old);
  return table;
}

/** Frees a block of table_resize. */
export function table_free(table: usize): void {
  root.overhead -= heap_size(table);
  heap_free(table);
}

/** Frees a block of heap_alloc; 0 is ignored. */
export function heap_free(ptr: usize): void {
  if (!ptr) return;
  const chunk = chunk_of(ptr);
  const word = desc(chunk);
  if (word & 1) run_free(ptr, word >> 1);
  else slab_free(changetype<Slab>(<usize>word), ptr);
}

/** Whether `ptr` is the start of a live block of that kind: what free() of an untrusted pointer asks first. */
export function heap_owns(ptr: usize, kind: u32): bool {
  const chunk = chunk_of(ptr);
  if (chunk_kind(chunk) != kind) return false;
  const word = desc(chunk);
  if (word & 1) return (ptr & (CHUNK_SIZE - 1)) == 0;
  if (word == 0) return false;
  const slab = changetype<Slab>(<usize>word);
  if (ptr < slab.first_ptr) return false;
  const offset = <u32>(ptr - slab.first_ptr);
  const index = offset / slab.block_size;
  if (index >= slab.capacity || index * slab.block_size != offset) return false;
  return ((load<u64>(word_ptr(slab, index >> 6), SLAB_BITS) >> (index & 63)) & 1) != 0;
}

function run_alloc(size: u64, kind: u32): usize {
  const count64 = (size + (CHUNK_SIZE - 1)) >> CHUNK_SHIFT;
  if (count64 > root.chunks_max) return 0;
  const count = chunks_for(size);
  const ptr = chunk_alloc(count, kind);
  if (!ptr) return 0;
  set_desc(chunk_of(ptr), (count << 1) | 1);
  add_live(kind, <u64>count << CHUNK_SHIFT);
  return ptr;
}

function run_free(ptr: usize, count: u32): void {
  const chunk = chunk_of(ptr);
  add_live(chunk_kind(chunk), -(<u64>count << CHUNK_SHIFT));
  set_desc(chunk, 0);
  chunks_release(ptr, count);
}

@inline
function word_ptr(slab: Slab, word: u32): usize {
  return changetype<usize>(slab) + (<usize>word << 3);
}

function slab_alloc(class_index: u32, kind: u32): usize {
  const head = head_ptr(class_index, kind);
  let slab = changetype<Slab>(<usize>load<u32>(head));
  if (!changetype<usize>(slab)) {
    slab = slab_create(class_index, kind);
    if (!changetype<usize>(slab)) return 0;
    slab_link(slab, head);
  }
  let word = slab.word_low;
  let bits = load<u64>(word_ptr(slab, word), SLAB_BITS);
  while (bits == u64.MAX_VALUE) bits = load<u64>(word_ptr(slab, ++word), SLAB_BITS);
  const index = (word << 6) + <u32>ctz(~bits);
  store<u64>(word_ptr(slab, word), bits | ((<u64>1) << (index & 63)), SLAB_BITS);
  slab.word_low = word;
  if (++slab.used == slab.capacity) slab_unlink(slab, head);
  const size = slab.block_size;
  add_live(kind, size);
  const ptr = slab.first_ptr + index * size;
  zero_unlogged(ptr, size);
  return ptr;
}

function slab_free(slab: Slab, ptr: usize): void {
  const kind = chunk_kind(chunk_of(ptr));
  const index = <u32>(ptr - slab.first_ptr) / slab.block_size;
  const word = index >> 6;
  const at = word_ptr(slab, word);
  assert((load<u64>(at, SLAB_BITS) >> (index & 63)) & 1, "block freed twice");
  store<u64>(at, load<u64>(at, SLAB_BITS) & ~((<u64>1) << (index & 63)), SLAB_BITS);
  if (word < slab.word_low) slab.word_low = word;
  add_live(kind, -<u64>slab.block_size);
  const head = head_ptr(slab.class_index, kind);
  const was_full = slab.used == slab.capacity;
  if (--slab.used == 0) {
    // The last slab with room stays, so that a lone block freed and taken again does not hand its chunk back and forth; but
    // not above a free chunk, where it would part what is free. No list has more than one empty slab (free_empty_slabs).
    const only = was_full ? load<u32>(head) == 0 : slab.prev == 0 && slab.next == 0;
    if (!only || chunk_of(slab.chunk_ptr) > root.chunk_low) {
      if (!was_full) slab_unlink(slab, head);
      slab_destroy(slab, kind);
      return;
    }
  }
  if (was_full) slab_link(slab, head);
}

function slab_create(class_index: u32, kind: u32): Slab {
  const block_size = class_size(class_index);
  // A bit for each block, and always one more.
  const bits_size = ((CHUNK_SIZE / block_size >> 6) + 1 << 3) + <u32>SLAB_BITS;
  const chunk_ptr = chunk_alloc(1, kind);
  if (!chunk_ptr) return changetype<Slab>(0);
  let slab_ptr = chunk_ptr;
  let first_ptr = chunk_ptr;
  if (kind == KIND_PRIVATE) {
    first_ptr = chunk_ptr + ((bits_size + 63) & ~63);
  } else {
    slab_ptr = slab_alloc(class_of(bits_size), KIND_PRIVATE);
    if (!slab_ptr) {
      chunk_free(chunk_ptr, 1);
      return changetype<Slab>(0);
    }
    root.overhead += heap_size(slab_ptr);
  }
  const slab = changetype<Slab>(slab_ptr);
  slab.chunk_ptr = chunk_ptr;
  slab.first_ptr = first_ptr;
  slab.block_size = block_size;
  slab.capacity = (<u32>(chunk_ptr + CHUNK_SIZE - first_ptr)) / block_size;
  slab.class_index = class_index;
  // Bits past the capacity are set once, so that the search for a clear bit cannot run into them.
  store<u64>(word_ptr(slab, slab.capacity >> 6), u64.MAX_VALUE << (slab.capacity & 63), SLAB_BITS);
  set_desc(chunk_of(chunk_ptr), <u32>slab_ptr);
  return slab;
}

function slab_destroy(slab: Slab, kind: u32): void {
  const chunk_ptr = slab.chunk_ptr;
  set_desc(chunk_of(chunk_ptr), 0);
  if (kind != KIND_PRIVATE) {
    root.overhead -= heap_size(changetype<usize>(slab));
    heap_free(changetype<usize>(slab));
  }
  chunks_release(chunk_ptr, 1);
}

/**
 * Gives back the slabs that slab_free kept: they may stand between chunks that together are large enough. Those of private
 * blocks come last, since they hold the Slabs of the others. Whether there were any.
 */
function free_empty_slabs(): bool {
  let any = false;
  for (let kind = KIND_USER; kind >= KIND_PRIVATE; --kind) {
    for (let class_index: u32 = 0; class_index < HEAP_CLASSES; ++class_index) {
      const head = head_ptr(class_index, kind);
      let slab = changetype<Slab>(<usize>load<u32>(head));
      while (changetype<usize>(slab) && slab.used) slab = changetype<Slab>(slab.next);
      if (!changetype<usize>(slab)) continue;
      slab_unlink(slab, head);
      slab_destroy(slab, kind);
      any = true;
    }
  }
  return any;
}

function slab_link(slab: Slab, head: usize): void {
  const first = <usize>load<u32>(head);
  slab.prev = 0;
  slab.next = first;
  if (first) changetype<Slab>(first).prev = changetype<usize>(slab);
  store<u32>(head, <u32>changetype<usize>(slab));
}

function slab_unlink(slab: Slab, head: usize): void {
  if (slab.prev) changetype<Slab>(slab.prev).next = slab.next;
  else store<u32>(head, <u32>slab.next);
  if (slab.next) changetype<Slab>(slab.next).prev = slab.prev;
  slab.prev = 0;
  slab.next = 0;
}

/** The descriptor word of a chunk, for the debug build's checks. */
export function heap_chunk_word(chunk: u32): u32 {
  return desc(chunk);
}

/** Bytes in use in a slab chunk by its bitmap; -1 when its counters or addresses say something else. */
export function heap_check_slab(chunk: u32): i32 {
  const word = desc(chunk);
  if (!word) return -1;
  const slab = changetype<Slab>(<usize>word);
  if (chunk_of(slab.chunk_ptr) != chunk || slab.block_size != class_size(slab.class_index)) return -1;
  const words = (slab.capacity + 63) >> 6;
  let bits: u32 = 0;
  for (let i: u32 = 0; i < words; ++i) bits += <u32>popcnt(load<u64>(word_ptr(slab, i), SLAB_BITS));
  const used = bits - ((words << 6) - slab.capacity);
  return used == slab.used ? <i32>(used * slab.block_size) : -1;
}
