import { heap_free } from "../mem/heap";
import { checkpoint } from "../mem/journal";
import { object_drop_dead, object_next_dead } from "../object/object";
import { Map } from "./map";
import { ops_free } from "./ops";

// The end of maps that nobody refers to.

/**
 * Frees every map whose last reference went during this call. Freeing an outer map may add its inner maps. A map stays on the
 * list until it is freed, in steps that are whole, so that who is next goes on where a thread died.
 */
export function free_dead_maps(): void {
  checkpoint();
  for (;;) {
    const ptr = object_next_dead();
    if (!ptr) return;
    const map = changetype<Map>(ptr);
    ops_free(map.type, ptr);
    object_drop_dead(ptr);
    heap_free(ptr);
    checkpoint();
  }
}

/** Frees what a map has, whole or not, and its header. */
export function free_map(map: Map): void {
  ops_free(map.type, changetype<usize>(map));
  heap_free(changetype<usize>(map));
}
