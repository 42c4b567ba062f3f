import { checkpoint } from "../../mem/journal";
import { ops_delete } from "../ops";
import { HashMap } from "./hash_map";
import { first_in } from "./table";

/**
 * Deletes all elements of a bucket: by key, through the type's own delete, since an LRU map must hear of it and an outer map
 * must drop its reference. A key that a program overwrote is not found; such an element stays.
 */
export function empty_bucket(map: HashMap, bucket: u32): void {
  for (;;) {
    const element = first_in(map, bucket);
    if (!element || ops_delete(map.type, changetype<usize>(map), element)) return;
    checkpoint();
  }
}
