// The map types by the words of the command line.
import {
  BPF_MAP_TYPE_ARENA,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_BLOOM_FILTER,
  BPF_MAP_TYPE_CGROUP_ARRAY,
  BPF_MAP_TYPE_CGROUP_STORAGE,
  BPF_MAP_TYPE_CGRP_STORAGE,
  BPF_MAP_TYPE_CPUMAP,
  BPF_MAP_TYPE_DEVMAP,
  BPF_MAP_TYPE_DEVMAP_HASH,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_INODE_STORAGE,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_LRU_HASH,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  BPF_MAP_TYPE_PROG_ARRAY,
  BPF_MAP_TYPE_QUEUE,
  BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_SK_STORAGE,
  BPF_MAP_TYPE_SOCKHASH,
  BPF_MAP_TYPE_SOCKMAP,
  BPF_MAP_TYPE_STACK,
  BPF_MAP_TYPE_STACK_TRACE,
  BPF_MAP_TYPE_STRUCT_OPS,
  BPF_MAP_TYPE_TASK_STORAGE,
  BPF_MAP_TYPE_UNSPEC,
  BPF_MAP_TYPE_USER_RINGBUF,
  BPF_MAP_TYPE_XSKMAP,
} from "../bindings/index.ts";

/** The word of each type, in the kernel's order of numbers; the index is the number. */
const WORDS: string[] = [];
WORDS[BPF_MAP_TYPE_UNSPEC] = "unspec";
WORDS[BPF_MAP_TYPE_HASH] = "hash";
WORDS[BPF_MAP_TYPE_ARRAY] = "array";
WORDS[BPF_MAP_TYPE_PROG_ARRAY] = "prog_array";
WORDS[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = "perf_event_array";
WORDS[BPF_MAP_TYPE_PERCPU_HASH] = "percpu_hash";
WORDS[BPF_MAP_TYPE_PERCPU_ARRAY] = "percpu_array";
WORDS[BPF_MAP_TYPE_STACK_TRACE] = "stack_trace";
WORDS[BPF_MAP_TYPE_CGROUP_ARRAY] = "cgroup_array";
WORDS[BPF_MAP_TYPE_LRU_HASH] = "lru_hash";
WORDS[BPF_MAP_TYPE_LRU_PERCPU_HASH] = "lru_percpu_hash";
WORDS[BPF_MAP_TYPE_LPM_TRIE] = "lpm_trie";
WORDS[BPF_MAP_TYPE_ARRAY_OF_MAPS] = "array_of_maps";
WORDS[BPF_MAP_TYPE_HASH_OF_MAPS] = "hash_of_maps";
WORDS[BPF_MAP_TYPE_DEVMAP] = "devmap";
WORDS[BPF_MAP_TYPE_DEVMAP_HASH] = "devmap_hash";
WORDS[BPF_MAP_TYPE_SOCKMAP] = "sockmap";
WORDS[BPF_MAP_TYPE_CPUMAP] = "cpumap";
WORDS[BPF_MAP_TYPE_XSKMAP] = "xskmap";
WORDS[BPF_MAP_TYPE_SOCKHASH] = "sockhash";
WORDS[BPF_MAP_TYPE_CGROUP_STORAGE] = "cgroup_storage";
WORDS[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = "reuseport_sockarray";
WORDS[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = "percpu_cgroup_storage";
WORDS[BPF_MAP_TYPE_QUEUE] = "queue";
WORDS[BPF_MAP_TYPE_STACK] = "stack";
WORDS[BPF_MAP_TYPE_SK_STORAGE] = "sk_storage";
WORDS[BPF_MAP_TYPE_STRUCT_OPS] = "struct_ops";
WORDS[BPF_MAP_TYPE_RINGBUF] = "ringbuf";
WORDS[BPF_MAP_TYPE_INODE_STORAGE] = "inode_storage";
WORDS[BPF_MAP_TYPE_TASK_STORAGE] = "task_storage";
WORDS[BPF_MAP_TYPE_BLOOM_FILTER] = "bloom_filter";
WORDS[BPF_MAP_TYPE_USER_RINGBUF] = "user_ringbuf";
WORDS[BPF_MAP_TYPE_CGRP_STORAGE] = "cgrp_storage";
WORDS[BPF_MAP_TYPE_ARENA] = "arena";

/** The words that `create` takes after `type` and help lists; "unspec" is taken, but not listed. */
export const TYPE_WORDS: readonly string[] = WORDS.slice(1);

/** The number of a type's word, undefined for a word that is none. Types may not be shortened. */
export function typeNumber(word: string): number | undefined {
  const number = WORDS.indexOf(word);
  return number < 0 ? undefined : number;
}

/** The word of a type's number. */
export function typeWord(type: number): string {
  return WORDS[type] ?? `type ${type}`;
}

/** Whether the values of the type are maps: an fd goes in, an id comes out. */
export function isMapOfMaps(type: number): boolean {
  return type === BPF_MAP_TYPE_ARRAY_OF_MAPS || type === BPF_MAP_TYPE_HASH_OF_MAPS;
}
