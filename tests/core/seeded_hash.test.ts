// The seeded hash of hash maps: what its docstring promises, for all sizes of keys that it treats differently.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";
import { Cmd } from "../kernel/abi.ts";
import { Prng } from "../kernel/prng.ts";
import { bucketSizes, crowding } from "./buckets.ts";
import { hashWord, seedsOf } from "./seeded_hash.ts";

const SEED = 99;
const KEYS = 256;
const BITS = [0, 8, 24, 32, 47, 55];

const test = suite("seeded hash");

/** The words of 64 bits that a key of a family consists of; of a shorter key, the bytes in front count. */
type Family = (i: bigint, seed0: bigint, seed1: bigint) => bigint[];

const low64 = (word: bigint): bigint => word & ((1n << 64n) - 1n);
const family = (name: string, words: Family): [string, Family] => [name, words];

/** Keys that make a word 0 where it enters a product, or undo another word: `i` is what varies, shifted. */
const FAMILIES: [string, Family][] = [
  family("first word equals its seed", (i, seed0, seed1) => [seed0, i, seed1, i, seed1]),
  family("second word equals its seed", (i, seed0, seed1) => [i, seed1, i, seed1, i]),
  family("every first word equals its seed", (i, seed0) => [seed0, i, seed0, i, seed0]),
  family("only one word varies, the others equal seeds", (i, seed0, seed1) => [seed0, seed1, seed0, seed1, seed0 ^ i]),
  family("only one word varies, the others equal one seed", (i, seed0) => [seed0, seed0, seed0 ^ i, seed0, seed0]),
  family("words at the same distance from their seeds", (i, seed0, seed1) => [seed0 ^ i, seed1 ^ i, seed0 ^ i, seed1 ^ i]),
  family("words at the same distance from one seed", (i, seed0) => [seed0 ^ i, seed0 ^ i, seed0 ^ i]),
  family("words at opposite distances from one seed", (i, seed0) => [seed0 ^ i, seed0 ^ low64(-i), seed0 ^ i]),
  family("first factor 1", (i, seed0, seed1) => [seed0 ^ 1n, seed1 ^ i, 0n, seed1]),
  family("second factor 1", (i, seed0, seed1) => [seed0 ^ i, seed1 ^ 1n, i, seed1 ^ 1n]),
  family("first factor -1", (i, seed0, seed1) => [low64(~seed0), seed1 ^ i, i]),
  family("second factor -1", (i, seed0, seed1) => [seed0 ^ i, low64(~seed1), i]),
  family("a factor that is a power of two", (i, seed0, seed1) => [seed0 ^ (1n << 32n), seed1 ^ i, i]),
  family("factors exchanged", (i, seed0, seed1) =>
    i & 1n ? [seed0 ^ (i >> 1n), seed1 ^ 7n] : [seed0 ^ 7n, seed1 ^ (i >> 1n)]),
  family("words exchanged", (i) => (i & 1n ? [i >> 1n, 7n, 7n] : [7n, i >> 1n, 7n])),
  family("words exchanged around a seed", (i, seed0) =>
    i & 1n ? [seed0 ^ (i >> 1n), seed0 ^ 7n, 0n] : [seed0 ^ 7n, seed0 ^ (i >> 1n), 0n]),
  family("two steps that cancel", (i, seed0, seed1) => [i, seed1, i, seed1, i, seed1, i]),
  family("low half of the first factor 0", (i, seed0, seed1) => [(seed0 & 0xffffffffn) | (i << 32n), seed1 ^ i]),
  family("upper half of the first factor 0", (i, seed0, seed1) => [((seed0 >> 32n) << 32n) ^ i, seed1 ^ (i << 32n)]),
];

function write(key: Uint8Array, words: bigint[]): void {
  key.fill(0);
  for (let at = 0; at < key.length; at++) key[at] = Number(((words[at >> 3] ?? 0n) >> BigInt(8 * (at & 7))) & 0xffn);
}

for (const key_size of [3, 4, 6, 8, 12, 16, 20, 32, 100]) {
  test(`${key_size} bytes: keys made from a known seed are spread like random ones`, () => {
    let made = 0;
    let kernel = newKernel({ seed: SEED });
    for (const [name, words] of FAMILIES) {
      for (const shift of BITS) {
        const seeds = seedsOf(SEED, made++);
        const keys = new Map<string, Uint8Array>();
        for (let i = 0; i < KEYS; i++) {
          const key = new Uint8Array(key_size);
          write(key, words(low64(BigInt(i) << BigInt(shift)), ...seeds));
          keys.set(key.join(), key);
        }
        // What does not vary in a key of this size is no family.
        const count = keys.size;
        const map_fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: 1, key_size, value_size: 8, max_entries: KEYS });
        const value = new Uint8Array(8);
        if (count >= 64) {
          for (const key of keys.values()) assert.is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value }), 0);
          const sizes = bucketSizes(kernel, map_fd, key_size, count);
          // Pairs in one bucket have a relative spread of sqrt(2 / pairs expected): six of them, and more, is "never".
          const limit = 1 + 7 * Math.sqrt(2 / ((count * (count - 1)) / KEYS));
          const measured = crowding(sizes, KEYS);
          assert.ok(measured < limit, `${name}, shift ${shift}, ${count} keys: ${measured.toFixed(2)} times random`);
        }
        kernel.close(map_fd);
        if (made === 16) [kernel, made] = [newKernel({ seed: SEED }), 0];
      }
    }
  });
}

interface Hashing {
  seeded_hash(key: number, size: number, seed0: bigint, seed1: bigint): number;
}

const SIZES = [1, 3, 4, 7, 8, 9, 12, 16, 20, 33, 100];
/** How often each bit of each key is flipped, and how far from a half the share of flipped outcomes may be: six deviations. */
const FLIPS = 256;
const SPREAD = 6 * Math.sqrt(0.25 / FLIPS);

for (const size of SIZES) {
  const name = `${size} bytes: every bit of a key changes every bit of its hash in half of the cases`;
  const kernel = newKernel();
  const { seeded_hash } = exportsOf(kernel) as unknown as Hashing;
  if (seeded_hash === undefined) {
    skip(test, name, "the release core does not export its hash");
    continue;
  }
  test(name, () => {
    const rng = new Prng(size, "avalanche");
    const ptr = kernel.alloc(size);
    const key = new Uint8Array(kernel.memory.buffer, ptr, size);
    const word = (): bigint => (BigInt(rng.u32()) << 32n) | BigInt(rng.u32());
    const bits = Array.from({ length: Math.min(8 * size, 96) }, (_, i) => (size <= 12 ? i : rng.below(8 * size)));
    for (const bit of bits) {
      const changed = new Array<number>(32).fill(0);
      for (let flip = 0; flip < FLIPS; flip++) {
        const [seed0, seed1] = [word() | 1n, word() | 1n];
        for (let at = 0; at < size; at++) key[at] = rng.u32();
        const before = seeded_hash(ptr, size, seed0, seed1);
        key[bit >> 3] ^= 1 << (bit & 7);
        const difference = before ^ seeded_hash(ptr, size, seed0, seed1);
        for (let out = 0; out < 32; out++) changed[out] += (difference >>> out) & 1;
      }
      changed.forEach((count, out) => {
        const share = count / FLIPS;
        assert.ok(Math.abs(share - 0.5) < SPREAD, `bit ${bit} changes bit ${out} in ${share} of the cases`);
      });
    }
    kernel.free(ptr);
  });
}

const WORDS = "4 bytes: the hash is the one that the flood tests compute";
const exports = exportsOf(newKernel()) as unknown as Hashing;
if (exports.seeded_hash === undefined) {
  skip(test, WORDS, "the release core does not export its hash");
} else {
  test(WORDS, () => {
    const kernel = newKernel();
    const { seeded_hash } = exportsOf(kernel) as unknown as Hashing;
    const ptr = kernel.alloc(4);
    for (let key = 0; key < 2000; key++) {
      const [seed0, seed1] = seedsOf(key, 3);
      new DataView(kernel.memory.buffer).setUint32(ptr, key * 0x9e3779b1, true);
      assert.is(seeded_hash(ptr, 4, seed0, seed1) >>> 0, hashWord((key * 0x9e3779b1) % 2 ** 32, [seed0, seed1]));
    }
  });
}

test.run();
