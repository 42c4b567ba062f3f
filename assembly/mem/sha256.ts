// SHA-256 (FIPS 180-4) of one block of memory, for the content hash that info reports of frozen arrays.

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, as the standard lists them. */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const BLOCK: u32 = 64;
const STATE_SIZE: usize = 32;
const SCHEDULE_SIZE: usize = 256;

/** Bytes of working space that sha256 needs. */
export const SHA256_SCRATCH: usize = STATE_SIZE + SCHEDULE_SIZE + 2 * BLOCK;

/** Writes the 32-byte digest of `size` bytes at `from` to `to`, using SHA256_SCRATCH bytes at `scratch`. */
export function sha256(from: usize, size: usize, to: usize, scratch: usize): void {
  const state = scratch;
  const schedule = state + STATE_SIZE;
  const last = schedule + SCHEDULE_SIZE;
  store<u32>(state, 0x6a09e667, 0);
  store<u32>(state, 0xbb67ae85, 4);
  store<u32>(state, 0x3c6ef372, 8);
  store<u32>(state, 0xa54ff53a, 12);
  store<u32>(state, 0x510e527f, 16);
  store<u32>(state, 0x9b05688c, 20);
  store<u32>(state, 0x1f83d9ab, 24);
  store<u32>(state, 0x5be0cd19, 28);
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
  store<u64>(last + tail - 8, bswap<u64>(<u64>size << 3));
  compress(state, last, schedule);
  if (tail > BLOCK) compress(state, last + BLOCK, schedule);
  for (let i: usize = 0; i < STATE_SIZE; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
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
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(K + i) + load<u32>(w + i);
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
