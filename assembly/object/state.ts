import { CHUNK_SIZE } from "../mem/root";
import { AFTER_FRAME } from "../mem/frame";
import { WITH_PROGRAMS } from "../mem/variant";

// What the engine knows of objects as a whole: the fd table, the ids, the tree of pins, the objects that wait to be freed.
// It lies in chunk 0 behind the frame:
//
//   ObjectState │ NO_OBJECT, OTHER_OBJECT: zeros │ FD_FIRST, ID_FIRST: the tables as long as they are small │
//   FS_NODES: the fixed directories │ in a core with programs their ids, those of BTF, and ProgramState
//
// The tables grow into private blocks, and shrink again: a table is the one thing that may stand in the middle of memory when
// all maps are gone.

export const OBJ_MAP: u32 = 1;
export const OBJ_PROG: u32 = 2;
export const OBJ_BTF: u32 = 3;

/** The ids of objects of one kind: a table in their order, how many, for how many there is room, and the next id (id.ts). */
@unmanaged
export class IdSpace {
  table: usize;
  count: u32;
  capacity: u32;
  next: u32;
}

@unmanaged
export class ObjectState {
  /**
   * The fd table: u32 words, at FD_FIRST or in a private block (fd.ts), how many, the lowest that may be free, and the one
   * behind the highest that is open.
   */
  fd_table: usize;
  fd_count: u32;
  fd_low: u32;
  fd_top: u32;
  fds_max: u32;

  /** The IdSpace of maps; its table is at ID_FIRST or in a private block. */
  id_table: usize;
  id_count: u32;
  id_capacity: u32;
  id_next: u32;

  /** The last inode number given in the virtual file system that pins live in (vfs.ts). */
  fs_ino: u32;

  /** Objects whose last reference is gone, waiting to be freed (object.ts), and how many are alive. */
  dead: usize;
  live_objects: u32;

  /** What is mapped (mapping.ts). */
  mappings: usize;

  /** Test kit: new fds that still succeed before one fails; 0 means that none will be made to fail. */
  fail_fd: u32;
}

const STATE_PTR: usize = AFTER_FRAME;
export const state: ObjectState = changetype<ObjectState>(STATE_PTR);

/**
 * The object that stands where there is none, such as behind a closed fd: its kind, its rights and all its other fields are
 * 0. So who looks for a map of some kind needs no second question, whether there is a map at all.
 */
export const NO_OBJECT: usize = (STATE_PTR + offsetof<ObjectState>() + 63) & ~63;
/** As far as anybody reads. */
export const NO_OBJECT_SIZE: usize = 128;
/** The same behind an fd that is open and refers to nothing of BPF's. */
export const OTHER_OBJECT: usize = NO_OBJECT + NO_OBJECT_SIZE;

/** The first fd table, which needs no memory. */
export const FD_FIRST: usize = OTHER_OBJECT + NO_OBJECT_SIZE;
export const FDS_FIRST: u32 = 64;
export const FDS_MAX_DEFAULT: u32 = 65536;

/** The first table of ids: an id and an address each. */
export const ID_FIRST: usize = FD_FIRST + <usize>FDS_FIRST * 4;
export const IDS_FIRST: u32 = 32;

/** The directories that are always there, and their names (vfs.ts). */
export const FS_NODES: usize = ID_FIRST + <usize>IDS_FIRST * 8;
export const FS_SIZE: usize = 192;

/** What a core with programs knows beside it: an IdSpace of programs and one of BTF, four words each, then the rest. */
@unmanaged
export class ProgramState {
  /** Open fds of ENABLE_STATS. */
  stats_fds: u32;
  /** Programs that have been freed so far. */
  freed: u32;
  /** Runs of programs that are under way: what they may hold addresses of is not freed (map/free.ts). */
  runs: u32;
}
const ID_SPACE_SIZE: usize = offsetof<IdSpace>();
const PROG_IDS: usize = FS_NODES + FS_SIZE;
const PROGRAM_STATE_PTR: usize = PROG_IDS + 2 * ID_SPACE_SIZE;
export const program_state: ProgramState = changetype<ProgramState>(PROGRAM_STATE_PTR);
/** The first tables of ids of programs and BTF. */
const PROG_ID_FIRST: usize = (PROGRAM_STATE_PTR + offsetof<ProgramState>() + 7) & ~7;
const ID_FIRST_SIZE: usize = <usize>IDS_FIRST * 8;

/** The ids of one kind of objects. */
@inline
export function id_space(kind: u32): IdSpace {
  const maps = STATE_PTR + offsetof<ObjectState>("id_table");
  if (!WITH_PROGRAMS || kind == OBJ_MAP) return changetype<IdSpace>(maps);
  return changetype<IdSpace>(PROG_IDS + <usize>(kind - OBJ_PROG) * ID_SPACE_SIZE);
}

/** Where the table of ids of one kind lies as long as it is small. */
@inline
export function id_first(kind: u32): usize {
  return !WITH_PROGRAMS || kind == OBJ_MAP ? ID_FIRST : PROG_ID_FIRST + <usize>(kind - OBJ_PROG) * ID_FIRST_SIZE;
}

/** Where the state of the rooms above begins. */
export const AFTER_OBJECTS: usize = WITH_PROGRAMS ? PROG_ID_FIRST + 2 * ID_FIRST_SIZE : PROG_IDS;
if (AFTER_OBJECTS > CHUNK_SIZE) ERROR("the state of objects does not fit into chunk 0");
