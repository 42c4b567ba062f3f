// SHA-256 (FIPS 180-4) of one block of memory, for the content hash that info reports of frozen arrays. Its constants
// are calculated, because their 288 bytes are the ones in the module that no compression makes smaller.
//
// Working space. The eight variables a to h are what the last four rounds wrote to two rows, newest last: a round makes
// one new a and one new e, and what was a is then b.
//
//   A   d c b a │ one word per round     the state is what stands in front; a block's rounds go behind it
//   E   h g f e │ one word per round
//   K   the constants of the rounds      W   the schedule      then two blocks for the tail

const BLOCK: u32 = 64;
const ROUNDS_SIZE: usize = 256;
const STATE_HALF: usize = 16;
const E: usize = STATE_HALF + ROUNDS_SIZE;
const K: usize = 2 * E;
const W: usize = K + ROUNDS_SIZE;
const TAIL: usize = W + ROUNDS_SIZE;

/** Bytes of working space that sha256 needs. */
export const SHA256_SCRATCH: usize = TAIL + 2 * BLOCK;

/** Writes the 32-byte digest of `size` bytes at `from` to `to`, using SHA256_SCRATCH bytes at `scratch`. */
export function sha256(from: usize, size: usize, to: usize, scratch: usize): void {
  write_constants(scratch);
  let left = size;
  for (; left >= BLOCK; left -= BLOCK) {
    compress(scratch, from);
    from += BLOCK;
  }
  // The tail: a one bit, zeros, and the size in bits as a big-endian u64 that ends a block.
  let last = scratch + TAIL;
  memory.fill(last, 0, 2 * BLOCK);
  memory.copy(last, from, left);
  store<u8>(last + left, 0x80);
  const end = last + (left + 9 <= BLOCK ? <usize>BLOCK : 2 * <usize>BLOCK);
  store<u32>(end - 8, bswap<u32>(<u32>size >> 29));
  store<u32>(end - 4, bswap<u32>(<u32>size << 3));
  for (; last < end; last += BLOCK) compress(scratch, last);
  for (let i: usize = 0; i < STATE_HALF; i += 4) {
    store<u32>(to + (i ^ 12), bswap<u32>(load<u32>(scratch + i)));
    store<u32>(to + (i ^ 12), bswap<u32>(load<u32>(scratch + i, E)), STATE_HALF);
  }
}

/**
 * K, which is the first 32 bits of the fractional parts of the cube roots of the first 64 primes, and the state at the
 * start, the same of the square roots of the first 8. Doubles have 48 bits or more for the fractional part of any of them.
 */
function write_constants(scratch: usize): void {
  let prime = 2;
  for (let i: usize = 0; i < ROUNDS_SIZE; ++prime) {
    let divisor = 2;
    while (prime % divisor) ++divisor;
    if (divisor != prime) continue;
    const square = sqrt<f64>(prime);
    if (i < STATE_HALF) store<u32>(scratch + (i ^ 12), fraction(square));
    else if (i < 2 * STATE_HALF) store<u32>(scratch + (i ^ 12), fraction(square), E - STATE_HALF);
    // Newton's method, from above: each step doubles the number of good bits.
    let cube = square;
    for (let step = 0; step < 8; ++step) cube -= (cube - prime / (cube * cube)) / 3;
    store<u32>(scratch + i, fraction(cube), K);
    i += 4;
  }
}

function fraction(root: f64): u32 {
  return <u32>(<u64>(root * 4294967296.0));
}

function compress(scratch: usize, block: usize): void {
  const end = scratch + ROUNDS_SIZE;
  for (let i: usize = 0; i < BLOCK; i += 4) store<u32>(scratch + i, bswap<u32>(load<u32>(block + i)), W);
  for (let at = scratch; at < end - BLOCK; at += 4) {
    const w1 = load<u32>(at, W + 4);
    const w14 = load<u32>(at, W + 56);
    const s0 = rotr(w1, 7) ^ rotr(w1, 18) ^ (w1 >> 3);
    const s1 = rotr(w14, 17) ^ rotr(w14, 19) ^ (w14 >> 10);
    store<u32>(at, load<u32>(at, W) + s0 + load<u32>(at, W + 36) + s1, W + 64);
  }
  for (let at = scratch; at < end; at += 4) {
    const a = load<u32>(at, 12);
    const b = load<u32>(at, 8);
    const c = load<u32>(at, 4);
    const e = load<u32>(at, E + 12);
    const f = load<u32>(at, E + 8);
    const g = load<u32>(at, E + 4);
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = load<u32>(at, E) + s1 + ((e & f) ^ (~e & g)) + load<u32>(at, K) + load<u32>(at, W);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    store<u32>(at, load<u32>(at) + t1, E + 16);
    store<u32>(at, t1 + s0 + ((a & b) ^ (a & c) ^ (b & c)), 16);
  }
  for (let at = scratch; at < scratch + STATE_HALF; at += 4) {
    store<u32>(at, load<u32>(at) + load<u32>(at, ROUNDS_SIZE));
    store<u32>(at, load<u32>(at, E) + load<u32>(at, E + ROUNDS_SIZE), E);
  }
}
