// Where the engine's state begins: in chunk 0, at fixed addresses, so that a copy of memory is a snapshot and a second
// instance on the same memory finds the same state.
//
//   chunk 0        0 .. 1023 unused     .. 4095 constant data     4096 .. 65535 state: Root, live bytes and slab heads
//                  (heap.ts), a frame (frame.ts), then what the rooms above keep (object/state.ts, map/seed.ts)
//   chunk 1        one byte per 64 KiB chunk of memory: its kind (chunk.ts)
//   chunks 2..5    one u32 per chunk: its descriptor (heap.ts)
//   chunks 6..     handed out by chunk_alloc
//
// All six are of kind "private" and are never handed out, so no user pointer is valid below them. Where threads share the
// memory, six more follow:
//
//   chunk 6        a CpuSlot per CPU (cpu.ts), and the gate (section.ts)
//   chunk 7        lock words (lock.ts)
//   chunks 8..11   what CPU 0 works with: its frame and its journal (journal.ts). Those of the others are handed out by init

export const CHUNK_SHIFT: u32 = 16;
export const CHUNK_SIZE: u32 = 1 << CHUNK_SHIFT;
export const CHUNKS_RESERVED: u32 = ASC_FEATURE_THREADS ? 12 : 6;
export const CHUNKS_MAX: u32 = 65535;
export const CHUNK_KIND_TABLE: usize = CHUNK_SIZE;
export const CHUNK_DESC_TABLE: usize = 2 * CHUNK_SIZE;
/** Where threads share the memory: see above. */
export const CPU_TABLE: usize = 6 * CHUNK_SIZE;
export const LOCK_TABLE: usize = 7 * CHUNK_SIZE;
export const CPU_BLOCK_0: usize = 8 * CHUNK_SIZE;
export const CPU_BLOCK_CHUNKS: u32 = 4;

/** Behind the constant data; the build checks that it ends below (scripts/build/function_table.mjs). */
const ROOT_PTR: usize = 4096;
const ROOT_MAGIC: u32 = 0x5346_5042; // "BPFS"
export const ROOT_VERSION: u32 = 1;

/** Chunk kinds that are counted and have slabs: private, data, user. */
export const HEAP_KINDS: u32 = 3;
/** Size classes of small blocks, per kind (heap.ts). */
export const HEAP_CLASSES: u32 = 48;

@unmanaged
export class Root {
  magic: u32;
  version: u32;
  nr_cpus: u32;
  chunks_max: u32;

  /** Chunks the memory has now, and the lowest that may be free. */
  nr_chunks: u32;
  chunk_low: u32;

  /** Test kit: allocations that still succeed before one fails; 0 means that none will be made to fail. */
  fail_alloc: u32;
  /** Private bytes of tables and of the allocator's own, which belong to no object. */
  overhead: u32;

  /** How many may hold addresses of data memory, and the first chunk that waits for them (deferral.ts); 0 for none. */
  holders: u32;
  retired: u32;
}

export const root: Root = changetype<Root>(ROOT_PTR);

const AFTER_ROOT: usize = ROOT_PTR + ((offsetof<Root>() + 63) & ~63);
/** Live bytes per kind, u64 each. */
export const LIVE_BYTES: usize = AFTER_ROOT;
/** Heads of the lists of slabs with free slots, one u32 per kind and class. */
export const SLAB_HEADS: usize = LIVE_BYTES + HEAP_KINDS * 8;
/** The frame of the instance, where there is one (frame.ts). */
export const FRAME_PTR: usize = (SLAB_HEADS + HEAP_KINDS * HEAP_CLASSES * 4 + 63) & ~63;

/**
 * Lays out the root block once per memory; a second instance on the same memory leaves it alone, and the memory is whole
 * before anybody else hears of it.
 */
export function root_init(): void {
  if (root.magic == ROOT_MAGIC) return;
  const missing = <i32>CHUNKS_RESERVED - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return;
  memory.fill(CHUNK_KIND_TABLE, 2, CHUNKS_RESERVED);
  root.magic = ROOT_MAGIC;
  root.version = ROOT_VERSION;
  root.nr_cpus = 1;
  root.chunks_max = CHUNKS_MAX;
  root.nr_chunks = memory.size();
  root.chunk_low = CHUNKS_RESERVED;
}

/** Whether the memory holds a root block at all: its six chunks could not be had in a host with a tiny limit. */
export function root_ready(): bool {
  return root.magic == ROOT_MAGIC;
}
