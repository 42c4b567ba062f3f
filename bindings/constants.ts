// Every number of the ABI under the name the kernel gives it. The numbers are in the file that the core reads too; here
// they only get their public names, one plain constant each, so that a bundler keeps what is used and inlines it.
import { Cmd, ElemFlag, Limit, MapFlag, MapType, RingbufFlag, RingbufHdr } from "../assembly/uapi/constants.ts";

// Commands of bpf(2).
export const BPF_MAP_CREATE = Cmd.MAP_CREATE;
export const BPF_MAP_LOOKUP_ELEM = Cmd.MAP_LOOKUP_ELEM;
export const BPF_MAP_UPDATE_ELEM = Cmd.MAP_UPDATE_ELEM;
export const BPF_MAP_DELETE_ELEM = Cmd.MAP_DELETE_ELEM;
export const BPF_MAP_GET_NEXT_KEY = Cmd.MAP_GET_NEXT_KEY;
export const BPF_PROG_LOAD = Cmd.PROG_LOAD;
export const BPF_OBJ_PIN = Cmd.OBJ_PIN;
export const BPF_OBJ_GET = Cmd.OBJ_GET;
export const BPF_PROG_ATTACH = Cmd.PROG_ATTACH;
export const BPF_PROG_DETACH = Cmd.PROG_DETACH;
export const BPF_PROG_TEST_RUN = Cmd.PROG_TEST_RUN;
export const BPF_PROG_GET_NEXT_ID = Cmd.PROG_GET_NEXT_ID;
export const BPF_MAP_GET_NEXT_ID = Cmd.MAP_GET_NEXT_ID;
export const BPF_PROG_GET_FD_BY_ID = Cmd.PROG_GET_FD_BY_ID;
export const BPF_MAP_GET_FD_BY_ID = Cmd.MAP_GET_FD_BY_ID;
export const BPF_OBJ_GET_INFO_BY_FD = Cmd.OBJ_GET_INFO_BY_FD;
export const BPF_PROG_QUERY = Cmd.PROG_QUERY;
export const BPF_RAW_TRACEPOINT_OPEN = Cmd.RAW_TRACEPOINT_OPEN;
export const BPF_BTF_LOAD = Cmd.BTF_LOAD;
export const BPF_BTF_GET_FD_BY_ID = Cmd.BTF_GET_FD_BY_ID;
export const BPF_TASK_FD_QUERY = Cmd.TASK_FD_QUERY;
export const BPF_MAP_LOOKUP_AND_DELETE_ELEM = Cmd.MAP_LOOKUP_AND_DELETE_ELEM;
export const BPF_MAP_FREEZE = Cmd.MAP_FREEZE;
export const BPF_BTF_GET_NEXT_ID = Cmd.BTF_GET_NEXT_ID;
export const BPF_MAP_LOOKUP_BATCH = Cmd.MAP_LOOKUP_BATCH;
export const BPF_MAP_LOOKUP_AND_DELETE_BATCH = Cmd.MAP_LOOKUP_AND_DELETE_BATCH;
export const BPF_MAP_UPDATE_BATCH = Cmd.MAP_UPDATE_BATCH;
export const BPF_MAP_DELETE_BATCH = Cmd.MAP_DELETE_BATCH;
export const BPF_LINK_CREATE = Cmd.LINK_CREATE;
export const BPF_LINK_UPDATE = Cmd.LINK_UPDATE;
export const BPF_LINK_GET_FD_BY_ID = Cmd.LINK_GET_FD_BY_ID;
export const BPF_LINK_GET_NEXT_ID = Cmd.LINK_GET_NEXT_ID;
export const BPF_ENABLE_STATS = Cmd.ENABLE_STATS;
export const BPF_ITER_CREATE = Cmd.ITER_CREATE;
export const BPF_LINK_DETACH = Cmd.LINK_DETACH;
export const BPF_PROG_BIND_MAP = Cmd.PROG_BIND_MAP;
export const BPF_TOKEN_CREATE = Cmd.TOKEN_CREATE;
export const BPF_PROG_STREAM_READ_BY_FD = Cmd.PROG_STREAM_READ_BY_FD;

// Map types.
export const BPF_MAP_TYPE_UNSPEC = MapType.UNSPEC;
export const BPF_MAP_TYPE_HASH = MapType.HASH;
export const BPF_MAP_TYPE_ARRAY = MapType.ARRAY;
export const BPF_MAP_TYPE_PROG_ARRAY = MapType.PROG_ARRAY;
export const BPF_MAP_TYPE_PERF_EVENT_ARRAY = MapType.PERF_EVENT_ARRAY;
export const BPF_MAP_TYPE_PERCPU_HASH = MapType.PERCPU_HASH;
export const BPF_MAP_TYPE_PERCPU_ARRAY = MapType.PERCPU_ARRAY;
export const BPF_MAP_TYPE_STACK_TRACE = MapType.STACK_TRACE;
export const BPF_MAP_TYPE_CGROUP_ARRAY = MapType.CGROUP_ARRAY;
export const BPF_MAP_TYPE_LRU_HASH = MapType.LRU_HASH;
export const BPF_MAP_TYPE_LRU_PERCPU_HASH = MapType.LRU_PERCPU_HASH;
export const BPF_MAP_TYPE_LPM_TRIE = MapType.LPM_TRIE;
export const BPF_MAP_TYPE_ARRAY_OF_MAPS = MapType.ARRAY_OF_MAPS;
export const BPF_MAP_TYPE_HASH_OF_MAPS = MapType.HASH_OF_MAPS;
export const BPF_MAP_TYPE_DEVMAP = MapType.DEVMAP;
export const BPF_MAP_TYPE_SOCKMAP = MapType.SOCKMAP;
export const BPF_MAP_TYPE_CPUMAP = MapType.CPUMAP;
export const BPF_MAP_TYPE_XSKMAP = MapType.XSKMAP;
export const BPF_MAP_TYPE_SOCKHASH = MapType.SOCKHASH;
export const BPF_MAP_TYPE_CGROUP_STORAGE = MapType.CGROUP_STORAGE;
export const BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = MapType.REUSEPORT_SOCKARRAY;
export const BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = MapType.PERCPU_CGROUP_STORAGE;
export const BPF_MAP_TYPE_QUEUE = MapType.QUEUE;
export const BPF_MAP_TYPE_STACK = MapType.STACK;
export const BPF_MAP_TYPE_SK_STORAGE = MapType.SK_STORAGE;
export const BPF_MAP_TYPE_DEVMAP_HASH = MapType.DEVMAP_HASH;
export const BPF_MAP_TYPE_STRUCT_OPS = MapType.STRUCT_OPS;
export const BPF_MAP_TYPE_RINGBUF = MapType.RINGBUF;
export const BPF_MAP_TYPE_INODE_STORAGE = MapType.INODE_STORAGE;
export const BPF_MAP_TYPE_TASK_STORAGE = MapType.TASK_STORAGE;
export const BPF_MAP_TYPE_BLOOM_FILTER = MapType.BLOOM_FILTER;
export const BPF_MAP_TYPE_USER_RINGBUF = MapType.USER_RINGBUF;
export const BPF_MAP_TYPE_CGRP_STORAGE = MapType.CGRP_STORAGE;
export const BPF_MAP_TYPE_ARENA = MapType.ARENA;

// Bits of map_flags, file_flags and open_flags.
export const BPF_F_NO_PREALLOC = MapFlag.NO_PREALLOC;
export const BPF_F_NO_COMMON_LRU = MapFlag.NO_COMMON_LRU;
export const BPF_F_NUMA_NODE = MapFlag.NUMA_NODE;
export const BPF_F_RDONLY = MapFlag.RDONLY;
export const BPF_F_WRONLY = MapFlag.WRONLY;
export const BPF_F_STACK_BUILD_ID = MapFlag.STACK_BUILD_ID;
export const BPF_F_ZERO_SEED = MapFlag.ZERO_SEED;
export const BPF_F_RDONLY_PROG = MapFlag.RDONLY_PROG;
export const BPF_F_WRONLY_PROG = MapFlag.WRONLY_PROG;
export const BPF_F_CLONE = MapFlag.CLONE;
export const BPF_F_MMAPABLE = MapFlag.MMAPABLE;
export const BPF_F_PRESERVE_ELEMS = MapFlag.PRESERVE_ELEMS;
export const BPF_F_INNER_MAP = MapFlag.INNER_MAP;
export const BPF_F_LINK = MapFlag.LINK;
export const BPF_F_PATH_FD = MapFlag.PATH_FD;
export const BPF_F_VTYPE_BTF_OBJ_FD = MapFlag.VTYPE_BTF_OBJ_FD;
export const BPF_F_TOKEN_FD = MapFlag.TOKEN_FD;
export const BPF_F_SEGV_ON_FAULT = MapFlag.SEGV_ON_FAULT;
export const BPF_F_NO_USER_CONV = MapFlag.NO_USER_CONV;

// Flags of one element command.
export const BPF_ANY = ElemFlag.ANY;
export const BPF_NOEXIST = ElemFlag.NOEXIST;
export const BPF_EXIST = ElemFlag.EXIST;
export const BPF_F_LOCK = ElemFlag.F_LOCK;

// Flags and queries of the ring buffer's producer.
export const BPF_RB_NO_WAKEUP = RingbufFlag.NO_WAKEUP;
export const BPF_RB_FORCE_WAKEUP = RingbufFlag.FORCE_WAKEUP;
export const BPF_RB_AVAIL_DATA = RingbufFlag.AVAIL_DATA;
export const BPF_RB_RING_SIZE = RingbufFlag.RING_SIZE;
export const BPF_RB_CONS_POS = RingbufFlag.CONS_POS;
export const BPF_RB_PROD_POS = RingbufFlag.PROD_POS;

// Record header of a ring buffer.
export const BPF_RINGBUF_HDR_SZ = RingbufHdr.SIZE;
export const BPF_RINGBUF_DISCARD_BIT = RingbufHdr.DISCARD_BIT;
export const BPF_RINGBUF_BUSY_BIT = RingbufHdr.BUSY_BIT;

/** Size of map_name in bytes, the NUL included. */
export const BPF_OBJ_NAME_LEN = Limit.OBJ_NAME_LEN;
