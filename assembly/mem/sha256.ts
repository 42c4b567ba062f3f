// SHA-256 (FIPS 180-4) of one block of memory, for the content hash that info reports of frozen arrays. Its constants are
// calculated, because their 288 bytes are the ones in the module that no compression makes smaller.

const BLOCK: u32 = 64;
const STATE_SIZE: usize = 32;
const SCHEDULE_SIZE: usize = 256;
const CONSTANTS_SIZE: usize = 256;

/** Bytes of working space that sha256 needs. */
export const SHA256_SCRATCH: usize = STATE_SIZE + CONSTANTS_SIZE + SCHEDULE_SIZE + 2 * BLOCK;

/** Writes the 32-byte digest of `size` bytes at `from` to `to`, using SHA256_SCRATCH bytes at `scratch`. */
export function sha256(from: usize, size: usize, to: usize, scratch: usize): void {
  const state = scratch;
  const schedule = state + STATE_SIZE + CONSTANTS_SIZE;
  const last = schedule + SCHEDULE_SIZE;
  write_constants(state);
  let left = size;
  for (; left >= BLOCK; left -= BLOCK) {
    compress(state, from, schedule);
    from += BLOCK;
  }
  // The tail: a one bit, zeros, and the size in bits as a big-endian u64 that ends a block.
  memory.fill(last, 0, 2 * BLOCK);
  memory.copy(last, from, left);
  store<u8>(last + left, 0x80);
  const tail: u32 = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
  store<u32>(last + tail - 8, bswap<u32>(<u32>size >> 29));
  store<u32>(last + tail - 4, bswap<u32>(<u32>size << 3));
  compress(state, last, schedule);
  if (tail > BLOCK) compress(state, last + BLOCK, schedule);
  for (let i: usize = 0; i < STATE_SIZE; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
}

/**
 * The state at the start, which is the first 32 bits of the fractional parts of the square roots of the first 8 primes, and
 * behind it the same of the cube roots of the first 64. Doubles have 49 bits or more for the fractional part of any of them.
 */
function write_constants(state: usize): void {
  let prime = 2;
  for (let i: usize = 0; i < CONSTANTS_SIZE; ++prime) {
    let divisor = 2;
    while (prime % divisor) ++divisor;
    if (divisor != prime) continue;
    const square = sqrt<f64>(prime);
    if (i < STATE_SIZE) store<u32>(state + i, fraction(square));
    // Newton's method, from above: each step doubles the number of good bits.
    let cube = square;
    for (let step = 0; step < 8; ++step) cube -= (cube - prime / (cube * cube)) / 3;
    store<u32>(state + i, fraction(cube), STATE_SIZE);
    i += 4;
  }
}

function fraction(root: f64): u32 {
  return <u32>(<u64>(root * 4294967296.0));
}

function compress(state: usize, block: usize, w: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(w + i, bswap<u32>(load<u32>(block + i)));
  for (let i: usize = 64; i < SCHEDULE_SIZE; i += 4) {
    const w15 = load<u32>(w + i - 60);
    const w2 = load<u32>(w + i - 8);
    const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >> 3);
    const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >> 10);
    store<u32>(w + i, load<u32>(w + i - 64) + s0 + load<u32>(w + i - 28) + s1);
  }
  let a = load<u32>(state, 0);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < SCHEDULE_SIZE; i += 4) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(state + i, STATE_SIZE) + load<u32>(w + i);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  add(state, 0, a);
  add(state, 4, b);
  add(state, 8, c);
  add(state, 12, d);
  add(state, 16, e);
  add(state, 20, f);
  add(state, 24, g);
  add(state, 28, h);
}

@inline
function add(state: usize, offset: usize, value: u32): void {
  store<u32>(state + offset, load<u32>(state + offset) + value);
}
