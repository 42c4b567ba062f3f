import { Errno } from "../uapi/constants";
import { Fault } from "../uapi/fault";
import { ArrayMap } from "../map/array";
import { HashMap, bucket_index, hash_key, value_of } from "../map/hash/hash_map";
import { find, first_in, next_in, skip_empty } from "../map/hash/table";
import { KIND_DATA, chunk_kind, chunk_of } from "../mem/chunk";
import { Map } from "../map/map";
import { BATCH_BUCKETS, BATCH_DELETE, BATCH_LOOKUP, BATCH_UPDATE, VALUE_IS_MAP, ops_traits } from "../map/traits";
import { data_arg, map_arg, own_value } from "./args";
import { fault } from "./run";

// bpf_for_each_map_elem from the inside out: whoever runs the program asks for one place after the other and calls the
// program's callback between. A place is a number, 0 before the first and behind the last:
//
//   array   index + 1
//   hash    bucket << 32 | address of the element
//
// The next place is asked for before the callback is called, which may delete the element. It may also delete that next
// element: it is shown all the same, as in Linux, and then the walk goes on with the next bucket.

const BUCKET_SHIFT: u64 = 32;

@inline
function is_hash(traits: u32): bool {
  return (traits & (BATCH_BUCKETS | VALUE_IS_MAP)) == BATCH_BUCKETS;
}

/** Arrays are what is updated in batches and never deleted from. */
@inline
function is_array(traits: u32): bool {
  const all = BATCH_LOOKUP | BATCH_UPDATE | BATCH_DELETE | VALUE_IS_MAP;
  return (traits & all) == (BATCH_LOOKUP | BATCH_UPDATE);
}

function walked_map(map_ptr: u64): Map {
  const map = map_arg(map_ptr);
  const traits = ops_traits(map.type);
  if (!is_hash(traits) && !is_array(traits)) fault(Fault.MAP_TYPE);
  return map;
}

/** 0, or -EINVAL for flags. */
export function for_each_begin(map_ptr: u64, flags: u64): u64 {
  walked_map(map_ptr);
  return flags ? <i64>-Errno.EINVAL : 0;
}

/** The place after a place; 0 at the end. */
export function for_each_next(map_ptr: u64, at: u64): u64 {
  const map = walked_map(map_ptr);
  if (is_hash(ops_traits(map.type))) return next_in_hash(changetype<HashMap>(map), at);
  return at < map.max_entries ? at + 1 : 0;
}

function next_in_hash(map: HashMap, at: u64): u64 {
  if (at == 0) return first_from(map, 0);
  const element = element_at(map, at);
  let bucket = <u32>(at >> BUCKET_SHIFT);
  const hash = hash_key(map, element);
  // An element that is no longer there has no successor.
  if (bucket_index(map, hash) == bucket && find(map, element, hash) == element) {
    const next = next_in(map, element, hash);
    if (next) return place(bucket, next);
  }
  return bucket < map.bucket_mask ? first_from(map, bucket + 1) : 0;
}

function first_from(map: HashMap, bucket: u32): u64 {
  for (bucket = skip_empty(map, bucket); bucket <= map.bucket_mask; bucket = skip_empty(map, bucket + 1)) {
    const element = first_in(map, bucket);
    if (element) return place(bucket, element);
  }
  return 0;
}

@inline
function place(bucket: u32, element: usize): u64 {
  return (<u64>bucket << BUCKET_SHIFT) | element;
}

/** The element at a place. Places come back from who runs the program, so they are believed as far as they do no harm. */
function element_at(map: HashMap, at: u64): usize {
  const element = <usize>(<u32>at);
  const last = element + map.stride - 1;
  if (last < element || chunk_kind(chunk_of(element)) != KIND_DATA || chunk_kind(chunk_of(last)) != KIND_DATA) fault(Fault.ARGUMENT);
  return element;
}

/** Address of the key at a place: of an array's index in the cell. */
export function for_each_key(map_ptr: u64, at: u64, cell: u64): u64 {
  const map = walked_map(map_ptr);
  if (is_hash(ops_traits(map.type))) return element_at(changetype<HashMap>(map), at);
  const key = data_arg(cell, 4);
  store<u32>(key, <u32>at - 1);
  return key;
}

/** Address of the running CPU's value at a place. */
export function for_each_value(map_ptr: u64, at: u64): u64 {
  const map = walked_map(map_ptr);
  if (is_hash(ops_traits(map.type))) return own_value(map, value_of(changetype<HashMap>(map), element_at(changetype<HashMap>(map), at)));
  const array = changetype<ArrayMap>(map);
  const index = <u32>at - 1;
  if (index >= map.max_entries) fault(Fault.ARGUMENT);
  return own_value(map, array.values + <usize>index * array.stride);
}

/** Callbacks that one bpf_loop may call. */
const LOOPS_MAX: u32 = 1 << 23;

/** bpf_loop before its first callback: 0, or what it answers at once. */
export function loop_begin(count: u64, flags: u64): u64 {
  if (flags) return <i64>-Errno.EINVAL;
  return <u32>count > LOOPS_MAX ? <i64>-Errno.E2BIG : 0;
}
