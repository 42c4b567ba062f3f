import { Errno } from "../uapi/constants";
import { BatchAttr } from "../uapi/attr";
import { copy_bytes_inline } from "../mem/bytes";
import { user_ok } from "../mem/user";
import { Map } from "../map/map";
import { record_at } from "../map/hash_line";
import { bucket_line, bucket_next, bucket_slots, count_in, newest_in, skip_empty } from "../map/hash_order";
import { HashMap, nr_buckets, value_of } from "../map/hash_table";
import { ops_delete, ops_lookup } from "../map/ops";
import { VALUE_IS_MAP, ops_traits } from "../map/traits";

// LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH of the hash family. in_batch and out_batch hold a bucket number, four bytes
// whatever the key size is; a bucket is delivered whole or not at all.

/** `count` in the caller's attr, which every batch writes. */
const COUNT: usize = offsetof<BatchAttr>("count");

@inline
export function set_count(out: usize, count: u32): void {
  store<u32>(out, count, COUNT);
}

export function lookup_buckets(map: Map, attr: BatchAttr, out: usize, remove: bool): i32 {
  if (attr.flags) return -Errno.EINVAL;
  const room = attr.count;
  if (room == 0) return 0;
  const table = changetype<HashMap>(changetype<usize>(map));
  const in_batch = attr.in_batch;
  const out_batch = attr.out_batch;
  const buckets = nr_buckets(table);
  // The buffers move on in place, in the caller's attr or its copy; they are inputs only, so keep them here instead.
  const keys = attr.keys;
  const values = attr.values;
  set_count(out, 0);
  let bucket: u32 = 0;
  if (in_batch) {
    if (!user_ok(in_batch, 4)) return -Errno.EFAULT;
    bucket = load<u32>(<usize>in_batch);
    if (bucket >= buckets) return -Errno.ENOENT;
  }
  let count: u32 = 0;
  let answer = -Errno.ENOENT;
  for (;;) {
    bucket = min<u32>(skip_empty(table, bucket), buckets);
    if (bucket == buckets) break;
    const size = count_in(table, bucket);
    if (size > room - count) {
      answer = count ? 0 : -Errno.ENOSPC;
      break;
    }
    if (size) {
      const copied = copy_bucket(table, bucket, size, keys + <u64>count * map.key_size, values + <u64>count * map.user_value_size);
      // Linux takes the elements out before it copies: a bad buffer loses them.
      if (remove) empty_bucket(table, bucket);
      if (!copied) return -Errno.EFAULT;
      count += size;
    }
    ++bucket;
  }
  if (!user_ok(out_batch, 4)) return -Errno.EFAULT;
  store<u32>(<usize>out_batch, bucket);
  set_count(out, count);
  return answer;
}

/** Copies a bucket's elements out, newest first. False when a buffer is bad. */
function copy_bucket(table: HashMap, bucket: u32, size: u32, keys: u64, values: u64): bool {
  const key_size = table.key_size;
  const value_size = table.user_value_size;
  if (!user_ok(keys, size * key_size)) return false;
  copy_keys(table, bucket, <usize>keys + size * key_size);
  if (!user_ok(values, size * value_size)) return false;
  copy_values(table, bucket, <usize>values + size * value_size);
  return true;
}

// Lines hold a bucket oldest first, so it is written from its end; and all keys go before all values, as in Linux, which
// shows when both buffers are one.

function copy_keys(table: HashMap, bucket: u32, end: usize): void {
  const key_size = table.key_size;
  for (let line = bucket_line(table, bucket); line; line = bucket_next(line)) {
    for (let slots = bucket_slots(table, line, bucket); slots; slots &= slots - 1) {
      end -= key_size;
      copy_bytes_inline(end, record_at(line, ctz(slots)), key_size);
    }
  }
}

function copy_values(table: HashMap, bucket: u32, end: usize): void {
  const value_size = table.user_value_size;
  const is_map = (ops_traits(table.type) & VALUE_IS_MAP) != 0;
  for (let line = bucket_line(table, bucket); line; line = bucket_next(line)) {
    for (let slots = bucket_slots(table, line, bucket); slots; slots &= slots - 1) {
      const record = record_at(line, ctz(slots));
      end -= value_size;
      if (is_map) store<u32>(end, changetype<Map>(ops_lookup(table.type, changetype<usize>(table), record)).id);
      else copy_bytes_inline(end, value_of(table, record), value_size);
    }
  }
}

function empty_bucket(table: HashMap, bucket: u32): void {
  for (;;) {
    const record = newest_in(table, bucket);
    if (!record) return;
    // By key, through the type's own delete: an LRU map must hear of it, an outer map must drop its reference.
    // A key that a program overwrote is not found; such a record stays.
    if (ops_delete(table.type, changetype<usize>(table), record)) return;
  }
}
