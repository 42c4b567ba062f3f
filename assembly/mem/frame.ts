import { Limit } from "../uapi/constants";
import { ProgLimit } from "../uapi/prog_constants";
import { SHA256_SCRATCH } from "./sha256";
import { current_frame } from "./cpu";
import { CHUNK_SIZE, FRAME_PTR } from "./root";
import { WITH_PROGRAMS } from "./variant";

// The call frame: what an instance works with while it runs one call. A call copies its inputs in, judges the copies, works
// on them and copies the results out, so that nothing is read twice from memory that a caller may change in between.
//
//   Frame │ attr │ walk │ path │ path_to │ key │ value │ place │ info │ digest │ many │ group
//
// Every region has one use, and its user proves that its struct fits (region sizes are the *_SIZE below). The contents mean
// nothing between two calls, but for last_error.

/** What has no struct of its own. */
@unmanaged
export class Frame {
  /** The answer of last_error(): why the last value in a register was no value. */
  last_error: i32;
  /** Where prefetch puts what it has read. */
  sink: u32;
  /** The key that GET_NEXT_KEY of an array answers with the address of. */
  next_index: u32;
  /** What the fd in a value or an attr refers to: the address of an object, or an errno pointer. */
  referent: u32;
  /** A key of the caller's, of up to 16 bytes. */
  key_low: u64;
  key_high: u64;
  /** The last 1 to 12 bytes of what lookup3 hashes, and zeros. */
  tail_low: u64;
  tail_high: u64;
}

/** This instance's frame: where threads share the memory, that of its CPU. */
@inline
export function frame_ptr(): usize {
  return ASC_FEATURE_THREADS ? current_frame() : FRAME_PTR;
}

@inline
export function frame(): Frame {
  return changetype<Frame>(frame_ptr());
}

/** The attr of the running command, followed by zeros where the caller's is shorter. */
export const FRAME_ATTR: usize = (offsetof<Frame>() + 15) & ~15;
export const ATTR_REGION_SIZE: usize = Limit.ATTR_SIZE;
/** Where a walk along a path is (object/vfs.ts). */
export const FRAME_WALK: usize = (FRAME_ATTR + ATTR_REGION_SIZE + 15) & ~15;
export const WALK_REGION_SIZE: usize = 32;
/** The path of a call, and the second one of a rename, each with its NUL. */
export const FRAME_PATH: usize = FRAME_WALK + WALK_REGION_SIZE;
export const FRAME_PATH_TO: usize = FRAME_PATH + Limit.PATH_MAX;
/** Keys of the caller's that are longer than the words above (user/copy.ts). */
export const FRAME_KEY: usize = FRAME_PATH_TO + Limit.PATH_MAX;
export const KEY_REGION_SIZE: usize = ASC_FEATURE_THREADS ? 512 : 0;
/** Values that a lookup answers the address of (user/copy.ts). */
export const FRAME_VALUE: usize = FRAME_KEY + KEY_REGION_SIZE;
export const VALUE_REGION_SIZE: u32 = ASC_FEATURE_THREADS ? 4096 : 0;
/** Where a search of an LPM trie ended (map/lpm/trie.ts). */
export const FRAME_PLACE: usize = FRAME_VALUE + VALUE_REGION_SIZE;
export const PLACE_REGION_SIZE: usize = 48;
/** A struct bpf_map_info, or that of another object, on its way in and out. */
export const FRAME_INFO: usize = FRAME_PLACE + PLACE_REGION_SIZE;
export const INFO_REGION_SIZE: usize = WITH_PROGRAMS ? ProgLimit.INFO_SIZE : Limit.INFO_SIZE;
/** Working space of sha256. */
export const FRAME_DIGEST: usize = (FRAME_INFO + INFO_REGION_SIZE + 15) & ~15;
/** The lists of lookup_many (map/hash/many.ts). */
export const FRAME_MANY: usize = (FRAME_DIGEST + SHA256_SCRATCH + 63) & ~63;
export const MANY_REGION_SIZE: usize = 1536;
/** What batches note of one group of a hash table (map/hash/group_copy.ts). */
export const FRAME_GROUP: usize = FRAME_MANY + MANY_REGION_SIZE;
export const GROUP_REGION_SIZE: usize = 512;
/** What the run of a program keeps (helper/run.ts). */
export const FRAME_RUN: usize = FRAME_GROUP + GROUP_REGION_SIZE;
export const RUN_REGION_SIZE: usize = 1152;
/** Bytes of a whole frame. */
export const FRAME_SIZE: usize = FRAME_RUN + RUN_REGION_SIZE;
/** Where the state of the rooms above begins in chunk 0. */
export const AFTER_FRAME: usize = (FRAME_PTR + FRAME_SIZE + 63) & ~63;
if (AFTER_FRAME > CHUNK_SIZE) ERROR("the frame does not fit into chunk 0");

/** Forgets what calls have left in the frame, so that the same state is the same bytes, and no key or path is among them. */
export function clear_frame(): void {
  memory.fill(frame_ptr(), 0, FRAME_SIZE);
}

/** Reads at an address inside memory, so that its cache line is there when it is wanted. */
@inline
export function prefetch(address: usize): void {
  frame().sink = load<u32>(address);
}
