import { Limit } from "./constants";

// union bpf_attr, one class per command, and struct bpf_map_info. Holes are fields, and each size is proved at compile
// time: a field that moves breaks the build. *_END is the first byte that the command does not know ("zero from").

@unmanaged
export class CreateAttr {
  map_type: u32;
  key_size: u32;
  value_size: u32;
  max_entries: u32;
  map_flags: u32;
  inner_map_fd: u32;
  numa_node: u32;
  /** 16 bytes at offset 28, which no u64 field could hold aligned. */
  map_name_0: u32;
  map_name_1: u32;
  map_name_2: u32;
  map_name_3: u32;
  map_ifindex: u32;
  btf_fd: u32;
  btf_key_type_id: u32;
  btf_value_type_id: u32;
  btf_vmlinux_value_type_id: u32;
  map_extra: u64;
  value_type_btf_obj_fd: i32;
  map_token_fd: i32;
  excl_prog_hash: u64;
  excl_prog_hash_size: u32;
}
export const CREATE_END: u32 = 92;
if (offsetof<CreateAttr>() != CREATE_END || offsetof<CreateAttr>("map_extra") != 64) ERROR("CreateAttr");

@unmanaged
export class ElemAttr {
  map_fd: u32;
  _hole: u32;
  key: u64;
  /** value, or next_key. */
  value: u64;
  flags: u64;
}
export const ELEM_END: u32 = 32;
export const NEXT_KEY_END: u32 = 24;
export const DELETE_END: u32 = 16;
export const FREEZE_END: u32 = 4;
if (offsetof<ElemAttr>() != ELEM_END) ERROR("ElemAttr");

@unmanaged
export class BatchAttr {
  in_batch: u64;
  out_batch: u64;
  keys: u64;
  values: u64;
  count: u32;
  map_fd: u32;
  elem_flags: u64;
  flags: u64;
}
export const BATCH_END: u32 = 56;
if (offsetof<BatchAttr>() != BATCH_END) ERROR("BatchAttr");

@unmanaged
export class ObjAttr {
  pathname: u64;
  bpf_fd: u32;
  file_flags: u32;
  path_fd: i32;
}
export const OBJ_END: u32 = 20;
if (offsetof<ObjAttr>() != OBJ_END) ERROR("ObjAttr");

@unmanaged
export class IdAttr {
  /** start_id, or map_id. */
  id: u32;
  next_id: u32;
  open_flags: u32;
}
export const NEXT_ID_END: u32 = 8;
export const FD_BY_ID_END: u32 = 12;
if (offsetof<IdAttr>() != FD_BY_ID_END) ERROR("IdAttr");

@unmanaged
export class InfoAttr {
  bpf_fd: u32;
  info_len: u32;
  info: u64;
}
export const INFO_END: u32 = 16;
if (offsetof<InfoAttr>() != INFO_END) ERROR("InfoAttr");

@unmanaged
export class MapInfo {
  type: u32;
  id: u32;
  key_size: u32;
  value_size: u32;
  max_entries: u32;
  map_flags: u32;
  name_low: u64;
  name_high: u64;
  ifindex: u32;
  btf_vmlinux_value_type_id: u32;
  netns_dev: u64;
  netns_ino: u64;
  btf_id: u32;
  btf_key_type_id: u32;
  btf_value_type_id: u32;
  btf_vmlinux_id: u32;
  map_extra: u64;
  hash: u64;
  hash_size: u32;
  _pad: u32;
}
if (offsetof<MapInfo>() != Limit.INFO_SIZE || offsetof<MapInfo>("hash") != 88) ERROR("MapInfo");
