import { MapType } from "../uapi/constants";
import { is_alone } from "../mem/cpu";
import { note, noted } from "../mem/function_table";
import { RESTART } from "../mem/section";
import { empty_alloc, empty_free } from "./fd_array";
import { Map, is_err } from "./map";
import {
  delete_enotsupp, lookup_enotsupp, mmap_enotsupp, next_key_enotsupp, pop_enotsupp, update_enotsupp,
} from "./missing";
import { has_special_fields, update_around_fields } from "./special_fields";
import { CONCURRENT, header_size, ops_traits, set_header_size, set_traits } from "./traits";

// THE table: map type → operations. What is in it, types.ts says. Nothing else in the core asks which type a map is.
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

/** A type's row of the table while the build fills it in: what is assigned goes to the row. Its address is the type. */
@unmanaged
class Row {
  @inline
  private get type(): u32 {
    return <u32>changetype<usize>(this);
  }

  set traits(traits: u32) {
    set_traits(this.type, traits);
  }

  /** Bytes of the header that a map of this type begins with. */
  set header_size(size: usize) {
    set_header_size(this.type, size);
  }

  set check(operation: Check) {
    note(cell(this.type, CHECK), operation.index);
  }

  set alloc(operation: Alloc) {
    note(cell(this.type, ALLOC), operation.index);
  }

  set free(operation: Free) {
    note(cell(this.type, FREE), operation.index);
  }

  set lookup(operation: Lookup) {
    note(cell(this.type, LOOKUP), operation.index);
  }

  set update(operation: Update) {
    note(cell(this.type, UPDATE), operation.index);
  }

  set delete(operation: Delete) {
    note(cell(this.type, DELETE), operation.index);
  }

  set next_key(operation: NextKey) {
    note(cell(this.type, NEXT_KEY), operation.index);
  }

  set pop(operation: Pop) {
    note(cell(this.type, POP), operation.index);
  }

  set mmap(operation: Mmap) {
    note(cell(this.type, MMAP), operation.index);
  }
}

/** The row of a type that is a header and nothing else: every operation answers ENOTSUPP. It lacks `check`. */
export function type_of(type: MapType): Row {
  const row = changetype<Row>(<usize>type);
  row.header_size = offsetof<Map>();
  row.alloc = empty_alloc;
  row.free = empty_free;
  row.lookup = lookup_enotsupp;
  row.update = update_enotsupp;
  row.delete = delete_enotsupp;
  row.next_key = next_key_enotsupp;
  row.pop = pop_enotsupp;
  row.mmap = mmap_enotsupp;
  return row;
}

/** The row of a type that does everything as another one does. */
export function type_like(type: MapType, other: MapType): Row {
  for (let column: u32 = 0; column < COLUMNS; ++column) note(cell(type, column), noted(cell(other, column)));
  set_traits(type, ops_traits(other));
  set_header_size(type, header_size(other));
  return changetype<Row>(<usize>type);
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
  if (ASC_FEATURE_THREADS && is_err(key)) return key;
  return call_indirect<usize>(cell(type, LOOKUP), map, key);
}

/** Whether an operation that writes must be done alone, which the caller is not: it answers RESTART. */
@inline
function must_be_alone(type: u32): bool {
  return ASC_FEATURE_THREADS && !(ops_traits(type) & CONCURRENT) && !is_alone();
}

@inline
export function ops_update(type: u32, map: usize, key: usize, value: usize, flags: u64): i32 {
  if (must_be_alone(type)) return -RESTART;
  if (ASC_FEATURE_THREADS && is_err(key)) return <i32>key;
  if (has_special_fields(changetype<Map>(map))) return update_around_fields(changetype<Map>(map), key, value, flags);
  return ops_update_plain(type, map, key, value, flags);
}

/** The same for a value whose special fields are what they shall be. */
@inline
export function ops_update_plain(type: u32, map: usize, key: usize, value: usize, flags: u64): i32 {
  return call_indirect<i32>(cell(type, UPDATE), map, key, value, flags);
}

@inline
export function ops_delete(type: u32, map: usize, key: usize): i32 {
  if (must_be_alone(type)) return -RESTART;
  if (ASC_FEATURE_THREADS && is_err(key)) return <i32>key;
  return call_indirect<i32>(cell(type, DELETE), map, key);
}

@inline
export function ops_next_key(type: u32, map: usize, key: usize): usize {
  if (ASC_FEATURE_THREADS && is_err(key)) return key;
  return call_indirect<usize>(cell(type, NEXT_KEY), map, key);
}

@inline
export function ops_pop(type: u32, map: usize, key: usize, value: usize): i32 {
  if (must_be_alone(type)) return -RESTART;
  if (ASC_FEATURE_THREADS && is_err(key)) return <i32>key;
  return call_indirect<i32>(cell(type, POP), map, key, value);
}
