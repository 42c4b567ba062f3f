// A flood of keys for one group of a preallocated hash map, by somebody who knows the seed. While it lasts, the keys of that
// group are slow; when it is gone, nothing of it may be left. What the lines of tags say of elements outside their group is
// the debug build's to check (check_invariants): if that is exact, a lookup goes no further than it must.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { type HashMap, type Kernel, u32 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";
import { keysOfGroup, seedsOf } from "./seeded_hash.ts";

const SEED = 1234;
const ENTRIES = 1024;
const GROUPS = ENTRIES / 8;
/** More than a line of tags can count, many times over. */
const FLOOD = 1000;

const kernel = newKernel({ seed: SEED });
const test = suite("map/hash_flood");
checkLeaks(test, kernel);

let mapsMade = 0;

/** A new map, and `count` keys that all belong to one of its groups. */
function flooded(count: number, group: number, maxEntries = ENTRIES): { map: HashMap<number, number>; keys: number[] } {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries });
  const keys = keysOfGroup(count, group, Math.max(1, 2 ** Math.ceil(Math.log2(maxEntries)) / 8), seedsOf(SEED, mapsMade++));
  return { map, keys };
}

function checkState(on: Kernel): void {
  const exports = exportsOf(on) as { check_invariants?(): number };
  assert.is(exports.check_invariants?.() ?? 0, 0, "number of the broken rule (assembly/debug)");
}

const shuffled = (keys: number[]): number[] => {
  const rng = new Prng(1, "order");
  return keys.map((key) => [rng.below(2 ** 30), key]).sort((a, b) => a[0] - b[0]).map(([, key]) => key);
};

const ORDERS: [string, (keys: number[]) => number[]][] = [
  ["oldest first", (keys) => keys],
  ["newest first", (keys) => [...keys].reverse()],
  ["in any order", shuffled],
];

for (const [name, order] of ORDERS) {
  for (const group of [0, 77, GROUPS - 1]) {
    test(`a flood of group ${group}, deleted ${name}, leaves no trace`, () => {
      const { map, keys } = flooded(FLOOD, group);
      keys.forEach((key, i) => map.set(key, i));
      checkState(kernel);
      for (const [i, key] of order(keys).entries()) {
        assert.ok(map.delete(key));
        if (i % 100 === 0 || i > FLOOD - 8) checkState(kernel);
      }
      assert.is(map.count(), 0);
      for (const key of keys) assert.not.ok(map.has(key));
      map.close();
    });
  }
}

test("a flood that is cleared leaves no trace", () => {
  const { map, keys } = flooded(FLOOD, 3);
  keys.forEach((key, i) => map.set(key, i));
  map.clear();
  checkState(kernel);
  assert.is(map.count(), 0);
  map.close();
});

test("the last survivor of a flood, far from its group, is found until it goes", () => {
  const { map, keys } = flooded(FLOOD, 100);
  keys.forEach((key, i) => map.set(key, i));
  const last = keys[FLOOD - 1];
  for (const key of keys) if (key !== last) map.delete(key);
  checkState(kernel);
  assert.equal([...map], [[last, FLOOD - 1]]);
  assert.is(map.get(last), FLOOD - 1);
  // Its group has room again: others settle in front of it, and go.
  for (const key of keys.slice(0, 20)) map.set(key, 1);
  for (const key of keys.slice(0, 20)) map.delete(key);
  checkState(kernel);
  map.delete(last);
  checkState(kernel);
  map.close();
});

for (const maxEntries of [9, 40, 300, ENTRIES]) {
  test(`keys of two groups come and go in a map of ${maxEntries}`, () => {
    const rng = new Prng(maxEntries, "flood");
    const { map, keys } = flooded(maxEntries, 0, maxEntries);
    const seeds = seedsOf(SEED, mapsMade - 1);
    const groups = 2 ** Math.ceil(Math.log2(maxEntries)) / 8;
    keys.push(...keysOfGroup(maxEntries, groups - 1, groups, seeds).filter((key) => !keys.includes(key)));
    const model = new Map<number, number>();
    const steps = 6 * maxEntries + 200;
    for (let step = 0; step < steps; step++) {
      const key = keys[rng.below(keys.length)];
      // Filled, kept full, then emptied.
      if (rng.below(100) < (step < steps / 2 ? 75 : 30)) {
        if (model.has(key) || model.size < maxEntries) {
          map.set(key, step);
          model.set(key, step);
        }
      } else {
        assert.is(map.delete(key), model.delete(key));
      }
      if (step % 200 === 0) checkState(kernel);
    }
    checkState(kernel);
    for (const key of keys) assert.is(map.get(key), model.get(key));
    assert.equal(new Map(map), model);
    map.clear();
    checkState(kernel);
    map.close();
  });
}

test.run();
