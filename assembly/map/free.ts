import { heap_free } from "../mem/heap";
import { object_next_dead } from "../object/object";
import { Map } from "./map";
import { ops_free } from "./ops";

// The end of maps that nobody refers to.

/** Frees every map whose last reference went during this call. Freeing an outer map may add its inner maps. */
export function free_dead_maps(): void {
  for (;;) {
    const ptr = object_next_dead();
    if (!ptr) return;
    free_map(changetype<Map>(ptr));
  }
}

/** Frees what a map has, whole or not, and its header. */
export function free_map(map: Map): void {
  ops_free(map.type, changetype<usize>(map));
  heap_free(changetype<usize>(map));
}
