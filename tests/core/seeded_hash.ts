// The seeded hash of assembly/map/hash/hash_fn.ts written a second time, for 4-byte keys, and the seeds that a kernel with a given
// seed draws for its maps: with them a test can do what an attacker who knows the seed can.

const MASK = (1n << 64n) - 1n;

/** The two seeds of map number `index` (from 0) of a kernel loaded with `seed`. */
export function seedsOf(seed: number, index: number): [seed0: bigint, seed1: bigint] {
  let state = BigInt(seed);
  const next = (): bigint => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  };
  for (let drawn = 0; drawn < 2 * index; drawn++) next();
  return [next() | 1n, next() | 1n];
}

/** Hash of a 4-byte key: bits 8 and up choose the group. */
export function hashWord(key: number, [seed0, seed1]: [bigint, bigint]): number {
  const x = ((BigInt(key) ^ seed0) * seed1) & MASK;
  return Number((((x ^ (x >> 32n)) * seed0) & MASK) >> 32n);
}

/** The first `count` 4-byte keys whose own group, of `groups`, is number `group`. */
export function keysOfGroup(count: number, group: number, groups: number, seeds: [bigint, bigint]): number[] {
  const keys: number[] = [];
  for (let key = 0; keys.length < count; key++) {
    if (((hashWord(key, seeds) >>> 8) & (groups - 1)) === group) keys.push(key);
  }
  return keys;
}
