// PercpuHashMap, LruPercpuHashMap and PercpuArrayMap: what every map with keys does, on a kernel with three CPUs, and
// what only maps with a value per CPU have.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, bytes, f64, struct, u16, u32, u64, u8 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { conformance, type Keyed } from "../suites/conformance.ts";

const kernel = newKernel({ seed: 5, cpus: 3 });
const test = suite("map/percpu");
checkLeaks(test, kernel);

const values: Pick<Keyed, "key" | "value" | "badKeys" | "badValues"> = {
  key: (i) => i,
  value: (i) => [BigInt(i), 1n, BigInt(i) << 40n],
  badKeys: { type: ["1", null, 1n], range: [-1, 2 ** 32] },
  badValues: { type: ["1", null, ["a", 1n, 1n]], range: [-1n, [], [1n, 2n], [1n, 2n, 3n, 4n], [1n, -1n, 1n], new BigUint64Array(2)] },
};

conformance(test, kernel, {
  ...values,
  type: "percpu_hash",
  make: (on, maxEntries) => on.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries }),
  open: (on, id, flags) => on.openById(id, { type: "percpu_hash", key: u32, value: u64, flags }),
  growth: "room",
  full: "E2BIG",
});

conformance(test, kernel, {
  ...values,
  type: "lru_percpu_hash",
  make: (on, maxEntries) => on.createMap({ type: "lru_percpu_hash", key: u32, value: u64, maxEntries }),
  open: (on, id, flags) => on.openById(id, { type: "lru_percpu_hash", key: u32, value: u64, flags }),
  growth: "evicts",
});

conformance(test, kernel, {
  ...values,
  type: "percpu_array",
  make: (on, maxEntries) => on.createMap({ type: "percpu_array", value: u64, maxEntries }),
  open: (on, id, flags) => on.openById(id, { type: "percpu_array", value: u64, flags }),
  growth: "indexed",
  full: "E2BIG",
});

test("set takes one value for all CPUs or one for each", () => {
  const map = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 4 });
  assert.is(map.cpus, 3);
  assert.equal(map.set(1, 5n).get(1), [5n, 5n, 5n]);
  assert.equal(map.set(1, 6).get(1), [6n, 6n, 6n]);
  assert.equal(map.set(1, [1n, 2, 3n]).get(1), [1n, 2n, 3n]);
  assert.equal(map.set(1, new BigUint64Array([4n, 5n, 6n])).get(1), [4n, 5n, 6n]);
  assert.is(map.add(1, 7n), false);
  assert.is(map.add(2, [7n, 8n, 9n]), true);
  assert.is(map.replace(2, 1n), true);
  assert.equal(map.getMany([2, 3, 1]), [[1n, 1n, 1n], undefined, [4n, 5n, 6n]]);
  map.setMany([[1, 1n], [2, [1n, 2n, 3n]]]);
  assert.equal(map.getMany([1, 2]), [[1n, 1n, 1n], [1n, 2n, 3n]]);
  map.setMany([1, 2], [[3n, 2n, 1n], 9n]);
  assert.equal(map.getMany([1, 2]), [[3n, 2n, 1n], [9n, 9n, 9n]]);
  assert.throws(() => map.set(1, [1n, 2n]), /expected 3 values, got 2$/);
  map.close();
});

test("sum and reduce", () => {
  const map = kernel.createMap({ type: "lru_percpu_hash", key: u32, value: u64, maxEntries: 4 });
  map.set(1, [1n, 2n, 2n ** 64n - 1n]);
  assert.is(map.sum(1), 2n ** 64n + 2n, "a sum is not cut to 64 bits");
  assert.is(map.sum(2), undefined);
  assert.is(map.reduce(1, (most, value, cpu) => (value > 5n ? cpu : most), -1), 2);
  assert.is(map.reduce(2, (n) => n + 1, 0), undefined);
  map.close();
  const counters = kernel.createMap({ type: "percpu_array", value: u16, maxEntries: 2 });
  assert.is(counters.cpus, 3);
  assert.is(counters.set(1, [65535, 1, 2]).sum(1), 65538);
  assert.is(counters.sum(0), 0);
  assert.is(counters.sum(2), undefined);
  assert.equal(counters.reduce(1, (all: number[], value) => [...all, value], []), [65535, 1, 2]);
  counters.close();
  const doubles = kernel.createMap({ type: "percpu_hash", key: u8, value: f64, maxEntries: 1 });
  assert.is(doubles.set(1, [0.5, 0.25, 1]).sum(1), 1.75);
  doubles.close();
  const blobs = kernel.createMap({ type: "percpu_hash", key: u8, value: bytes(2), maxEntries: 1 });
  blobs.set(1, new Uint8Array([1, 2]));
  assert.throws(() => blobs.sum(1), (error: unknown) => error instanceof TypeError);
  blobs.close();
});

test("values that are bytes, structs or arrays themselves", () => {
  const blobs = kernel.createMap({ type: "percpu_hash", key: u8, value: bytes(3), maxEntries: 1 });
  const [a, b] = [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6])];
  assert.equal(blobs.set(1, a).get(1), [a, a, a], "bytes are one value");
  assert.equal(blobs.set(1, [a, b, a]).get(1), [a, b, a]);
  blobs.close();
  const point = struct({ x: u32, y: u8 });
  const points = kernel.createMap({ type: "percpu_array", value: point, maxEntries: 2 });
  const out: { x: number; y: number }[] = [];
  points.set(1, [{ x: 1, y: 2 }, { x: 3, y: 4 }, { x: 5, y: 6 }]);
  assert.is(points.getInto(1, out), true);
  assert.equal(out, [{ x: 1, y: 2 }, { x: 3, y: 4 }, { x: 5, y: 6 }]);
  points.clear();
  assert.equal(points.get(1), [{ x: 0, y: 0 }, { x: 0, y: 0 }, { x: 0, y: 0 }]);
  points.close();
  const lists = kernel.createMap({ type: "percpu_array", value: array(u16, 3), maxEntries: 1 });
  assert.equal(lists.set(0, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]).get(0), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  assert.equal(lists.set(0, new Uint16Array([1, 2, 3]) as never).get(0), [[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  assert.throws(() => lists.set(0, [1, 2, 3] as never), (error: unknown) => error instanceof TypeError, "an array is a list of values");
  lists.close();
});

test("values lie 8 bytes apart; padding is written as zero and kept from others as it is", () => {
  const map = kernel.createMap({ type: "percpu_hash", key: u32, value: u16, maxEntries: 2 });
  map.set(1, [1, 2, 3]);
  const raw = new Uint8Array(24);
  assert.is(map.getInto(1, raw), true);
  assert.equal([...raw], [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
  const key = new Uint32Array([2]);
  kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: map.fd, key, value: raw.fill(7), flags: 0 });
  assert.equal(map.get(2), [0x707, 0x707, 0x707]);
  map.set(2, 1);
  kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: map.fd, key, value: raw });
  assert.equal([...raw], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  const out = [9, 9, 9, 9, 9];
  assert.is(map.getInto(1, out), true);
  assert.equal(out, [1, 2, 3]);
  assert.is(map.getInto(5, out), false);
  assert.equal(out, [1, 2, 3]);
  assert.throws(() => map.getInto(1, new Uint8Array(23)), (error: unknown) => error instanceof RangeError);
  assert.throws(() => map.getInto(1, {} as never), (error: unknown) => error instanceof TypeError);
  map.close();
});

test("fill, length and the index rules of a per-CPU array", () => {
  const map = kernel.createMap({ type: "percpu_array", key: u32, value: u32, maxEntries: 3, name: "cpu_array" });
  assert.is(map.length, 3);
  map.fill(2, 1);
  assert.equal([...map], [[0, [0, 0, 0]], [1, [2, 2, 2]], [2, [2, 2, 2]]]);
  assert.throws(() => map.set(3, 1), /^Cannot update map "cpu_array": the index must be below maxEntries \(3\)$/);
  assert.is(map.get(3), undefined);
  map.close();
});

test("a kernel with one CPU has lists of one", () => {
  const single = newKernel();
  const map = single.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 4 });
  assert.equal(map.set(1, 2n).get(1), [2n]);
  assert.equal(map.set(1, [3n]).get(1), [3n]);
  map.close();
});

test.run();
