import { copy_bytes, copy_bytes_inline, equal_bytes } from "../../mem/bytes";
import { FRAME_MANY, MANY_REGION_SIZE, frame_ptr, prefetch } from "../../mem/frame";
import { still_alive } from "../../mem/section";
import { WORD_LOOKUP } from "../map";
import { hash_word } from "./hash_fn";
import { HashMap, WORD_VALUE_OFFSET, hash_key, line_index, value_of } from "./hash_map";
import { find, find_likely, find_unlikely, line_shift } from "./table";

// Many lookups at once. One lookup is two dependent cache misses, line then element. How many of them a CPU has under way
// at once depends on how many instructions stand between them, so the misses have loops of their own, of a few
// instructions a key, and all other work finds its lines in the cache:
//
//   1  hash every key, touch its line    2  find every likely element    3  touch every element    4  compare, copy out
//
// A likely element is the first whose tag fits. In groups it is another key's, or there is none though the map has the key,
// for 4 keys in 100. They wait for step 3 of the next pass, since looking for each at once took a fifth of the time.
//
// Row 10 (two bare loads a key from as much memory at 1): with 3 and 4 in one loop, and no line touched before it was needed,
// it was 6.7; with the keys of step 4 found at once 2.9, now 1.9.

/** Keys of one pass. At its end a pass waits for its last misses; with more keys the elements left the nearest cache. */
const PASS: u32 = 128;

/** The hashes of a pass, which its likely elements replace; behind them the second places of the keys in missed_ptr(). */
@inline
function elements_ptr(): usize {
  return frame_ptr() + FRAME_MANY;
}

/** Numbers of keys that the last pass missed. */
@inline
function missed_ptr(): usize {
  return frame_ptr() + (FRAME_MANY + 2 * (<usize>PASS << 2));
}
if ((<usize>3 * PASS) << 2 > MANY_REGION_SIZE) ERROR("the lists of a pass do not fit into their region of the frame");

/** Looks `count` keys up; found[i] says whether value i was written. Returns the number of hits. */
export function hash_lookup_many(map: HashMap, keys: usize, values: usize, count: u32, found: usize): u32 {
  let hits = count;
  let missed: u32 = 0;
  // One pass more than there are keys for, which finds what the last one missed.
  for (let done: u32 = 0, size = count; size; done += size) {
    still_alive();
    size = min<u32>(PASS, count - done);
    const end = elements_ptr() + (<usize>size << 2);
    if (map.word_keys & WORD_LOOKUP) hash_keys(map, keys + (<usize>done << 2), end, true);
    else hash_keys(map, keys + <usize>done * map.key_size, end, false);
    find_likely(map, elements_ptr(), end);
    second_places(map, keys, missed, end);
    touch_elements(end + (<usize>missed << 2));
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
  const shift = line_shift(map);
  const seed0 = map.seed0;
  const seed1 = map.seed1;
  const key_size = map.key_size;
  for (let at = elements_ptr(); at < end; at += 4) {
    const hash = words ? hash_word(load<u32>(keys), seed0, seed1) : hash_key(map, keys);
    store<u32>(at, hash);
    prefetch(lines + (<usize>line_index(map, hash) << shift));
    keys += words ? 4 : key_size;
  }
}

/** Step 2 for keys that the last pass missed. */
function second_places(map: HashMap, keys: usize, missed: u32, to: usize): void {
  const end = missed_ptr() + (<usize>missed << 2);
  for (let at = missed_ptr(); at < end; at += 4) {
    const key = keys + <usize>load<u32>(at) * map.key_size;
    store<u32>(to, <u32>find_unlikely(map, hash_key(map, key)));
    to += 4;
  }
}

/** Step 3. */
function touch_elements(end: usize): void {
  for (let at = elements_ptr(); at < end; at += 4) {
    const element = <usize>load<u32>(at);
    prefetch(element ? element : at);
  }
}

/** Step 4 for keys that the last pass missed. Returns how many the map does not have. */
function find_missed(map: HashMap, keys: usize, values: usize, missed: u32, found: usize, elements: usize): u32 {
  const end = missed_ptr() + (<usize>missed << 2);
  let absent: u32 = 0;
  for (let at = missed_ptr(); at < end; at += 4) {
    const i = <usize>load<u32>(at);
    const key = keys + i * map.key_size;
    let element = <usize>load<u32>(elements);
    if (!element || !equal_bytes(element, key, map.key_size)) element = find(map, key, hash_key(map, key));
    if (element) copy_bytes(values + i * map.user_value_size, value_of(map, element), map.user_value_size);
    else ++absent;
    store<u8>(found + i, u8(element != 0));
    elements += 4;
  }
  return absent;
}

/** Step 4. Returns how many keys it missed: their likely element was none, or another key's. */
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
  let missed = missed_ptr();
  keys += <usize>done * key_size;
  values += <usize>done * value_size;
  for (let at = elements_ptr(); at < end; at += 4) {
    const element = <usize>load<u32>(at);
    if (element && equal_bytes(element, keys, key_size)) {
      copy_bytes_inline(values, element + value_offset, value_size);
      store<u8>(found + done, 1);
    } else {
      store<u32>(missed, done);
      missed += 4;
    }
    keys += key_size;
    values += value_size;
    ++done;
  }
  return <u32>(missed - missed_ptr()) >> 2;
}
