import { copy_bytes_inline, equal_bytes } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { HashMap, hash_key, hash_key_inline, line_index, value_of } from "./hash_map";
import { find, likely_record } from "./hash_table";

// Many lookups at once. One lookup is two dependent cache misses, line then record. How many of them a CPU has under way
// at once depends on how many instructions stand between them, so the misses have loops of their own, of a few
// instructions a key, and all other work finds its lines in the cache:
//
//   1  hash every key        2  touch every line     3  find every likely record      4  touch every record
//   5  compare, copy out
//
// Measured at 1,000,000 elements, random keys, beside two bare loads a key from as much memory at 1: without stages 2 and
// 4 it was 6.7, with them 2.

const GROUP: u32 = 64;
const HASHES: usize = PAGE_SCRATCH;
const RECORDS: usize = PAGE_SCRATCH + <usize>GROUP * 4;
/** Where the sums of what was touched go, so that the loads are not removed. */
const SINK: usize = RECORDS + <usize>GROUP * 4;

/** Looks `count` keys up; found[i] says whether value i was written. Returns the number of hits. */
export function hash_lookup_many(map: HashMap, keys: usize, values: usize, count: u32, found: usize): u32 {
  let hits: u32 = 0;
  for (let done: u32 = 0; done < count; done += GROUP) {
    const size = min<u32>(GROUP, count - done);
    find_likely(map, keys, size);
    hits += copy_found(map, keys, values, size, found);
    keys += <usize>size * map.key_size;
    values += <usize>size * map.user_value_size;
    found += size;
  }
  return hits;
}

/** Stages 1 to 4. */
function find_likely(map: HashMap, keys: usize, size: u32): void {
  const key_size = map.key_size;
  const end = HASHES + (<usize>size << 2);
  for (let at = HASHES; at < end; at += 4) {
    store<u32>(at, hash_key_inline(map, keys));
    keys += key_size;
  }
  const lines = map.lines;
  const shift = map.group_slots ? 4 : 6;
  let sum: u32 = 0;
  for (let at = HASHES; at < end; at += 4) sum += load<u32>(lines + (<usize>line_index(map, load<u32>(at)) << shift));
  for (let at = HASHES; at < end; at += 4) store<u32>(at, <u32>likely_record(map, load<u32>(at)), RECORDS - HASHES);
  for (let at = HASHES; at < end; at += 4) sum += load<u32>(<usize>load<u32>(at, RECORDS - HASHES));
  store<u32>(SINK, sum);
}

/** Stage 5. */
function copy_found(map: HashMap, keys: usize, values: usize, size: u32, found: usize): u32 {
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  let hits: u32 = 0;
  for (let i: u32 = 0; i < size; ++i) {
    const at = HASHES + (<usize>i << 2);
    let record = <usize>load<u32>(at, RECORDS - HASHES);
    // A likely record is rarely another key's, and none is rarely a hit: both take the slow way.
    if (!record || !equal_bytes(record, keys, key_size)) record = find(map, keys, load<u32>(at));
    if (record) {
      copy_bytes_inline(values, value_of(map, record), value_size);
      ++hits;
    }
    store<u8>(found, u8(record != 0));
    keys += key_size;
    values += value_size;
    ++found;
  }
  return hits;
}
