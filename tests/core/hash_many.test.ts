// Many lookups in one call (assembly/map/hash/many.ts) go through the keys in passes of 128, and keys that a pass misses go
// with the next one. So: lists that end at and beside the end of a pass, full maps, absent keys in any share, every size
// that has a loop of its own, and both kinds of table.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, BPF_F_ZERO_SEED, bytes } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";

const kernel = newKernel({ seed: 3 });
const test = suite("map/hash_many");
checkLeaks(test, kernel);

const ENTRIES = 4096;
const COUNTS = [0, 1, 2, 127, 128, 129, 255, 256, 257, 1000, 3000];
const ABSENT_SHARES = [0, 0.04, 0.5, 1];
const SHAPES = [[4, 4], [4, 8], [8, 4], [8, 8], [16, 16], [3, 5], [24, 40]] as const;
const TABLES = [
  ["groups", "hash", 0],
  ["chains of blocks", "hash", BPF_F_NO_PREALLOC],
  ["chains in the kernel's order", "hash", BPF_F_ZERO_SEED],
  ["chains of an LRU map", "lru_hash", 0],
] as const;
const UNTOUCHED = 0xa5;

/** Key or value number `i` of `size` bytes, at least 3: all bytes depend on it. */
function write(bytes: Uint8Array, at: number, size: number, i: number): void {
  for (let b = 0; b < size; b++) bytes[at + b] = b < 3 ? i >> (8 * b) : i * (2 * b + 1) + (i >> 7);
}

for (const [name, type, flags] of TABLES) {
  for (const [keySize, valueSize] of SHAPES) {
    test(`${name}, ${keySize} B → ${valueSize} B: the values of many keys`, () => {
      const map = kernel.createMap({ type, flags, key: bytes(keySize), value: bytes(valueSize), maxEntries: ENTRIES });
      const key = new Uint8Array(keySize);
      const value = new Uint8Array(valueSize);
      for (let i = 0; i < ENTRIES; i++) {
        write(key, 0, keySize, i);
        write(value, 0, valueSize, i + 1);
        map.set(key, value);
      }
      const present = new Set<number>();
      for (let i = 0; i < ENTRIES; i++) {
        write(key, 0, keySize, i);
        // An LRU map may have thrown some out.
        if (map.has(key)) present.add(i);
      }
      assert.ok(present.size > ENTRIES / 2);
      const rng = new Prng(keySize * 100 + valueSize, name);
      for (const count of COUNTS) {
        for (const absent of ABSENT_SHARES) {
          const numbers = Array.from({ length: count }, () => rng.below(ENTRIES) + (rng.below(100) < absent * 100 ? ENTRIES : 0));
          const keys = new Uint8Array(count * keySize);
          const expected = new Uint8Array(count * valueSize).fill(UNTOUCHED);
          numbers.forEach((i, at) => {
            write(keys, at * keySize, keySize, i);
            if (present.has(i)) write(expected, at * valueSize, valueSize, i + 1);
          });
          const out = new Uint8Array(count * valueSize).fill(UNTOUCHED);
          const found = new Uint8Array(count).fill(2);
          const hits = map.getManyInto(keys, out, found);
          assert.is(hits, numbers.filter((i) => present.has(i)).length);
          assert.equal(found, Uint8Array.from(numbers, (i) => (present.has(i) ? 1 : 0)));
          assert.equal(out, expected);
        }
      }
      map.close();
    });
  }
}

test.run();
