import { copy_bytes, copy_bytes_inline, equal_bytes } from "../mem/bytes";
import { FRAME_MANY, MANY_REGION_SIZE, frame, frame_ptr } from "../mem/frame";
import { hash_word } from "./hash_fn";
import { WORD_LOOKUP } from "./map";
import { HashMap, WORD_VALUE_OFFSET, hash_key, line_index, value_of } from "./hash_map";
import { CHAIN_LINE_SHIFT, likely_in_chains } from "./hash_chain";
import { GROUP_LINE_SHIFT, likely_in_groups, unlikely_in_groups } from "./hash_group";
import { find } from "./hash_table";

// Many lookups at once. One lookup is two dependent cache misses, line then record. How many of them a CPU has under way
// at once depends on how many instructions stand between them, so the misses have loops of their own, of a few
// instructions a key, and all other work finds its lines in the cache:
//
//   1  hash every key, touch its line    2  find every likely record    3  touch every record    4  compare, copy out
//
// A likely record is the first whose tag fits. In groups it is another key's, or there is none though the map has the key,
// for 4 keys in 100. They wait for step 3 of the next pass, since looking for each at once took a fifth of the time.
//
// Measured at 1,000,000 elements, random keys, beside two bare loads a key from as much memory at 1: with 3 and 4 in one
// loop, and no line touched before it was needed, it was 6.7; with the keys of step 4 found at once 2.9, now 1.9.

/** Keys of one pass. At its end a pass waits for its last misses; with more keys the records left the nearest cache. */
const PASS: u32 = 128;

/** The hashes of a pass, which its likely records replace; behind them the second places of the keys in missed_keys. */
@inline
function records(): usize {
  return frame_ptr() + FRAME_MANY;
}

/** Numbers of keys that the last pass missed. */
@inline
function missed_keys(): usize {
  return frame_ptr() + (FRAME_MANY + 2 * (<usize>PASS << 2));
}
if ((<usize>3 * PASS) << 2 > MANY_REGION_SIZE) ERROR("the lists of a pass do not fit into their region of the frame");

/** Looks `count` keys up; found[i] says whether value i was written. Returns the number of hits. */
export function hash_lookup_many(map: HashMap, keys: usize, values: usize, count: u32, found: usize): u32 {
  let hits = count;
  let missed: u32 = 0;
  // One pass more than there are keys for, which finds what the last one missed.
  for (let done: u32 = 0, size = count; size; done += size) {
    size = min<u32>(PASS, count - done);
    const end = records() + (<usize>size << 2);
    if (map.word_keys & WORD_LOOKUP) hash_keys(map, keys + (<usize>done << 2), end, true);
    else hash_keys(map, keys + <usize>done * map.key_size, end, false);
    if (map.group_slots) {
      for (let at = records(); at < end; at += 4) store<u32>(at, <u32>likely_in_groups(map, load<u32>(at)));
      second_places(map, keys, missed, end);
    } else {
      for (let at = records(); at < end; at += 4) store<u32>(at, <u32>likely_in_chains(map, load<u32>(at)));
      memory.fill(end, 0, missed << 2);
    }
    touch_records(end + (<usize>missed << 2));
    hits -= find_missed(map, keys, values, missed, found, end);
    // Sizes that are constants leave no calls in the loop, around which registers would have to be saved.
    if (map.key_size == 4 && map.user_value_size == 4) {
      missed = copy_found(keys, values, found, done, end, 4, 4, <u32>WORD_VALUE_OFFSET);
    } else {
      missed = copy_found(keys, values, found, done, end, map.key_size, map.user_value_size, map.value_offset);
    }
  }
  return hits;
}

/** Step 1. */
@inline
function hash_keys(map: HashMap, keys: usize, end: usize, words: bool): void {
  const lines = map.lines;
  const shift: usize = map.group_slots ? GROUP_LINE_SHIFT : CHAIN_LINE_SHIFT;
  const seed0 = map.seed0;
  const seed1 = map.seed1;
  const key_size = map.key_size;
  let sum: u32 = 0;
  for (let at = records(); at < end; at += 4) {
    const hash = words ? hash_word(load<u32>(keys), seed0, seed1) : hash_key(map, keys);
    store<u32>(at, hash);
    sum += load<u32>(lines + (<usize>line_index(map, hash) << shift));
    keys += words ? 4 : key_size;
  }
  frame().sink = sum;
}

/** Step 2 for keys that the last pass missed. */
function second_places(map: HashMap, keys: usize, missed: u32, to: usize): void {
  const end = missed_keys() + (<usize>missed << 2);
  for (let at = missed_keys(); at < end; at += 4) {
    const key = keys + <usize>load<u32>(at) * map.key_size;
    store<u32>(to, <u32>unlikely_in_groups(map, hash_key(map, key)));
    to += 4;
  }
}

/** Step 3. */
function touch_records(end: usize): void {
  let sum: u32 = 0;
  for (let at = records(); at < end; at += 4) sum += load<u32>(<usize>load<u32>(at));
  frame().sink = sum;
}

/** Step 4 for keys that the last pass missed. Returns how many the map does not have. */
function find_missed(map: HashMap, keys: usize, values: usize, missed: u32, found: usize, seconds: usize): u32 {
  const end = missed_keys() + (<usize>missed << 2);
  let absent: u32 = 0;
  for (let at = missed_keys(); at < end; at += 4) {
    const i = <usize>load<u32>(at);
    const key = keys + i * map.key_size;
    let record = <usize>load<u32>(seconds);
    if (!record || !equal_bytes(record, key, map.key_size)) record = find(map, key, hash_key(map, key));
    if (record) copy_bytes(values + i * map.user_value_size, value_of(map, record), map.user_value_size);
    else ++absent;
    store<u8>(found + i, u8(record != 0));
    seconds += 4;
  }
  return absent;
}

/** Step 4. Returns how many keys it missed: their likely record was none, or another key's. */
@inline
function copy_found(
  keys: usize,
  values: usize,
  found: usize,
  done: u32,
  end: usize,
  key_size: u32,
  value_size: u32,
  value_offset: u32,
): u32 {
  let missed = missed_keys();
  keys += <usize>done * key_size;
  values += <usize>done * value_size;
  for (let at = records(); at < end; at += 4) {
    const record = <usize>load<u32>(at);
    if (record && equal_bytes(record, keys, key_size)) {
      copy_bytes_inline(values, record + value_offset, value_size);
      store<u8>(found + done, 1);
    } else {
      store<u32>(missed, done);
      missed += 4;
    }
    keys += key_size;
    values += value_size;
    ++done;
  }
  return <u32>(missed - missed_keys()) >> 2;
}
