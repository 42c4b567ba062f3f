import { Limit } from "../uapi/constants";

// Where the engine's state begins. Everything mutable hangs off the root block, at a fixed address in chunk 0, so that a
// copy of memory is a snapshot and a second instance on the same memory finds the same state.
//
//   chunk 0        0 .. 1023 zeros     .. 4095 constant data     4096 .. 65535 root block
//   chunk 1        one byte per 64 KiB chunk of memory: its kind (chunk.ts)
//   chunks 2..5    one u32 per chunk: its descriptor (heap.ts)
//   chunks 6..     handed out by chunk_alloc
//
// All six are of kind "private" and are never handed out, so no user pointer is valid below them.

export const CHUNK_SHIFT: u32 = 16;
export const CHUNK_SIZE: u32 = 1 << CHUNK_SHIFT;
export const CHUNKS_RESERVED: u32 = 6;
export const CHUNKS_MAX: u32 = 65535;
export const CHUNK_KIND_TABLE: usize = CHUNK_SIZE;
export const CHUNK_DESC_TABLE: usize = 2 * CHUNK_SIZE;

/** Low, because an address below 8192 takes a byte less in the code wherever a field of the root block is used. */
const ROOT_PTR: usize = 4096;
const ROOT_MAGIC: u32 = 0x5346_5042; // "BPFS"
export const ROOT_VERSION: u32 = 1;

export const FDS_MAX_DEFAULT: u32 = 65536;
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

  /** fd table: u32 words in a private block (object/fd.ts). */
  fd_table: usize;
  fd_count: u32;
  fd_low: u32;
  fds_max: u32;

  /** Map headers ordered by id, and how many (object/id.ts). */
  id_table: usize;
  id_count: u32;
  id_capacity: u32;
  id_next: u32;

  /** The last inode number given in the virtual file system that pins live in (object/vfs.ts). */
  fs_ino: u32;

  /** Test kit: allocations, then fds, that still succeed before one fails; 0 means that none will be made to fail. */
  fail_alloc: u32;
  fail_fd: u32;

  /** Why value_u32 was unclear: 0, -ENOENT or -ENOTSUPP (helper/lookup.ts). */
  last_error: i32;
  _pad: u32;

  /** State of the seed generator (seed.ts). */
  seed_state: u64;

  /** Objects whose last reference is gone, waiting to be freed (object/object.ts), and how many are alive. */
  dead: usize;
  live_objects: u32;
  /** Private bytes that belong to no object: slab records, the fd and id tables. */
  overhead: u32;
}

export const root: Root = changetype<Root>(ROOT_PTR);

const AFTER_ROOT: usize = ROOT_PTR + ((offsetof<Root>() + 63) & ~63);
/** Live bytes per kind, u64 each. */
export const LIVE_BYTES: usize = AFTER_ROOT;
/** Heads of the lists of slabs with free slots, one u32 per kind and class. */
export const SLAB_HEADS: usize = LIVE_BYTES + HEAP_KINDS * 8;
/** The attr union of the running command, zero-extended, when the caller's is shorter than the command needs. */
export const ATTR_SCRATCH: usize = (SLAB_HEADS + HEAP_KINDS * HEAP_CLASSES * 4 + 63) & ~63;
/** What walking a path found (object/vfs.ts). */
export const WALK_SCRATCH: usize = (ATTR_SCRATCH + Limit.ATTR_SIZE + 63) & ~63;
/** One page of working space for a single command (a map_info). */
export const PAGE_SCRATCH: usize = WALK_SCRATCH + 64;
/** The directories that are always there, and their names (object/vfs.ts). */
export const FS_NODES: usize = PAGE_SCRATCH + Limit.PAGE_SIZE + 64;
export const FS_SIZE: usize = 192;
const ROOT_END: usize = FS_NODES + FS_SIZE;

if (ROOT_END > CHUNK_SIZE) ERROR("the root block does not fit into chunk 0");

/** Lays out the root block once per memory; a second instance on the same memory leaves it alone. */
export function root_init(): void {
  // Constant data begins at memoryBase (asconfig.json), so that fields of "the map at address 0" are zero.
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
  root.fds_max = FDS_MAX_DEFAULT;
  root.fd_low = 3;
  root.id_next = 1;
}

/** Whether the memory holds a root block at all: its six chunks could not be had in a host with a tiny limit. */
export function root_ready(): bool {
  return root.magic == ROOT_MAGIC;
}
