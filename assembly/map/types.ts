import { MapType } from "../uapi/constants";
import { WITH_PROGRAMS } from "../mem/variant";
import {
  ArrayMap, array_alloc, array_check, array_lookup, array_mmap, array_next_key, array_update, percpu_array_check,
} from "./array";
import {
  hash_alloc, hash_check, hash_delete, hash_free, hash_lookup, hash_lookup_and_delete, hash_next_key, hash_update,
  percpu_hash_check,
} from "./hash/hash";
import { arena_check } from "./arena";
import { BloomFilterMap, bloom_alloc, bloom_check, bloom_lookup, bloom_push } from "./bloom_filter";
import { cpu_map_check, cpu_map_update } from "./cpu_map";
import {
  DevHashMap, dev_hash_alloc, dev_hash_check, dev_hash_delete, dev_hash_free, dev_hash_lookup, dev_hash_next_key,
  dev_hash_update,
} from "./dev_hash";
import { dev_map_alloc, dev_map_check, dev_map_delete, dev_map_lookup, dev_map_update } from "./dev_map";
import {
  empty_slot_delete, event_array_update, fd_array_check, perf_event_array_check, prog_array_update,
} from "./fd_array";
import {
  cgroup_storage_check, cgroup_storage_update, object_storage_check, percpu_cgroup_storage_check,
} from "./local_storage";
import { lpm_alloc, lpm_check, lpm_delete, lpm_free, lpm_lookup, lpm_update } from "./lpm/trie";
import { lpm_next_key } from "./lpm/walk";
import {
  lru_delete, lru_free, lru_alloc, lru_hash_check, lru_hash_update, lru_lookup_and_delete, lru_percpu_hash_check,
  lru_percpu_hash_update,
} from "./lru";
import {
  ARRAY_OF_MAPS_SIZE, HASH_OF_MAPS_SIZE, array_of_maps_alloc, array_of_maps_delete, array_of_maps_free,
  array_of_maps_lookup, array_of_maps_update, hash_of_maps_alloc, hash_of_maps_check, hash_of_maps_delete,
  hash_of_maps_free, hash_of_maps_lookup, hash_of_maps_update,
} from "./map_in_map";
import {
  delete_einval, delete_enoent, delete_eopnotsupp, lookup_einval, lookup_enoent, lookup_enotsupp, lookup_eopnotsupp,
  mmap_enotsupp, next_key_einval, next_key_enoent, next_key_eopnotsupp, pop_enoent, update_einval, update_eopnotsupp,
} from "./missing";
import {
  ProgArray, prog_array_alloc, prog_array_free, prog_array_lookup, prog_array_put, prog_array_remove,
} from "./prog_array";
import { QueueMap, queue_check, queue_peek, queue_pop, queue_push } from "./queue_stack";
import {
  reuseport_array_check, sock_array_update, sock_hash_check, sock_map_update, socket_lookup, xsk_map_check,
  xsk_map_delete,
} from "./sock_map";
import { stack_trace_check, stack_trace_delete } from "./stack_trace";
import { struct_ops_alloc, struct_ops_check } from "./struct_ops";
import { RingbufMap, ringbuf_alloc, ringbuf_check, ringbuf_free, ringbuf_mapping } from "./ringbuf";
import {
  BATCH_BUCKETS, BATCH_DELETE, BATCH_LOOKUP, BATCH_UPDATE, CHECK_LATE, CONCURRENT, CONTENT_HASH, MARKS_USE, NO_TEMPLATE,
  OFFLOAD, PERCPU, POP_NO_FLAGS, VALUE_IS_INPUT, VALUE_IS_MAP, VALUE_IS_PROG, VALUE_IS_SOCKET, VALUE_FD_UNSIGNED,
} from "./traits";
import { HashMap } from "./hash/hash_map";
import { LpmTrie } from "./lpm/table";
import { LruMap } from "./lru_node";
import { free_block } from "./map";
import { type_like, type_of } from "./ops";

// Every map type: what it says of itself that differs from a type that is a header and can do nothing, or from the type that
// it is like. Adding one is a file and a paragraph here. Where a type lacks an operation, it answers the errno that Linux
// answers for it (missing.ts).

const BATCH_HASH: u32 = BATCH_BUCKETS | BATCH_UPDATE | BATCH_DELETE;
const BATCH_ARRAY: u32 = BATCH_LOOKUP | BATCH_UPDATE;

/** Run by the build. */
export function types_init(): void {
  hash_types();
  array_types();
  slot_types();
  socket_types();
  storage_types();
  keyless_types();
  other_types();
}

/** The hash family. */
function hash_types(): void {
  const hash = type_of(MapType.HASH);
  hash.traits = BATCH_HASH | OFFLOAD | CONCURRENT;
  hash.header_size = offsetof<HashMap>();
  hash.check = hash_check;
  hash.alloc = hash_alloc;
  hash.free = hash_free;
  hash.lookup = hash_lookup;
  hash.update = hash_update;
  hash.delete = hash_delete;
  hash.next_key = hash_next_key;
  hash.pop = hash_lookup_and_delete;

  const percpu_hash = type_like(MapType.PERCPU_HASH, MapType.HASH);
  percpu_hash.traits = BATCH_HASH | PERCPU | CONCURRENT;
  percpu_hash.check = percpu_hash_check;

  const lru_hash = type_like(MapType.LRU_HASH, MapType.HASH);
  lru_hash.traits = BATCH_HASH | MARKS_USE;
  lru_hash.header_size = offsetof<LruMap>();
  lru_hash.check = lru_hash_check;
  lru_hash.alloc = lru_alloc;
  lru_hash.free = lru_free;
  lru_hash.update = lru_hash_update;
  lru_hash.delete = lru_delete;
  lru_hash.pop = lru_lookup_and_delete;

  const lru_percpu_hash = type_like(MapType.LRU_PERCPU_HASH, MapType.LRU_HASH);
  lru_percpu_hash.traits = BATCH_HASH | PERCPU | MARKS_USE;
  lru_percpu_hash.check = lru_percpu_hash_check;
  lru_percpu_hash.update = lru_percpu_hash_update;

  const hash_of_maps = type_of(MapType.HASH_OF_MAPS);
  hash_of_maps.traits = VALUE_IS_MAP | BATCH_HASH;
  hash_of_maps.header_size = HASH_OF_MAPS_SIZE;
  hash_of_maps.check = hash_of_maps_check;
  hash_of_maps.alloc = hash_of_maps_alloc;
  hash_of_maps.free = hash_of_maps_free;
  hash_of_maps.lookup = hash_of_maps_lookup;
  hash_of_maps.update = hash_of_maps_update;
  hash_of_maps.delete = hash_of_maps_delete;
  hash_of_maps.next_key = hash_next_key;

  const devmap_hash = type_of(MapType.DEVMAP_HASH);
  devmap_hash.header_size = offsetof<DevHashMap>();
  devmap_hash.check = dev_hash_check;
  devmap_hash.alloc = dev_hash_alloc;
  devmap_hash.free = dev_hash_free;
  devmap_hash.lookup = dev_hash_lookup;
  devmap_hash.update = dev_hash_update;
  devmap_hash.delete = dev_hash_delete;
  devmap_hash.next_key = dev_hash_next_key;
}

/** Keys are u32 indexes: all elements are there from the start. */
function array_types(): void {
  const array = type_of(MapType.ARRAY);
  array.traits = BATCH_ARRAY | CONTENT_HASH | OFFLOAD | CONCURRENT;
  array.header_size = offsetof<ArrayMap>();
  array.check = array_check;
  array.alloc = array_alloc;
  array.free = free_block;
  array.lookup = array_lookup;
  array.update = array_update;
  array.delete = delete_einval;
  array.next_key = array_next_key;
  array.mmap = array_mmap;

  const percpu_array = type_like(MapType.PERCPU_ARRAY, MapType.ARRAY);
  percpu_array.traits = BATCH_ARRAY | PERCPU | CONCURRENT;
  percpu_array.check = percpu_array_check;
  percpu_array.mmap = mmap_enotsupp;

  const array_of_maps = type_of(MapType.ARRAY_OF_MAPS);
  array_of_maps.traits = VALUE_IS_MAP | BATCH_ARRAY;
  array_of_maps.header_size = ARRAY_OF_MAPS_SIZE;
  array_of_maps.check = fd_array_check;
  array_of_maps.alloc = array_of_maps_alloc;
  array_of_maps.free = array_of_maps_free;
  array_of_maps.lookup = array_of_maps_lookup;
  array_of_maps.update = array_of_maps_update;
  array_of_maps.delete = array_of_maps_delete;
  array_of_maps.next_key = array_next_key;
}

/** Arrays of programs, events, cgroups, devices and CPUs. */
function slot_types(): void {
  const prog_array = type_of(MapType.PROG_ARRAY);
  prog_array.traits = NO_TEMPLATE | VALUE_IS_PROG;
  prog_array.check = fd_array_check;
  prog_array.lookup = lookup_enoent;
  prog_array.update = prog_array_update;
  prog_array.delete = empty_slot_delete;
  prog_array.next_key = array_next_key;
  if (WITH_PROGRAMS) {
    prog_array.header_size = offsetof<ProgArray>();
    prog_array.alloc = prog_array_alloc;
    prog_array.free = prog_array_free;
    prog_array.lookup = prog_array_lookup;
    prog_array.update = prog_array_put;
    prog_array.delete = prog_array_remove;
  }

  const perf_event_array = type_of(MapType.PERF_EVENT_ARRAY);
  perf_event_array.check = perf_event_array_check;
  perf_event_array.update = event_array_update;
  perf_event_array.delete = empty_slot_delete;
  perf_event_array.next_key = array_next_key;

  const cgroup_array = type_like(MapType.CGROUP_ARRAY, MapType.PERF_EVENT_ARRAY);
  cgroup_array.check = fd_array_check;

  const devmap = type_of(MapType.DEVMAP);
  devmap.header_size = offsetof<ArrayMap>();
  devmap.check = dev_map_check;
  devmap.alloc = dev_map_alloc;
  devmap.free = free_block;
  devmap.lookup = dev_map_lookup;
  devmap.update = dev_map_update;
  devmap.delete = dev_map_delete;
  devmap.next_key = array_next_key;

  const cpumap = type_like(MapType.CPUMAP, MapType.DEVMAP);
  cpumap.traits = CHECK_LATE;
  cpumap.check = cpu_map_check;
  cpumap.alloc = array_alloc;
  cpumap.update = cpu_map_update;
}

/** Sockets, of which the engine has none. */
function socket_types(): void {
  const sockmap = type_of(MapType.SOCKMAP);
  sockmap.traits = CHECK_LATE | VALUE_IS_SOCKET | VALUE_FD_UNSIGNED;
  sockmap.check = dev_map_check;
  sockmap.lookup = socket_lookup;
  sockmap.update = sock_map_update;
  sockmap.delete = delete_einval;
  sockmap.next_key = array_next_key;

  const sockhash = type_like(MapType.SOCKHASH, MapType.SOCKMAP);
  sockhash.check = sock_hash_check;
  sockhash.delete = delete_enoent;
  sockhash.next_key = next_key_enoent;

  const reuseport_sockarray = type_of(MapType.REUSEPORT_SOCKARRAY);
  reuseport_sockarray.traits = VALUE_IS_SOCKET;
  reuseport_sockarray.check = reuseport_array_check;
  reuseport_sockarray.lookup = socket_lookup;
  reuseport_sockarray.update = sock_array_update;
  reuseport_sockarray.delete = empty_slot_delete;
  reuseport_sockarray.next_key = array_next_key;

  const xskmap = type_like(MapType.XSKMAP, MapType.REUSEPORT_SOCKARRAY);
  xskmap.traits = CHECK_LATE | VALUE_IS_SOCKET;
  xskmap.check = xsk_map_check;
  xskmap.lookup = lookup_eopnotsupp;
  xskmap.delete = xsk_map_delete;
}

/** Storage that belongs to other objects. User space reaches that of cgroups by cgroup, the rest not at all here. */
function storage_types(): void {
  const cgroup_storage = type_of(MapType.CGROUP_STORAGE);
  cgroup_storage.traits = CHECK_LATE | NO_TEMPLATE;
  cgroup_storage.check = cgroup_storage_check;
  cgroup_storage.lookup = lookup_enoent;
  cgroup_storage.update = cgroup_storage_update;
  cgroup_storage.delete = delete_einval;
  cgroup_storage.next_key = next_key_enoent;

  const percpu_cgroup_storage = type_like(MapType.PERCPU_CGROUP_STORAGE, MapType.CGROUP_STORAGE);
  percpu_cgroup_storage.traits = CHECK_LATE | NO_TEMPLATE | PERCPU;
  percpu_cgroup_storage.check = percpu_cgroup_storage_check;

  const sk_storage = type_of(MapType.SK_STORAGE);
  sk_storage.check = object_storage_check;

  type_like(MapType.INODE_STORAGE, MapType.SK_STORAGE);

  type_like(MapType.TASK_STORAGE, MapType.SK_STORAGE);

  type_like(MapType.CGRP_STORAGE, MapType.SK_STORAGE);
}

/** Types without keys. */
function keyless_types(): void {
  const queue = type_of(MapType.QUEUE);
  queue.traits = POP_NO_FLAGS | CONCURRENT;
  queue.header_size = offsetof<QueueMap>();
  queue.check = queue_check;
  queue.alloc = array_alloc;
  queue.free = free_block;
  queue.lookup = queue_peek;
  queue.update = queue_push;
  queue.delete = delete_einval;
  queue.next_key = next_key_einval;
  queue.pop = queue_pop;

  type_like(MapType.STACK, MapType.QUEUE);

  const ringbuf = type_of(MapType.RINGBUF);
  ringbuf.traits = CHECK_LATE;
  ringbuf.header_size = offsetof<RingbufMap>();
  ringbuf.check = ringbuf_check;
  ringbuf.alloc = ringbuf_alloc;
  ringbuf.free = ringbuf_free;
  ringbuf.mmap = ringbuf_mapping;

  type_like(MapType.USER_RINGBUF, MapType.RINGBUF);

  const bloom_filter = type_of(MapType.BLOOM_FILTER);
  bloom_filter.traits = CHECK_LATE | VALUE_IS_INPUT | CONCURRENT;
  bloom_filter.header_size = offsetof<BloomFilterMap>();
  bloom_filter.check = bloom_check;
  bloom_filter.alloc = bloom_alloc;
  bloom_filter.free = free_block;
  bloom_filter.lookup = bloom_lookup;
  bloom_filter.update = bloom_push;
  bloom_filter.delete = delete_eopnotsupp;
  bloom_filter.next_key = next_key_eopnotsupp;
}

/** The rest. */
function other_types(): void {
  const lpm_trie = type_of(MapType.LPM_TRIE);
  lpm_trie.traits = CHECK_LATE | BATCH_LOOKUP | BATCH_UPDATE | BATCH_DELETE;
  lpm_trie.header_size = offsetof<LpmTrie>();
  lpm_trie.check = lpm_check;
  lpm_trie.alloc = lpm_alloc;
  lpm_trie.free = lpm_free;
  lpm_trie.lookup = lpm_lookup;
  lpm_trie.update = lpm_update;
  lpm_trie.delete = lpm_delete;
  lpm_trie.next_key = lpm_next_key;

  const stack_trace = type_of(MapType.STACK_TRACE);
  stack_trace.traits = CHECK_LATE;
  stack_trace.check = stack_trace_check;
  stack_trace.lookup = lookup_enoent;
  stack_trace.update = update_einval;
  stack_trace.delete = stack_trace_delete;
  stack_trace.next_key = next_key_enoent;
  stack_trace.pop = pop_enoent;

  const struct_ops = type_of(MapType.STRUCT_OPS);
  struct_ops.check = struct_ops_check;
  struct_ops.alloc = struct_ops_alloc;

  const arena = type_of(MapType.ARENA);
  arena.traits = CHECK_LATE;
  arena.check = arena_check;
  arena.lookup = lookup_einval;
  arena.update = update_eopnotsupp;
  arena.delete = delete_eopnotsupp;
  arena.next_key = next_key_eopnotsupp;
}
