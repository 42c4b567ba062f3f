import { copy_bytes_inline, equal_bytes } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { HashMap, find, first_candidate, hash_key, value_of } from "./hash_table";

// Many lookups at once. One lookup is two dependent cache misses, bucket line then record, and the branch between them
// keeps the CPU from starting the next lookup early. In stages over a group of keys the misses of one stage do not
// depend on each other and overlap:
//
//   1  hash every key   2  touch every bucket line, note the first candidate   3  touch every candidate, compare, copy

const GROUP: u32 = 64;
const HASHES: usize = PAGE_SCRATCH;
const CANDIDATES: usize = PAGE_SCRATCH + <usize>GROUP * 4;

/** Looks `count` keys up; found[i] says whether value i was written. Returns the number of hits. */
export function hash_lookup_many(map: HashMap, keys: usize, values: usize, count: u32, found: usize): u32 {
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  let hits: u32 = 0;
  for (let done: u32 = 0; done < count; done += GROUP) {
    const size = min<u32>(GROUP, count - done);
    for (let i: u32 = 0; i < size; ++i) {
      store<u32>(HASHES + (<usize>i << 2), hash_key(map, keys + <usize>i * key_size));
    }
    for (let i: u32 = 0; i < size; ++i) {
      const hash = load<u32>(HASHES + (<usize>i << 2));
      store<u32>(CANDIDATES + (<usize>i << 2), <u32>first_candidate(map, hash));
    }
    for (let i: u32 = 0; i < size; ++i) {
      let record = <usize>load<u32>(CANDIDATES + (<usize>i << 2));
      // No candidate in the first line is rarely a hit, and a candidate rarely another key: both take the slow way.
      if (!record || !equal_bytes(record, keys, key_size)) {
        record = find(map, keys, load<u32>(HASHES + (<usize>i << 2)));
      }
      if (record) {
        copy_bytes_inline(values, value_of(map, record), value_size);
        ++hits;
      }
      store<u8>(found, u8(record != 0));
      keys += key_size;
      values += value_size;
      ++found;
    }
  }
  return hits;
}
