import { copy_bytes } from "../../mem/bytes";
import { Map } from "../map";
import { has_special_fields, hide_special_fields } from "../special_fields";
import { VALUE_IS_MAP, ops_traits } from "../traits";
import { HashMap, value_of } from "./hash_map";

// What user space sees of an element in a batch: its key as it is, its value, or in its place the id of an inner map.

/** Bytes of a key, or of a value, in a user buffer. */
@inline
export function part_size(map: HashMap, of_value: bool): u32 {
  return of_value ? map.user_value_size : map.key_size;
}

/** Copies an element's key, or its value, to a user buffer. */
export function copy_part(map: HashMap, element: usize, to: usize, of_value: bool): void {
  if (!of_value) copy_bytes(to, element, map.key_size);
  else if (ops_traits(map.type) & VALUE_IS_MAP) store<u32>(to, changetype<Map>(<usize>load<u32>(value_of(map, element))).id);
  else {
    copy_bytes(to, value_of(map, element), map.user_value_size);
    if (has_special_fields(map)) hide_special_fields(map, to);
  }
}
