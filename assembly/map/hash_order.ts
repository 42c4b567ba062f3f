import { COUNT_MASK, match_bucket, meta_of, next_line, record_at } from "./hash_line";
import { HashMap, hash_key, line_of, locate } from "./hash_table";

// The order of a hash table: kernel buckets upward, and inside one from the newest element to the oldest.

/** Newest record of a kernel bucket, or 0. */
export function newest_in(map: HashMap, bucket: u32): usize {
  return last_before(map, line_of(map, bucket), bucket, 0);
}

/** The record of the same bucket that was inserted before this one, or 0. */
export function older_than(map: HashMap, record: usize, hash: u32): usize {
  return last_before(map, line_of(map, hash), hash, locate(map, record, hash));
}

/** Last record of the bucket in the chain, before a position if one is given. */
function last_before(map: HashMap, line: usize, bucket: u32, position: usize): usize {
  let last: usize = 0;
  do {
    const meta = meta_of(line);
    let matches = match_bucket(line, meta, bucket, map.bucket_mask);
    const stop = line == (position & ~63);
    if (stop) matches &= (1 << <u32>(position & 63)) - 1;
    if (matches) last = record_at(line, 31 - clz(matches));
    if (stop) break;
    line = next_line(meta);
  } while (line);
  return last;
}

/** The bucket itself, or a later one if it and those between share only empty lines; nr_buckets or more at the end. */
export function skip_empty(map: HashMap, bucket: u32): u32 {
  const mask = map.bucket_mask;
  while (bucket <= mask && !(meta_of(line_of(map, bucket)) & COUNT_MASK)) bucket = (bucket | 7) + 1;
  return bucket;
}

/** First record in iteration order from a bucket on, or 0. */
export function next_from(map: HashMap, bucket: u32): usize {
  for (bucket = skip_empty(map, bucket); bucket <= map.bucket_mask; bucket = skip_empty(map, bucket + 1)) {
    const record = last_before(map, line_of(map, bucket), bucket, 0);
    if (record) return record;
  }
  return 0;
}

/** The record that follows in iteration order, or 0. */
export function next_record(map: HashMap, record: usize): usize {
  const hash = hash_key(map, record);
  const older = older_than(map, record, hash);
  return older ? older : next_from(map, (hash & map.bucket_mask) + 1);
}

// A bucket in order of age, oldest first, for callers that need no function per element:
//   for (let line = bucket_line(…); line; line = bucket_next(line)) for (each bit of bucket_slots(…)) record_at(line, bit)

@inline
export function bucket_line(map: HashMap, bucket: u32): usize {
  return line_of(map, bucket);
}

@inline
export function bucket_slots(map: HashMap, line: usize, bucket: u32): u32 {
  return match_bucket(line, meta_of(line), bucket, map.bucket_mask);
}

@inline
export function bucket_next(line: usize): usize {
  return next_line(meta_of(line));
}

/** Elements in a kernel bucket. */
export function count_in(map: HashMap, bucket: u32): u32 {
  let count: u32 = 0;
  for (let line = line_of(map, bucket); line; line = bucket_next(line)) {
    count += <u32>popcnt(bucket_slots(map, line, bucket));
  }
  return count;
}
