import { copy_bytes_inline } from "../mem/bytes";
import { HashMap, value_of } from "./hash_table";

// All elements in the order of their records in memory. Buckets scatter neighbours over the whole table, one cache miss
// or two an element; records lie one behind the other, and the freelist's lowest level says which of them are in use.

/** Number of the last record in use, plus one: where a walk that begins now will end, whatever is added meanwhile. */
function records_end(map: HashMap): u32 {
  let word = <i32>((map.max_entries - 1) >> 6);
  while (word >= 0) {
    const used = load<u64>(map.freelist + (<usize>word << 3));
    if (used) return (<u32>word << 6) + 64 - <u32>clz(used);
    --word;
  }
  return 0;
}

/**
 * Copies up to `count` elements to `keys` and `values`; returns how many, 0 at the end. `cursor` points to two u32: the
 * record to go on from and the record to end before, both 0 for a walk that begins.
 */
export function hash_scan(map: HashMap, cursor_ptr: usize, keys: usize, values: usize, count: u32): u32 {
  let cursor = load<u32>(cursor_ptr);
  if (cursor == 0) store<u32>(cursor_ptr, records_end(map), 4);
  const end = min<u32>(load<u32>(cursor_ptr, 4), map.max_entries);
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  let done: u32 = 0;
  while (cursor < end) {
    const next_word = (cursor | 63) + 1;
    // Records in use from the cursor on, in its word. Bits past the last record are never set.
    let used = load<u64>(map.freelist + (<usize>(cursor >> 6) << 3)) >> (cursor & 63);
    let record = map.records + <usize>cursor * map.stride;
    while (used) {
      const skip = <u32>ctz(used);
      if (done == count || cursor + skip >= end) {
        store<u32>(cursor_ptr, cursor + skip);
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
    cursor = next_word;
  }
  store<u32>(cursor_ptr, cursor);
  return done;
}
