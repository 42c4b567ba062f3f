// The numbers of the Linux 6.18 user-space ABI that BPF maps need. Plain enums only: the core's compiler and the
// bindings' compiler both read this file and inline the values, so no number of the ABI is written down twice.

/** Commands of bpf(2). */
export enum Cmd {
  MAP_CREATE = 0,
  MAP_LOOKUP_ELEM = 1,
  MAP_UPDATE_ELEM = 2,
  MAP_DELETE_ELEM = 3,
  MAP_GET_NEXT_KEY = 4,
  PROG_LOAD = 5,
  OBJ_PIN = 6,
  OBJ_GET = 7,
  PROG_ATTACH = 8,
  PROG_DETACH = 9,
  PROG_TEST_RUN = 10,
  PROG_GET_NEXT_ID = 11,
  MAP_GET_NEXT_ID = 12,
  PROG_GET_FD_BY_ID = 13,
  MAP_GET_FD_BY_ID = 14,
  OBJ_GET_INFO_BY_FD = 15,
  PROG_QUERY = 16,
  RAW_TRACEPOINT_OPEN = 17,
  BTF_LOAD = 18,
  BTF_GET_FD_BY_ID = 19,
  TASK_FD_QUERY = 20,
  MAP_LOOKUP_AND_DELETE_ELEM = 21,
  MAP_FREEZE = 22,
  BTF_GET_NEXT_ID = 23,
  MAP_LOOKUP_BATCH = 24,
  MAP_LOOKUP_AND_DELETE_BATCH = 25,
  MAP_UPDATE_BATCH = 26,
  MAP_DELETE_BATCH = 27,
  LINK_CREATE = 28,
  LINK_UPDATE = 29,
  LINK_GET_FD_BY_ID = 30,
  LINK_GET_NEXT_ID = 31,
  ENABLE_STATS = 32,
  ITER_CREATE = 33,
  LINK_DETACH = 34,
  PROG_BIND_MAP = 35,
  TOKEN_CREATE = 36,
  PROG_STREAM_READ_BY_FD = 37,
}

/** Map types. MAX is the first number that is no map type in 6.18. */
export enum MapType {
  UNSPEC = 0,
  HASH = 1,
  ARRAY = 2,
  PROG_ARRAY = 3,
  PERF_EVENT_ARRAY = 4,
  PERCPU_HASH = 5,
  PERCPU_ARRAY = 6,
  STACK_TRACE = 7,
  CGROUP_ARRAY = 8,
  LRU_HASH = 9,
  LRU_PERCPU_HASH = 10,
  LPM_TRIE = 11,
  ARRAY_OF_MAPS = 12,
  HASH_OF_MAPS = 13,
  DEVMAP = 14,
  SOCKMAP = 15,
  CPUMAP = 16,
  XSKMAP = 17,
  SOCKHASH = 18,
  CGROUP_STORAGE = 19,
  REUSEPORT_SOCKARRAY = 20,
  PERCPU_CGROUP_STORAGE = 21,
  QUEUE = 22,
  STACK = 23,
  SK_STORAGE = 24,
  DEVMAP_HASH = 25,
  STRUCT_OPS = 26,
  RINGBUF = 27,
  INODE_STORAGE = 28,
  TASK_STORAGE = 29,
  BLOOM_FILTER = 30,
  USER_RINGBUF = 31,
  CGRP_STORAGE = 32,
  ARENA = 33,
  MAX = 34,
}

/** Bits of map_flags (MAP_CREATE), and of file_flags / open_flags where the kernel shares them. */
export enum MapFlag {
  NO_PREALLOC = 0x1,
  NO_COMMON_LRU = 0x2,
  NUMA_NODE = 0x4,
  RDONLY = 0x8,
  WRONLY = 0x10,
  STACK_BUILD_ID = 0x20,
  ZERO_SEED = 0x40,
  RDONLY_PROG = 0x80,
  WRONLY_PROG = 0x100,
  CLONE = 0x200,
  MMAPABLE = 0x400,
  PRESERVE_ELEMS = 0x800,
  INNER_MAP = 0x1000,
  LINK = 0x2000,
  PATH_FD = 0x4000,
  VTYPE_BTF_OBJ_FD = 0x8000,
  TOKEN_FD = 0x10000,
  SEGV_ON_FAULT = 0x20000,
  NO_USER_CONV = 0x40000,
}

/** Flags of one element command. */
export enum ElemFlag {
  ANY = 0,
  NOEXIST = 1,
  EXIST = 2,
  F_LOCK = 4,
}

/** Flags of the ring buffer's producer and of its queries. */
export enum RingbufFlag {
  NO_WAKEUP = 1,
  FORCE_WAKEUP = 2,
  AVAIL_DATA = 0,
  RING_SIZE = 1,
  CONS_POS = 2,
  PROD_POS = 3,
}

/** Record header of a ring buffer: a u32 length with two state bits on top, then a u32 page offset. */
export enum RingbufHdr {
  SIZE = 8,
  DISCARD_BIT = 0x40000000,
  BUSY_BIT = 0x80000000,
}

/**
 * What ringbuf_peek writes, this engine's own: COUNT slots of SIZE bytes, each with a record as it lies in the ring. Of a
 * record that is longer than a slot it has the header only.
 */
export enum RingSlot {
  COUNT = 16,
  SIZE = 256,
}

/** errno values, positive as in errno.h; a command returns them negated. */
export enum Errno {
  EPERM = 1,
  ENOENT = 2,
  EINTR = 4,
  EIO = 5,
  ENXIO = 6,
  E2BIG = 7,
  EBADF = 9,
  EAGAIN = 11,
  ENOMEM = 12,
  EACCES = 13,
  EFAULT = 14,
  EBUSY = 16,
  EEXIST = 17,
  EXDEV = 18,
  ENODEV = 19,
  ENOTDIR = 20,
  EISDIR = 21,
  EINVAL = 22,
  EMFILE = 24,
  ENOSPC = 28,
  ERANGE = 34,
  ENAMETOOLONG = 36,
  ENOTEMPTY = 39,
  ELOOP = 40,
  ENODATA = 61,
  EPROTO = 71,
  EOVERFLOW = 75,
  EBADFD = 77,
  ENOTSOCK = 88,
  EOPNOTSUPP = 95,
  EAFNOSUPPORT = 97,
  /** Not in libc's errno.h, and not EOPNOTSUPP: programs compare with 524 literally. */
  ENOTSUPP = 524,
}

/** Limits of the 64-bit kernel with 4 KiB pages that the answers were recorded on. */
export enum Limit {
  PAGE_SIZE = 4096,
  ATTR_SIZE = 168,
  INFO_SIZE = 104,
  OBJ_NAME_LEN = 16,
  NR_CPUS = 256,
  /** 4 MiB, the largest kernel allocation, less 48 bytes of element header. */
  HASH_ELEM_SIZE_MAX = 4194255,
  HASH_ENTRIES_MAX = 134217728,
  PERCPU_VALUE_SIZE_MAX = 32768,
  LPM_DATA_SIZE_MIN = 1,
  LPM_DATA_SIZE_MAX = 256,
  LPM_VALUE_SIZE_MAX = 4194024,
  QUEUE_VALUE_SIZE_MAX = 4194304,
  STACK_TRACE_VALUE_SIZE_MAX = 1016,
  STACK_BUILD_ID_VALUE_SIZE_MAX = 4064,
  CGROUP_STORAGE_VALUE_SIZE_MAX = 65407,
  SOCKHASH_KEY_SIZE_MAX = 512,
  ARENA_ENTRIES_MAX = 1048576,
  EXCL_PROG_HASH_SIZE = 32,
  SHA256_SIZE = 32,
  PATH_MAX = 4096,
  NAME_MAX = 255,
  AT_FDCWD = -100,
}

/** Numbers that the core and its bindings agree on, and Linux knows nothing of. */
export enum Engine {
  /** What value_u32 answers when last_error must be asked: a value that few maps hold. */
  UNCLEAR = 0x5d5cf12b,
  /** What bpf() answers for a command that the machine of vm/ has to end: more than any fd can be. */
  PENDING = 0x7fffffff,
}
