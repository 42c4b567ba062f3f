import { Errno } from "../uapi/constants";
import { BatchAttr } from "../uapi/attr";
import { checkpoint } from "../mem/journal";
import { still_alive } from "../mem/section";
import { user_ok } from "../mem/user";
import { Map } from "../map/map";
import { empty_bucket } from "../map/hash/empty";
import { HashMap, nr_buckets } from "../map/hash/hash_map";
import { copies_lines, copy_bucket, copy_lines, count_in, skip_empty } from "../map/hash/table";
import { has_special_fields } from "../map/special_fields";
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
  const by_line = !remove && lines_fit(table, keys, values, room);
  let count: u32 = 0;
  let answer = -Errno.ENOENT;
  for (;;) {
    if (by_line && (bucket & 7) == 0) {
      const to_keys = <usize>keys + count * map.key_size;
      const done = copy_lines(table, bucket, to_keys, <usize>values + count * map.user_value_size, room - count);
      count += <u32>(done >> 32);
      bucket = <u32>done;
    }
    // A table of fewer than eight buckets ends within a line.
    bucket = bucket < buckets ? skip_empty(table, bucket) : buckets;
    if (bucket == buckets) break;
    const size = count_in(table, bucket);
    if (size > room - count) {
      answer = count ? 0 : -Errno.ENOSPC;
      break;
    }
    if (size) {
      const copied = copy_out(table, bucket, size, keys + <u64>count * map.key_size, values + <u64>count * map.user_value_size);
      // Linux takes the elements out before it copies: a bad buffer loses them.
      if (remove) empty_bucket(table, bucket);
      checkpoint();
      still_alive();
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
 * Whether all that may come can be copied line by line: a table that can, good buffers, and not one buffer for both keys
 * and values, which shows what is written first.
 */
function lines_fit(table: HashMap, keys: u64, values: u64, room: u32): bool {
  if (!copies_lines(table) || ops_traits(table.type) & VALUE_IS_MAP || has_special_fields(table)) return false;
  const count = <u64>min<u32>(room, table.count);
  const keys_size = count * table.key_size;
  const values_size = count * table.user_value_size;
  if ((keys_size | values_size) >> 32) return false;
  if (keys < values + values_size && values < keys + keys_size) return false;
  return user_ok(keys, <u32>keys_size) && user_ok(values, <u32>values_size);
}

/** Copies a bucket's elements out. False when a buffer is bad. */
function copy_out(table: HashMap, bucket: u32, count: u32, keys: u64, values: u64): bool {
  // All keys go before all values, as in Linux, which shows when both buffers are one.
  if (!user_ok(keys, <u64>count * table.key_size)) return false;
  copy_bucket(table, bucket, count, <usize>keys, false);
  if (!user_ok(values, <u64>count * table.user_value_size)) return false;
  copy_bucket(table, bucket, count, <usize>values, true);
  return true;
}
