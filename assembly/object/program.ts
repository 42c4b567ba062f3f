import { ImageAt, ProgLimit, ProgramAt } from "../uapi/prog_constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { Obj, object_get, object_put } from "./object";

// A program as an object: what PROG_LOAD kept of it. What runs is the machine's affair, by the program's id.
//
//   Program ── insns (until it is loaded) │ license        image: ImageAt fields │ tags │ func_info │ line_info │ maps │ xlated
//           └─ maps: u32 addresses, each a counted reference

@unmanaged
export class Program extends Obj {
  prog_type: u32;
  expected_attach_type: u32;
  prog_flags: u32;
  insn_cnt: u32;
  insns: usize;
  /** What the machine handed over, one block. */
  image: usize;
  /** Maps that it keeps alive, how many, and for how many there is room. */
  maps: usize;
  nr_maps: u32;
  name_low: u64;
  name_high: u64;
  maps_room: u32;
  btf: usize;
  run_time_ns: u64;
  run_cnt: u64;
}
if (
  offsetof<Program>("id") != ProgramAt.ID || offsetof<Program>("prog_type") != ProgramAt.TYPE ||
  offsetof<Program>("expected_attach_type") != ProgramAt.EXPECTED_ATTACH_TYPE ||
  offsetof<Program>("prog_flags") != ProgramAt.FLAGS || offsetof<Program>("insn_cnt") != ProgramAt.INSN_COUNT ||
  offsetof<Program>("insns") != ProgramAt.INSNS || offsetof<Program>("image") != ProgramAt.IMAGE ||
  offsetof<Program>("maps") != ProgramAt.MAPS || offsetof<Program>("nr_maps") != ProgramAt.MAP_COUNT ||
  offsetof<Program>("name_low") != ProgramAt.NAME
) ERROR("ProgramAt");

/** A field of the image. */
@inline
export function image_word(program: Program, at: ImageAt): u32 {
  return load<u32>(program.image + at);
}

/** Address of the first tag, of which there is one per function. */
@inline
export function image_tags(image: usize): usize {
  return image + ImageAt.ARRAYS;
}

export function image_func_info(image: usize): usize {
  return image_tags(image) + <usize>load<u32>(image, ImageAt.FUNCS) * ProgLimit.TAG_SIZE;
}

export function image_line_info(image: usize): usize {
  return image_func_info(image) + <usize>load<u32>(image, ImageAt.FUNC_INFO) * ProgLimit.FUNC_INFO_SIZE;
}

/** Address of the pairs of a map's address and id. */
export function image_maps(image: usize): usize {
  return image_line_info(image) + <usize>load<u32>(image, ImageAt.LINE_INFO) * ProgLimit.LINE_INFO_SIZE;
}

export function image_xlated(image: usize): usize {
  return image_maps(image) + (<usize>load<u32>(image, ImageAt.MAPS) << 3);
}

/** Address of the i-th of the maps that a program keeps. */
@inline
export function program_map(program: Program, i: u32): usize {
  return <usize>load<u32>(program.maps + (<usize>i << 2));
}

/** Makes room for one more map: false when memory is at its limit. */
export function program_reserve_map(program: Program): bool {
  const room = program.maps_room;
  if (program.nr_maps < room) return true;
  const wanted = max<u32>(4, room * 2);
  const block = heap_alloc(<u64>wanted << 2, KIND_PRIVATE);
  if (!block) return false;
  memory.copy(block, program.maps, <usize>room << 2);
  heap_free(program.maps);
  program.maps = block;
  program.maps_room = wanted;
  return true;
}

/** Keeps a map from now on; there is room for it. */
export function program_add_map(program: Program, map: usize): void {
  object_get(changetype<Obj>(map));
  store<u32>(program.maps + (<usize>program.nr_maps << 2), <u32>map);
  ++program.nr_maps;
}

export function program_has_map(program: Program, map: usize): bool {
  for (let i: u32 = 0; i < program.nr_maps; ++i) {
    if (program_map(program, i) == map) return true;
  }
  return false;
}

/** Frees a program, whole or not, and lets go of what it refers to. */
export function program_free(program: Program): void {
  for (let i: u32 = 0; i < program.nr_maps; ++i) object_put(changetype<Obj>(program_map(program, i)));
  if (program.btf) object_put(changetype<Obj>(program.btf));
  heap_free(program.maps);
  heap_free(program.image);
  heap_free(program.insns);
  heap_free(changetype<usize>(program));
}
