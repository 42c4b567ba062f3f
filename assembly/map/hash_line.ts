// One bucket line: the picture stands above HashMap in hash_table.ts.

export const LINE_SIZE: u32 = 64;
export const LINE_SLOTS: u32 = 12;
export const LINE_META: usize = 12;
export const LINE_RECORDS: usize = 16;
/** The two halves of the meta word. */
export const COUNT_MASK: u32 = 15;
export const NEXT_MASK: u32 = ~63;

@inline
export function tag_of(hash: u32): u32 {
  return (hash & 7) | ((hash >> 27) << 3);
}

@inline
export function meta_of(line: usize): u32 {
  return load<u32>(line, LINE_META);
}

@inline
export function next_line(meta: u32): usize {
  return <usize>(meta & NEXT_MASK);
}

@inline
export function record_at(line: usize, slot: u32): usize {
  return <usize>load<u32>(line + (<usize>slot << 2), LINE_RECORDS);
}

/** Bit i is set when slot i is used. */
@inline
function used_slots(meta: u32): u32 {
  return (1 << (meta & COUNT_MASK)) - 1;
}

/** Bit i is set when slot i of the line is used and carries this tag. */
@inline
export function match_tag(line: usize, meta: u32, tag: u32): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(line), i8x16.splat(<i8>tag))) & used_slots(meta);
}

/**
 * Bit i is set when slot i of the line is used and lies in this bucket of the line's eight. Tags always carry three
 * bucket bits; a table of fewer than eight buckets has fewer that tell them apart, which is what bucket_mask is for.
 */
@inline
export function match_bucket(line: usize, meta: u32, bucket: u32, bucket_mask: u32): u32 {
  const bits = bucket_mask & 7;
  const low = v128.and(v128.load(line), i8x16.splat(<i8>bits));
  return i8x16.bitmask(i8x16.eq(low, i8x16.splat(<i8>(bucket & bits)))) & used_slots(meta);
}
