import { copy_bytes_inline } from "../mem/bytes";
import { HashMap, value_of } from "./hash_table";

// All elements in the order of their records in memory. Buckets scatter neighbours over the whole table, one cache miss
// or two an element; records lie one behind the other, and the freelist's lowest level says which of them are in use.

/**
 * Copies up to `count` elements from record `cursor` on; returns how many. `next_ptr` gets the record to go on from,
 * max_entries or more at the end.
 */
export function hash_scan(map: HashMap, cursor: u32, keys: usize, values: usize, count: u32, next_ptr: usize): u32 {
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  const entries = map.max_entries;
  let done: u32 = 0;
  while (cursor < entries) {
    // Records in use from the cursor on, in its word. Bits past the last record are never set.
    let used = load<u64>(map.freelist + (<usize>(cursor >> 6) << 3)) >> (cursor & 63);
    let record = map.records + <usize>cursor * map.stride;
    while (used) {
      const skip = <u32>ctz(used);
      if (done == count) {
        store<u32>(next_ptr, cursor + skip);
        return done;
      }
      cursor += skip;
      record += <usize>skip * map.stride;
      copy_bytes_inline(keys, record, key_size);
      copy_bytes_inline(values, value_of(map, record), value_size);
      keys += key_size;
      values += value_size;
      ++done;
      ++cursor;
      record += map.stride;
      // A shift by 64 is a shift by 0.
      used = skip == 63 ? 0 : used >> (skip + 1);
    }
    cursor = (cursor + 63) & ~63;
  }
  store<u32>(next_ptr, cursor);
  return done;
}
