import { copy_bytes_inline, equal_bytes } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { HashMap, hash_key, hash_key_inline, value_of } from "./hash_map";
import { line_of, likely_in_chains } from "./hash_chain";
import { likely_in_groups } from "./hash_group";
import { find } from "./hash_table";

// Many lookups at once. One lookup is two dependent cache misses, line then record. How many of them a CPU has under way
// at once depends on how many instructions stand between them, so the misses have loops of their own, of a few
// instructions a key, and all other work finds its lines in the cache:
//
//   1  hash every key, touch its line    2  find every likely record    3  touch every record    4  compare, copy out
//
// Lines of groups are so small that most are in a cache: there 1 and 2 are one loop.
//
// Measured at 1,000,000 elements, random keys, beside two bare loads a key from as much memory at 1: with 3 and 4 in one
// loop, and no line touched before it was needed, it was 6.7.

const GROUP: u32 = 64;
const HASHES: usize = PAGE_SCRATCH;
/** Behind the hashes. */
const RECORD: usize = <usize>GROUP * 4;
/** Where the sums of what was touched go, so that the loads are not removed. */
const SINK: usize = HASHES + 2 * RECORD;

/** Looks `count` keys up; found[i] says whether value i was written. Returns the number of hits. */
export function hash_lookup_many(map: HashMap, keys: usize, values: usize, count: u32, found: usize): u32 {
  let hits: u32 = 0;
  for (let done: u32 = 0; done < count; done += GROUP) {
    const size = min<u32>(GROUP, count - done);
    if (map.group_slots) likely_by_groups(map, keys, size);
    else likely_by_chains(map, keys, size);
    touch_records(size);
    hits += copy_found(map, keys, values, size, found);
    keys += <usize>size * map.key_size;
    values += <usize>size * map.user_value_size;
    found += size;
  }
  return hits;
}

function likely_by_groups(map: HashMap, keys: usize, size: u32): void {
  const key_size = map.key_size;
  const end = HASHES + (<usize>size << 2);
  for (let at = HASHES; at < end; at += 4) {
    const hash = hash_key_inline(map, keys);
    store<u32>(at, hash);
    store<u32>(at, <u32>likely_in_groups(map, hash), RECORD);
    keys += key_size;
  }
}

function likely_by_chains(map: HashMap, keys: usize, size: u32): void {
  const key_size = map.key_size;
  const end = HASHES + (<usize>size << 2);
  let sum: u32 = 0;
  for (let at = HASHES; at < end; at += 4) {
    const hash = hash_key(map, keys);
    store<u32>(at, hash);
    sum += load<u32>(line_of(map, hash));
    keys += key_size;
  }
  store<u32>(SINK, sum);
  for (let at = HASHES; at < end; at += 4) store<u32>(at, <u32>likely_in_chains(map, load<u32>(at)), RECORD);
}

function touch_records(size: u32): void {
  const end = HASHES + (<usize>size << 2);
  let sum: u32 = 0;
  for (let at = HASHES; at < end; at += 4) sum += load<u32>(<usize>load<u32>(at, RECORD));
  store<u32>(SINK, sum);
}

/** Step 4. */
function copy_found(map: HashMap, keys: usize, values: usize, size: u32, found: usize): u32 {
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  let hits: u32 = 0;
  for (let i: u32 = 0; i < size; ++i) {
    const at = HASHES + (<usize>i << 2);
    let record = <usize>load<u32>(at, RECORD);
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
