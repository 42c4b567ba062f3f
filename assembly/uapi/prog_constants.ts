// The numbers of the Linux 6.18 user-space ABI that programs and BTF need, as constants.ts has those of maps, and where the
// core keeps what it shares with the machine of vm/. Plain enums: both compilers read this file.

/** Program types. MAX is the first number that is none in 6.18. */
export enum ProgType {
  UNSPEC = 0,
  SOCKET_FILTER = 1,
  KPROBE = 2,
  SCHED_CLS = 3,
  SCHED_ACT = 4,
  TRACEPOINT = 5,
  XDP = 6,
  PERF_EVENT = 7,
  CGROUP_SKB = 8,
  CGROUP_SOCK = 9,
  LWT_IN = 10,
  LWT_OUT = 11,
  LWT_XMIT = 12,
  SOCK_OPS = 13,
  SK_SKB = 14,
  CGROUP_DEVICE = 15,
  SK_MSG = 16,
  RAW_TRACEPOINT = 17,
  CGROUP_SOCK_ADDR = 18,
  LWT_SEG6LOCAL = 19,
  LIRC_MODE2 = 20,
  SK_REUSEPORT = 21,
  FLOW_DISSECTOR = 22,
  CGROUP_SYSCTL = 23,
  RAW_TRACEPOINT_WRITABLE = 24,
  CGROUP_SOCKOPT = 25,
  TRACING = 26,
  STRUCT_OPS = 27,
  EXT = 28,
  LSM = 29,
  SK_LOOKUP = 30,
  SYSCALL = 31,
  NETFILTER = 32,
  MAX = 33,
}

/** Attach types, what expected_attach_type holds. MAX is the first number that is none in 6.18. */
export enum AttachType {
  CGROUP_INET_INGRESS = 0,
  CGROUP_INET_EGRESS = 1,
  CGROUP_INET_SOCK_CREATE = 2,
  CGROUP_SOCK_OPS = 3,
  SK_SKB_STREAM_PARSER = 4,
  SK_SKB_STREAM_VERDICT = 5,
  CGROUP_DEVICE = 6,
  SK_MSG_VERDICT = 7,
  CGROUP_INET4_BIND = 8,
  CGROUP_INET6_BIND = 9,
  CGROUP_INET4_CONNECT = 10,
  CGROUP_INET6_CONNECT = 11,
  CGROUP_INET4_POST_BIND = 12,
  CGROUP_INET6_POST_BIND = 13,
  CGROUP_UDP4_SENDMSG = 14,
  CGROUP_UDP6_SENDMSG = 15,
  LIRC_MODE2 = 16,
  FLOW_DISSECTOR = 17,
  CGROUP_SYSCTL = 18,
  CGROUP_UDP4_RECVMSG = 19,
  CGROUP_UDP6_RECVMSG = 20,
  CGROUP_GETSOCKOPT = 21,
  CGROUP_SETSOCKOPT = 22,
  TRACE_RAW_TP = 23,
  TRACE_FENTRY = 24,
  TRACE_FEXIT = 25,
  MODIFY_RETURN = 26,
  LSM_MAC = 27,
  TRACE_ITER = 28,
  CGROUP_INET4_GETPEERNAME = 29,
  CGROUP_INET6_GETPEERNAME = 30,
  CGROUP_INET4_GETSOCKNAME = 31,
  CGROUP_INET6_GETSOCKNAME = 32,
  XDP_DEVMAP = 33,
  CGROUP_INET_SOCK_RELEASE = 34,
  XDP_CPUMAP = 35,
  SK_LOOKUP = 36,
  XDP = 37,
  SK_SKB_VERDICT = 38,
  SK_REUSEPORT_SELECT = 39,
  SK_REUSEPORT_SELECT_OR_MIGRATE = 40,
  PERF_EVENT = 41,
  TRACE_KPROBE_MULTI = 42,
  LSM_CGROUP = 43,
  STRUCT_OPS = 44,
  NETFILTER = 45,
  TCX_INGRESS = 46,
  TCX_EGRESS = 47,
  TRACE_UPROBE_MULTI = 48,
  CGROUP_UNIX_CONNECT = 49,
  CGROUP_UNIX_SENDMSG = 50,
  CGROUP_UNIX_RECVMSG = 51,
  CGROUP_UNIX_GETPEERNAME = 52,
  CGROUP_UNIX_GETSOCKNAME = 53,
  NETKIT_PRIMARY = 54,
  NETKIT_PEER = 55,
  TRACE_KPROBE_SESSION = 56,
  TRACE_UPROBE_SESSION = 57,
  MAX = 58,
}

/** Bits of prog_flags. */
export enum ProgFlag {
  STRICT_ALIGNMENT = 0x1,
  ANY_ALIGNMENT = 0x2,
  TEST_RND_HI32 = 0x4,
  TEST_STATE_FREQ = 0x8,
  SLEEPABLE = 0x10,
  XDP_HAS_FRAGS = 0x20,
  XDP_DEV_BOUND_ONLY = 0x40,
  TEST_REG_INVARIANTS = 0x80,
  TOKEN_FD = 0x10000,
}

/** Bits of log_level. */
export enum LogLevel {
  PATH = 1,
  ALL = 2,
  STATS = 4,
  FIXED = 8,
  MASK = 15,
}

export enum ProgLimit {
  INSNS_MAX = 1000000,
  /** Bytes of a license that are looked at. */
  LICENSE_MAX = 127,
  LOG_SIZE_MAX = 0x3fffffff,
  BTF_SIZE_MAX = 0x1000000,
  BTF_TYPE_MAX = 0xfffff,
  SIGNATURE_SIZE_MAX = 8192,
  INFO_SIZE = 232,
  BTF_INFO_SIZE = 32,
  INSN_SIZE = 8,
  TAG_SIZE = 8,
  FUNC_INFO_SIZE = 8,
  LINE_INFO_SIZE = 16,
  /** Maps that a program may name. BIND_MAP has no limit. */
  MAPS_MAX = 64,
}

/** Where the machine finds what it needs of a program's header (object/program.ts). */
export enum ProgramAt {
  ID = 20,
  TYPE = 24,
  EXPECTED_ATTACH_TYPE = 28,
  FLAGS = 32,
  INSN_COUNT = 36,
  /** Address of the instructions as given, which the license follows in LICENSE_MAX + 1 bytes. */
  INSNS = 40,
  /** Address of what ImageAt says. */
  IMAGE = 44,
  /** Addresses of the maps that it keeps, u32 each, and how many there are. */
  MAPS = 48,
  MAP_COUNT = 52,
  NAME = 56,
}

/**
 * What the machine hands to prog_finish: a block with these fields at its beginning and the lists behind ARRAYS, in the order
 * of their counts: tags, function records, line records, maps (address, id), then the instructions as info shows them.
 */
export enum ImageAt {
  FUNCS = 0,
  FUNC_INFO = 4,
  LINE_INFO = 8,
  MAPS = 12,
  XLATED_SIZE = 16,
  VERIFIED_INSNS = 20,
  BTF_ID = 24,
  GPL = 28,
  TAG = 32,
  LOAD_TIME = 40,
  ATTACH_BTF_ID = 48,
  /** Bytes of the context that the program reads, for TEST_RUN. */
  CTX_NEEDED = 52,
  ARRAYS = 56,
}

/** What every object begins with (object/object.ts), and the kinds. */
export enum ObjectAt {
  KIND = 8,
  ID = 20,
}

export enum ObjectKind {
  MAP = 1,
  PROG = 2,
  BTF = 3,
}

/** What map_facts writes, in u32 words but for the name and the hash. */
export enum MapFactsAt {
  TYPE = 0,
  ID = 4,
  KEY_SIZE = 8,
  VALUE_SIZE = 12,
  MAX_ENTRIES = 16,
  FLAGS = 20,
  NAME = 24,
  FROZEN = 40,
  /** Address of the first value and bytes from one to the next, where programs may address values directly; else 0. */
  VALUES = 44,
  STRIDE = 48,
  /** Address of the BTF object, or 0. */
  BTF = 52,
  KEY_TYPE_ID = 56,
  VALUE_TYPE_ID = 60,
  /** 1 for the map of one program, the SHA-256 of which follows. */
  EXCLUSIVE = 64,
  EXCL_PROG_HASH = 68,
  /** What inner maps are like, where the map has any; the type is 0 elsewhere. */
  INNER_TYPE = 100,
  INNER_KEY_SIZE = 104,
  INNER_VALUE_SIZE = 108,
  INNER_FLAGS = 112,
  INNER_MAX_ENTRIES = 116,
  SIZE = 120,
}

/** Where the machine finds what it needs of a BTF object's header (object/btf.ts). */
export enum BtfAt {
  ID = 20,
  SIZE = 24,
  DATA = 28,
}

/**
 * What btf_finish is handed: a row of SIZE bytes per type, from type 0 on, then the special fields that rows refer to, of
 * FIELD_SIZE bytes each: kind, then offset and size in bytes.
 */
export enum BtfRow {
  /** Bytes of a value of the type. */
  BYTES = 0,
  /** The type's own kind. */
  KIND = 4,
  /** BtfRowFlag bits. */
  FLAGS = 5,
  /** How many special fields it has, and the index of the first. */
  FIELD_COUNT = 6,
  FIELDS = 8,
  SIZE = 12,
  FIELD_SIZE = 12,
}

export enum BtfRowFlag {
  /** Has a size: may be the type of a value. */
  SIZED = 1,
  /** An integer of exactly 32 bits without an offset, perhaps by way of typedefs: may be the key of an array. */
  INT32 = 2,
  /** A struct, perhaps by way of typedefs: may be the key of an LPM trie. */
  STRUCT = 4,
}

/** Kinds of BTF types. */
export enum BtfKind {
  VOID = 0,
  INT = 1,
  PTR = 2,
  ARRAY = 3,
  STRUCT = 4,
  UNION = 5,
  ENUM = 6,
  FWD = 7,
  TYPEDEF = 8,
  VOLATILE = 9,
  CONST = 10,
  RESTRICT = 11,
  FUNC = 12,
  FUNC_PROTO = 13,
  VAR = 14,
  DATASEC = 15,
  FLOAT = 16,
  DECL_TAG = 17,
  TYPE_TAG = 18,
  ENUM64 = 19,
}

/** Special fields of map values. */
export enum BtfField {
  SPIN_LOCK = 1,
  RES_SPIN_LOCK = 2,
  TIMER = 3,
  WORKQUEUE = 4,
  TASK_WORK = 5,
  LIST_HEAD = 6,
  LIST_NODE = 7,
  RB_ROOT = 8,
  RB_NODE = 9,
  REFCOUNT = 10,
  KPTR_UNREF = 11,
  KPTR_REF = 12,
  KPTR_PERCPU = 13,
  UPTR = 14,
}
