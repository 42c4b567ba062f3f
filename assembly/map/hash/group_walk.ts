import {
  foreign_slots, goes_on, group_element, group_line, group_of, has_away, next_group, own_slots, slot_of,
} from "./groups";
import { HashMap, bucket_index, hash_key } from "./hash_map";
import { match_bucket } from "./line";

// The order of groups: kernel buckets upward; inside one the elements of its own group as they lie in memory, then those
// that went past it, as a lookup meets them. An element that went past lies among others' elements: which group it is of,
// its key tells.

/** First element of a kernel bucket, or 0. */
export function first_in_group(map: HashMap, bucket: u32): usize {
  const group = bucket >> 3;
  return next_slot(map, bucket, group, own_of(map, bucket, group));
}

/** The element that follows in its bucket, or 0. */
export function next_in_group(map: HashMap, element: usize, bucket: u32): usize {
  const group = group_of(map, element);
  const slot = slot_of(map, element, group);
  const slots = group == bucket >> 3 ? own_of(map, bucket, group) : foreign_of(map, bucket, group);
  return next_slot(map, bucket, group, slots & (~1 << slot));
}

/** Whether the bucket and its seven neighbours are empty. */
@inline
export function group_is_empty(map: HashMap, bucket: u32): bool {
  const line = group_line(map, bucket >> 3);
  return own_slots(line) == 0 && !has_away(line);
}

/** Elements in a kernel bucket. */
export function count_in_group(map: HashMap, bucket: u32): u32 {
  const group = bucket >> 3;
  if (!has_away(group_line(map, group))) return <u32>popcnt(own_of(map, bucket, group));
  let count: u32 = 0;
  for (let element = first_in_group(map, bucket); element; element = next_in_group(map, element, bucket)) ++count;
  return count;
}

/** The element of the lowest of these slots of a group; when there is none, of the first slot of the bucket further on. */
function next_slot(map: HashMap, bucket: u32, group: u32, slots: u32): usize {
  const home = bucket >> 3;
  do {
    for (; slots; slots &= slots - 1) {
      const element = group_element(map, group, ctz(slots));
      if (group == home || is_of(map, element, bucket)) return element;
    }
    if (!goes_on(group_line(map, group), group == home)) break;
    group = next_group(map, group);
    slots = foreign_of(map, bucket, group);
  } while (group != home);
  return 0;
}

/** Slots of a bucket in its own group. */
@inline
function own_of(map: HashMap, bucket: u32, group: u32): u32 {
  const line = group_line(map, group);
  return match_bucket(line, own_slots(line), bucket, map.bucket_mask);
}

/** Slots in another group that may be of a bucket. */
@inline
function foreign_of(map: HashMap, bucket: u32, group: u32): u32 {
  const line = group_line(map, group);
  return match_bucket(line, foreign_slots(line), bucket, map.bucket_mask);
}

/** Whether the key of an element that went past its group is of this bucket. */
function is_of(map: HashMap, element: usize, bucket: u32): bool {
  return bucket_index(map, hash_key(map, element)) == bucket;
}
