import { ElemFlag, Errno } from "../uapi/constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { copy_bytes } from "../mem/bytes";
import { heap_alloc, heap_free } from "../mem/heap";
import { current_cpu } from "../mem/cpu";
import { lru_reserve, lru_set_ref } from "../map/lru_list";
import { LruMap, lru_node } from "../map/lru_node";
import { Map, is_err } from "../map/map";
import { ops_lookup, ops_update } from "../map/ops";
import { has_special_fields } from "../map/special_fields";
import { MARKS_USE, ops_traits } from "../map/traits";
import { cpu_stride, own_value } from "./args";

/**
 * Update of a per-CPU map by a program: it writes the running CPU's copy of the value. The copies of the other CPUs stay as
 * they are, and are zero in a new element.
 */
export function update_own_value(map: Map, key: usize, value: usize, flags: u64): i32 {
  const is_lru = (ops_traits(map.type) & MARKS_USE) != 0;
  if ((flags == ElemFlag.ANY || flags == ElemFlag.EXIST) && !has_special_fields(map)) {
    // As in Linux an entry is taken before the key is looked for, and that may evict the very element.
    if (is_lru && flags == ElemFlag.ANY) lru_reserve(changetype<LruMap>(map));
    const found = ops_lookup(map.type, changetype<usize>(map), key);
    if (!is_err(found)) {
      copy_bytes(own_value(map, found), value, map.value_size);
      if (is_lru) lru_set_ref(lru_node(changetype<LruMap>(map), found - changetype<LruMap>(map).value_offset));
      return 0;
    }
  }
  return update_all_values(map, key, value, flags);
}

/** Gives the key to the map's own update, with the copies of all CPUs: it inserts, goes around special fields, or refuses. */
function update_all_values(map: Map, key: usize, value: usize, flags: u64): i32 {
  const copies = heap_alloc(map.user_value_size, KIND_PRIVATE);
  if (!copies) return -Errno.ENOMEM;
  const found = ops_lookup(map.type, changetype<usize>(map), key);
  if (!is_err(found)) memory.copy(copies, found, map.user_value_size);
  copy_bytes(copies + <usize>current_cpu() * cpu_stride(map), value, map.value_size);
  const error = ops_update(map.type, changetype<usize>(map), key, copies, flags);
  heap_free(copies);
  return error;
}
