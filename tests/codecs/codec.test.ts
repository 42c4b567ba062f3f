// Codecs by themselves, over a plain buffer: what they write, what they read back and what they refuse.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, bytes, f64, i32, i64, struct, u16, u32, u64, u8, utf8 } from "../../bindings/index.ts";
import type { Codec } from "../../bindings/index.ts";
import { encode } from "./encode.ts";

const test = suite("codec");

const point = struct({ a: u8, b: u32, c: u16 });
const nested = struct({ tag: u8, at: point, list: array(u16, 3), wide: u64 });

const GOOD: [name: string, codec: Codec<any>, value: unknown, hex: string, back?: unknown][] = [
  ["u8 least", u8, 0, "00"],
  ["u8 most", u8, 255, "ff"],
  ["u16", u16, 0x1234, "3412"],
  ["u32 most", u32, 0xffffffff, "ffffffff"],
  ["u32 minus zero", u32, -0, "00000000", 0],
  ["i32 least", i32, -2147483648, "00000080"],
  ["i32 minus one", i32, -1, "ffffffff"],
  ["u64 most", u64, 2n ** 64n - 1n, "ffffffffffffffff"],
  ["u64 number", u64, Number.MAX_SAFE_INTEGER, "ffffffffffff1f00", 2n ** 53n - 1n],
  ["u64 number above 2^32", u64, 2 ** 32 + 5, "0500000001000000", 2n ** 32n + 5n],
  ["i64 least", i64, -(2n ** 63n), "0000000000000080"],
  ["i64 number", i64, -2, "feffffffffffffff", -2n],
  ["i64 number below -2^32", i64, -(2 ** 32) - 1, "fffffffffeffffff", -(2n ** 32n) - 1n],
  ["f64", f64, 1.5, "000000000000f83f"],
  ["f64 minus zero", f64, -0, "0000000000000080"],
  ["f64 NaN has one spelling", f64, NaN, "000000000000f87f"],
  ["f64 infinity", f64, -Infinity, "000000000000f0ff"],
  ["bytes", bytes(3), new Uint8Array([1, 2, 3]), "010203"],
  ["bytes of a view into a larger buffer", bytes(2), new Uint8Array([9, 1, 2, 9]).subarray(1, 3), "0102", new Uint8Array([1, 2])],
  ["long bytes", bytes(100), new Uint8Array(100).fill(7), "07".repeat(100)],
  ["utf8 is filled with NULs", utf8(6), "abc", "616263000000"],
  ["utf8 may fill its field", utf8(3), "abc", "616263"],
  ["utf8 beyond ASCII", utf8(8), "é→", "c3a9e28692000000"],
  ["utf8 keeps a byte order mark", utf8(4), "\ufeffa", "efbbbf61"],
  ["empty utf8", utf8(2), "", "0000"],
  ["struct pads as C does, with zeros", point, { a: 1, b: 2, c: 3 }, "010000000200000003000000"],
  [
    "nested struct and array",
    nested,
    { tag: 1, at: { a: 2, b: 3, c: 4 }, list: [5, 6, 7], wide: 8n },
    "01000000" + "020000000300000004000000" + "050006000700" + "0000" + "0800000000000000",
  ],
  ["array takes typed arrays", array(u32, 2), new Uint32Array([1, 2]), "0100000002000000", [1, 2]],
];

for (const [name, codec, value, hex, back = value] of GOOD) {
  test(`${name}: bytes and back`, () => {
    const encoded = encode(codec, value);
    assert.is(encoded.hex, hex);
    assert.equal(codec.read(encoded.views, 64), back);
  });
}

const BAD: [name: string, codec: Codec<any>, error: typeof TypeError | typeof RangeError, values: unknown[]][] = [
  ["u8 range", u8, RangeError, [-1, 256, 1.5, NaN, Infinity, 2 ** 32]],
  ["u8 type", u8, TypeError, ["1", null, undefined, 1n, {}, [1], true]],
  ["u16 range", u16, RangeError, [-1, 65536, 0.1, NaN]],
  ["u32 range", u32, RangeError, [-1, 2 ** 32, 2 ** 53, 0.5, NaN, -Infinity]],
  ["u32 type", u32, TypeError, ["1", 1n, null, undefined, new Uint8Array(4), Symbol("x")]],
  ["i32 range", i32, RangeError, [2 ** 31, -(2 ** 31) - 1, NaN, 0.5]],
  ["u64 range", u64, RangeError, [-1, -1n, 2n ** 64n, 2 ** 53, 1.5, NaN]],
  ["u64 type", u64, TypeError, ["1", null, undefined, {}]],
  ["i64 range", i64, RangeError, [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5]],
  ["f64 type", f64, TypeError, ["1", 1n, null]],
  ["bytes length", bytes(4), RangeError, [new Uint8Array(3), new Uint8Array(5), new Uint8Array(0)]],
  ["bytes type", bytes(4), TypeError, ["abcd", [1, 2, 3, 4], new Uint32Array(1), new ArrayBuffer(4), null]],
  ["utf8 does not fit or come back", utf8(4), RangeError, ["abcde", "éé→", "a\0", "\ud800", "a\udc00"]],
  ["utf8 type", utf8(4), TypeError, [1, null, new Uint8Array(4)]],
  ["struct type", point, TypeError, [null, 1, "x", undefined]],
  ["array length", array(u8, 2), RangeError, [[1], [1, 2, 3], new Uint8Array(3)]],
  ["array type", array(u8, 2), TypeError, [{ length: 2 }, "ab", null, new DataView(new ArrayBuffer(2))]],
];

for (const [name, codec, error, values] of BAD) {
  for (const value of values) {
    test(`${name}: refuses ${typeof value} ${ArrayBuffer.isView(value) ? value.byteLength : String(value)}`, () => {
      assert.throws(() => encode(codec, value), (thrown: unknown) => thrown instanceof error);
    });
  }
}

test("the error of a part says where it is", () => {
  const value = { tag: 1, at: { a: 2, b: -3, c: 4 }, list: [5, 6, 7], wide: 8n };
  assert.throws(() => encode(nested, value), /^field at: field b: Cannot encode u32: expected an integer from 0 to 4294967295, got -3$/);
  assert.throws(() => encode(array(u8, 2), [1, "2"]), /^index 1: Cannot encode u8: .* got the string "2"$/);
  assert.throws(() => encode(point, { a: 1, b: 2 }), /^field c: .* got undefined$/);
});

test("sizes and alignments are C's", () => {
  const shapes: [Codec<any>, number, number][] = [
    [struct({ a: u8 }), 1, 1],
    [struct({ a: u8, b: u16 }), 4, 2],
    [struct({ a: u64, b: u8 }), 16, 8],
    [struct({ a: bytes(5), b: u32 }), 12, 4],
    [array(struct({ a: u32, b: u8 }), 3), 24, 4],
    [nested, 32, 8],
  ];
  for (const [codec, size, align] of shapes) assert.equal([codec.name, codec.size, codec.align], [codec.name, size, align]);
});

test("constructors refuse what makes no codec", () => {
  for (const size of [0, -1, 1.5, NaN, 2 ** 31]) {
    assert.throws(() => bytes(size), (error: unknown) => error instanceof RangeError);
    assert.throws(() => utf8(size), (error: unknown) => error instanceof RangeError);
    assert.throws(() => array(u8, size), (error: unknown) => error instanceof RangeError);
  }
  assert.throws(() => bytes("4" as never), (error: unknown) => error instanceof TypeError);
  assert.throws(() => struct({}), (error: unknown) => error instanceof RangeError);
  assert.throws(() => struct({ 1: u8 }), /would lose its place/);
  assert.throws(() => struct({ a: 4 as never }), (error: unknown) => error instanceof TypeError);
  assert.throws(() => array("u8" as never, 2), (error: unknown) => error instanceof TypeError);
  assert.throws(() => array(bytes(2 ** 30), 4), (error: unknown) => error instanceof RangeError);
});

test("what is read shares nothing with the memory", () => {
  const { views } = encode(bytes(2), new Uint8Array([1, 2]));
  const read = bytes(2).read(views, 64);
  views.u8.fill(0);
  assert.equal(read, new Uint8Array([1, 2]));
});

test("readInto fills the caller's object", () => {
  const { views } = encode(nested, { tag: 1, at: { a: 2, b: 3, c: 4 }, list: [5, 6, 7], wide: 8n });
  const out = { tag: 0, at: { a: 0, b: 0, c: 0 }, list: [0, 0, 0], wide: 0n };
  nested.readInto!(views, 64, out);
  assert.equal(out, { tag: 1, at: { a: 2, b: 3, c: 4 }, list: [5, 6, 7], wide: 8n });
});

test.run();
