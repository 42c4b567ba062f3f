import { copy_bytes_inline } from "../../mem/bytes";
import { FRAME_GROUP, GROUP_REGION_SIZE, frame_ptr } from "../../mem/frame";
import { WORD_VALUES } from "../map";
import { copy_part, part_size } from "./copy";
import { GROUP_LINE_SIZE, foreign_slots, group_line, group_element, has_away, has_past, next_group, own_slots } from "./groups";
import { first_in_group, next_in_group } from "./group_walk";
import { HashMap, WORD_STRIDE, WORD_VALUE_OFFSET, hash_key, line_index, value_of } from "./hash_map";

// Whole groups, the eight buckets of each in their order, for batches that have room for them. The groups of a map and the
// elements of a group lie one behind another, so a batch walks through memory; what is left is to put a group's elements into
// the order of its buckets without a branch that depends on where they lie.

/** Where the ranks of a group's slots are put, a byte each. */
@inline
function ranks_ptr(): usize {
  return frame_ptr() + FRAME_GROUP;
}

/** Elements that went past the group: a word each for their elements, their buckets, their places. */
const PAST_MAX: u32 = 24;
@inline
function past_elements(): usize {
  return frame_ptr() + (FRAME_GROUP + 16);
}
if (<usize>16 + PAST_MAX * 12 > GROUP_REGION_SIZE) ERROR("the notes of a group do not fit into their region of the frame");

const BUCKET: usize = <usize>PAST_MAX * 4;
const PLACE: usize = <usize>PAST_MAX * 8;

/**
 * Copies all elements of this group and of those after it, as long as a whole one fits. Returns their number in the high half,
 * in the low half the group that it stopped at: one that does not fit, or the number of groups.
 */
export function copy_groups(map: HashMap, group: u32, keys: usize, values: usize, room: u32): u64 {
  const words = map.word_keys & WORD_VALUES;
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  const bits = map.bucket_mask & 7;
  const group_size = map.group_size;
  let left = room;
  let line = group_line(map, group);
  let elements = group_element(map, group, 0);
  for (; group <= map.line_mask; ++group) {
    const slots = own_slots(line);
    const past = has_away(line) ? gather_past(map, group) : 0;
    const count = <u32>popcnt(slots) + past;
    if (count > left || past > PAST_MAX) break;
    rank_slots(line, bits, slots);
    if (past) rank_past(line, bits, slots, past);
    if (words) copy_words(elements, slots, keys, values);
    else copy_slots(map, elements, slots, keys, values);
    if (past) copy_past(map, past, keys, values);
    left -= count;
    keys += <usize>count * key_size;
    values += <usize>count * value_size;
    line += GROUP_LINE_SIZE;
    elements += group_size;
  }
  return ((<u64>(room - left)) << 32) | group;
}

/** Keys and values of 4 bytes: row 9 does not look sizes up. */
@inline
function copy_words(elements: usize, slots: u32, keys: usize, values: usize): void {
  for (let rest = slots; rest; rest &= rest - 1) {
    const slot = <usize>ctz(rest);
    const place = <usize>load<u8>(ranks_ptr() + slot) << 2;
    const element = elements + slot * WORD_STRIDE;
    store<u32>(keys + place, load<u32>(element));
    store<u32>(values + place, load<u32>(element, WORD_VALUE_OFFSET));
  }
}

function copy_slots(map: HashMap, elements: usize, slots: u32, keys: usize, values: usize): void {
  const stride = map.stride;
  for (let rest = slots; rest; rest &= rest - 1) {
    const slot = <usize>ctz(rest);
    copy_element(map, elements + slot * stride, keys, values, load<u8>(ranks_ptr() + slot));
  }
}

function copy_past(map: HashMap, past: u32, keys: usize, values: usize): void {
  const end = past_elements() + (<usize>past << 2);
  for (let at = past_elements(); at < end; at += 4) copy_element(map, load<u32>(at), keys, values, load<u32>(at, PLACE));
}

function copy_element(map: HashMap, element: usize, keys: usize, values: usize, place: usize): void {
  copy_bytes_inline(keys + place * map.key_size, element, map.key_size);
  copy_bytes_inline(values + place * map.user_value_size, value_of(map, element), map.user_value_size);
}

/**
 * Puts into ranks_ptr(), for each of the slots, how many of the others come before it: bucket times 16 plus slot is what elements
 * are sorted by, and the number of those that are less is the place. Each slot is compared with the one behind it, with the
 * second behind it, and so on, all at once. Written out: with a loop here, copying groups in cache took 1.4 of its time.
 */
function rank_slots(line: usize, bits: u32, slots: u32): void {
  const buckets = i16x8.shl(v128.and(v128.load(line), i8x16.splat(<i8>bits)), 4);
  const order = v128.or(buckets, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  // All other slots, and the meta word, which is no slot at all, come last.
  const low_high = i8x16.swizzle(i16x8.splat(<i16>slots), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  const bit = i64x2.splat(0x8040201008040201);
  const by = v128.bitselect(order, i8x16.splat(127), i8x16.eq(v128.and(low_high, bit), bit));
  const behind = i8x16(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 12, 13, 14, 15);
  // -1 where a slot comes after the other one.
  let other = i8x16.swizzle(by, behind);
  let ranks = i8x16.gt_s(by, other);
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  other = i8x16.swizzle(other, behind);
  ranks = i8x16.add(ranks, i8x16.gt_s(by, other));
  v128.store(ranks_ptr(), i8x16.neg(ranks));
}

/** Gives the elements that went past the group their places, each behind the others of its bucket, and makes room for them. */
function rank_past(line: usize, bits: u32, slots: u32, past: u32): void {
  const buckets = v128.and(v128.load(line), i8x16.splat(<i8>bits));
  const end = past_elements() + (<usize>past << 2);
  for (let at = past_elements(); at < end; at += 4) {
    const bucket = load<u32>(at, BUCKET);
    const later = i8x16.gt_s(buckets, i8x16.splat(<i8>bucket));
    v128.store(ranks_ptr(), i8x16.sub(v128.load(ranks_ptr()), later));
    let place = <u32>popcnt(slots & ~i8x16.bitmask(later));
    for (let other = past_elements(); other < end; other += 4) {
      const its = load<u32>(other, BUCKET);
      place += u32(its < bucket) | (u32(its == bucket) & u32(other < at));
    }
    store<u32>(at, place, PLACE);
  }
}

/** Lists the elements that went past a group; more than PAST_MAX means that the list is not whole. */
function gather_past(map: HashMap, home: u32): u32 {
  const bits = map.bucket_mask & 7;
  let count: u32 = 0;
  let group = home;
  do {
    group = next_group(map, group);
    if (group == home) break;
    for (let slots = foreign_slots(group_line(map, group)); slots; slots &= slots - 1) {
      const element = group_element(map, group, ctz(slots));
      const hash = hash_key(map, element);
      if (line_index(map, hash) != home) continue;
      if (count == PAST_MAX) return PAST_MAX + 1;
      const at = past_elements() + (<usize>count << 2);
      store<u32>(at, <u32>element);
      store<u32>(at, hash & bits, BUCKET);
      ++count;
    }
  } while (has_past(group_line(map, group)));
  return count;
}

/** Copies the keys, or the values, of one bucket. */
export function copy_bucket_of_group(map: HashMap, bucket: u32, to: usize, of_values: bool): void {
  const size = part_size(map, of_values);
  for (let element = first_in_group(map, bucket); element; element = next_in_group(map, element, bucket)) {
    copy_part(map, element, to, of_values);
    to += size;
  }
}
