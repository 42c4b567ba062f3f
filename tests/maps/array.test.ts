// ArrayMap: what every map with keys does, its own methods, the mapped view, then random sequences against a JavaScript array.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_F_MMAPABLE,
  BPF_F_RDONLY,
  BPF_F_RDONLY_PROG,
  BpfError,
  bytes,
  f64,
  i32,
  i64,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "../../bindings/index.ts";
import type { Codec } from "../../bindings/index.ts";
import { isShared, newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";
import { conformance } from "../suites/conformance.ts";

const kernel = newKernel();
const test = suite("ArrayMap");
checkLeaks(test, kernel);

conformance(test, kernel, {
  type: "array",
  make: (on, maxEntries) => on.createMap({ type: "array", value: u64, maxEntries }),
  open: (on, id, flags) => on.openById(id, { type: "array", value: u64, flags }),
  key: (i) => i,
  value: (i) => BigInt(i),
  badKeys: { type: ["1", null, 1n, {}], range: [-1, 0.5, 2 ** 32] },
  badValues: { type: ["1", null, {}], range: [-1n, 2n ** 64n] },
  growth: "indexed",
  full: "E2BIG",
});

const throwsCode = (code: string, call: () => unknown) =>
  assert.throws(call, (error: unknown) => error instanceof BpfError && error.code === code);

test("elements are present and zero from the start", () => {
  const map = kernel.createMap({ type: "array", value: u32, maxEntries: 3 });
  assert.is(map.length, 3);
  assert.is(map.count(), 3);
  assert.equal([...map], [[0, 0], [1, 0], [2, 0]]);
  assert.equal([...map.keys()], [0, 1, 2]);
  assert.equal([...map.values()], [0, 0, 0]);
  assert.is(map.has(2), true);
  assert.is(map.has(3), false);
  assert.is(map.get(3), undefined);
  map.close();
});

test("set, add, replace, delete, fill, clear, forEach", () => {
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 4, name: "counters" });
  assert.is(map.set(1, 5n).get(1), 5n);
  assert.throws(() => map.set(4, 1n), /^Cannot update map "counters": the index must be below maxEntries \(4\)$/);
  throwsCode("E2BIG", () => map.replace(4, 1n));
  assert.is(map.add(1, 6n), false);
  assert.is(map.replace(1, 6n), true);
  throwsCode("EINVAL", () => map.delete(1));
  throwsCode("EINVAL", () => map.delete(4));
  map.fill(7n).fill(8n, 1, 3).fill(9n, 3, 100);
  const seen: unknown[] = [];
  map.forEach((value, index) => seen.push([index, value]));
  assert.equal(seen, [[0, 7n], [1, 8n], [2, 8n], [3, 9n]]);
  map.clear();
  assert.equal([...map.values()], [0n, 0n, 0n, 0n]);
  for (const index of ["1", 1n, null]) assert.throws(() => map.get(index as never), (error: unknown) => error instanceof TypeError);
  for (const index of [-1, 0.5, 2 ** 32]) assert.throws(() => map.get(index), (error: unknown) => error instanceof RangeError);
  map.close();
});

test("the key may be named, if it is u32", () => {
  const map = kernel.createMap({ type: "array", key: u32, value: u8, maxEntries: 1 });
  map.close();
  assert.throws(() => kernel.createMap({ type: "array", key: i32, value: u8, maxEntries: 1 }), /the key of type "array" is u32/);
});

test("iteration meets each element with its value of then", () => {
  const map = kernel.createMap({ type: "array", value: u32, maxEntries: 5 });
  for (const [index, value] of map) {
    assert.is(value, index === 0 ? 0 : index * 10);
    if (index < 4) map.set(index + 1, (index + 1) * 10);
  }
  const walk = map.values();
  walk.next();
  map.close();
  throwsCode("EBADF", () => walk.next());
  throwsCode("EBADF", () => [...map.keys()]);
  throwsCode("EBADF", () => map.clear());
  throwsCode("EBADF", () => map.fill(1));
  throwsCode("EBADF", () => map.view());
  throwsCode("EBADF", () => map.count());
});

const VIEWS: [codec: Codec<any>, view: Function, first: unknown, second: unknown][] = [
  [u8, Uint8Array, 1, 255],
  [u16, Uint16Array, 1, 65535],
  [u32, Uint32Array, 1, 2 ** 32 - 1],
  [i32, Int32Array, 1, -1],
  [u64, BigUint64Array, 1n, 2n ** 64n - 1n],
  [i64, BigInt64Array, 1n, -1n],
  [f64, Float64Array, 1.5, -0.5],
];
for (const [codec, type, first, second] of VIEWS) {
  test(`view of ${codec.name} values: what is written there is in the map, and the other way round`, () => {
    const map = kernel.createMap({ type: "array", value: codec, maxEntries: 3, flags: BPF_F_MMAPABLE });
    const view = map.view() as unknown as Record<number, unknown> & { BYTES_PER_ELEMENT: number; length: number };
    const step = map.stride / view.BYTES_PER_ELEMENT;
    assert.instance(view, type);
    assert.is(view.length, 3 * step);
    map.set(1, first);
    assert.is(view[step], first);
    view[2 * step] = second;
    assert.is(map.get(2), second);
    map.close();
  });
}

test("view of composite values is bytes", () => {
  const map = kernel.createMap({ type: "array", value: struct({ a: u8, b: u32 }), maxEntries: 2, flags: BPF_F_MMAPABLE });
  map.set(1, { a: 1, b: 2 });
  assert.equal([...map.view()], [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
  map.close();
  const odd = kernel.createMap({ type: "array", value: bytes(9), maxEntries: 2, flags: BPF_F_MMAPABLE });
  assert.is(odd.stride, 16);
  odd.set(1, new Uint8Array(9).fill(1));
  assert.equal([...odd.view().subarray(16)], [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  odd.close();
});

test("growing memory detaches a view, and a new one shows the same elements", () => {
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 2, flags: BPF_F_MMAPABLE });
  const view = map.view();
  view[1] = 5n;
  const large = kernel.createMap({ type: "array", value: bytes(8_000_000), maxEntries: 1 });
  assert.is(view.length, isShared() ? 2 : 0);
  assert.is(map.get(1), 5n);
  assert.equal([...map.view()], [0n, 5n]);
  large.close();
  map.close();
});

test("view says why there is none", () => {
  const plain = kernel.createMap({ type: "array", value: u64, maxEntries: 2, name: "plain" });
  assert.throws(() => plain.view(), /^Cannot mmap map "plain": it was made without BPF_F_MMAPABLE$/);
  plain.close();
  const flags = BPF_F_MMAPABLE | BPF_F_RDONLY_PROG;
  const readOnly = kernel.createMap({ type: "array", value: u64, maxEntries: 2, flags });
  throwsCode("EACCES", () => readOnly.view());
  readOnly.close();
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 2, flags: BPF_F_MMAPABLE });
  const reader = kernel.openById(map.info().id, { type: "array", value: u64, flags: BPF_F_RDONLY });
  throwsCode("EACCES", () => reader.view());
  reader.close();
  map.freeze();
  throwsCode("EPERM", () => map.view());
  map.close();
});

test("random sequences answer as an array does", () => {
  const step = fc.tuple(fc.constantFrom("set", "get", "has", "replace", "add", "fill", "clear"), fc.nat(11), fc.integer());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 10 }), (sequence, length) => {
      const map = kernel.createMap({ type: "array", value: i32, maxEntries: length });
      const model: number[] = new Array(length).fill(0);
      for (const [op, index, value] of sequence) {
        const inside = index < length;
        if (op === "get") assert.is(map.get(index), model[index]);
        else if (op === "has") assert.is(map.has(index), inside);
        else if (op === "fill") map.fill(value, index);
        else if (op === "clear") map.clear();
        else if (!inside) throwsCode("E2BIG", () => map[op as "set"](index, value));
        else if (op === "add") assert.is(map.add(index, value), false);
        else map[op as "set"](index, value);
        if (op === "fill") model.fill(value, index);
        else if (op === "clear") model.fill(0);
        else if (inside && (op === "set" || op === "replace")) model[index] = value;
      }
      assert.equal([...map.values()], model);
      map.close();
    }),
    { numRuns: 100 },
  );
});

test.run();
