import { WITH_PROGRAMS } from "../mem/variant";
import { Map } from "./map";
import { header_size } from "./traits";

// What a map's header has behind its type's own fields in a core with programs: the BTF that describes keys and values.

@unmanaged
export class MapExtension {
  /** The BTF object, a counted reference, or 0. */
  btf: usize;
  btf_key_type_id: u32;
  btf_value_type_id: u32;
  btf_vmlinux_value_type_id: u32;
  /** How many special fields a value has, and the address of the first (object/btf.ts). */
  field_count: u32;
  fields: usize;
  /** SHA-256 of the one program that may use the map, where Map.exclusive is 1. */
  excl_prog_hash_0: u32;
  _excl_prog_hash_1: u32;
  _excl_prog_hash_2: u32;
  _excl_prog_hash_3: u32;
  _excl_prog_hash_4: u32;
  _excl_prog_hash_5: u32;
  _excl_prog_hash_6: u32;
  _excl_prog_hash_7: u32;
}
/** Bytes that a header has more for it. */
export const EXTENSION_SIZE: u32 = WITH_PROGRAMS ? offsetof<MapExtension>() : 0;

/** Only in a core with programs. */
@inline
export function extension_of(map: Map): MapExtension {
  return changetype<MapExtension>(changetype<usize>(map) + header_size(map.type));
}
