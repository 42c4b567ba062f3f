import { MapType } from "../uapi/constants";
import {
  array_alloc,
  array_check,
  array_free,
  array_lookup,
  array_next_key,
  array_update,
  percpu_array_alloc,
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
  percpu_hash_alloc,
  percpu_hash_check,
} from "./hash";
import { delete_einval, pop_enotsupp } from "./missing";

// THE table: map type → operations. A type is a row; adding one is a file and a row. Where a type lacks an operation, its
// cell answers the errno that Linux answers for it (missing.ts). Nothing else in the core asks which type a map is.
//
// A row is 16 words of constant data below the root block: eight function indexes, then the type's traits. Instantiating
// writes the same words again, so a second instance on the same memory finds what it would have written.

/** Attribute rules of the type: 0 or -errno. */
type Check = (attr: usize) => i32;
/** Header of a new map, or an errno pointer. */
type Alloc = (attr: usize) => usize;
type Free = (map: usize) => void;
/** Address of the value, or an errno pointer. For a keyless map `key` is 0, or the value under test (VALUE_IS_INPUT). */
type Lookup = (map: usize, key: usize) => usize;
type Update = (map: usize, key: usize, value: usize, flags: u64) => i32;
type Delete = (map: usize, key: usize) => i32;
/** Address of the key after `key` (0 = of the first), or an errno pointer. */
type NextKey = (map: usize, key: usize) => usize;
/** Lookup and delete. The element goes even when `value` is 0, because the caller's buffer cannot be written. */
type Pop = (map: usize, key: usize, value: usize) => i32;

// Traits: what the syscall layer must know of a type's values and batches.
/** LOOKUP reads the value buffer instead of writing it. */
export const VALUE_IS_INPUT: u32 = 1 << 0;
/** An element is the address of another map: user space sees its id. */
export const VALUE_IS_MAP: u32 = 1 << 1;
/** LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH go bucket by bucket: the map is a HashMap. */
export const BATCH_BUCKETS: u32 = 1 << 2;
/** LOOKUP_BATCH goes key by key. */
export const BATCH_LOOKUP: u32 = 1 << 3;
export const BATCH_UPDATE: u32 = 1 << 4;
export const BATCH_DELETE: u32 = 1 << 5;
/** LOOKUP_AND_DELETE_ELEM takes no flags at all. */
export const POP_NO_FLAGS: u32 = 1 << 6;

const BATCH_HASH: u32 = BATCH_BUCKETS | BATCH_UPDATE | BATCH_DELETE;
const BATCH_ARRAY: u32 = BATCH_LOOKUP | BATCH_UPDATE;

const ROW_SIZE: usize = 64;
const OPS: usize = memory.data(64 * 34, 16);
if (MapType.MAX != 34) ERROR("OPS has one row per map type");

@inline
function row_ptr(type: u32): usize {
  return OPS + <usize>type * ROW_SIZE;
}

function row(
  type: MapType,
  traits: u32,
  check: Check,
  alloc: Alloc,
  free: Free,
  lookup: Lookup,
  update: Update,
  delete_: Delete,
  next_key: NextKey,
  pop: Pop,
): void {
  const ptr = row_ptr(type);
  store<u32>(ptr, check.index, 0);
  store<u32>(ptr, alloc.index, 4);
  store<u32>(ptr, free.index, 8);
  store<u32>(ptr, lookup.index, 12);
  store<u32>(ptr, update.index, 16);
  store<u32>(ptr, delete_.index, 20);
  store<u32>(ptr, next_key.index, 24);
  store<u32>(ptr, pop.index, 28);
  store<u32>(ptr, traits, 32);
}

// prettier-ignore
export function ops_init(): void {
  row(MapType.HASH, BATCH_HASH, hash_check, hash_alloc, hash_free, hash_lookup, hash_update, hash_delete, hash_next_key, hash_lookup_and_delete);
  row(MapType.ARRAY, BATCH_ARRAY, array_check, array_alloc, array_free, array_lookup, array_update, delete_einval, array_next_key, pop_enotsupp);
  row(MapType.PERCPU_HASH, BATCH_HASH, percpu_hash_check, percpu_hash_alloc, hash_free, hash_lookup, hash_update, hash_delete, hash_next_key, hash_lookup_and_delete);
  row(MapType.PERCPU_ARRAY, BATCH_ARRAY, percpu_array_check, percpu_array_alloc, array_free, array_lookup, array_update, delete_einval, array_next_key, pop_enotsupp);
}

/** Whether this number is a map type that can be created. */
export function ops_known(type: u32): bool {
  return type < <u32>MapType.MAX && load<u32>(row_ptr(type), 4) != 0;
}

@inline
export function ops_traits(type: u32): u32 {
  return load<u32>(row_ptr(type), 32);
}

@inline
export function ops_check(type: u32, attr: usize): i32 {
  return call_indirect<i32>(load<u32>(row_ptr(type), 0), attr);
}

@inline
export function ops_alloc(type: u32, attr: usize): usize {
  return call_indirect<usize>(load<u32>(row_ptr(type), 4), attr);
}

@inline
export function ops_free(type: u32, map: usize): void {
  call_indirect<void>(load<u32>(row_ptr(type), 8), map);
}

@inline
export function ops_lookup(type: u32, map: usize, key: usize): usize {
  return call_indirect<usize>(load<u32>(row_ptr(type), 12), map, key);
}

@inline
export function ops_update(type: u32, map: usize, key: usize, value: usize, flags: u64): i32 {
  return call_indirect<i32>(load<u32>(row_ptr(type), 16), map, key, value, flags);
}

@inline
export function ops_delete(type: u32, map: usize, key: usize): i32 {
  return call_indirect<i32>(load<u32>(row_ptr(type), 20), map, key);
}

@inline
export function ops_next_key(type: u32, map: usize, key: usize): usize {
  return call_indirect<usize>(load<u32>(row_ptr(type), 24), map, key);
}

@inline
export function ops_pop(type: u32, map: usize, key: usize, value: usize): i32 {
  return call_indirect<i32>(load<u32>(row_ptr(type), 28), map, key, value);
}
