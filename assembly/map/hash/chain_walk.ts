import { chain_line, chain_used, is_empty_line, next_line, position_of } from "./chains";
import { copy_part, part_size } from "./copy";
import { HashMap, bucket_index } from "./hash_map";
import { element_at, match_bucket } from "./line";

// The order of chains is the kernel's: buckets upward, and inside one from the newest element to the oldest.

/** Newest element of a kernel bucket, or 0. */
export function first_in_chain(map: HashMap, bucket: u32): usize {
  return last_before(map, bucket, 0);
}

/** The element of the same bucket that was inserted before this one, or 0. */
export function next_in_chain(map: HashMap, element: usize, hash: u32): usize {
  return last_before(map, bucket_index(map, hash), position_of(map, element, hash));
}

/** Last element of the bucket in the chain, before a position if one is given. */
function last_before(map: HashMap, bucket: u32, position: usize): usize {
  let last: usize = 0;
  let line = chain_line(map, bucket >> 3);
  do {
    let matches = chain_slots(map, line, bucket);
    const stop = line == (position & ~63);
    if (stop) matches &= (1 << <u32>(position & 63)) - 1;
    if (matches) last = element_at(line, 31 - clz(matches));
    if (stop) break;
    line = next_line(line);
  } while (line);
  return last;
}

/** Whether the bucket and its seven neighbours are empty. */
@inline
export function chain_is_empty(map: HashMap, bucket: u32): bool {
  return is_empty_line(chain_line(map, bucket >> 3));
}

/** Slots of a line that hold elements of the bucket, the lowest the oldest. */
@inline
export function chain_slots(map: HashMap, line: usize, bucket: u32): u32 {
  return match_bucket(line, chain_used(line), bucket, map.bucket_mask);
}

/** Elements in a kernel bucket. */
export function count_in_chain(map: HashMap, bucket: u32): u32 {
  let count: u32 = 0;
  for (let line = chain_line(map, bucket >> 3); line; line = next_line(line)) {
    count += <u32>popcnt(chain_slots(map, line, bucket));
  }
  return count;
}

/** Copies the keys, or the values, of a bucket's `count` elements: from the end, since a chain has the oldest first. */
export function copy_bucket_of_chain(map: HashMap, bucket: u32, count: u32, to: usize, of_values: bool): void {
  const size = part_size(map, of_values);
  let at = to + count * size;
  for (let line = chain_line(map, bucket >> 3); line; line = next_line(line)) {
    for (let slots = chain_slots(map, line, bucket); slots; slots &= slots - 1) {
      at -= size;
      copy_part(map, element_at(line, ctz(slots)), at, of_values);
    }
  }
}
