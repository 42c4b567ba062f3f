import { heap_free } from "../mem/heap";
import { checkpoint } from "../mem/journal";
import { WITH_PROGRAMS } from "../mem/variant";
import { Btf, btf_free } from "../object/btf";
import { OBJ_BTF, OBJ_MAP, OBJ_PROG, OBJ_STATS, Obj, object_drop_dead, object_next_dead, object_put } from "../object/object";
import { Program, program_free, program_map } from "../object/program";
import { program_state } from "../object/state";
import { extension_of } from "./extension";
import { Map } from "./map";
import { ops_free } from "./ops";
import { ProgArray, prog_array_keep, prog_array_release } from "./prog_array";
import { VALUE_IS_PROG, ops_traits } from "./traits";

// The end of objects that nobody refers to.

/**
 * Frees every object whose last reference went during this call. Freeing one may add those that it referred to. While a program
 * runs, which may still hold an inner map's address, all of them wait for its end. An object stays on the list until it is freed,
 * in steps that are whole, so that who is next goes on where a thread died.
 */
export function free_dead_maps(): void {
  if (WITH_PROGRAMS && program_state.runs) return;
  checkpoint();
  for (;;) {
    const ptr = object_next_dead();
    if (!ptr) return;
    const object = changetype<Obj>(ptr);
    if (WITH_PROGRAMS) {
      // A map with references is taken off the list first: it may be put there again.
      object_drop_dead(ptr);
      free_object(object);
    } else {
      ops_free(object.type, ptr);
      object_drop_dead(ptr);
      heap_free(ptr);
    }
    checkpoint();
  }
}

/** Frees what a map has, whole or not, and its header. */
export function free_map(map: Map): void {
  ops_free(map.type, changetype<usize>(map));
  if (WITH_PROGRAMS) {
    const btf = extension_of(map).btf;
    if (btf) object_put(changetype<Obj>(btf));
  }
  map.mark = 0;
  heap_free(changetype<usize>(map));
}

function free_object(object: Obj): void {
  const ptr = changetype<usize>(object);
  if (object.kind == OBJ_MAP) {
    // A map with references is one that an fd or a pin let go of.
    if (!object.refcnt) free_map(changetype<Map>(ptr));
    else if (ops_traits(object.type) & VALUE_IS_PROG) prog_array_release(changetype<ProgArray>(ptr));
  } else if (object.kind == OBJ_PROG) {
    free_program(changetype<Program>(ptr));
    ++program_state.freed;
  } else if (object.kind == OBJ_BTF) {
    btf_free(changetype<Btf>(ptr));
  } else if (object.kind == OBJ_STATS) {
    --program_state.stats_fds;
    heap_free(ptr);
  }
}

/** Frees a program, whole or not; arrays of programs hear that it no longer keeps them. */
export function free_program(program: Program): void {
  for (let i: u32 = 0; i < program.nr_maps; ++i) {
    const map = changetype<Map>(program_map(program, i));
    if (ops_traits(map.type) & VALUE_IS_PROG) prog_array_keep(map, -1);
  }
  program_free(program);
}
