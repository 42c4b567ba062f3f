// Which of `count` elements are free, as a tree of 64-bit words: 1 bit per element and no link, so a preallocated map
// pays 0.13 bytes an element, creating one clears nothing (all zero = all free), and the lowest free element is found
// in at most five word loads however large the map is.
//
//   level 0   one bit per element: in use
//   level k   one bit per word of level k-1: that word is full
//
// The levels lie behind one another, level 0 first. Allocation takes the lowest clear bit from the top level down, so
// bits past `count` are never met while an element is free; the caller counts and asks only then.

/** Words of one level that covers `bits` bits. */
@inline
function level_words(bits: u32): u32 {
  return (bits + 63) >> 6;
}

/** Bytes that a freelist of `count` elements takes. */
export function freelist_size(count: u32): u32 {
  let words = 0;
  let level = count;
  do {
    level = level_words(level);
    words += level;
  } while (level > 1);
  return words << 3;
}

/** Takes the lowest free element. The caller knows that one is free. */
export function freelist_take(freelist: usize, count: u32): u32 {
  return take_level(freelist, count);
}

// The descent needs the deepest level first: recursion depth is at most five (64^5 > 2^27).
function take_level(base: usize, bits: u32): u32 {
  const words = level_words(bits);
  let word: u32 = 0;
  const above = base + (<usize>words << 3);
  if (words > 1) word = peek_level(above, words);
  const at = base + (<usize>word << 3);
  const value = load<u64>(at);
  const bit = <u32>ctz(~value);
  const updated = value | ((<u64>1) << bit);
  store<u64>(at, updated);
  if (updated == u64.MAX_VALUE && words > 1) mark_full(above, words, word);
  return (word << 6) + bit;
}

/** Lowest word index below `bits` words that is not full, without taking it. */
function peek_level(base: usize, bits: u32): u32 {
  const words = level_words(bits);
  const word = words > 1 ? peek_level(base + (<usize>words << 3), words) : 0;
  return (word << 6) + <u32>ctz(~load<u64>(base + (<usize>word << 3)));
}

function mark_full(base: usize, bits: u32, index: u32): void {
  let level = base;
  let count = bits;
  let at = index;
  for (;;) {
    const ptr = level + (<usize>(at >> 6) << 3);
    const value = load<u64>(ptr) | ((<u64>1) << (at & 63));
    store<u64>(ptr, value);
    if (value != u64.MAX_VALUE) return;
    const words = level_words(count);
    if (words <= 1) return;
    level += <usize>words << 3;
    count = words;
    at >>= 6;
  }
}

/** Gives an element back. */
export function freelist_give(freelist: usize, count: u32, index: u32): void {
  let level = freelist;
  let bits = count;
  let at = index;
  for (;;) {
    const ptr = level + (<usize>(at >> 6) << 3);
    const value = load<u64>(ptr);
    store<u64>(ptr, value & ~((<u64>1) << (at & 63)));
    const words = level_words(bits);
    // Levels above say "full" only if this word was full before.
    if (value != u64.MAX_VALUE || words <= 1) return;
    level += <usize>words << 3;
    bits = words;
    at >>= 6;
  }
}
