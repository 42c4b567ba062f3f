// The fields of union bpf_attr as an object has them, for all commands.

/** A pointer field: a view (copied in, and back if the command writes there), null, or an address in `kernel.memory`. */
export type AttrPointer = ArrayBufferView | number | bigint | null;

/** The fields of `union bpf_attr` under the kernel's names. Each command takes its own; a field left out is zero. */
export interface BpfAttr {
  // MAP_CREATE
  /** BPF_MAP_TYPE_… */
  map_type?: number;
  /** Bytes of a key; 0 for types without keys. */
  key_size?: number;
  /** Bytes of a value; 0 for ring buffers. */
  value_size?: number;
  /** How many elements the map holds; bytes for ring buffers. */
  max_entries?: number;
  /** BPF_F_… */
  map_flags?: number;
  /** Of maps of maps: the fd of a map like those that will be in it. */
  inner_map_fd?: number;
  /** The NUMA node, which counts with BPF_F_NUMA_NODE. */
  numa_node?: number;
  /** At most 15 bytes of letters, digits, "_" and "."; a string is encoded as UTF-8. The field has 16, the NUL included. */
  map_name?: string | Uint8Array;
  /** Device that the map is offloaded to. */
  map_ifindex?: number;
  /** BTF object with the types of key and value. */
  btf_fd?: number;
  /** BTF type of the keys. */
  btf_key_type_id?: number;
  /** BTF type of the values. */
  btf_value_type_id?: number;
  /** BTF type, in the kernel's own BTF, of a struct_ops map. */
  btf_vmlinux_value_type_id?: number;
  /** Hash functions of a bloom filter (0 means 5); the address of an arena. */
  map_extra?: number | bigint;
  /** BTF object of a module, which counts with BPF_F_VTYPE_BTF_OBJ_FD. */
  value_type_btf_obj_fd?: number;
  /** Token, which counts with BPF_F_TOKEN_FD. */
  map_token_fd?: number;
  /** SHA-256 of the one program that may use the map. */
  excl_prog_hash?: AttrPointer;
  /** Bytes of `excl_prog_hash`: 32. */
  excl_prog_hash_size?: number;
  // elements
  /** The map's fd. */
  map_fd?: number;
  /** The key, `key_size` bytes. GET_NEXT_KEY takes null for the first key. */
  key?: AttrPointer;
  /** The value: `value_size` bytes; of per-CPU types as many as there are CPUs, each rounded up to 8. Written by lookups. */
  value?: AttrPointer;
  /** Out: the key behind `key`. */
  next_key?: AttrPointer;
  /** Of an element command: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. Batches have `elem_flags` for that. */
  flags?: number | bigint;
  // batches
  /** Where a lookup goes on: `out_batch` of the one before, null to begin. */
  in_batch?: AttrPointer;
  /** Out: where the next lookup goes on. 4 bytes for hash tables, else as a key. */
  out_batch?: AttrPointer;
  /** The keys, one behind the other. Written by lookups. */
  keys?: AttrPointer;
  /** The values, one behind the other. Written by lookups. */
  values?: AttrPointer;
  /** In and out: elements asked for, then elements done. */
  count?: number;
  /** 0 or BPF_F_LOCK, for every element. */
  elem_flags?: number | bigint;
  /** All of these fields, as they lie in the kernel's union, in place of the fields themselves. */
  batch?: BatchAttr;
  // pins
  /** The path in bpffs; a string is encoded as UTF-8 with the NUL appended. */
  pathname?: string | AttrPointer;
  /** The fd of the object. */
  bpf_fd?: number;
  /** BPF_F_RDONLY, BPF_F_WRONLY (OBJ_GET), BPF_F_PATH_FD. */
  file_flags?: number;
  /** The directory of a relative path, which counts with BPF_F_PATH_FD. */
  path_fd?: number;
  // ids and info
  /** The id from which to search: the next larger one is found. */
  start_id?: number;
  /** Out: the id that was found. */
  next_id?: number;
  /** The id of a map. */
  map_id?: number;
  /** The id of a BTF object. */
  btf_id?: number;
  /** 0, BPF_F_RDONLY or BPF_F_WRONLY. */
  open_flags?: number;
  /** In and out: bytes of `info`, then bytes written. */
  info_len?: number;
  /** Out: `struct bpf_map_info`, or that of another object. */
  info?: AttrPointer | InfoAttr;
  // PROG_LOAD
  /** BPF_PROG_TYPE_… */
  prog_type?: number;
  /** Instructions, 8 bytes each. */
  insn_cnt?: number;
  /** The instructions. */
  insns?: AttrPointer;
  /** The license's text; "GPL" and five others open helpers that are for such programs alone. */
  license?: string | AttrPointer;
  /** Bits: 1 a failing path, 2 every instruction, 4 statistics, 8 keep the beginning of a log that is too long. 0 for no log. */
  log_level?: number;
  /** Bytes of `log_buf`. */
  log_size?: number;
  /** Out: the verifier's log. */
  log_buf?: AttrPointer;
  /** Ignored. */
  kern_version?: number;
  /** BPF_F_STRICT_ALIGNMENT and others. */
  prog_flags?: number;
  /** As `map_name`. */
  prog_name?: string | Uint8Array;
  /** Device that the program is offloaded to. */
  prog_ifindex?: number;
  /** BPF_CGROUP_INET_INGRESS and others, for the types that depend on it. */
  expected_attach_type?: number;
  /** BTF object of the program. */
  prog_btf_fd?: number;
  /** Bytes of a record of `func_info`. */
  func_info_rec_size?: number;
  /** Where functions begin, and their types. */
  func_info?: AttrPointer;
  /** Records of `func_info`. */
  func_info_cnt?: number;
  /** Bytes of a record of `line_info`. */
  line_info_rec_size?: number;
  /** Source lines of instructions. */
  line_info?: AttrPointer;
  /** Records of `line_info`. */
  line_info_cnt?: number;
  /** BTF type that the program attaches to. */
  attach_btf_id?: number;
  /** Program, or BTF object, that the program attaches to. */
  attach_prog_fd?: number;
  /** Records of `core_relos`. */
  core_relo_cnt?: number;
  /** fds that instructions name by their index. */
  fd_array?: AttrPointer;
  /** Instructions that depend on types of the kernel that runs them. */
  core_relos?: AttrPointer;
  /** Bytes of a record of `core_relos`. */
  core_relo_rec_size?: number;
  /** Out: bytes the whole log needs. */
  log_true_size?: number;
  /** Token, which counts with BPF_F_TOKEN_FD. */
  prog_token_fd?: number;
  /** Entries of `fd_array`, all of which the program then keeps. */
  fd_array_cnt?: number;
  /** Signature of the program. */
  signature?: AttrPointer;
  /** Bytes of `signature`. */
  signature_size?: number;
  /** Keyring that the signature is verified with. */
  keyring_id?: number;
  // PROG_TEST_RUN and other commands on programs
  /** The program's fd. */
  prog_fd?: number;
  /** Out: what the program returned, its lower 32 bits. */
  retval?: number;
  /** Bytes of `data_in`. */
  data_size_in?: number;
  /** In and out: bytes of `data_out`, then bytes of the result. */
  data_size_out?: number;
  /** The packet. */
  data_in?: AttrPointer;
  /** Out: the packet as the program left it. */
  data_out?: AttrPointer;
  /** How often to run; 0 is once. */
  repeat?: number;
  /** Out: nanoseconds of one run, on average. */
  duration?: number;
  /** Bytes of `ctx_in`. */
  ctx_size_in?: number;
  /** In and out: bytes of `ctx_out`, then bytes of the result. */
  ctx_size_out?: number;
  /** The context to begin with. */
  ctx_in?: AttrPointer;
  /** Out: the context as the program left it. */
  ctx_out?: AttrPointer;
  /** The CPU to run on, for the types that know it. */
  cpu?: number;
  /** Packets of a batch. */
  batch_size?: number;
  /** The id of a program. */
  prog_id?: number;
  /** BPF_STATS_RUN_TIME, the kind of statistics. */
  type?: number;
  // attaching
  /** What to attach to. */
  target_fd?: number;
  /** The program to attach. */
  attach_bpf_fd?: number;
  /** BPF_CGROUP_INET_INGRESS and others. */
  attach_type?: number;
  /** BPF_F_ALLOW_MULTI and others. */
  attach_flags?: number;
  /** The program to replace. */
  replace_bpf_fd?: number;
  /** BPF_F_QUERY_EFFECTIVE. */
  query_flags?: number;
  /** The tracepoint's name. */
  name?: string | AttrPointer;
  /** A number that programs attached to tracepoints can ask for. */
  cookie?: number | bigint;
  /** The fd of a link. */
  link_fd?: number;
  /** The id of a link. */
  link_id?: number;
  /** The program that a link gets. */
  new_prog_fd?: number;
  /** The program that the link has. */
  old_prog_fd?: number;
  /** The bpffs of a token. */
  bpffs_fd?: number;
  /** Task whose fd is asked about. */
  pid?: number;
  /** The fd that is asked about. */
  fd?: number;
  /** Out: text of a program's stream. */
  stream_buf?: AttrPointer;
  /** Bytes of `stream_buf`. */
  stream_buf_len?: number;
  /** 1 for standard output, 2 for errors. */
  stream_id?: number;
  // BTF_LOAD
  /** The type information. */
  btf?: AttrPointer;
  /** Out: what was wrong with it. */
  btf_log_buf?: AttrPointer;
  /** Bytes of `btf`. */
  btf_size?: number;
  /** Bytes of `btf_log_buf`. */
  btf_log_size?: number;
  /** 0 for no log. */
  btf_log_level?: number;
  /** Out: bytes the whole log needs. */
  btf_log_true_size?: number;
  /** BPF_F_TOKEN_FD. */
  btf_flags?: number;
  /** Token, which counts with BPF_F_TOKEN_FD. */
  btf_token_fd?: number;
}

/** The member `batch` of the union. */
export type BatchAttr = Pick<BpfAttr, "in_batch" | "out_batch" | "keys" | "values" | "count" | "map_fd" | "elem_flags" | "flags">;

/** The member `info` of the union. */
export interface InfoAttr {
  bpf_fd?: number;
  info_len?: number;
  info?: AttrPointer;
}
