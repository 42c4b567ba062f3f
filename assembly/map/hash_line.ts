// One line of tags: what it is for is said in hash_map.ts. Its first 16 bytes are the same in groups and in chains:
//
//   byte   0        12      16
//          ┌────────┬───────┐
//          │ 12 tags│ meta  │   a tag of a used slot is 8 or more; 0 is a free slot
//          └────────┴───────┘

export const LINE_SLOTS: u32 = 12;
const SLOTS_MASK: u32 = (1 << LINE_SLOTS) - 1;
const META: usize = 12;

/** The five high bits are never all zero, so that no tag looks like a free slot. */
@inline
export function tag_of(hash: u32): u32 {
  const high = hash >> 27;
  return (hash & 7) | ((high + u32(high == 0)) << 3);
}

@inline
export function meta_of(line: usize): u32 {
  return load<u32>(line, META);
}

@inline
export function set_meta(line: usize, meta: u32): void {
  store<u32>(line, meta, META);
}

/** Bit i is set when slot i carries this tag. */
@inline
export function match_tag(line: usize, tag: u32): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(line), i8x16.splat(<i8>tag))) & SLOTS_MASK;
}

/** Bit i is set when slot i is free. */
@inline
export function free_slots(line: usize): u32 {
  return match_tag(line, 0);
}

/** Bit i is set when slot i is used. */
@inline
export function used_slots(line: usize): u32 {
  return free_slots(line) ^ SLOTS_MASK;
}

/**
 * Bit i is set when slot i is used and lies in this bucket of the line's eight. Tags always carry three bucket bits; a
 * table of fewer than eight buckets has fewer that tell them apart, which is what bucket_mask is for.
 */
@inline
export function match_bucket(line: usize, bucket: u32, bucket_mask: u32): u32 {
  const bits = bucket_mask & 7;
  const low = v128.and(v128.load(line), i8x16.splat(<i8>bits));
  return i8x16.bitmask(i8x16.eq(low, i8x16.splat(<i8>(bucket & bits)))) & used_slots(line);
}

@inline
export function clear_slot(line: usize, slot: u32): void {
  store<u8>(line + slot, 0);
}
