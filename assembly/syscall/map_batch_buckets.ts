import { Errno } from "../uapi/constants";
import { BatchAttr } from "../uapi/attr";
import { copy_bytes } from "../mem/bytes";
import { user_ok } from "../mem/user";
import { Map } from "../map/map";
import { chain_line, next_line, record_at } from "../map/hash_chain";
import { chain_slots } from "../map/hash_chain_order";
import { copy_groups } from "../map/hash_group_copy";
import { next_in_group } from "../map/hash_group_order";
import { HashMap, nr_buckets, value_of } from "../map/hash_map";
import { count_in, first_in, skip_empty } from "../map/hash_order";
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
  const by_group = !remove && groups_fit(table, keys, values, room);
  let count: u32 = 0;
  let answer = -Errno.ENOENT;
  for (;;) {
    if (by_group && (bucket & 7) == 0) {
      const to_keys = <usize>keys + count * map.key_size;
      const done = copy_groups(table, bucket >> 3, to_keys, <usize>values + count * map.user_value_size, room - count);
      count += <u32>(done >> 32);
      bucket = <u32>done << 3;
    }
    // A table of fewer than eight buckets ends within a group.
    bucket = bucket < buckets ? skip_empty(table, bucket) : buckets;
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

/**
 * Whether all that may come can be copied group by group: a map in groups, good buffers, and not one buffer for both keys
 * and values, which shows what is written first.
 */
function groups_fit(table: HashMap, keys: u64, values: u64, room: u32): bool {
  if (!table.group_slots || ops_traits(table.type) & VALUE_IS_MAP) return false;
  const count = <u64>min<u32>(room, table.count);
  const keys_size = count * table.key_size;
  const values_size = count * table.user_value_size;
  if ((keys_size | values_size) >> 32) return false;
  if (keys < values + values_size && values < keys + keys_size) return false;
  return user_ok(keys, <u32>keys_size) && user_ok(values, <u32>values_size);
}

/** Copies a bucket's elements out. False when a buffer is bad. */
function copy_bucket(table: HashMap, bucket: u32, size: u32, keys: u64, values: u64): bool {
  const keys_size = size * table.key_size;
  const values_size = size * table.user_value_size;
  // All keys go before all values, as in Linux, which shows when both buffers are one.
  if (!user_ok(keys, keys_size)) return false;
  if (table.group_slots) copy_group_keys(table, bucket, <usize>keys);
  else copy_chain_keys(table, bucket, <usize>keys + keys_size);
  if (!user_ok(values, values_size)) return false;
  if (table.group_slots) copy_group_values(table, bucket, <usize>values);
  else copy_chain_values(table, bucket, <usize>values + values_size);
  return true;
}

function copy_group_keys(table: HashMap, bucket: u32, keys: usize): void {
  for (let record = first_in(table, bucket); record; record = next_in_group(table, record, bucket)) {
    copy_bytes(keys, record, table.key_size);
    keys += table.key_size;
  }
}

function copy_group_values(table: HashMap, bucket: u32, values: usize): void {
  for (let record = first_in(table, bucket); record; record = next_in_group(table, record, bucket)) {
    copy_value(table, record, values);
    values += table.user_value_size;
  }
}

// Lines of a chain hold a bucket oldest first, so it is written from its end.

function copy_chain_keys(table: HashMap, bucket: u32, end: usize): void {
  for (let line = chain_line(table, bucket >> 3); line; line = next_line(line)) {
    for (let slots = chain_slots(table, line, bucket); slots; slots &= slots - 1) {
      end -= table.key_size;
      copy_bytes(end, record_at(line, ctz(slots)), table.key_size);
    }
  }
}

function copy_chain_values(table: HashMap, bucket: u32, end: usize): void {
  for (let line = chain_line(table, bucket >> 3); line; line = next_line(line)) {
    for (let slots = chain_slots(table, line, bucket); slots; slots &= slots - 1) {
      end -= table.user_value_size;
      copy_value(table, record_at(line, ctz(slots)), end);
    }
  }
}

/** What user space sees of a record's value. */
function copy_value(table: HashMap, record: usize, to: usize): void {
  if (ops_traits(table.type) & VALUE_IS_MAP) {
    store<u32>(to, changetype<Map>(ops_lookup(table.type, changetype<usize>(table), record)).id);
  } else {
    copy_bytes(to, value_of(table, record), table.user_value_size);
  }
}

function empty_bucket(table: HashMap, bucket: u32): void {
  for (;;) {
    const record = first_in(table, bucket);
    if (!record) return;
    // By key, through the type's own delete: an LRU map must hear of it, an outer map must drop its reference.
    // A key that a program overwrote is not found; such a record stays.
    if (ops_delete(table.type, changetype<usize>(table), record)) return;
  }
}
