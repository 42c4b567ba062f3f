import { copy_bytes_inline } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { foreign_slots, group_line, group_record, has_past, next_group, own_slots } from "./hash_group";
import { WORD_UPDATE } from "./map";
import { LINE_SLOTS } from "./hash_line";
import { HashMap, WORD_VALUE_OFFSET, hash_key, line_index, value_of } from "./hash_map";

// The eight buckets of a group at once, in their order, for batches that have room for all of them. The groups of a map
// and the records of a group lie one behind another, so a batch walks through memory; what is left is to put a group's
// elements into the order of its buckets without a branch that depends on where they lie.

/** Log of the bytes of a record with a key and a value of 4 bytes. */
const WORDS_SHIFT: usize = 4;

/** Where the ranks of a group's slots are put, a byte each. */
const RANKS: usize = PAGE_SCRATCH;
/** Elements that went past the group: a word each for their records, their buckets, their places. */
const PAST_MAX: u32 = 24;
const PAST_RECORDS: usize = PAGE_SCRATCH + 16;
const BUCKET: usize = <usize>PAST_MAX * 4;
const PLACE: usize = <usize>PAST_MAX * 8;

/**
 * Copies all elements of the group's buckets, and returns how many; -1 with nothing copied when they are more than `room`,
 * or too many for this way.
 */
export function copy_group(map: HashMap, group: u32, keys: usize, values: usize, room: u32): i32 {
  const line = group_line(map, group);
  const slots = own_slots(line);
  const own = <u32>popcnt(slots);
  let total = own;
  let past: u32 = 0;
  if (has_past(line)) {
    past = gather_past(map, group);
    if (past > PAST_MAX) return -1;
    total += past;
  }
  if (total > room) return -1;
  v128.store(RANKS, rank_slots(line, map.bucket_mask & 7, slots));
  if (past) rank_past(line, map.bucket_mask & 7, slots, past);
  const records = group_record(map, group, 0);
  if (map.word_keys & WORD_UPDATE) copy_words(records, slots, keys, values);
  else copy_slots(map, records, slots, keys, values);
  for (let i: u32 = 0; i < past; ++i) {
    const at = PAST_RECORDS + (<usize>i << 2);
    copy_element(map, load<u32>(at), keys, values, load<u32>(at, PLACE));
  }
  return total;
}

/** Keys and values of 4 bytes: the batch that everybody waits for is not made to look sizes up. */
@inline
function copy_words(records: usize, slots: u32, keys: usize, values: usize): void {
  for (let rest = slots; rest; rest &= rest - 1) {
    const slot = <usize>ctz(rest);
    const place = <usize>load<u8>(RANKS + slot) << 2;
    const record = records + (slot << WORDS_SHIFT);
    store<u32>(keys + place, load<u32>(record));
    store<u32>(values + place, load<u32>(record, WORD_VALUE_OFFSET));
  }
}

@inline
function copy_slots(map: HashMap, records: usize, slots: u32, keys: usize, values: usize): void {
  const stride = map.stride;
  for (let rest = slots; rest; rest &= rest - 1) {
    const slot = <usize>ctz(rest);
    copy_element(map, records + slot * stride, keys, values, load<u8>(RANKS + slot));
  }
}

function copy_element(map: HashMap, record: usize, keys: usize, values: usize, place: usize): void {
  copy_bytes_inline(keys + place * map.key_size, record, map.key_size);
  copy_bytes_inline(values + place * map.user_value_size, value_of(map, record), map.user_value_size);
}

/**
 * For each of the slots, how many of the others come before it: bucket times 16 plus slot is what elements are
 * sorted by, and the number of those that are less is the place. All slots are compared with one after the other.
 */
function rank_slots(line: usize, bits: u32, slots: u32): v128 {
  const buckets = i16x8.shl(v128.and(v128.load(line), i8x16.splat(<i8>bits)), 4);
  const order = v128.or(buckets, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  // All other slots, and the meta word, which is no slot at all, come last.
  const low_high = i8x16.swizzle(i16x8.splat(<i16>slots), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  const bit = i64x2.splat(0x8040201008040201);
  const by = v128.bitselect(order, i8x16.splat(127), i8x16.eq(v128.and(low_high, bit), bit));
  let ranks = i8x16.splat(0);
  let other = i8x16.splat(0);
  for (let slot: u32 = 0; slot < LINE_SLOTS; ++slot) {
    // -1 where a slot comes after the other one.
    ranks = i8x16.sub(ranks, i8x16.gt_s(by, i8x16.swizzle(by, other)));
    other = i8x16.add(other, i8x16.splat(1));
  }
  return ranks;
}

/** Gives the elements that went past the group their places, each behind the others of its bucket, and makes room for them. */
function rank_past(line: usize, bits: u32, slots: u32, past: u32): void {
  const end = PAST_RECORDS + (<usize>past << 2);
  for (let at = PAST_RECORDS; at < end; at += 4) {
    const bucket = load<u32>(at, BUCKET);
    let place: u32 = 0;
    for (let other = PAST_RECORDS; other < end; other += 4) {
      const its = load<u32>(other, BUCKET);
      place += u32(its < bucket || (its == bucket && other < at));
    }
    for (let rest = slots; rest; rest &= rest - 1) {
      const slot = <usize>ctz(rest);
      if (((<u32>load<u8>(line + slot)) & bits) <= bucket) ++place;
      else store<u8>(RANKS + slot, load<u8>(RANKS + slot) + 1);
    }
    store<u32>(at, place, PLACE);
  }
}

/** Lists the elements that went past a group; more than PAST_MAX means that the list is not whole. */
function gather_past(map: HashMap, home: u32): u32 {
  const bits = map.bucket_mask & 7;
  let count: u32 = 0;
  let group = home;
  while (has_past(group_line(map, group))) {
    group = next_group(map, group);
    if (group == home) break;
    for (let slots = foreign_slots(group_line(map, group)); slots; slots &= slots - 1) {
      const record = group_record(map, group, ctz(slots));
      const hash = hash_key(map, record);
      if (line_index(map, hash) != home) continue;
      if (count == PAST_MAX) return PAST_MAX + 1;
      const at = PAST_RECORDS + (<usize>count << 2);
      store<u32>(at, <u32>record);
      store<u32>(at, hash & bits, BUCKET);
      ++count;
    }
  }
  return count;
}
