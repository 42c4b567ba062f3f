import { Limit } from "./constants";
import { ProgLimit } from "./prog_constants";

// union bpf_attr of the commands on programs, BTF and links, and the structs of info, as attr.ts has those of maps.

@unmanaged
export class LoadAttr {
  prog_type: u32;
  insn_cnt: u32;
  insns: u64;
  license: u64;
  log_level: u32;
  log_size: u32;
  log_buf: u64;
  kern_version: u32;
  prog_flags: u32;
  prog_name_low: u64;
  prog_name_high: u64;
  prog_ifindex: u32;
  expected_attach_type: u32;
  prog_btf_fd: u32;
  func_info_rec_size: u32;
  func_info: u64;
  func_info_cnt: u32;
  line_info_rec_size: u32;
  line_info: u64;
  line_info_cnt: u32;
  attach_btf_id: u32;
  /** Also attach_btf_obj_fd. */
  attach_prog_fd: u32;
  core_relo_cnt: u32;
  fd_array: u64;
  core_relos: u64;
  core_relo_rec_size: u32;
  log_true_size: u32;
  prog_token_fd: u32;
  fd_array_cnt: u32;
  signature: u64;
  signature_size: u32;
  keyring_id: i32;
}
export const LOAD_END: u32 = 168;
if (offsetof<LoadAttr>() != LOAD_END || LOAD_END != Limit.ATTR_SIZE) ERROR("LoadAttr");

@unmanaged
export class TestRunAttr {
  prog_fd: u32;
  retval: u32;
  data_size_in: u32;
  data_size_out: u32;
  data_in: u64;
  data_out: u64;
  repeat: u32;
  duration: u32;
  ctx_size_in: u32;
  ctx_size_out: u32;
  ctx_in: u64;
  ctx_out: u64;
  flags: u32;
  cpu: u32;
  batch_size: u32;
}
export const TEST_RUN_END: u32 = 76;
if (offsetof<TestRunAttr>("batch_size") + 4 != TEST_RUN_END) ERROR("TestRunAttr");

@unmanaged
export class BtfLoadAttr {
  btf: u64;
  log_buf: u64;
  size: u32;
  log_size: u32;
  log_level: u32;
  log_true_size: u32;
  flags: u32;
  token_fd: u32;
}
export const BTF_LOAD_END: u32 = 40;
if (offsetof<BtfLoadAttr>() != BTF_LOAD_END) ERROR("BtfLoadAttr");

/** PROG_GET_FD_BY_ID and LINK_GET_FD_BY_ID know the id alone. */
export const ID_END: u32 = 4;
/** BTF_GET_FD_BY_ID: IdAttr and a token. */
export const BTF_FD_BY_ID_END: u32 = 16;

@unmanaged
export class BindAttr {
  prog_fd: u32;
  map_fd: u32;
  flags: u32;
}
export const BIND_END: u32 = 12;
if (offsetof<BindAttr>() != BIND_END) ERROR("BindAttr");

/** What the commands on links and tokens begin with. */
@unmanaged
export class FdAttr {
  /** link_fd, or the type of ENABLE_STATS, or flags of TOKEN_CREATE. */
  fd: u32;
  /** flags of ITER_CREATE, bpffs_fd of TOKEN_CREATE. */
  second: u32;
}
export const STATS_END: u32 = 4;
export const ITER_CREATE_END: u32 = 8;
export const LINK_DETACH_END: u32 = 4;
export const TOKEN_CREATE_END: u32 = 8;

@unmanaged
export class StreamAttr {
  buf: u64;
  len: u32;
  stream_id: u32;
  prog_fd: u32;
}
export const STREAM_READ_END: u32 = 20;
if (offsetof<StreamAttr>("prog_fd") + 4 != STREAM_READ_END) ERROR("StreamAttr");

@unmanaged
export class AttachAttr {
  target_fd: u32;
  attach_bpf_fd: u32;
  attach_type: u32;
  attach_flags: u32;
  replace_bpf_fd: u32;
  relative_fd: u32;
  expected_revision: u64;
}
export const ATTACH_END: u32 = 32;
if (offsetof<AttachAttr>() != ATTACH_END) ERROR("AttachAttr");
export const QUERY_END: u32 = 64;

@unmanaged
export class RawTracepointAttr {
  name: u64;
  prog_fd: u32;
  _hole: u32;
  cookie: u64;
}
export const RAW_TRACEPOINT_END: u32 = 24;
if (offsetof<RawTracepointAttr>() != RAW_TRACEPOINT_END) ERROR("RawTracepointAttr");
export const TASK_FD_QUERY_END: u32 = 48;

@unmanaged
export class LinkCreateAttr {
  prog_fd: u32;
  target_fd: u32;
  attach_type: u32;
  flags: u32;
}
export const LINK_CREATE_END: u32 = 60;
export const LINK_UPDATE_END: u32 = 16;

@unmanaged
export class ProgInfo {
  type: u32;
  id: u32;
  tag: u64;
  jited_prog_len: u32;
  xlated_prog_len: u32;
  jited_prog_insns: u64;
  xlated_prog_insns: u64;
  load_time: u64;
  created_by_uid: u32;
  nr_map_ids: u32;
  map_ids: u64;
  name_low: u64;
  name_high: u64;
  ifindex: u32;
  gpl_compatible: u32;
  netns_dev: u64;
  netns_ino: u64;
  nr_jited_ksyms: u32;
  nr_jited_func_lens: u32;
  jited_ksyms: u64;
  jited_func_lens: u64;
  btf_id: u32;
  func_info_rec_size: u32;
  func_info: u64;
  nr_func_info: u32;
  nr_line_info: u32;
  line_info: u64;
  jited_line_info: u64;
  nr_jited_line_info: u32;
  line_info_rec_size: u32;
  jited_line_info_rec_size: u32;
  nr_prog_tags: u32;
  prog_tags: u64;
  run_time_ns: u64;
  run_cnt: u64;
  recursion_misses: u64;
  verified_insns: u32;
  attach_btf_obj_id: u32;
  attach_btf_id: u32;
  _pad: u32;
}
if (offsetof<ProgInfo>() != ProgLimit.INFO_SIZE || offsetof<ProgInfo>("prog_tags") != 184) ERROR("ProgInfo");

@unmanaged
export class BtfInfo {
  btf: u64;
  btf_size: u32;
  id: u32;
  name: u64;
  name_len: u32;
  kernel_btf: u32;
}
if (offsetof<BtfInfo>() != ProgLimit.BTF_INFO_SIZE) ERROR("BtfInfo");
