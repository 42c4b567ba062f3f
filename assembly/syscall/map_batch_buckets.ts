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
import { ops_delete } from "../map/ops";
import { VALUE_IS_MAP, ops_traits } from "../map/traits";
import { put_field } from "./attr";

// LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH of the hash family. in_batch and out_batch hold a bucket number, four bytes
// whatever the key size is; a bucket is delivered whole or not at all.

/** Stores `count` in the caller's attr, which every batch does: false when it cannot be written. */
export function set_count(out: usize, count: u32): bool {
  return put_field(out, offsetof<BatchAttr>("count"), count);
}

export function lookup_buckets(map: Map, attr: BatchAttr, out: usize, remove: bool): i32 {
  if (attr.flags) return -Errno.EINVAL;
  const room = attr.count;
  if (room == 0) return 0;
  const table = changetype<HashMap>(changetype<usize>(map));
  const in_batch = attr.in_batch;
  const out_batch = attr.out_batch;
  const buckets = nr_buckets(table);
  const keys = attr.keys;
  const values = attr.values;
  if (!set_count(out, 0)) return -Errno.EFAULT;
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
  return set_count(out, count) ? answer : -Errno.EFAULT;
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
function copy_bucket(table: HashMap, bucket: u32, count: u32, keys: u64, values: u64): bool {
  // All keys go before all values, as in Linux, which shows when both buffers are one.
  if (!copy_part(table, bucket, count, keys, table.key_size, false)) return false;
  return copy_part(table, bucket, count, values, table.user_value_size, true);
}

/** Copies the keys, or the values, of a bucket. False when the buffer is bad. */
function copy_part(table: HashMap, bucket: u32, count: u32, to: u64, size: u32, of_values: bool): bool {
  if (!user_ok(to, <u64>count * size)) return false;
  let at = <usize>to;
  if (table.group_slots) {
    for (let record = first_in(table, bucket); record; record = next_in_group(table, record, bucket)) {
      copy_one(table, record, at, size, of_values);
      at += size;
    }
    return true;
  }
  // Lines of a chain hold a bucket oldest first, so it is written from its end.
  at += count * size;
  for (let line = chain_line(table, bucket >> 3); line; line = next_line(line)) {
    for (let slots = chain_slots(table, line, bucket); slots; slots &= slots - 1) {
      at -= size;
      copy_one(table, record_at(line, ctz(slots)), at, size, of_values);
    }
  }
  return true;
}

/** What user space sees of a record's key or value. */
function copy_one(table: HashMap, record: usize, to: usize, size: u32, of_value: bool): void {
  const from = of_value ? value_of(table, record) : record;
  if (of_value && ops_traits(table.type) & VALUE_IS_MAP) {
    store<u32>(to, changetype<Map>(<usize>load<u32>(from)).id);
  } else {
    copy_bytes(to, from, size);
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
