// LruHashMap: what every map with keys does, and what shows of eviction in the typed surface.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_COMMON_LRU, BPF_F_NO_PREALLOC, BPF_F_WRONLY, BpfError, bytes, Kind, struct, u32, u64 } from "../../bindings/index.ts";
import type { Codec, LruHashMap, LruPercpuHashMap, MapSpec } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { conformance } from "../suites/conformance.ts";

const kernel = newKernel({ seed: 9, cpus: 2 });
const test = suite("map/lru");
checkLeaks(test, kernel);

conformance(test, kernel, {
  type: "lru_hash",
  make: (on, maxEntries) => on.createMap({ type: "lru_hash", key: u32, value: u64, maxEntries }),
  open: (on, id, flags) => on.openById(id, { type: "lru_hash", key: u32, value: u64, flags }),
  key: (i) => i,
  value: (i) => BigInt(i),
  badKeys: { type: ["1", null, 1n], range: [-1, 2 ** 32] },
  badValues: { type: ["1", null], range: [-1n, 2n ** 64n] },
  growth: "evicts",
});

// The most keys there ever are, and how many are left after the first insert that evicts: for one CPU of two inserting
// distinct keys, as the live kernel has it. With room for 600 the 513th insert already finds too few free elements.
const EVICTION: [maxEntries: number, flags: number, peak: number, after: number][] = [
  [4, 0, 4, 4],
  [8, 0, 8, 7],
  [16, 0, 16, 13],
  [64, 0, 64, 49],
  [100, 0, 100, 76],
  [512, 0, 512, 385],
  [600, 0, 600, 473],
  [1000, 0, 1000, 873],
  [16, BPF_F_NO_COMMON_LRU, 8, 5],
  [1000, BPF_F_NO_COMMON_LRU, 500, 497],
];
for (const [maxEntries, flags, peak, after] of EVICTION) {
  test(`a map for ${maxEntries}${flags ? ", no common LRU" : ""}: holds up to ${peak}, and ${after} after the first eviction`, () => {
    const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries, flags });
    let [most, left, before] = [0, -1, 0];
    for (let i = 0; i < 2 * maxEntries; i++) {
      const count = map.set(i, i).count();
      assert.is(map.has(i), true);
      if (count <= before && left < 0) left = count;
      most = Math.max(most, count);
      before = count;
    }
    map.close();
    assert.equal([most, left], [peak, after]);
  });
}

test("get is no use of an element, set of a present key is", () => {
  for (const [use, survives] of [["get", false], ["has", false], ["set", true]] as const) {
    const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 64 });
    for (let i = 0; i < 64; i++) map.set(i, i);
    for (let round = 0; round < 3; round++) use === "set" ? map.set(0, 0) : map[use](0);
    for (let i = 64; i < 80; i++) map.set(i, i);
    assert.is(map.has(0), survives, use);
    map.close();
  }
});

// Every way of asking, for every way in which keys and values travel.
const SHAPES: [what: string, key: Codec<any>, value: Codec<any>, keyOf: (i: number) => any][] = [
  ["words", u32, u32, (i) => i],
  ["a word and a longer value", u32, u64, (i) => i],
  ["16 bytes", bytes(16), bytes(4), (i) => new Uint8Array(16).fill(i)],
  ["structs, a long value", struct({ a: u32, b: u32 }), bytes(300), (i) => ({ a: i, b: 1 })],
];
const ASKS: [name: string, ask: (map: LruHashMap<any, any> | LruPercpuHashMap<any, any>, key: any) => unknown][] = [
  ["get", (map, key) => map.get(key)],
  ["has", (map, key) => map.has(key)],
  ["getInto", (map, key) => map.getInto(key, new Uint8Array(608))],
  ["getMany", (map, key) => map.getMany([key])],
  ["getManyInto", (map, key) => map.getManyInto([key], new Uint8Array(608))],
  ["iteration", (map) => [...map]],
];

for (const type of ["lru_hash", "lru_percpu_hash"] as const) {
  for (const [what, key, value, keyOf] of SHAPES) {
    for (const logged of [false, true]) {
      test(`${type} of ${what}${logged ? ", logged" : ""}: lookupMarks makes lookups uses, of this object alone`, () => {
        const stop = logged ? kernel.onCall(() => {}) : undefined;
        const zero = value.kind === Kind.BYTES ? new Uint8Array(value.size) : value === u64 ? 0n : 0;
        for (const [name, ask] of ASKS) {
          for (const lookupMarks of [true, false]) {
            const map = kernel.createMap({ type, key, value, maxEntries: 64, lookupMarks: true });
            const asked = lookupMarks ? map.dup() : kernel.openById(map.info().id, { type, key, value });
            for (let i = 0; i < 64; i++) map.set(keyOf(i), zero);
            for (let i = 0; i < 3; i++) ask(asked, keyOf(i));
            for (let i = 64; i < 80; i++) map.set(keyOf(i), zero);
            const left = [0, 1, 2].filter((i) => asked.has(keyOf(i))).length;
            assert.is(left, lookupMarks && name !== "iteration" ? 3 : 0, `${name}, ${lookupMarks}`);
            for (const each of [asked, map]) each.close();
          }
        }
        stop?.();
      });
    }
  }
}

test("an element that is looked up again and again stays, whatever comes", () => {
  const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 100, lookupMarks: true });
  map.set(0, 7);
  for (let i = 1; i < 5000; i++) {
    map.set(i, i);
    if (i % 10 === 0) assert.is(map.get(0), 7, `after ${i}`);
  }
  map.close();
});

test("lookupMarks is for LRU maps, and a boolean", () => {
  const spec = { type: "hash", key: u32, value: u32, maxEntries: 4, lookupMarks: true } as const;
  assert.throws(() => kernel.createMap(spec as MapSpec), /mark nothing, lookupMarks is for LRU maps/);
  assert.throws(() => kernel.createMap({ ...spec, type: "lru_hash", lookupMarks: 1 as never }), /must be true or false: current value is 1/);
  const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 4 });
  const opened = kernel.openById(map.info().id, { type: "lru_hash", key: u32, value: u32, lookupMarks: true, flags: BPF_F_WRONLY });
  assert.throws(() => opened.get(1), (error: unknown) => error instanceof BpfError && error.code === "EPERM");
  opened.close();
  map.close();
});

test("every CPU evicts its own elements only, without a common list", () => {
  const map = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 15, flags: BPF_F_NO_COMMON_LRU });
  assert.is(map.maxEntries, 16, "rounded up to a multiple of the CPUs, as Linux has it");
  assert.is(map.info().maxEntries, 16);
  map.set(0, 1);
  kernel.cpu = 1;
  for (let i = 1; i < 100; i++) map.set(i, i);
  kernel.cpu = 0;
  assert.is(map.has(0), true);
  assert.ok(map.count() <= 9);
  const copy = map.dup();
  assert.is(copy.maxEntries, 16);
  copy.close();
  map.close();
});

test("an LRU map is always preallocated", () => {
  assert.throws(
    () => kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 4, flags: BPF_F_NO_PREALLOC }),
    (error: unknown) => error instanceof BpfError && error.code === "ENOTSUPP" && /always preallocated/.test(error.message),
  );
});

test.run();
