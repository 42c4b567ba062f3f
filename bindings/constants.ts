// Every number of the ABI under the name the kernel gives it. The numbers are in the file that the core reads too; here
// they only get their public names, one plain constant each, so that a bundler keeps what is used and inlines it.
import { Cmd, ElemFlag, Limit, MapFlag, MapType, RingbufFlag, RingbufHdr } from "../assembly/uapi/constants.ts";

// Commands of bpf(2).
/** Makes a map and answers an fd for it. */
export const BPF_MAP_CREATE = Cmd.MAP_CREATE;
/** Copies the value of a key out of a map. */
export const BPF_MAP_LOOKUP_ELEM = Cmd.MAP_LOOKUP_ELEM;
/** Sets the value of a key; `flags` may ask that the key is absent or present. */
export const BPF_MAP_UPDATE_ELEM = Cmd.MAP_UPDATE_ELEM;
/** Deletes a key. */
export const BPF_MAP_DELETE_ELEM = Cmd.MAP_DELETE_ELEM;
/** The key behind the given one, or the first one; ENOENT behind the last. */
export const BPF_MAP_GET_NEXT_KEY = Cmd.MAP_GET_NEXT_KEY;
/** Verifies and loads a program. */
export const BPF_PROG_LOAD = Cmd.PROG_LOAD;
/** Gives an object a path in bpffs, which keeps it alive without an fd. */
export const BPF_OBJ_PIN = Cmd.OBJ_PIN;
/** Opens a pinned object. */
export const BPF_OBJ_GET = Cmd.OBJ_GET;
/** Attaches a program to a cgroup or another hook. */
export const BPF_PROG_ATTACH = Cmd.PROG_ATTACH;
/** Detaches a program from a hook. */
export const BPF_PROG_DETACH = Cmd.PROG_DETACH;
/** Runs a program on data that the caller brings. */
export const BPF_PROG_TEST_RUN = Cmd.PROG_TEST_RUN;
/** The next larger id of a program. */
export const BPF_PROG_GET_NEXT_ID = Cmd.PROG_GET_NEXT_ID;
/** The next larger id of a map; ENOENT behind the last. */
export const BPF_MAP_GET_NEXT_ID = Cmd.MAP_GET_NEXT_ID;
/** Opens a program by its id. */
export const BPF_PROG_GET_FD_BY_ID = Cmd.PROG_GET_FD_BY_ID;
/** Opens a map by its id. */
export const BPF_MAP_GET_FD_BY_ID = Cmd.MAP_GET_FD_BY_ID;
/** Describes the object behind an fd: for a map, its `struct bpf_map_info`. */
export const BPF_OBJ_GET_INFO_BY_FD = Cmd.OBJ_GET_INFO_BY_FD;
/** Lists the programs that are attached to a hook. */
export const BPF_PROG_QUERY = Cmd.PROG_QUERY;
/** Attaches a program to a raw tracepoint. */
export const BPF_RAW_TRACEPOINT_OPEN = Cmd.RAW_TRACEPOINT_OPEN;
/** Loads type information (BTF). */
export const BPF_BTF_LOAD = Cmd.BTF_LOAD;
/** Opens a BTF object by its id. */
export const BPF_BTF_GET_FD_BY_ID = Cmd.BTF_GET_FD_BY_ID;
/** Says which program another task has behind an fd of a perf event. */
export const BPF_TASK_FD_QUERY = Cmd.TASK_FD_QUERY;
/** Copies the value of a key out and deletes the key; takes from a queue or stack. */
export const BPF_MAP_LOOKUP_AND_DELETE_ELEM = Cmd.MAP_LOOKUP_AND_DELETE_ELEM;
/** Forbids system calls to change elements of a map, for ever. */
export const BPF_MAP_FREEZE = Cmd.MAP_FREEZE;
/** The next larger id of a BTF object. */
export const BPF_BTF_GET_NEXT_ID = Cmd.BTF_GET_NEXT_ID;
/** Copies many elements out, beginning where the last batch ended. */
export const BPF_MAP_LOOKUP_BATCH = Cmd.MAP_LOOKUP_BATCH;
/** Copies many elements out and deletes them. */
export const BPF_MAP_LOOKUP_AND_DELETE_BATCH = Cmd.MAP_LOOKUP_AND_DELETE_BATCH;
/** Sets many elements; `count` says how many were set. */
export const BPF_MAP_UPDATE_BATCH = Cmd.MAP_UPDATE_BATCH;
/** Deletes many keys; `count` says how many were deleted. */
export const BPF_MAP_DELETE_BATCH = Cmd.MAP_DELETE_BATCH;
/** Attaches a program by a link. */
export const BPF_LINK_CREATE = Cmd.LINK_CREATE;
/** Replaces the program of a link. */
export const BPF_LINK_UPDATE = Cmd.LINK_UPDATE;
/** Opens a link by its id. */
export const BPF_LINK_GET_FD_BY_ID = Cmd.LINK_GET_FD_BY_ID;
/** The next larger id of a link. */
export const BPF_LINK_GET_NEXT_ID = Cmd.LINK_GET_NEXT_ID;
/** Turns on run time statistics of programs. */
export const BPF_ENABLE_STATS = Cmd.ENABLE_STATS;
/** Makes an iterator from a link. */
export const BPF_ITER_CREATE = Cmd.ITER_CREATE;
/** Detaches the program of a link. */
export const BPF_LINK_DETACH = Cmd.LINK_DETACH;
/** Makes a program hold a reference to a map. */
export const BPF_PROG_BIND_MAP = Cmd.PROG_BIND_MAP;
/** Makes a token that delegates rights of a bpffs mount. */
export const BPF_TOKEN_CREATE = Cmd.TOKEN_CREATE;
/** Reads what a program wrote to one of its streams. */
export const BPF_PROG_STREAM_READ_BY_FD = Cmd.PROG_STREAM_READ_BY_FD;

// Map types.
/** No map type. */
export const BPF_MAP_TYPE_UNSPEC = MapType.UNSPEC;
/** Hash table: keys and values of any size. */
export const BPF_MAP_TYPE_HASH = MapType.HASH;
/** Array: u32 indexes, all elements present and zero from the start. */
export const BPF_MAP_TYPE_ARRAY = MapType.ARRAY;
/** Array of programs, for tail calls. */
export const BPF_MAP_TYPE_PROG_ARRAY = MapType.PROG_ARRAY;
/** Array of perf events. */
export const BPF_MAP_TYPE_PERF_EVENT_ARRAY = MapType.PERF_EVENT_ARRAY;
/** Hash table with one value for each CPU. */
export const BPF_MAP_TYPE_PERCPU_HASH = MapType.PERCPU_HASH;
/** Array with one value for each CPU. */
export const BPF_MAP_TYPE_PERCPU_ARRAY = MapType.PERCPU_ARRAY;
/** Stack traces by their id. */
export const BPF_MAP_TYPE_STACK_TRACE = MapType.STACK_TRACE;
/** Array of cgroups. */
export const BPF_MAP_TYPE_CGROUP_ARRAY = MapType.CGROUP_ARRAY;
/** Hash table that evicts what was not used for long when it is full. */
export const BPF_MAP_TYPE_LRU_HASH = MapType.LRU_HASH;
/** LRU hash table with one value for each CPU. */
export const BPF_MAP_TYPE_LRU_PERCPU_HASH = MapType.LRU_PERCPU_HASH;
/** Prefixes; a lookup finds the longest one that matches. */
export const BPF_MAP_TYPE_LPM_TRIE = MapType.LPM_TRIE;
/** Array whose values are maps. */
export const BPF_MAP_TYPE_ARRAY_OF_MAPS = MapType.ARRAY_OF_MAPS;
/** Hash table whose values are maps. */
export const BPF_MAP_TYPE_HASH_OF_MAPS = MapType.HASH_OF_MAPS;
/** Array of network devices, for XDP redirects. */
export const BPF_MAP_TYPE_DEVMAP = MapType.DEVMAP;
/** Array of sockets. */
export const BPF_MAP_TYPE_SOCKMAP = MapType.SOCKMAP;
/** Array of CPUs, for XDP redirects. */
export const BPF_MAP_TYPE_CPUMAP = MapType.CPUMAP;
/** Array of AF_XDP sockets. */
export const BPF_MAP_TYPE_XSKMAP = MapType.XSKMAP;
/** Hash table of sockets. */
export const BPF_MAP_TYPE_SOCKHASH = MapType.SOCKHASH;
/** Storage that belongs to a cgroup and an attached program. */
export const BPF_MAP_TYPE_CGROUP_STORAGE = MapType.CGROUP_STORAGE;
/** Array of sockets that share a port. */
export const BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = MapType.REUSEPORT_SOCKARRAY;
/** Storage of a cgroup, one value for each CPU. */
export const BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = MapType.PERCPU_CGROUP_STORAGE;
/** Queue: values without keys, first in, first out. */
export const BPF_MAP_TYPE_QUEUE = MapType.QUEUE;
/** Stack: values without keys, last in, first out. */
export const BPF_MAP_TYPE_STACK = MapType.STACK;
/** Storage that belongs to a socket. */
export const BPF_MAP_TYPE_SK_STORAGE = MapType.SK_STORAGE;
/** Hash table of network devices. */
export const BPF_MAP_TYPE_DEVMAP_HASH = MapType.DEVMAP_HASH;
/** Programs that implement a kernel's table of functions. */
export const BPF_MAP_TYPE_STRUCT_OPS = MapType.STRUCT_OPS;
/** Ring buffer from programs to user space; `max_entries` is its size in bytes. */
export const BPF_MAP_TYPE_RINGBUF = MapType.RINGBUF;
/** Storage that belongs to an inode. */
export const BPF_MAP_TYPE_INODE_STORAGE = MapType.INODE_STORAGE;
/** Storage that belongs to a task. */
export const BPF_MAP_TYPE_TASK_STORAGE = MapType.TASK_STORAGE;
/** Bloom filter: a value is surely absent or probably present. */
export const BPF_MAP_TYPE_BLOOM_FILTER = MapType.BLOOM_FILTER;
/** Ring buffer from user space to programs; `max_entries` is its size in bytes. */
export const BPF_MAP_TYPE_USER_RINGBUF = MapType.USER_RINGBUF;
/** Storage that belongs to a cgroup. */
export const BPF_MAP_TYPE_CGRP_STORAGE = MapType.CGRP_STORAGE;
/** Memory that user space and programs share page by page. */
export const BPF_MAP_TYPE_ARENA = MapType.ARENA;

// Bits of map_flags, file_flags and open_flags.
/** map_flags: allocate elements when they are added, not all at creation. LPM tries need it. */
export const BPF_F_NO_PREALLOC = MapFlag.NO_PREALLOC;
/** map_flags: an LRU list for each CPU instead of one for all. */
export const BPF_F_NO_COMMON_LRU = MapFlag.NO_COMMON_LRU;
/** map_flags: `numa_node` says where the memory is to lie. */
export const BPF_F_NUMA_NODE = MapFlag.NUMA_NODE;
/** map_flags, file_flags, open_flags: system calls through this fd only read. */
export const BPF_F_RDONLY = MapFlag.RDONLY;
/** map_flags, file_flags, open_flags: system calls through this fd only write. */
export const BPF_F_WRONLY = MapFlag.WRONLY;
/** map_flags of a stack trace map: store build id and offset instead of addresses. */
export const BPF_F_STACK_BUILD_ID = MapFlag.STACK_BUILD_ID;
/** map_flags: hash with the seed 0, so that the order of elements can be repeated. For tests. */
export const BPF_F_ZERO_SEED = MapFlag.ZERO_SEED;
/** map_flags: programs only read. */
export const BPF_F_RDONLY_PROG = MapFlag.RDONLY_PROG;
/** map_flags: programs only write. */
export const BPF_F_WRONLY_PROG = MapFlag.WRONLY_PROG;
/** map_flags of socket storage: a socket that is accepted gets a copy. */
export const BPF_F_CLONE = MapFlag.CLONE;
/** map_flags of an array or arena: user space may map the elements into its memory. */
export const BPF_F_MMAPABLE = MapFlag.MMAPABLE;
/** map_flags of a perf event array: elements stay when the fd that set them is closed. */
export const BPF_F_PRESERVE_ELEMS = MapFlag.PRESERVE_ELEMS;
/** map_flags of an array: as an inner map it may have another `max_entries` than the template. */
export const BPF_F_INNER_MAP = MapFlag.INNER_MAP;
/** map_flags of struct_ops: the map is attached by a link. */
export const BPF_F_LINK = MapFlag.LINK;
/** file_flags: `path_fd` is the directory from which a relative path starts. */
export const BPF_F_PATH_FD = MapFlag.PATH_FD;
/** map_flags of struct_ops: `value_type_btf_obj_fd` is given. */
export const BPF_F_VTYPE_BTF_OBJ_FD = MapFlag.VTYPE_BTF_OBJ_FD;
/** map_flags: `map_token_fd` is given. */
export const BPF_F_TOKEN_FD = MapFlag.TOKEN_FD;
/** map_flags of an arena: user space gets a signal for a page that is absent. */
export const BPF_F_SEGV_ON_FAULT = MapFlag.SEGV_ON_FAULT;
/** map_flags of an arena: programs do not convert addresses for user space. */
export const BPF_F_NO_USER_CONV = MapFlag.NO_USER_CONV;

// Flags of one element command.
/** Set the element whether or not the key is present. */
export const BPF_ANY = ElemFlag.ANY;
/** Add the element; EEXIST if the key is present. */
export const BPF_NOEXIST = ElemFlag.NOEXIST;
/** Replace the value; ENOENT if the key is absent. */
export const BPF_EXIST = ElemFlag.EXIST;
/** Take the spin lock in the value while it is copied; EINVAL for values without one. */
export const BPF_F_LOCK = ElemFlag.F_LOCK;

// Flags and queries of the ring buffer's producer.
/** Do not wake readers for this record. */
export const BPF_RB_NO_WAKEUP = RingbufFlag.NO_WAKEUP;
/** Wake readers even if they have not read what came before. */
export const BPF_RB_FORCE_WAKEUP = RingbufFlag.FORCE_WAKEUP;
/** Query: bytes that are not consumed yet. */
export const BPF_RB_AVAIL_DATA = RingbufFlag.AVAIL_DATA;
/** Query: size of the ring in bytes. */
export const BPF_RB_RING_SIZE = RingbufFlag.RING_SIZE;
/** Query: the consumer's position. */
export const BPF_RB_CONS_POS = RingbufFlag.CONS_POS;
/** Query: the producer's position. */
export const BPF_RB_PROD_POS = RingbufFlag.PROD_POS;

// Record header of a ring buffer.
/** Bytes of the header in front of each record. */
export const BPF_RINGBUF_HDR_SZ = RingbufHdr.SIZE;
/** Bit of a record's length: readers skip it. */
export const BPF_RINGBUF_DISCARD_BIT = RingbufHdr.DISCARD_BIT;
/** Bit of a record's length: its producer still writes it. */
export const BPF_RINGBUF_BUSY_BIT = RingbufHdr.BUSY_BIT;

/** Size of map_name in bytes, the NUL included. */
export const BPF_OBJ_NAME_LEN = Limit.OBJ_NAME_LEN;
