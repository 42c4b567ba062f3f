// BloomFilterMap: no value that was added is ever missed, and the rate of the others is what Linux has.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_RDONLY, BPF_F_WRONLY, BpfError, bytes, struct, u16, u32, u64, utf8 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { throwsCode } from "../suites/conformance.ts";

const kernel = newKernel({ seed: 11 });
const test = suite("map/bloom_filter");
checkLeaks(test, kernel);

test("what was added is there", () => {
  const map = kernel.createMap({ type: "bloom_filter", value: u64, maxEntries: 100 });
  assert.is(map.has(1n), false);
  assert.is(map.add(1n), map);
  assert.is(map.add(2).has(2n), true);
  assert.is(map.has(1n), true);
  map.close();
});

test("no value that was added is missed, whatever else was", () => {
  for (const codec of [bytes(5), bytes(16), bytes(64)]) {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: codec.size, maxLength: codec.size }), { maxLength: 100 }), fc.nat(15), (values, hashes) => {
        const map = kernel.createMap({ type: "bloom_filter", value: codec, maxEntries: 20, hashes });
        for (const value of values) map.add(value);
        for (const value of values) assert.is(map.has(value), true);
        map.close();
      }),
      { numRuns: 40 },
    );
  }
});

// Measured on the live kernel with max_entries 1000 and as many values added; the bounds leave room for another seed.
const RATES: [hashes: number, low: number, high: number][] = [
  [1, 0.3, 0.48],
  [2, 0.1, 0.21],
  [3, 0.015, 0.05],
  [5, 0.01, 0.035],
  [8, 0, 0.003],
];
for (const [hashes, low, high] of RATES) {
  test(`${hashes} hash functions take between ${low * 100} % and ${high * 100} % of absent values for present`, () => {
    const map = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 1000, hashes });
    for (let i = 0; i < 1000; i++) map.add(i);
    let wrong = 0;
    for (let i = 1000; i < 11_000; i++) if (map.has(i)) wrong++;
    assert.ok(wrong / 10_000 >= low && wrong / 10_000 <= high, `${wrong} of 10000`);
    map.close();
  });
}

test("hashes is map_extra, and no other type has it", () => {
  const map = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 10, hashes: 7 });
  assert.is(map.info().mapExtra, 7n);
  map.close();
  const extra = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 10, mapExtra: 3 });
  assert.is(extra.info().mapExtra, 3n);
  extra.close();
  assert.throws(
    () => kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 10, hashes: 16 }),
    (error: unknown) => error instanceof BpfError && /must be at most 15/.test(error.message),
  );
  assert.throws(() => kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 10, hashes: 1, mapExtra: 1 }), /give one$/);
  assert.throws(() => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 10, hashes: 1 } as never), /type "hash" has no hashes$/);
});

test("values of composite codecs; wrong ones are refused", () => {
  const map = kernel.createMap({ type: "bloom_filter", value: struct({ port: u16, name: utf8(6) }), maxEntries: 100 });
  map.add({ port: 80, name: "http" });
  assert.is(map.has({ port: 80, name: "http" }), true);
  assert.is(map.has({ port: 81, name: "http" }), false);
  assert.throws(() => map.add({ port: -1, name: "" }), (error: unknown) => error instanceof RangeError);
  assert.throws(() => map.has("a" as never), (error: unknown) => error instanceof TypeError);
  map.close();
});

test("other fds, a frozen map, a closed one", () => {
  const map = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 100 });
  map.add(1);
  const { id } = map.info();
  const reader = kernel.openById(id, { type: "bloom_filter", value: u32, flags: BPF_F_RDONLY });
  assert.is(reader.has(1), true);
  throwsCode("EPERM", () => reader.add(2));
  reader.close();
  const writer = kernel.openById(id, { type: "bloom_filter", value: u32, flags: BPF_F_WRONLY });
  writer.add(2);
  throwsCode("EPERM", () => writer.has(1));
  writer.close();
  assert.is(map.has(2), true);
  map.freeze();
  throwsCode("EPERM", () => map.add(3));
  map.close();
  throwsCode("EBADF", () => map.add(1));
  throwsCode("EBADF", () => map.has(1));
});

test.run();
