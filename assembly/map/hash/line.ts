// One line of tags: what it is for is said in hash_map.ts. Its first 16 bytes are laid out alike in groups and in chains,
// which mean different things by meta; both can tell from it which slots are used.
//
//   byte   0        12      16
//          ┌────────┬───────┐
//          │ 12 tags│ meta  │
//          └────────┴───────┘

export const LINE_SLOTS: u32 = 12;
const META: usize = 12;

@inline
export function meta_of(line: usize): u32 {
  return load<u32>(line, META);
}

@inline
export function set_meta(line: usize, meta: u32): void {
  store<u32>(line, meta, META);
}

@inline
export function set_tag(line: usize, slot: u32, hash: u32): void {
  store<u8>(line + slot, hash);
}

/** Bit i is set when slot i is one of `used` and carries this hash's tag. */
@inline
export function match_tag(line: usize, used: u32, hash: u32): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(line), i8x16.splat(<i8>hash))) & used;
}

/**
 * Bit i is set when slot i is one of `used` and lies in this bucket of the line's eight. Tags always carry three bucket
 * bits; a table of fewer than eight buckets has fewer that tell them apart, which is what bucket_mask is for.
 */
@inline
export function match_bucket(line: usize, used: u32, bucket: u32, bucket_mask: u32): u32 {
  const bits = bucket_mask & 7;
  const low = v128.and(v128.load(line), i8x16.splat(<i8>bits));
  return i8x16.bitmask(i8x16.eq(low, i8x16.splat(<i8>(bucket & bits)))) & used;
}
