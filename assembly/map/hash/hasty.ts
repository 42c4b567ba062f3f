import { prefetch } from "../../mem/frame";
import { enter_locked, is_still_open } from "../../mem/section";
import { WORD_GROUPS, WORD_UPDATE, WORD_VALUES } from "../map";
import { hash_word } from "./hash_fn";
import { GROUP_LINE_SHIFT, has_away, used_slots } from "./groups";
import { HashMap, WORD_STRIDE, WORD_VALUE_OFFSET } from "./hash_map";
import { match_tag } from "./line";
import { lock_of_group } from "./stripe";

// Threads: get and set of 4-byte keys with 4-byte values, which are in a group as they are nearly always: what a call costs that
// enters the shared section in the ordinary way was half of a get and as much as a set (bench row "shared: get, set"). What is
// out of the ordinary answers "not so", and is done in the ordinary way.

/** Bits above the value. */
export const HASTY_FOUND: u64 = 1 << 32;
export const HASTY_ABSENT: u64 = 2 << 32;

/** The value with HASTY_FOUND, or HASTY_ABSENT, or 0: not so. `gate` was open before the map was looked for. */
@inline
export function hasty_value(map: HashMap, key: u32, gate: u64): u64 {
  const flags = map.word_keys;
  const stripes = map.stripes;
  const lines = map.lines;
  const elements = map.elements;
  const line_mask = map.line_mask;
  const group_size = map.group_size;
  const seed0 = map.seed0;
  const seed1 = map.seed1;
  if ((flags & (WORD_VALUES | WORD_GROUPS)) != (WORD_VALUES | WORD_GROUPS) || !is_still_open(gate)) return 0;
  const hash = hash_word(key, seed0, seed1);
  const group = (hash >> 8) & line_mask;
  const first = elements + <usize>group * group_size;
  prefetch(first);
  const lock = lock_of_group(stripes, group);
  const sequence = atomic.load<u64>(lock);
  if (<u32>sequence) return 0;
  const line = lines + (<usize>group << GROUP_LINE_SHIFT);
  const candidates = match_tag(line, used_slots(line), hash);
  let answer = HASTY_ABSENT;
  if (candidates) {
    const element = first + <usize>ctz(candidates) * WORD_STRIDE;
    answer = HASTY_FOUND | load<u32>(element, WORD_VALUE_OFFSET);
    if (load<u32>(element) != key) return 0;
  } else if (has_away(line)) {
    return 0;
  }
  return atomic.load<u64>(lock) == sequence && is_still_open(gate) ? answer : 0;
}

/** Enters the shared section with the lock of a key's stripe, if the map is one of 4-byte keys and values that may be changed. */
@inline
export function hasty_lock(map: HashMap, key: u32, gate: u64): bool {
  const flags = map.word_keys;
  const stripes = map.stripes;
  const line_mask = map.line_mask;
  const seed0 = map.seed0;
  const seed1 = map.seed1;
  if ((flags & (WORD_UPDATE | WORD_GROUPS)) != (WORD_UPDATE | WORD_GROUPS) || !is_still_open(gate)) return false;
  const group = (hash_word(key, seed0, seed1) >> 8) & line_mask;
  return enter_locked(gate, lock_of_group(stripes, group), changetype<usize>(map));
}
