import { Limit } from "../uapi/constants";
import { MapFactsAt } from "../uapi/prog_constants";
import { ArrayMap } from "./array";
import { MapExtension, extension_of } from "./extension";
import { Map } from "./map";
import { Template, template_of } from "./map_in_map";
import { CONTENT_HASH, VALUE_IS_MAP, ops_traits } from "./traits";

/** Writes what the machine is told of a map (MapFactsAt) to `to`, and answers with that address. */
export function write_map_facts(map: Map, to: usize): usize {
  memory.fill(to, 0, MapFactsAt.SIZE);
  store<u32>(to, map.type, MapFactsAt.TYPE);
  store<u32>(to, map.id, MapFactsAt.ID);
  store<u32>(to, map.key_size, MapFactsAt.KEY_SIZE);
  store<u32>(to, map.value_size, MapFactsAt.VALUE_SIZE);
  store<u32>(to, map.max_entries, MapFactsAt.MAX_ENTRIES);
  store<u32>(to, map.map_flags, MapFactsAt.FLAGS);
  store<u64>(to, map.name_low, MapFactsAt.NAME);
  store<u64>(to, map.name_high, MapFactsAt.NAME + 8);
  store<u32>(to, map.frozen, MapFactsAt.FROZEN);
  const traits = ops_traits(map.type);
  if (traits & CONTENT_HASH) {
    store<u32>(to, <u32>changetype<ArrayMap>(map).values, MapFactsAt.VALUES);
    store<u32>(to, changetype<ArrayMap>(map).stride, MapFactsAt.STRIDE);
  }
  const extension = extension_of(map);
  store<u32>(to, <u32>extension.btf, MapFactsAt.BTF);
  store<u32>(to, extension.btf_key_type_id, MapFactsAt.KEY_TYPE_ID);
  store<u32>(to, extension.btf_value_type_id, MapFactsAt.VALUE_TYPE_ID);
  store<u32>(to, map.exclusive, MapFactsAt.EXCLUSIVE);
  const hash = changetype<usize>(extension) + offsetof<MapExtension>("excl_prog_hash_0");
  memory.copy(to + MapFactsAt.EXCL_PROG_HASH, hash, Limit.EXCL_PROG_HASH_SIZE);
  if (traits & VALUE_IS_MAP) write_inner(template_of(map), to);
  return to;
}

function write_inner(template: Template, to: usize): void {
  store<u32>(to, template.type, MapFactsAt.INNER_TYPE);
  store<u32>(to, template.key_size, MapFactsAt.INNER_KEY_SIZE);
  store<u32>(to, template.value_size, MapFactsAt.INNER_VALUE_SIZE);
  store<u32>(to, template.map_flags, MapFactsAt.INNER_FLAGS);
  store<u32>(to, template.max_entries, MapFactsAt.INNER_MAX_ENTRIES);
}
