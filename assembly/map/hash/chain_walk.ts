import { COUNT_MASK, chain_line, chain_used, locate, next_line, record_at } from "./hash_chain";
import { HashMap, bucket_index } from "./hash_map";
import { match_bucket, meta_of } from "./hash_line";

// The order of chains is the kernel's: buckets upward, and inside one from the newest element to the oldest.

/** Newest record of a kernel bucket, or 0. */
export function first_in_chain(map: HashMap, bucket: u32): usize {
  return last_before(map, bucket, 0);
}

/** The record of the same bucket that was inserted before this one, or 0. */
export function next_in_chain(map: HashMap, record: usize, hash: u32): usize {
  return last_before(map, bucket_index(map, hash), locate(map, record, hash));
}

/** Last record of the bucket in the chain, before a position if one is given. */
function last_before(map: HashMap, bucket: u32, position: usize): usize {
  let last: usize = 0;
  let line = chain_line(map, bucket >> 3);
  do {
    let matches = match_bucket(line, chain_used(line), bucket, map.bucket_mask);
    const stop = line == (position & ~63);
    if (stop) matches &= (1 << <u32>(position & 63)) - 1;
    if (matches) last = record_at(line, 31 - clz(matches));
    if (stop) break;
    line = next_line(line);
  } while (line);
  return last;
}

/** Whether the bucket and its seven neighbours are empty. */
@inline
export function chain_is_empty(map: HashMap, bucket: u32): bool {
  return (meta_of(chain_line(map, bucket >> 3)) & COUNT_MASK) == 0;
}

// A bucket in order of age, oldest first, for callers that need no function per element:
//   for (let line = chain_line(…); line; line = next_line(line)) for (each bit of chain_slots(…)) record_at(line, bit)

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
