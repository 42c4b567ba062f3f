import { ElemFlag, Errno } from "../uapi/constants";
import { ProgFlag } from "../uapi/prog_constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { Obj, object_get, object_put } from "../object/object";
import { Program } from "../object/program";
import { ArrayMap } from "./array";
import { BLOCK_SIZE_MAX, Map, err_ptr, free_block, give_block, is_err } from "./map";

// BPF_MAP_TYPE_PROG_ARRAY in a core that has programs: one u32 per index, the address of a program or 0; each holds a
// reference. The first program that is stored, or that names the map, decides what all others must be like.
//
// Programs refer to the array and the array to programs. So the cycle does not outlive its users, all slots are emptied when
// the last fd and pin of the array have gone (map/free.ts).

@unmanaged
export class ProgArray extends ArrayMap {
  /** 1 once a program has decided. */
  owned: u32;
  owner_type: u32;
  owner_attach_type: u32;
  owner_frags: u32;
  /** Programs that keep the map: references that are no user's. */
  keepers: u32;
}
const SLOT_SIZE: u32 = 4;
/** Bytes that a 64-bit kernel takes per slot: where its arrays end, ours do too. */
const LINUX_SLOT_SIZE: u64 = 8;

export function prog_array_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<ProgArray>(map_ptr);
  if (map.max_entries * LINUX_SLOT_SIZE > BLOCK_SIZE_MAX) return -Errno.ENOMEM;
  map.stride = SLOT_SIZE;
  return give_block(map_ptr, <u64>map.max_entries * SLOT_SIZE, KIND_PRIVATE);
}

@inline
function slot_of(map: ProgArray, index: u32): usize {
  return map.values + <usize>index * SLOT_SIZE;
}

/** The program at an index, or 0. */
export function prog_array_at(map: ProgArray, index: u32): usize {
  return index < map.max_entries ? <usize>load<u32>(slot_of(map, index)) : 0;
}

/** Address of the program's header, which begins with what user space sees of it, its id. */
export function prog_array_lookup(map_ptr: usize, key: usize): usize {
  const program = prog_array_at(changetype<ProgArray>(map_ptr), load<u32>(key));
  return program ? program : err_ptr(Errno.ENOENT);
}

/** Whether a program is like those that the array is for; it decides if none has yet. */
export function prog_array_admits(map: ProgArray, program: Program): bool {
  const frags = program.prog_flags & ProgFlag.XDP_HAS_FRAGS;
  if (!map.owned) {
    map.owned = 1;
    map.owner_type = program.prog_type;
    map.owner_attach_type = program.expected_attach_type;
    map.owner_frags = frags;
    return true;
  }
  return (
    map.owner_type == program.prog_type && map.owner_attach_type == program.expected_attach_type && map.owner_frags == frags
  );
}

/** A program keeps the array, or no longer does. */
export function prog_array_keep(map: Map, by: i32): void {
  changetype<ProgArray>(map).keepers += by;
}

export function prog_array_put(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<ProgArray>(map_ptr);
  if (flags != ElemFlag.ANY) return -Errno.EINVAL;
  const index = load<u32>(key);
  if (index >= map.max_entries) return -Errno.E2BIG;
  const program = <usize>load<u32>(value);
  if (is_err(program)) return <i32>program;
  if (!prog_array_admits(map, changetype<Program>(program))) return -Errno.EINVAL;
  object_get(changetype<Obj>(program));
  empty_slot(slot_of(map, index));
  store<u32>(slot_of(map, index), <u32>program);
  return 0;
}

/** Whether there was something in it. */
function empty_slot(slot: usize): bool {
  const program = <usize>load<u32>(slot);
  if (!program) return false;
  store<u32>(slot, 0);
  object_put(changetype<Obj>(program));
  return true;
}

export function prog_array_remove(map_ptr: usize, key: usize): i32 {
  const map = changetype<ProgArray>(map_ptr);
  const index = load<u32>(key);
  if (index >= map.max_entries) return -Errno.E2BIG;
  return empty_slot(slot_of(map, index)) ? 0 : -Errno.ENOENT;
}

/** Empties all slots if programs alone keep the array. */
export function prog_array_release(map: ProgArray): void {
  if (map.refcnt == map.keepers) empty_all(map);
}

function empty_all(map: ProgArray): void {
  for (let index: u32 = 0; index < map.max_entries && map.values; ++index) empty_slot(slot_of(map, index));
}

export function prog_array_free(map_ptr: usize): void {
  const map = changetype<ProgArray>(map_ptr);
  empty_all(map);
  free_block(map_ptr);
}
