// The scalars that BPF's own keys need besides the plain integers: byte order, signs, floats and booleans.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bool, f32, f64, i16, i8, u16be, u32be, u64be } from "../../bindings/index.ts";
import type { Codec } from "../../bindings/index.ts";
import { Views } from "../../bindings/abi/core.ts";
import { newKernel } from "../harness/kernel.ts";
import { encode } from "./encode.ts";

const test = suite("scalars");

const GOOD: [name: string, codec: Codec<any>, value: unknown, hex: string, back?: unknown][] = [
  ["i8 least", i8, -128, "80"],
  ["i8 most", i8, 127, "7f"],
  ["i8 minus zero", i8, -0, "00", 0],
  ["i16 least", i16, -32768, "0080"],
  ["i16 minus two", i16, -2, "feff"],
  ["bool true", bool, true, "01"],
  ["bool false", bool, false, "00"],
  ["f32", f32, 1.5, "0000c03f"],
  ["f32 rounds to the nearest single", f32, 0.1, "cdcccc3d", Math.fround(0.1)],
  ["f32 minus zero", f32, -0, "00000080"],
  ["f32 infinity", f32, Infinity, "0000807f"],
  ["f32 minus infinity", f32, -Infinity, "000080ff"],
  ["f32 NaN has one spelling", f32, NaN, "0000c07f"],
  ["f32 most", f32, 3.4028234663852886e38, "ffff7f7f"],
  ["f32 rounds tiny numbers to zero", f32, 1e-60, "00000000", 0],
  ["u16be port", u16be, 443, "01bb"],
  ["u16be most", u16be, 0xffff, "ffff"],
  ["u16be minus zero", u16be, -0, "0000", 0],
  ["u32be address", u32be, 0x0a000001, "0a000001"],
  ["u32be most", u32be, 0xffffffff, "ffffffff"],
  ["u32be high bit", u32be, 0x80000001, "80000001"],
  ["u64be bigint", u64be, 0x0102030405060708n, "0102030405060708"],
  ["u64be most", u64be, 2n ** 64n - 1n, "ffffffffffffffff"],
  ["u64be number", u64be, 2 ** 32 + 5, "0000000100000005", 2n ** 32n + 5n],
  ["u64be high bits", u64be, 0x8000000080000000n, "8000000080000000"],
];

for (const [name, codec, value, hex, back = value] of GOOD) {
  test(`${name}: bytes and back`, () => {
    const encoded = encode(codec, value);
    assert.is(encoded.hex, hex);
    const read = codec.read(encoded.views, 64);
    assert.ok(Object.is(read, back), `${String(read)} is ${String(back)}`);
  });
}

const BAD: [codec: Codec<any>, error: typeof TypeError | typeof RangeError, values: unknown[], message: RegExp][] = [
  [i8, RangeError, [-129, 128, 0.5, NaN], /^Cannot encode i8: expected an integer from -128 to 127, got /],
  [i8, TypeError, ["1", 1n, true, null], /^Cannot encode i8: /],
  [i16, RangeError, [-32769, 32768, 2 ** 32], /^Cannot encode i16: expected an integer from -32768 to 32767, got /],
  [i16, TypeError, ["1", 1n, undefined], /^Cannot encode i16: /],
  [bool, TypeError, [0, 1, "true", null, undefined, new Boolean(true)], /^Cannot encode bool: expected true or false, got /],
  [f32, RangeError, [3.5e38, -1e300], /^Cannot encode f32: expected a number whose magnitude is at most 3.4028234663852886e38/],
  [f32, TypeError, ["1", 1n], /^Cannot encode f32: /],
  [f64, TypeError, [1n, "1"], /^Cannot encode f64: expected a number, got /],
  [u16be, RangeError, [-1, 65536, 1.5], /^Cannot encode u16be: expected an integer from 0 to 65535, got /],
  [u32be, RangeError, [-1, 2 ** 32, NaN], /^Cannot encode u32be: /],
  [u32be, TypeError, [1n, "10.0.0.1"], /^Cannot encode u32be: /],
  [u64be, RangeError, [-1, -1n, 2n ** 64n, 2 ** 53, 0.5], /^Cannot encode u64be: expected a bigint from 0 to 2\^64 - 1 or a safe integer/],
  [u64be, TypeError, ["1", null, false], /^Cannot encode u64be: /],
];

for (const [codec, error, values, message] of BAD) {
  for (const value of values) {
    test(`${codec.name} refuses ${typeof value} ${String(value)}`, () => {
      const views = new Views(new ArrayBuffer(8));
      assert.throws(() => codec.write(views, 0, value), (thrown: Error) => thrown instanceof error && message.test(thrown.message));
      assert.ok(views.u8.every((byte) => byte === 0), "nothing is written");
    });
  }
}

test("every byte but 0 reads as true", () => {
  const views = new Views(new ArrayBuffer(8));
  views.u8[0] = 2;
  assert.is(bool.read(views, 0), true);
});

test("numbers in network byte order are what a DataView reads", () => {
  const view = (views: Views): DataView => new DataView(views.u8.buffer);
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (n) => assert.is(view(encode(u64be, n).views).getBigUint64(64), n)));
  fc.assert(fc.property(fc.nat(0xffffffff), (n) => assert.is(view(encode(u32be, n).views).getUint32(64), n)));
  fc.assert(fc.property(fc.float({ noNaN: true }), (n) => assert.ok(Object.is(view(encode(f32, n).views).getFloat32(64, true), n))));
});

test("maps take them as keys and values, one by one and many at once", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u16be, value: i16, maxEntries: 8 });
  map.set(443, -1).setMany([[80, -2], [22, 5]]);
  assert.equal([map.get(443), map.get(80), map.get(22), map.get(187)], [-1, -2, 5, undefined]);
  assert.equal(map.getMany([22, 443]), [5, -1]);
  assert.equal([...map.keys()].sort(), [22, 443, 80]);
  const flags = kernel.createMap({ type: "array", value: bool, maxEntries: 2 });
  assert.is(flags.set(1, true).get(1), true);
  assert.is(flags.get(0), false);
  const loads = kernel.createMap({ type: "percpu_array", value: f32, maxEntries: 1 });
  assert.is(loads.set(0, [0.5]).sum(0), 0.5);
  const bits = kernel.createMap({ type: "percpu_array", value: bool, maxEntries: 1 });
  assert.throws(() => bits.sum(0), /^Cannot sum/);
  const i8s = kernel.createMap({ type: "hash", key: i8, value: i8, maxEntries: 4 });
  assert.equal(i8s.setMany(Int8Array.of(-1, 2), Int8Array.of(-5, 6)).getMany(Int8Array.of(2, -1)), [6, -5]);
});

test("an array of a type that typed arrays have is seen as one, of one that they lack it is refused", () => {
  const kernel = newKernel();
  const BPF_F_MMAPABLE = 1024;
  const spec = { type: "array", maxEntries: 2, flags: BPF_F_MMAPABLE } as const;
  const singles = kernel.createMap({ ...spec, value: f32 }).set(1, 0.5).view();
  assert.ok(singles instanceof Float32Array && singles[2] === 0.5);
  const shorts = kernel.createMap({ ...spec, value: i16 }).set(1, -3).view();
  assert.ok(shorts instanceof Int16Array && shorts[4] === -3);
  assert.throws(() => kernel.createMap({ ...spec, value: u32be }).view(), /no typed array has values of u32be, open the map with bytes\(4\)/);
});

test.run();
