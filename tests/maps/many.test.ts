// Lists of keys and values: getMany, setMany and deleteMany with what only some keys, values and sizes show. What they do for every
// type is in tests/suites/conformance.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, bytes, f64, i64, struct, u16, u32, u64, u8 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { throwsCode } from "../suites/conformance.ts";

const kernel = newKernel({ seed: 3 });
const test = suite("many");
checkLeaks(test, kernel);

const sample = { port: 80, host: 7 };
const key = struct({ port: u16, host: u32 });

test("typed arrays are lists of keys and values as they lie in memory", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 5000 });
  const keys = Uint32Array.from({ length: 4000 }, (_, i) => i * 3);
  const values = BigUint64Array.from(keys, (k) => BigInt(k) << 20n);
  map.setMany(keys, values);
  const out = new BigUint64Array(4000);
  const found = new Uint8Array(4000);
  assert.is(map.getManyInto(keys, out, found), 4000);
  assert.equal(out, values);
  assert.ok(found.every((hit) => hit === 1));
  const some = keys.subarray(5, 9);
  assert.equal(map.getMany(some), [...values.subarray(5, 9)]);
  assert.is(map.deleteMany(keys.subarray(0, 3000)), 3000);
  assert.is(map.count(), 1000);
  assert.equal(map.getMany(new Uint8Array([1, 2])), [undefined, undefined], "of another type: a list of numbers");
  map.close();
});

test("lists of composite keys, doubles and signed numbers", () => {
  const map = kernel.createMap({ type: "hash", key, value: f64, maxEntries: 8 });
  map.setMany([sample, { port: 1, host: 2 }], new Float64Array([1.5, NaN]));
  assert.equal(map.getMany([{ port: 1, host: 2 }, sample, { port: 1, host: 3 }]), [NaN, 1.5, undefined]);
  const packed = new Uint8Array(key.size * 2);
  packed.set([80, 0, 0, 0, 7, 0, 0, 0, 1]);
  const out = new Float64Array(2);
  assert.is(map.getManyInto(packed, out), 1);
  assert.equal([...out], [1.5, 0]);
  assert.throws(() => map.getMany(packed.subarray(1)), (error: unknown) => error instanceof RangeError);
  map.close();
  const odd = kernel.createMap({ type: "hash", key: bytes(3), value: u8, maxEntries: 8 });
  odd.setMany(new Uint8Array([1, 2, 3, 4, 5, 6]), new Uint8Array([7, 8]));
  assert.equal(odd.getMany([new Uint8Array([4, 5, 6]), new Uint8Array([1, 2, 3])]), [8, 7]);
  odd.close();
  const signed = kernel.createMap({ type: "hash", key: i64, value: u8, maxEntries: 8 });
  signed.setMany(new BigInt64Array([-1n, 1n]), [1, 2]);
  assert.equal(signed.getMany([1, -1, 0n]), [2, 1, undefined]);
  signed.close();
});

test("a list that the map has no room for says how far it came", () => {
  for (const flags of [0, BPF_F_NO_PREALLOC]) {
    const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 3, name: "small", flags });
    assert.throws(
      () => map.setMany([[1, 1], [2, 2], [3, 3], [4, 4], [1, 9]]),
      /^Cannot update map "small": it holds maxEntries \(3\) elements; 3 elements before it are done$/,
    );
    assert.equal(new Set(map.keys()), new Set([1, 2, 3]));
    assert.is(map.get(1), 1);
    throwsCode("E2BIG", () => map.setMany([9], [9]));
    map.close();
  }
});

test("values of any size go through the many commands", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: bytes(100_000), maxEntries: 4 });
  const values = [1, 2, 3].map((fill) => new Uint8Array(100_000).fill(fill));
  map.setMany([1, 2, 3], values);
  assert.equal(map.getMany([3, 9, 1]), [values[2], undefined, values[0]]);
  assert.is([...map.drain()].length, 3);
  map.close();
});

test("without memory for a list nothing happens", () => {
  const small = newKernel({ maxMemoryBytes: 48 * 65536 });
  const map = small.createMap({ type: "hash", key: u32, value: bytes(300_000), maxEntries: 1 });
  const value = new Uint8Array(300_000).fill(1);
  map.set(1, value);
  const held: number[] = [];
  for (let p = small.alloc(300_000); p !== 0; p = small.alloc(300_000)) held.push(p);
  throwsCode("ENOMEM", () => map.getMany([1]));
  throwsCode("ENOMEM", () => map.setMany([1], [value]));
  for (const p of held) small.free(p);
  assert.equal(map.getMany([1, 2]), [value, undefined]);
  map.close();
});

test.run();
