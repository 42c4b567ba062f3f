// HashMap: what every map with keys does, its methods one by one, then random sequences under other flags. Lists of keys and
// values are in tests/maps/many.test.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  array,
  BPF_EXIST,
  BPF_F_NO_PREALLOC,
  BPF_F_RDONLY,
  BPF_F_WRONLY,
  BPF_F_ZERO_SEED,
  BPF_NOEXIST,
  BpfError,
  bytes,
  i64,
  struct,
  u16,
  u32,
  u64,
  u8,
  utf8,
} from "../../bindings/index.ts";
import type { Codec, HashMap } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";
import { conformance, type Keyed, show, throwsCode } from "../suites/conformance.ts";
import { modelSuite } from "../suites/model.ts";

const kernel = newKernel({ seed: 7 });
const test = suite("HashMap");
checkLeaks(test, kernel);

const hashWith = (flags: number): Keyed => ({
  type: "hash",
  make: (on, maxEntries) => on.createMap({ type: "hash", key: u32, value: u64, maxEntries, flags }),
  open: (on, id, mode) => on.openById(id, { type: "hash", key: u32, value: u64, flags: mode }),
  key: (i) => i * 7,
  value: (i) => BigInt(i),
  badKeys: { type: ["1", null, 1n, {}], range: [-1, 0.5, 2 ** 32] },
  badValues: { type: ["1", null, {}], range: [-1n, 2n ** 64n] },
  growth: "room",
  full: "E2BIG",
});

conformance(test, kernel, hashWith(0));

function withMap(body: (map: HashMap<number, bigint>) => void, flags = 0, maxEntries = 16): void {
  const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries, name: "flows", flags });
  try {
    body(map);
  } finally {
    map.close();
  }
}

test("get, set, has, delete", () => {
  withMap((map) => {
    assert.is(map.get(1), undefined);
    assert.is(map.has(1), false);
    assert.is(map.delete(1), false);
    assert.is(map.set(1, 2n), map);
    assert.is(map.get(1), 2n);
    assert.is(map.set(1, 3).get(1), 3n);
    assert.is(map.has(1), true);
    assert.is(map.delete(1), true);
    assert.is(map.has(1), false);
  });
});

test("add, replace and flags", () => {
  withMap((map) => {
    assert.is(map.replace(1, 1n), false);
    assert.is(map.add(1, 1n), true);
    assert.is(map.add(1, 2n), false);
    assert.is(map.get(1), 1n);
    assert.is(map.replace(1, 3n), true);
    assert.is(map.get(1), 3n);
    throwsCode("EEXIST", () => map.set(1, 4n, { flags: BPF_NOEXIST }));
    throwsCode("ENOENT", () => map.set(2, 4n, { flags: BPF_EXIST }));
    throwsCode("EINVAL", () => map.set(2, 4n, { flags: 8 }));
    map.set(1, 5n);
    assert.is(map.get(1), 5n, "flags of an earlier call are not kept");
    for (const flags of [-1, 1.5, 2 ** 32, NaN]) assert.throws(() => map.set(1, 1n, { flags }), /Cannot use flags/);
    assert.throws(() => map.set(1, 1n, { flags: "1" as never }), (error: unknown) => error instanceof TypeError);
  });
});

test("a full map says so, and takes a new key again after a delete", () => {
  for (const flags of [0, BPF_F_NO_PREALLOC]) {
    withMap(
      (map) => {
        for (let key = 0; key < 3; key++) map.set(key, key);
        assert.throws(() => map.set(3, 3), /^Cannot update map "flows": it holds maxEntries \(3\) elements$/);
        throwsCode("E2BIG", () => map.add(3, 3));
        map.set(0, 9);
        map.delete(1);
        map.set(3, 3);
        assert.is(map.count(), 3);
      },
      flags,
      3,
    );
  }
});

test("wrong keys and values are refused before anything changes", () => {
  withMap((map) => {
    map.set(1, 1n);
    for (const key of ["1", null, undefined, 1n, {}, [1]]) {
      for (const method of ["get", "has", "delete"] as const) {
        assert.throws(() => map[method](key as never), (error: unknown) => error instanceof TypeError);
      }
      assert.throws(() => map.set(key as never, 1n), (error: unknown) => error instanceof TypeError);
    }
    for (const key of [-1, NaN, 0.5, 2 ** 32]) {
      assert.throws(() => map.set(key, 1n), (error: unknown) => error instanceof RangeError);
    }
    for (const value of [-1n, 2n ** 64n, 2 ** 53, NaN]) {
      assert.throws(() => map.set(1, value as never), (error: unknown) => error instanceof RangeError);
    }
    assert.equal([...map], [[1, 1n]]);
  });
});

test("getInto fills views and objects, and leaves them alone when the key is absent", () => {
  const key = struct({ port: u16, host: u32 });
  const value = struct({ packets: u64, flag: u8 });
  const map = kernel.createMap({ type: "hash", key, value, maxEntries: 4 });
  const out = { packets: 1n, flag: 1 };
  assert.is(map.getInto({ port: 1, host: 2 }, out), false);
  assert.equal(out, { packets: 1n, flag: 1 });
  map.set({ port: 1, host: 2 }, { packets: 500n, flag: 7 });
  assert.is(map.getInto({ port: 1, host: 2 }, out), true);
  assert.equal(out, { packets: 500n, flag: 7 });
  const view = new Uint8Array(20).fill(0xee);
  assert.is(map.getInto({ port: 1, host: 2 }, view), true);
  assert.equal(view, new Uint8Array([0xf4, 1, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee, 0xee, 0xee]));
  const words = new Uint32Array(4);
  assert.is(map.getInto({ port: 1, host: 2 }, words), true);
  assert.equal([...words], [500, 0, 7, 0]);
  assert.throws(() => map.getInto({ port: 1, host: 2 }, new Uint8Array(15)), (error: unknown) => error instanceof RangeError);
  map.close();
  withMap((plain) => assert.throws(() => plain.getInto(1, {} as never), (error: unknown) => error instanceof TypeError));
});

const CODECS: [name: string, codec: Codec<any>, values: unknown[]][] = [
  ["u8", u8, [0, 1, 255]],
  ["u16", u16, [0, 65535]],
  ["i64", i64, [-1n, 5n, -(2n ** 63n)]],
  ["bytes(16)", bytes(16), [new Uint8Array(16), new Uint8Array(16).fill(1)]],
  ["bytes(100)", bytes(100), [new Uint8Array(100), new Uint8Array(100).fill(1)]],
  ["bytes(3)", bytes(3), [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 4])]],
  ["utf8(12)", utf8(12), ["", "eth0", "wlan0"]],
  ["array", array(u16, 3), [[1, 2, 3], [3, 2, 1]]],
  ["struct", struct({ a: u8, b: u32 }), [{ a: 1, b: 2 }, { a: 1, b: 3 }]],
];
for (const [name, codec, values] of CODECS) {
  test(`keys and values of ${name}`, () => {
    const map = kernel.createMap({ type: "hash", key: codec, value: codec, maxEntries: 8 });
    for (const value of values) assert.is(map.add(value, value), true);
    for (const value of values) assert.equal(map.get(value), value);
    for (const value of values) assert.is(map.add(value, value), false);
    assert.equal(new Set([...map.keys()].map(show)), new Set(values.map(show)));
    assert.equal(new Set([...map.values()].map(show)), new Set(values.map(show)));
    map.close();
  });
}
test("forEach calls with the value, the key, the map and its this", () => {
  withMap((map) => {
    map.set(1, 2n);
    const seen: unknown[] = [];
    map.forEach(function (this: unknown, value, key, of) {
      seen.push(this === seen, value, key, of === map);
    }, seen);
    assert.equal(seen, [true, 2n, 1, true]);
  });
});

test("single calls and walks through fds without a right, and on a frozen map", () => {
  withMap((map) => {
    map.set(1, 1n);
    const { id } = map.info();
    const reader = kernel.openById(id, { type: "hash", key: u32, value: u64, flags: BPF_F_RDONLY });
    throwsCode("EPERM", () => reader.delete(1));
    throwsCode("EPERM", () => reader.clear());
    reader.close();
    const writer = kernel.openById(id, { type: "hash", key: u32, value: u64, flags: BPF_F_WRONLY });
    throwsCode("EPERM", () => [...writer]);
    throwsCode("EPERM", () => writer.count());
    writer.close();
    map.freeze();
    throwsCode("EPERM", () => map.set(1, 3n));
    throwsCode("EPERM", () => map.freeze());
    assert.is(map.get(1), 1n);
  });
});

test("close says which map is closed, and is what a using declaration calls", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4, name: "gone" });
  map[Symbol.dispose ?? (Symbol.for("Symbol.dispose") as never)]();
  assert.is(map.closed, true);
  for (const call of [() => map.get(1), () => map.forEach(() => {}), () => map.pin("/sys/fs/bpf/x")]) {
    assert.throws(call, (error: unknown) => {
      return error instanceof BpfError && error.code === "EBADF" && error.message === 'Cannot use map "gone": it is closed';
    });
  }
});

test("several maps and growing memory do not get in each other's way", () => {
  const first = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1000, flags: BPF_F_NO_PREALLOC });
  const second = kernel.createMap({ type: "hash", key: u32, value: bytes(4096), maxEntries: 1000, flags: BPF_F_NO_PREALLOC });
  const value = new Uint8Array(4096);
  for (let i = 0; i < 1000; i++) {
    value.fill(i);
    second.set(i, value);
    first.set(i, i * 3);
  }
  for (let i = 0; i < 1000; i++) {
    assert.is(first.get(i), i * 3);
    assert.is(second.get(i)![4095], i & 0xff);
  }
  first.close();
  second.close();
});

for (const [variant, flags] of [["not preallocated", BPF_F_NO_PREALLOC], ["with zero seed", BPF_F_ZERO_SEED]] as const) {
  modelSuite(test, kernel, { ...hashWith(flags), variant });
}

test.run();
