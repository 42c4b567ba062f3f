import { Frame, frame, frame_ptr } from "../mem/frame";

// Key → 32-bit hash, of which hash_map.ts says which bit is for what. Seeds are odd: they are factors, too.

/**
 * Mixes two words: both halves of their 128-bit product, but for a carry of at most 2 that the upper half lacks. In a
 * product every input bit reaches bits of the answer above and below it. A factor of 0, or a small one, would erase the
 * other word, which is why the difference is added: no word that a key can have makes the answer independent of the other.
 */
@inline
function fold(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  return ((a * b) ^ (ah * bh + ((al * bh) >> 32) + ((ah * bl) >> 32))) + (a - b);
}

/** Spreads what a fold leaves: the upper half of a product depends on every bit of `x` below it, and so on all 64. */
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
 * keys that collide in one map do not in another.
 *
 * What is promised: without the seeds, nobody can name keys that collide more often than random ones. Who knows them (a
 * test or a replay gives its seed) finds no key whose words cancel or erase one another, such as words that equal a seed;
 * but can search for keys of one bucket, or solve for them, as with every hash of 64 bits of state.
 */
@inline
export function hash_seeded(key: usize, size: u32, seed0: u64, seed1: u64): u32 {
  if (size == 4) return hash_word(load<u32>(key), seed0, seed1);
  let a = seed0;
  let b = seed1;
  if (size == 8) {
    a ^= load<u64>(key);
  } else if (size == 16) {
    a ^= load<u64>(key);
    b ^= load<u64>(key, 8);
  } else {
    return hash_other(key, size, seed0, seed1);
  }
  return finish(fold(a, b), seed0);
}

/** Any other size. */
function hash_other(key: usize, size: u32, seed0: u64, seed1: u64): u32 {
  return finish(hash_long(key, size, seed0, seed1), seed0);
}

/** The same step as a call, where its size would be paid several times. */
function mix(a: u64, b: u64): u64 {
  return fold(a, b);
}

function hash_long(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  const end = key + size;
  if (size < 8) {
    if (size >= 4) return mix(<u64>load<u32>(key) ^ seed0, <u64>load<u32>(end - 4) ^ seed1);
    const low = <u64>load<u8>(key);
    const middle = <u64>load<u8>(key + (size >> 1));
    const high = <u64>load<u8>(end - 1);
    return mix((low | (middle << 8) | (high << 16)) ^ seed0, seed1);
  }
  // Whole 16-byte steps, then one that ends with the key and may overlap the last: sizes are fixed per map, so no two
  // keys of different size ever meet. The factor keeps equal words of two steps from cancelling each other.
  let x = seed0;
  while (key + 16 < end) {
    x = mix(load<u64>(key) ^ x, load<u64>(key, 8) ^ seed1) * seed1;
    key += 16;
  }
  return mix(load<u64>(size < 16 ? key : end - 16) ^ x, load<u64>(end - 8) ^ seed1);
}

/** All 64 bits of a seeded hash, for a bloom filter, which cuts many positions from one pass over the value. */
export function hash_wide(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  return spread(hash_long(key, size, seed0, seed1), seed0);
}

/** The same, where a lookup begins. */
@inline
export function hash_wide_inline(key: usize, size: u32, seed0: u64, seed1: u64): u64 {
  const x = size == 16 ? fold(load<u64>(key) ^ seed0, load<u64>(key, 8) ^ seed1) : hash_long(key, size, seed0, seed1);
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
