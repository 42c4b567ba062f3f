import { HashMap, bucket_index, hash_key, nr_buckets } from "./hash_map";
import { chain_is_empty, count_in_chain, first_in_chain, next_in_chain } from "./hash_chain_order";
import { count_in_group, first_in_group, group_is_empty, next_in_group } from "./hash_group_order";

// The order in which GET_NEXT_KEY and batches go over a hash table, groups or chains.

/** First record of a kernel bucket, or 0. */
export function first_in(map: HashMap, bucket: u32): usize {
  return map.group_slots ? first_in_group(map, bucket) : first_in_chain(map, bucket);
}

/** The record that follows in the same bucket, or 0. `hash`: of its key. */
export function next_in(map: HashMap, record: usize, hash: u32): usize {
  return map.group_slots ? next_in_group(map, record, bucket_index(map, hash)) : next_in_chain(map, record, hash);
}

/** Elements in a kernel bucket. */
export function count_in(map: HashMap, bucket: u32): u32 {
  return map.group_slots ? count_in_group(map, bucket) : count_in_chain(map, bucket);
}

/** The bucket itself, or a later one if it and those between share only empty lines; the number of buckets at the end. */
export function skip_empty(map: HashMap, bucket: u32): u32 {
  const end = nr_buckets(map);
  while (bucket < end && (map.group_slots ? group_is_empty(map, bucket) : chain_is_empty(map, bucket))) bucket = (bucket | 7) + 1;
  return min<u32>(bucket, end);
}

/** First record in iteration order from a bucket on, or 0. */
export function next_from(map: HashMap, bucket: u32): usize {
  for (bucket = skip_empty(map, bucket); bucket <= map.bucket_mask; bucket = skip_empty(map, bucket + 1)) {
    const record = first_in(map, bucket);
    if (record) return record;
  }
  return 0;
}

/** The record that follows in iteration order, or 0. */
export function next_record(map: HashMap, record: usize): usize {
  const hash = hash_key(map, record);
  const next = next_in(map, record, hash);
  return next ? next : next_from(map, bucket_index(map, hash) + 1);
}
