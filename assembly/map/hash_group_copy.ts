import { copy_bytes_inline } from "../mem/bytes";
import { PAGE_SCRATCH } from "../mem/root";
import { FOREIGN_MASK, group_line, group_record, has_past, next_group } from "./hash_group";
import { HashMap, hash_key, line_index, value_of } from "./hash_map";
import { meta_of, used_slots } from "./hash_line";

// The eight buckets of a group at once, in their order, for batches that have room for all of them: a count of each
// bucket's elements says where they go, so nothing is searched bucket by bucket and no branch depends on where elements
// lie. The groups of a map and the records of a group lie one behind another, so a batch walks through memory.
//
// Counts, then places, are eight bytes of one word, one for each bucket; 255 elements is what they can count to.

const PAST_MAX: u32 = 128;
/** Elements that went past the group: their records, and behind those their buckets times 8. */
const PAST_RECORDS: usize = PAGE_SCRATCH;
const PAST_SHIFTS: usize = PAGE_SCRATCH + <usize>PAST_MAX * 4;

/**
 * Copies all elements of the group's buckets, and returns how many; -1 with nothing copied when they are more than `room`,
 * or too many for this way.
 */
export function copy_group(map: HashMap, group: u32, keys: usize, values: usize, room: u32): i32 {
  const line = group_line(map, group);
  const bits = map.bucket_mask & 7;
  const slots = used_slots(line) & ~meta_of(line);
  let counts: u64 = 0;
  for (let rest = slots; rest; rest &= rest - 1) counts += (<u64>1) << shift_at(line, ctz(rest), bits);
  let total = <u32>popcnt(slots);
  let past: u32 = 0;
  if (has_past(line)) {
    past = gather_past(map, group);
    if (past > PAST_MAX) return -1;
    for (let i: u32 = 0; i < past; ++i) counts += (<u64>1) << load<u32>(PAST_SHIFTS + (<usize>i << 2));
    total += past;
  }
  if (total > room) return -1;
  // Where each bucket begins: the sum of the counts below it.
  let places = (counts * 0x0101010101010101) << 8;
  let record = group_record(map, group, 0);
  const key_size = map.key_size;
  const value_size = map.user_value_size;
  const stride = map.stride;
  for (let rest = slots; rest; rest &= rest - 1) {
    const slot = <u32>ctz(rest);
    const shift = shift_at(line, slot, bits);
    const place = <usize>((places >> shift) & 255);
    places += (<u64>1) << shift;
    const from = record + <usize>slot * stride;
    copy_bytes_inline(keys + place * key_size, from, key_size);
    copy_bytes_inline(values + place * value_size, value_of(map, from), value_size);
  }
  for (let i: u32 = 0; i < past; ++i) {
    const shift = <u64>load<u32>(PAST_SHIFTS + (<usize>i << 2));
    const place = <usize>((places >> shift) & 255);
    places += (<u64>1) << shift;
    record = <usize>load<u32>(PAST_RECORDS + (<usize>i << 2));
    copy_bytes_inline(keys + place * key_size, record, key_size);
    copy_bytes_inline(values + place * value_size, value_of(map, record), value_size);
  }
  return total;
}

@inline
function shift_at(line: usize, slot: u32, bits: u32): u64 {
  return <u64>((<u32>load<u8>(line + slot) & bits) << 3);
}

/** Lists the elements that went past a group; more than PAST_MAX means that the list is not whole. */
function gather_past(map: HashMap, home: u32): u32 {
  const bits = map.bucket_mask & 7;
  let count: u32 = 0;
  let group = home;
  while (has_past(group_line(map, group))) {
    group = next_group(map, group);
    if (group == home) break;
    for (let slots = meta_of(group_line(map, group)) & FOREIGN_MASK; slots; slots &= slots - 1) {
      const record = group_record(map, group, ctz(slots));
      const hash = hash_key(map, record);
      if (line_index(map, hash) != home) continue;
      if (count == PAST_MAX) return PAST_MAX + 1;
      store<u32>(PAST_RECORDS + (<usize>count << 2), <u32>record);
      store<u32>(PAST_SHIFTS + (<usize>count << 2), (hash & bits) << 3);
      ++count;
    }
  }
  return count;
}
