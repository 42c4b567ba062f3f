import { equal_bytes } from "../../mem/bytes";
import { HashMap } from "./hash_map";

// One line of tags: what it is for is said in hash_map.ts. Its first 16 bytes are laid out alike in groups and in chains,
// which mean different things by meta; both can tell from it which slots are used.
//
//   byte   0        12      16
//          ┌────────┬───────┬───────────────────────────────────────────────┐
//          │ 12 tags│ meta  │ in chains only: 12 element addresses (u32)    │
//          └────────┴───────┴───────────────────────────────────────────────┘

export const LINE_SLOTS: u32 = 12;
const META: usize = 12;
const ELEMENTS: usize = 16;

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

/** The element of a slot of a line in chains. */
@inline
export function element_at(line: usize, slot: u32): usize {
  return <usize>load<u32>(line + (<usize>slot << 2), ELEMENTS);
}

@inline
export function set_element(line: usize, slot: u32, element: usize): void {
  store<u32>(line + (<usize>slot << 2), <u32>element, ELEMENTS);
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

// What is looked for. A search is written once, for a key that it is given as an address or in registers; which of these it
// is, is a constant wherever it is inlined.

/** A key of any size: its address. */
export const BYTES: u32 = 0;
/** A key of 4 bytes: `low`. */
export const WORD: u32 = 1;
/** A key of 16 bytes: `low`, `high`. */
export const WIDE: u32 = 2;
/** An element: its address, so that the element itself is not touched. */
export const ELEMENT: u32 = 3;

/** Whether this element is the one that is looked for. */
@inline
export function is_wanted(map: HashMap, element: usize, what: u32, at: usize, low: u64, high: u64): bool {
  if (what == WORD) return load<u32>(element) == <u32>low;
  if (what == WIDE) return load<u64>(element) == low && load<u64>(element, 8) == high;
  if (what == ELEMENT) return element == at;
  return equal_bytes(element, at, map.key_size);
}

/**
 * Goes through the slots of a line whose tags fit. The element that is wanted, or 0; for ELEMENT its slot's position, which
 * is the line plus the slot. `elements`: where those of a group begin; 0 in chains, where the line says where they are.
 */
@inline
export function find_in_line(
  map: HashMap, line: usize, used: u32, elements: usize, hash: u32, what: u32, at: usize, low: u64, high: u64,
): usize {
  for (let candidates = match_tag(line, used, hash); candidates; candidates &= candidates - 1) {
    const slot = <u32>ctz(candidates);
    const element = elements ? elements + <usize>slot * map.stride : element_at(line, slot);
    if (is_wanted(map, element, what, at, low, high)) return what == ELEMENT ? line + slot : element;
  }
  return 0;
}
