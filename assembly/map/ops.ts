import { MapType } from "../uapi/constants";
import { note } from "../mem/function_table";
import {
  ArrayMap,
  array_alloc,
  array_check,
  array_lookup,
  array_mmap,
  array_next_key,
  array_update,
  percpu_array_check,
} from "./array";
import {
  hash_alloc,
  hash_check,
  hash_delete,
  hash_free,
  hash_lookup,
  hash_lookup_and_delete,
  hash_next_key,
  hash_update,
  percpu_hash_check,
} from "./hash/hash";
import { arena_check } from "./arena";
import { BloomFilterMap, bloom_alloc, bloom_check, bloom_lookup, bloom_push } from "./bloom_filter";
import { cpu_map_check, cpu_map_update } from "./cpu_map";
import {
  DevHashMap,
  dev_hash_alloc,
  dev_hash_check,
  dev_hash_delete,
  dev_hash_free,
  dev_hash_lookup,
  dev_hash_next_key,
  dev_hash_update,
} from "./dev_hash";
import { dev_map_alloc, dev_map_check, dev_map_delete, dev_map_lookup, dev_map_update } from "./dev_map";
import {
  empty_alloc,
  empty_slot_delete,
  event_array_update,
  fd_array_check,
  empty_free,
  perf_event_array_check,
  prog_array_update,
} from "./fd_array";
import {
  cgroup_storage_check,
  cgroup_storage_update,
  object_storage_check,
  percpu_cgroup_storage_check,
} from "./local_storage";
import { lpm_alloc, lpm_check, lpm_delete, lpm_free, lpm_lookup, lpm_next_key, lpm_update } from "./lpm_trie";
import {
  lru_delete,
  lru_free,
  lru_alloc,
  lru_hash_check,
  lru_hash_update,
  lru_lookup_and_delete,
  lru_percpu_hash_check,
  lru_percpu_hash_update,
} from "./lru";
import {
  ARRAY_OF_MAPS_SIZE,
  HASH_OF_MAPS_SIZE,
  array_of_maps_alloc,
  array_of_maps_delete,
  array_of_maps_free,
  array_of_maps_lookup,
  array_of_maps_update,
  hash_of_maps_alloc,
  hash_of_maps_check,
  hash_of_maps_delete,
  hash_of_maps_free,
  hash_of_maps_lookup,
  hash_of_maps_update,
} from "./map_in_map";
import {
  delete_einval,
  delete_enoent,
  delete_enotsupp,
  delete_eopnotsupp,
  lookup_einval,
  lookup_enoent,
  lookup_enotsupp,
  lookup_eopnotsupp,
  mmap_enotsupp,
  next_key_einval,
  next_key_enoent,
  next_key_enotsupp,
  next_key_eopnotsupp,
  pop_enoent,
  pop_enotsupp,
  update_einval,
  update_enotsupp,
  update_eopnotsupp,
} from "./missing";
import { QueueMap, queue_check, queue_peek, queue_pop, queue_push } from "./queue_stack";
import {
  reuseport_array_check,
  sock_array_update,
  sock_hash_check,
  sock_map_update,
  socket_lookup,
  xsk_map_check,
  xsk_map_delete,
} from "./sock_map";
import { stack_trace_check, stack_trace_delete } from "./stack_trace";
import { struct_ops_alloc, struct_ops_check } from "./struct_ops";
import { RingbufMap, ringbuf_alloc, ringbuf_check, ringbuf_free, ringbuf_mapping } from "./ringbuf";
import {
  BATCH_BUCKETS,
  BATCH_DELETE,
  BATCH_LOOKUP,
  BATCH_UPDATE,
  CHECK_LATE,
  CONTENT_HASH,
  HEADER_SHIFT,
  NO_TEMPLATE,
  OFFLOAD,
  PERCPU,
  POP_NO_FLAGS,
  VALUE_FD_UNSIGNED,
  VALUE_IS_INPUT,
  VALUE_IS_MAP,
  VALUE_IS_PROG,
  VALUE_IS_SOCKET,
  set_traits,
} from "./traits";
import { HashMap } from "./hash/hash_map";
import { LpmTrie } from "./lpm_table";
import { LruMap } from "./lru_node";
import { Map, free_block } from "./map";

// THE table: map type → operations. A type is a row; adding one is a file and a row. Where a type lacks an operation, its
// cell answers the errno that Linux answers for it (missing.ts). Nothing else in the core asks which type a map is.
//
// The table is the front of the module's function table (mem/function_table.ts), so an operation is one call_indirect at the
// type plus a constant, and nothing is loaded.

/** Types with a row: all from 1 to MAX - 1. */
const TYPES: u32 = MapType.MAX - 1;
/** The columns. */
const CHECK: u32 = 0;
const ALLOC: u32 = 1;
const FREE: u32 = 2;
const LOOKUP: u32 = 3;
const UPDATE: u32 = 4;
const DELETE: u32 = 5;
const NEXT_KEY: u32 = 6;
const POP: u32 = 7;
const MMAP: u32 = 8;
const COLUMNS: u32 = 9;

/** Index in the function table of a type's operation. */
@inline
function cell(type: u32, column: u32): u32 {
  return type + (column * TYPES - 1);
}

/** The first cell behind the table. */
export const OPS_END: u32 = COLUMNS * TYPES;

/** Attribute rules of the type: 0 or -errno. */
type Check = (attr: usize) => i32;
/** Makes a map of a zeroed header with the attr's fields in it: 0 or -errno, and then `free` frees what there is. */
type Alloc = (map: usize, attr: usize) => i32;
/** Frees all but the header. */
type Free = (map: usize) => void;
/** Address of the value, or an errno pointer. For a keyless map `key` is 0, or the value under test (VALUE_IS_INPUT). */
type Lookup = (map: usize, key: usize) => usize;
type Update = (map: usize, key: usize, value: usize, flags: u64) => i32;
type Delete = (map: usize, key: usize) => i32;
/** Address of the key after `key` (0 = of the first), or an errno pointer. */
type NextKey = (map: usize, key: usize) => usize;
/** Lookup and delete. The element goes even when `value` is 0, because the caller's buffer cannot be written. */
type Pop = (map: usize, key: usize, value: usize) => i32;
/** Address of the memory that mmap(2) would show, or an errno pointer. */
type Mmap = (map: usize) => usize;

const BATCH_HASH: u32 = BATCH_BUCKETS | BATCH_UPDATE | BATCH_DELETE;
const BATCH_ARRAY: u32 = BATCH_LOOKUP | BATCH_UPDATE;

function row(
  type: MapType,
  traits: u32,
  size: usize,
  check: Check,
  alloc: Alloc,
  free: Free,
  lookup: Lookup,
  update: Update,
  delete_: Delete,
  next_key: NextKey,
  pop: Pop,
): void {
  note(cell(type, CHECK), check.index);
  note(cell(type, ALLOC), alloc.index);
  note(cell(type, FREE), free.index);
  note(cell(type, LOOKUP), lookup.index);
  note(cell(type, UPDATE), update.index);
  note(cell(type, DELETE), delete_.index);
  note(cell(type, NEXT_KEY), next_key.index);
  note(cell(type, POP), pop.index);
  row_mmap(type, mmap_enotsupp);
  set_traits(type, traits | <u32>size << HEADER_SHIFT);
}

/** Most types cannot be mapped; the few that can say so behind their row. */
function row_mmap(type: MapType, mmap: Mmap): void {
  note(cell(type, MMAP), mmap.index);
}

/** Run by the build. */
// prettier-ignore
export function ops_init(): void {
  row(MapType.HASH, BATCH_HASH | OFFLOAD, offsetof<HashMap>(), hash_check, hash_alloc, hash_free, hash_lookup, hash_update, hash_delete, hash_next_key, hash_lookup_and_delete);
  row(MapType.ARRAY, BATCH_ARRAY | CONTENT_HASH | OFFLOAD, offsetof<ArrayMap>(), array_check, array_alloc, free_block, array_lookup, array_update, delete_einval, array_next_key, pop_enotsupp);
  row(MapType.PROG_ARRAY, NO_TEMPLATE | VALUE_IS_PROG, offsetof<Map>(), fd_array_check, empty_alloc, empty_free, lookup_enoent, prog_array_update, empty_slot_delete, array_next_key, pop_enotsupp);
  row(MapType.PERF_EVENT_ARRAY, 0, offsetof<Map>(), perf_event_array_check, empty_alloc, empty_free, lookup_enotsupp, event_array_update, empty_slot_delete, array_next_key, pop_enotsupp);
  row(MapType.PERCPU_HASH, BATCH_HASH | PERCPU, offsetof<HashMap>(), percpu_hash_check, hash_alloc, hash_free, hash_lookup, hash_update, hash_delete, hash_next_key, hash_lookup_and_delete);
  row(MapType.PERCPU_ARRAY, BATCH_ARRAY | PERCPU, offsetof<ArrayMap>(), percpu_array_check, array_alloc, free_block, array_lookup, array_update, delete_einval, array_next_key, pop_enotsupp);
  row(MapType.STACK_TRACE, CHECK_LATE, offsetof<Map>(), stack_trace_check, empty_alloc, empty_free, lookup_enoent, update_einval, stack_trace_delete, next_key_enoent, pop_enoent);
  row(MapType.CGROUP_ARRAY, 0, offsetof<Map>(), fd_array_check, empty_alloc, empty_free, lookup_enotsupp, event_array_update, empty_slot_delete, array_next_key, pop_enotsupp);
  row(MapType.LRU_HASH, BATCH_HASH, offsetof<LruMap>(), lru_hash_check, lru_alloc, lru_free, hash_lookup, lru_hash_update, lru_delete, hash_next_key, lru_lookup_and_delete);
  row(MapType.LRU_PERCPU_HASH, BATCH_HASH | PERCPU, offsetof<LruMap>(), lru_percpu_hash_check, lru_alloc, lru_free, hash_lookup, lru_percpu_hash_update, lru_delete, hash_next_key, lru_lookup_and_delete);
  row(MapType.LPM_TRIE, CHECK_LATE | BATCH_LOOKUP | BATCH_UPDATE | BATCH_DELETE, offsetof<LpmTrie>(), lpm_check, lpm_alloc, lpm_free, lpm_lookup, lpm_update, lpm_delete, lpm_next_key, pop_enotsupp);
  row(MapType.ARRAY_OF_MAPS, VALUE_IS_MAP | BATCH_ARRAY, ARRAY_OF_MAPS_SIZE, fd_array_check, array_of_maps_alloc, array_of_maps_free, array_of_maps_lookup, array_of_maps_update, array_of_maps_delete, array_next_key, pop_enotsupp);
  row(MapType.HASH_OF_MAPS, VALUE_IS_MAP | BATCH_HASH, HASH_OF_MAPS_SIZE, hash_of_maps_check, hash_of_maps_alloc, hash_of_maps_free, hash_of_maps_lookup, hash_of_maps_update, hash_of_maps_delete, hash_next_key, pop_enotsupp);
  row(MapType.DEVMAP, 0, offsetof<ArrayMap>(), dev_map_check, dev_map_alloc, free_block, dev_map_lookup, dev_map_update, dev_map_delete, array_next_key, pop_enotsupp);
  row(MapType.SOCKMAP, CHECK_LATE | VALUE_IS_SOCKET | VALUE_FD_UNSIGNED, offsetof<Map>(), dev_map_check, empty_alloc, empty_free, socket_lookup, sock_map_update, delete_einval, array_next_key, pop_enotsupp);
  row(MapType.CPUMAP, CHECK_LATE, offsetof<ArrayMap>(), cpu_map_check, array_alloc, free_block, dev_map_lookup, cpu_map_update, dev_map_delete, array_next_key, pop_enotsupp);
  row(MapType.XSKMAP, CHECK_LATE | VALUE_IS_SOCKET, offsetof<Map>(), xsk_map_check, empty_alloc, empty_free, lookup_eopnotsupp, sock_array_update, xsk_map_delete, array_next_key, pop_enotsupp);
  row(MapType.SOCKHASH, CHECK_LATE | VALUE_IS_SOCKET | VALUE_FD_UNSIGNED, offsetof<Map>(), sock_hash_check, empty_alloc, empty_free, socket_lookup, sock_map_update, delete_enoent, next_key_enoent, pop_enotsupp);
  row(MapType.CGROUP_STORAGE, CHECK_LATE | NO_TEMPLATE, offsetof<Map>(), cgroup_storage_check, empty_alloc, empty_free, lookup_enoent, cgroup_storage_update, delete_einval, next_key_enoent, pop_enotsupp);
  row(MapType.REUSEPORT_SOCKARRAY, VALUE_IS_SOCKET, offsetof<Map>(), reuseport_array_check, empty_alloc, empty_free, socket_lookup, sock_array_update, empty_slot_delete, array_next_key, pop_enotsupp);
  row(MapType.PERCPU_CGROUP_STORAGE, CHECK_LATE | NO_TEMPLATE | PERCPU, offsetof<Map>(), percpu_cgroup_storage_check, empty_alloc, empty_free, lookup_enoent, cgroup_storage_update, delete_einval, next_key_enoent, pop_enotsupp);
  row(MapType.QUEUE, POP_NO_FLAGS, offsetof<QueueMap>(), queue_check, array_alloc, free_block, queue_peek, queue_push, delete_einval, next_key_einval, queue_pop);
  row(MapType.STACK, POP_NO_FLAGS, offsetof<QueueMap>(), queue_check, array_alloc, free_block, queue_peek, queue_push, delete_einval, next_key_einval, queue_pop);
  row(MapType.SK_STORAGE, 0, offsetof<Map>(), object_storage_check, empty_alloc, empty_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.DEVMAP_HASH, 0, offsetof<DevHashMap>(), dev_hash_check, dev_hash_alloc, dev_hash_free, dev_hash_lookup, dev_hash_update, dev_hash_delete, dev_hash_next_key, pop_enotsupp);
  row(MapType.STRUCT_OPS, 0, offsetof<Map>(), struct_ops_check, struct_ops_alloc, empty_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.RINGBUF, CHECK_LATE, offsetof<RingbufMap>(), ringbuf_check, ringbuf_alloc, ringbuf_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.INODE_STORAGE, 0, offsetof<Map>(), object_storage_check, empty_alloc, empty_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.TASK_STORAGE, 0, offsetof<Map>(), object_storage_check, empty_alloc, empty_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.BLOOM_FILTER, CHECK_LATE | VALUE_IS_INPUT, offsetof<BloomFilterMap>(), bloom_check, bloom_alloc, free_block, bloom_lookup, bloom_push, delete_eopnotsupp, next_key_eopnotsupp, pop_enotsupp);
  row(MapType.USER_RINGBUF, CHECK_LATE, offsetof<RingbufMap>(), ringbuf_check, ringbuf_alloc, ringbuf_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.CGRP_STORAGE, 0, offsetof<Map>(), object_storage_check, empty_alloc, empty_free, lookup_enotsupp, update_enotsupp, delete_enotsupp, next_key_enotsupp, pop_enotsupp);
  row(MapType.ARENA, CHECK_LATE, offsetof<Map>(), arena_check, empty_alloc, empty_free, lookup_einval, update_eopnotsupp, delete_eopnotsupp, next_key_eopnotsupp, pop_enotsupp);

  row_mmap(MapType.ARRAY, array_mmap);
  row_mmap(MapType.RINGBUF, ringbuf_mapping);
  row_mmap(MapType.USER_RINGBUF, ringbuf_mapping);
}

export function ops_mmap(type: u32, map: usize): usize {
  return call_indirect<usize>(cell(type, MMAP), map);
}

/** Whether this number is a map type that can be created. */
export function ops_known(type: u32): bool {
  return type - 1 < TYPES;
}

@inline
export function ops_check(type: u32, attr: usize): i32 {
  return call_indirect<i32>(cell(type, CHECK), attr);
}

@inline
export function ops_alloc(type: u32, map: usize, attr: usize): i32 {
  return call_indirect<i32>(cell(type, ALLOC), map, attr);
}

@inline
export function ops_free(type: u32, map: usize): void {
  call_indirect<void>(cell(type, FREE), map);
}

@inline
export function ops_lookup(type: u32, map: usize, key: usize): usize {
  return call_indirect<usize>(cell(type, LOOKUP), map, key);
}

@inline
export function ops_update(type: u32, map: usize, key: usize, value: usize, flags: u64): i32 {
  return call_indirect<i32>(cell(type, UPDATE), map, key, value, flags);
}

@inline
export function ops_delete(type: u32, map: usize, key: usize): i32 {
  return call_indirect<i32>(cell(type, DELETE), map, key);
}

@inline
export function ops_next_key(type: u32, map: usize, key: usize): usize {
  return call_indirect<usize>(cell(type, NEXT_KEY), map, key);
}

@inline
export function ops_pop(type: u32, map: usize, key: usize, value: usize): i32 {
  return call_indirect<i32>(cell(type, POP), map, key, value);
}
