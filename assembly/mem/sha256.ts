// SHA-256 (FIPS 180-4) of one block of memory, for the content hash that info reports of frozen arrays. Names are the
// standard's.

const BLOCK: u32 = 64;
const ROUNDS: u32 = 64;

/** K: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
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

/** H at the start: the same of the square roots of the first 8 primes. */
const H0: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const H_SIZE: usize = 32;

// Working space: H, the schedule W, and two blocks for the padded end of the message.
const W: usize = H_SIZE;
const PADDED: usize = W + 4 * ROUNDS;

/** Bytes of working space that sha256 needs. */
export const SHA256_SCRATCH: usize = PADDED + 2 * BLOCK;

/** Writes the 32-byte digest of `size` bytes at `from` to `to`, using SHA256_SCRATCH bytes at `scratch`. */
export function sha256(from: usize, size: usize, to: usize, scratch: usize): void {
  memory.copy(scratch, H0, H_SIZE);
  let left = size;
  for (; left >= BLOCK; left -= BLOCK) {
    hash_block(scratch, from);
    from += BLOCK;
  }
  // What is left, a one bit, zeros, and the message's size in bits as a big-endian u64 that ends a block.
  const padded = scratch + PADDED;
  memory.fill(padded, 0, 2 * BLOCK);
  memory.copy(padded, from, left);
  store<u8>(padded + left, 0x80);
  const end = padded + (left + 9 <= BLOCK ? <usize>BLOCK : 2 * <usize>BLOCK);
  store<u64>(end - 8, bswap<u64>(<u64>size << 3));
  for (let block = padded; block < end; block += BLOCK) hash_block(scratch, block);
  for (let i: usize = 0; i < H_SIZE; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(scratch + i)));
}

@inline
function W_of(scratch: usize, t: u32): u32 {
  return load<u32>(scratch + (<usize>t << 2), W);
}

/** Takes one block of the message into H. */
function hash_block(scratch: usize, block: usize): void {
  for (let t: u32 = 0; t < 16; ++t) store<u32>(scratch + (<usize>t << 2), bswap<u32>(load<u32>(block + (<usize>t << 2))), W);
  for (let t: u32 = 16; t < ROUNDS; ++t) {
    const w = small_sigma1(W_of(scratch, t - 2)) + W_of(scratch, t - 7) + small_sigma0(W_of(scratch, t - 15)) + W_of(scratch, t - 16);
    store<u32>(scratch + (<usize>t << 2), w, W);
  }
  let a = load<u32>(scratch);
  let b = load<u32>(scratch, 4);
  let c = load<u32>(scratch, 8);
  let d = load<u32>(scratch, 12);
  let e = load<u32>(scratch, 16);
  let f = load<u32>(scratch, 20);
  let g = load<u32>(scratch, 24);
  let h = load<u32>(scratch, 28);
  for (let t: u32 = 0; t < ROUNDS; ++t) {
    const T1 = h + big_sigma1(e) + Ch(e, f, g) + load<u32>(K + (<usize>t << 2)) + W_of(scratch, t);
    const T2 = big_sigma0(a) + Maj(a, b, c);
    h = g;
    g = f;
    f = e;
    e = d + T1;
    d = c;
    c = b;
    b = a;
    a = T1 + T2;
  }
  store<u32>(scratch, load<u32>(scratch) + a);
  store<u32>(scratch, load<u32>(scratch, 4) + b, 4);
  store<u32>(scratch, load<u32>(scratch, 8) + c, 8);
  store<u32>(scratch, load<u32>(scratch, 12) + d, 12);
  store<u32>(scratch, load<u32>(scratch, 16) + e, 16);
  store<u32>(scratch, load<u32>(scratch, 20) + f, 20);
  store<u32>(scratch, load<u32>(scratch, 24) + g, 24);
  store<u32>(scratch, load<u32>(scratch, 28) + h, 28);
}

@inline
function Ch(x: u32, y: u32, z: u32): u32 {
  return (x & y) ^ (~x & z);
}

@inline
function Maj(x: u32, y: u32, z: u32): u32 {
  return (x & y) ^ (x & z) ^ (y & z);
}

@inline
function big_sigma0(x: u32): u32 {
  return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22);
}

@inline
function big_sigma1(x: u32): u32 {
  return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25);
}

@inline
function small_sigma0(x: u32): u32 {
  return rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3);
}

@inline
function small_sigma1(x: u32): u32 {
  return rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10);
}
