// Keys and orders. All are seeded: every run, every side and every runtime gets the same ones.

/** A generator of unsigned 32-bit numbers (xorshift128 with a sum, after Marsaglia and Vigna). */
export function random(seed: number): () => number {
  let [a, b, c, d] = [seed >>> 0, 0x9e3779b9, 0x7f4a7c15, 0xf39cc060];
  const next = (): number => {
    const t = (b << 9) >>> 0;
    const x = Math.imul(a, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

const BITS_30 = 2 ** 30 - 1;

/**
 * The i-th of 2^30 different numbers below 2^30 that look random. They stay below 2^30 because every engine has such
 * numbers as small integers: a Map is at its fastest with them.
 */
export function scramble(index: number): number {
  let x = Math.imul(index, 0x2c1b3c6d) & BITS_30;
  x ^= x >>> 15;
  x = Math.imul(x, 0x297a2d39) & BITS_30;
  x ^= x >>> 14;
  return Math.imul(x, 0x1b56c4e9) & BITS_30;
}

/** `count` different keys below 2^30. */
export function keysU32(count: number): Uint32Array<ArrayBuffer> {
  const keys = new Uint32Array(count);
  for (let i = 0; i < count; i++) keys[i] = scramble(i + 1);
  return keys;
}

/** `count` random blocks of `size` bytes, behind one another. */
export function blocks(count: number, size: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = random(seed);
  const words = new Uint32Array(Math.ceil((count * size) / 4));
  for (let i = 0; i < words.length; i++) words[i] = next();
  return new Uint8Array(words.buffer, 0, count * size);
}

/** `ops` random indexes below `count`. */
export function picks(ops: number, count: number, seed: number): Uint32Array<ArrayBuffer> {
  const next = random(seed);
  const order = new Uint32Array(ops);
  for (let i = 0; i < ops; i++) order[i] = next() % count;
  return order;
}

/** The keys of a round of random hits: `ops` of `keys`, at random. */
export function hits(keys: Uint32Array, ops: number, seed: number): Uint32Array<ArrayBuffer> {
  const order = picks(ops, keys.length, seed);
  for (let i = 0; i < ops; i++) order[i] = keys[order[i]];
  return order;
}

/** The blocks of a round of random hits: `ops` of the `size` byte blocks in `keys`, copied behind one another. */
export function blockHits(keys: Uint8Array, size: number, ops: number, seed: number): Uint8Array<ArrayBuffer> {
  const order = picks(ops, keys.length / size, seed);
  const chosen = new Uint8Array(ops * size);
  for (let i = 0; i < ops; i++) chosen.set(keys.subarray(order[i] * size, (order[i] + 1) * size), i * size);
  return chosen;
}

/**
 * A trace of `ops` keys of `count`, in which the k-th most frequent key is asked for 1 / k^`exponent` as often as the first.
 * Which key is the k-th is random.
 */
export function zipf(ops: number, count: number, exponent: number, seed: number): Uint32Array<ArrayBuffer> {
  const next = random(seed);
  const upTo = new Float64Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) upTo[k] = sum += 1 / (k + 1) ** exponent;
  const trace = new Uint32Array(ops);
  for (let i = 0; i < ops; i++) {
    const wanted = (next() / 2 ** 32) * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (upTo[middle] > wanted) high = middle;
      else low = middle + 1;
    }
    trace[i] = scramble(low + 1);
  }
  return trace;
}
