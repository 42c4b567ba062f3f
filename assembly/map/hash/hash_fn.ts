import { Frame, frame, frame_ptr } from "../../mem/frame";

// Key → 32-bit hash, of which hash_map.ts says which bit is for what. Seeds are odd: they are factors.

/**
 * Mixes a word with a secret factor: the lower 64 bits of their product, and the upper 64 bits of the word's product with the
 * factor's upper half. The first alone takes no bit of the word downwards, and differences in its top bits would stay there.
 */
@inline
function fold(word: u64, factor: u64): u64 {
  const upper = factor >> 32;
  return (word * factor) ^ ((word >> 32) * upper + (((word & 0xffffffff) * upper) >> 32));
}

/** Bits 32 and up of the answer depend on every bit of `x`. */
@inline
function spread(x: u64, seed: u64): u64 {
  return (x ^ (x >> 32)) * seed;
}

@inline
function finish(x: u64, seed: u64): u32 {
  return <u32>(spread(x, seed) >> 32);
}

/** A 4-byte key: 64 bits hold all that two multiplies by secret factors make of it, so nothing needs to be folded. */
@inline
export function hash_word(key: u32, seed0: u64, seed1: u64): u32 {
  return finish((<u64>key ^ seed0) * seed1, seed0);
}

/**
 * Seeded hash for maps whose order nobody may know: two secret 64-bit seeds per map enter before the first product, so
 * keys that collide in one map do not in another. It is the sum of the key's words of 8 bytes, each folded with
 * a factor of its own: seed1, seed0, then the product of the two before. No value of a word takes away what another adds.
 *
 * What is promised: without the seeds, nobody can name keys that collide more often than random ones. Who knows the seeds,
 * which a test or a replay gives away, does not get such keys from them by setting words to what makes a product 0 or leaves
 * it small, nor by exchanging words; but can search for keys of one bucket, as in every table whose hash is known.
 */
@inline
export function hash_seeded(key: usize, size: u32, seed0: u64, seed1: u64): u32 {
  if (size == 4) return hash_word(load<u32>(key), seed0, seed1);
  if (size == 8) return finish(fold(load<u64>(key) ^ seed0, seed1), seed0);
  if (size == 16) return hash_wide_key(load<u64>(key), load<u64>(key, 8), seed0, seed1);
  return hash_other(key, size, seed0, seed1);
}

@inline
function sum_of_two(low: u64, high: u64, seed0: u64, seed1: u64): u64 {
  return fold(low ^ seed0, seed1) + fold(high ^ seed0, seed0);
}

/** hash_seeded of a 16-byte key in registers. */
@inline
export function hash_wide_key(low: u64, high: u64, seed0: u64, seed1: u64): u32 {
  return finish(sum_of_two(low, high, seed0, seed1), seed0);
}

/** Any other size. */
function hash_other(key: usize, size: u32, seed0: u64, seed1: u64): u32 {
  return finish(sum_of_words(key, size, seed0, seed1), seed0);
}

function sum_of_words(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  if (size < 8) return fold(short_word(key, size) ^ seed0, seed1);
  // The last word ends with the key and may overlap the one before: sizes are fixed per map, so no two keys of different
  // size ever meet.
  const last = key + size - 8;
  let factor = seed1;
  let next = seed0;
  let sum = fold(load<u64>(key) ^ seed0, factor);
  while (key < last) {
    key = min(key + 8, last);
    sum += fold(load<u64>(key) ^ seed0, next);
    const product = factor * next;
    factor = next;
    next = product;
  }
  return sum;
}

/** All bytes of a key of less than 8, some of them twice. */
function short_word(key: usize, size: u32): u64 {
  if (size >= 4) return load<u32>(key) | (<u64>load<u32>(key + size - 4) << 32);
  return load<u8>(key) | (<u64>load<u8>(key + (size >> 1)) << 8) | (<u64>load<u8>(key + size - 1) << 16);
}

/** All 64 bits of a seeded hash, for a bloom filter, which cuts many positions from one pass over the value. */
export function hash_wide(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  return spread(sum_of_words(key, size, seed0, seed1), seed0);
}

/** The same, where a lookup begins. */
@inline
export function hash_wide_inline(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  const x = size == 16 ? sum_of_two(load<u64>(key), load<u64>(key, 8), seed0, seed1) : sum_of_words(key, size, seed0, seed1);
  return spread(x, seed0);
}

/**
 * Bob Jenkins' lookup3 (public domain), which fixes the iteration order of BPF_F_ZERO_SEED maps and the bits of bloom
 * filters. Internal state is three words that start from 0xdeadbeef, the size and the seed.
 */
export function hash_lookup3(key: usize, size: u32, seed: u32): u32 {
  let a: u32 = 0xdeadbeef + size + seed;
  let b = a;
  let c = a;
  let left = size;
  while (left > 12) {
    a += load<u32>(key);
    b += load<u32>(key, 4);
    c += load<u32>(key, 8);
    a = (a - c) ^ rotl(c, 4);
    c += b;
    b = (b - a) ^ rotl(a, 6);
    a += c;
    c = (c - b) ^ rotl(b, 8);
    b += a;
    a = (a - c) ^ rotl(c, 16);
    c += b;
    b = (b - a) ^ rotl(a, 19);
    a += c;
    c = (c - b) ^ rotl(b, 4);
    b += a;
    left -= 12;
    key += 12;
  }
  if (left == 0) return c;
  // The last 1..12 bytes, as if zeros followed.
  const tail = frame_ptr() + offsetof<Frame>("tail_low");
  frame().tail_low = 0;
  frame().tail_high = 0;
  memory.copy(tail, key, left);
  a += load<u32>(tail);
  b += load<u32>(tail, 4);
  c += load<u32>(tail, 8);
  c = (c ^ b) - rotl(b, 14);
  a = (a ^ c) - rotl(c, 11);
  b = (b ^ a) - rotl(a, 25);
  c = (c ^ b) - rotl(b, 16);
  a = (a ^ c) - rotl(c, 4);
  b = (b ^ a) - rotl(a, 14);
  return (c ^ b) - rotl(b, 24);
}
