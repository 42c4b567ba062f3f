import { Errno } from "./uapi/constants";
import { KIND_DATA, KIND_PRIVATE } from "./mem/chunk";
import { heap_alloc, heap_free, heap_owns } from "./mem/heap";
import { CHUNK_KIND_TABLE } from "./mem/root";
import { current_cpu } from "./mem/cpu";
import { FRAME_ATTR, FRAME_DIGEST, FRAME_PATH, frame, frame_ptr } from "./mem/frame";
import { sha256 } from "./mem/sha256";
import { Btf, btf_free } from "./object/btf";
import { fd_failed, fd_lookup_any, fd_object } from "./object/fd";
import { id_find } from "./object/id";
import { OBJ_MAP, OBJ_PROG } from "./object/object";
import { Program } from "./object/program";
import { program_state } from "./object/state";
import { free_dead_maps, free_program } from "./map/free";
import { write_map_facts } from "./map/facts";
import { Map } from "./map/map";
import { is_marked_map } from "./map/mark";
import { btf_finish as finish_btf } from "./syscall/btf_object";
import { prog_finish as finish_program } from "./syscall/prog_load";
import { count_runs } from "./syscall/prog_object";

export * from "./helper/exports";
export * from "./interp/exports";
export * from "./index";

// The core that programs run against: all that index.ts exports, and what the machine of vm/ needs beside it. Nothing of this
// is for callers of bpf(2): these exports trust the machine, which alone calls them.

/** Tells mem/variant.ts which of the two cores this is. */
// @ts-ignore: a decorator of the core's compiler
@global const __WITH_PROGRAMS: bool = true;

/** Where the kinds of the memory's chunks of 64 KiB stand, a byte each: 3 is data, the one kind that programs may touch. */
export function chunk_kinds(): usize {
  return CHUNK_KIND_TABLE;
}

/** Zeroed data memory for contexts, packets and stacks, 8-byte aligned; 0 when memory is at its limit. */
export function data_alloc(size: u32): usize {
  return heap_alloc(size, KIND_DATA);
}

/** Gives a block of data_alloc() back: 0, or -EINVAL for what is none. */
export function data_free(ptr: usize): i32 {
  if (!heap_owns(ptr, KIND_DATA)) return -Errno.EINVAL;
  heap_free(ptr);
  return 0;
}

/**
 * After bpf() answered Engine.PENDING: the object that the command is about, a Program of PROG_LOAD or TEST_RUN or a Btf of
 * BTF_LOAD. Of PROG_LOAD and BTF_LOAD it is the machine's now: to be finished or dropped.
 */
export function pending_object(): usize {
  return <usize>frame().referent;
}

/** After bpf() answered Engine.PENDING: the core's copy of the attr, followed by zeros. */
export function pending_attr(): usize {
  return frame_ptr() + FRAME_ATTR;
}

/** A zeroed block of private memory for what prog_finish and btf_finish take over; 0 when memory is at its limit. */
export function private_alloc(size: u32): usize {
  return heap_alloc(size, KIND_PRIVATE);
}

/** Gives a block of private_alloc() back. */
export function private_free(ptr: usize): void {
  heap_free(ptr);
}

/** The fd of a verified program, or -errno, with nothing left of it. `image` is a block of private_alloc (ImageAt). */
export function prog_finish(program: usize, image: usize): i32 {
  const answer = finish_program(program, image);
  free_dead_maps();
  return answer;
}

/** Forgets a program that was not finished. */
export function prog_drop(program: usize): void {
  free_program(changetype<Program>(program));
  free_dead_maps();
}

/** The fd of BTF, or -errno, with nothing left of it. `table` is a block of private_alloc with a BtfRow per type. */
export function btf_finish(btf: usize, table: usize, types: u32): i32 {
  const answer = finish_btf(btf, table, types);
  free_dead_maps();
  return answer;
}

/** Forgets BTF that was not finished. */
export function btf_drop(btf: usize): void {
  btf_free(changetype<Btf>(btf));
}

/** The tag of instructions: the first 8 bytes of their SHA-256. */
export function tag_of(insns: usize, size: u32): u64 {
  const digest = frame_ptr() + FRAME_PATH;
  sha256(insns, size, digest, frame_ptr() + FRAME_DIGEST);
  return load<u64>(digest);
}

/** Counts runs of a program and the time that they took, while ENABLE_STATS says so. */
export function prog_count(program: usize, runs: u32, nanoseconds: u64): void {
  count_runs(changetype<Program>(program), runs, nanoseconds);
}

/** Whether a register that a program calls a map is the address of a map that it may use. */
export function map_ok(map: u64): bool {
  return is_marked_map(map);
}

/** The object behind an fd (Obj), 0 for an fd of something else, -EBADF for a closed one. */
export function object_of(fd: i32): i32 {
  const answer = fd_lookup_any(fd);
  return fd_failed(answer) ? (answer == -Errno.EBADF ? answer : 0) : <i32>fd_object(answer);
}

/** What the machine is told of a map: the address of a MapFactsAt, good until the next call. */
export function map_facts(map: usize): usize {
  return write_map_facts(changetype<Map>(map), frame_ptr() + FRAME_PATH);
}

/** How many programs were ever freed: tells the machine when to look for those that are gone. */
export function programs_freed(): u32 {
  return program_state.freed;
}

/** The program with this id (Program), or 0. */
export function program_by_id(id: u32): usize {
  return id_find(OBJ_PROG, id);
}

/** The map with this id (Map), or 0. */
export function map_by_id(id: u32): usize {
  return id_find(OBJ_MAP, id);
}

/** The CPU that this instance's caller runs on. */
export function this_cpu(): u32 {
  return current_cpu();
}
