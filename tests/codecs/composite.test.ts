// Packed structs and transforms: bytes as C has them, and order of work when code of the caller's runs in between.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, bytes, ipv6, struct, transform, u16, u16be, u32, u64, u8, utf8 } from "../../bindings/index.ts";
import type { Codec } from "../../bindings/index.ts";
import { Views } from "../../bindings/abi/core.ts";
import { newKernel } from "../harness/kernel.ts";
import { encode } from "./encode.ts";

const test = suite("composite");

test("a packed struct has no padding, between its fields or behind them", () => {
  const packed = struct({ id: u64, llc: u32 }, { packed: true });
  assert.equal([packed.size, packed.align, packed.name], [12, 1, "packed struct { id: u64, llc: u32 }"]);
  assert.equal([struct({ id: u64, llc: u32 }, { packed: false }).size, struct({ id: u64, llc: u32 }, {}).size], [16, 16]);
  assert.is(encode(packed, { id: 1n, llc: 2 }).hex, "0100000000000000" + "02000000");
});

const inner = struct({ a: u8, b: u32 });
const odd = struct({ tag: u8, wide: u64, port: u16be, list: array(u16, 2), inner, name: utf8(3), last: u32 }, { packed: true });
const value = { tag: 1, wide: 2n, port: 443, list: [3, 4], inner: { a: 5, b: 6 }, name: "abc", last: 7 };

test("fields at any address read and write right, and a struct inside keeps its padding", () => {
  const hex = "01" + "0200000000000000" + "01bb" + "03000400" + "0500000006000000" + "616263" + "07000000";
  for (let at = 64; at < 72; at++) {
    const encoded = encode(odd, value, at);
    assert.is(encoded.hex, hex, `at ${at}`);
    assert.equal(odd.read(encoded.views, at), value, `at ${at}`);
  }
});

test("packed structs lie one behind the other in arrays, and in structs wherever they come", () => {
  const pair = struct({ a: u8, b: u16 }, { packed: true });
  assert.is(encode(array(pair, 3), [{ a: 1, b: 2 }, { a: 3, b: 4 }, { a: 5, b: 6 }]).hex, "010200" + "030400" + "050600");
  assert.is(encode(struct({ tag: u8, pair, end: u16 }), { tag: 9, pair: { a: 1, b: 2 }, end: 3 }).hex, "09010200" + "0300");
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: pair, value: odd, maxEntries: 8 });
  for (let i = 0; i < 5; i++) map.set({ a: i, b: 1000 + i }, { ...value, tag: i });
  for (let i = 0; i < 5; i++) assert.equal(map.get({ a: i, b: 1000 + i }), { ...value, tag: i });
  assert.is([...map].every(([key, got]) => key.a === got.tag && key.b === 1000 + key.a), true);
});

test("the error of a packed field says where it is, and the next write works", () => {
  assert.throws(() => encode(odd, { ...value, inner: { a: 1, b: -1 } }), /^field inner: field b: Cannot encode u32: /);
  assert.is(encode(odd, value).hex.length, odd.size * 2);
});

const time: Codec<Date> = transform(u64, { encode: (date: Date) => date.getTime(), decode: (ms) => new Date(Number(ms)) });

test("transform stores what encode makes of a value, and reads what decode makes of it", () => {
  const encoded = encode(time, new Date(1000));
  assert.is(encoded.hex, "e803000000000000");
  assert.is(time.read(encoded.views, 64).getTime(), 1000);
  assert.equal([time.name, time.size, time.align], ["transform(u64)", 8, 8]);
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: struct({ seen: time, from: ipv6 }), maxEntries: 2 });
  map.set(1, { seen: new Date(5), from: "::1" });
  assert.equal(map.get(1), { seen: new Date(5), from: "::1" });
});

test("what encode throws reaches the caller as it is", () => {
  const error = new Error("no");
  const codec = struct({ a: transform(u8, { encode: () => { throw error; }, decode: (x) => x }) });
  let thrown: unknown;
  try {
    encode(codec, { a: 1 });
  } catch (caught) {
    thrown = caught;
  }
  assert.is(thrown, error);
  assert.is(error.message, "no");
  assert.throws(() => encode(struct({ a: transform(u8, { encode: () => 256, decode: (x) => x }) }), { a: 1 }), /^field a: Cannot encode u8: /);
});

// A callback that writes and reads with the codec that is at work: each call has its own bytes.
test("functions of a transform may use the same codec, and find or leave no half written bytes", () => {
  const views = new Views(new ArrayBuffer(64));
  let depth = 0;
  const seen: string[] = [];
  const looking: Codec<number> = transform(u16, {
    encode: (n: number) => {
      if (depth++ === 0) codec.write(views, 32, { a: 0xeeee, b: 7, c: 0xeeee });
      depth--;
      seen.push(Array.from(views.u8.subarray(0, codec.size)).join());
      return n;
    },
    decode: (n) => {
      if (depth++ === 0) assert.equal(codec.read(views, 32), { a: 0xeeee, b: 7, c: 0xeeee });
      views.u8.fill(0xff, 0, codec.size);
      depth--;
      return n;
    },
  });
  const codec = struct({ a: u32, b: looking, c: u32 }, { packed: true });
  codec.write(views, 0, { a: 1, b: 2, c: 3 });
  assert.ok(seen.every((bytes) => /^0(,0)*$/.test(bytes)), "nothing is at the address before all is encoded");
  assert.equal(codec.read(views, 0), { a: 1, b: 2, c: 3 });
  const list = array(looking, 3);
  list.write(views, 0, [1, 2, 3]);
  assert.equal(list.read(views, 0), [1, 2, 3]);
});

test("setters of the object that readInto fills run when all is read", () => {
  const codec = struct({ a: u8, b: u8 });
  const { views } = encode(codec, { a: 1, b: 2 });
  const out = { b: 0, set a(_: number) { views.u8.fill(0); } };
  codec.readInto!(views, 64, out as never);
  assert.is(out.b, 2);
});

test("wrong options and arguments are refused, and the right ones named", () => {
  const refused = (make: () => unknown, message: RegExp): void =>
    assert.throws(make, (error: unknown) => error instanceof TypeError && message.test(error.message));
  refused(() => (bytes as Function)(4, 5), /^Cannot make codec bytes\(size\): it takes 1 argument, got 2$/);
  refused(() => (utf8 as Function)(4, "latin1"), /^Cannot make codec utf8\(size\): it takes 1 argument, got 2$/);
  refused(() => (array as Function)(u8, 2, 3), /^Cannot make codec array\(codec, length\): it takes 2 arguments, got 3$/);
  refused(() => struct({ a: u8 }, { packd: true } as never), /^Cannot make codec struct: there is no option "packd", only packed: did you mean "packed"\?$/);
  refused(() => struct({ a: u8 }, { packed: 1 } as never), /packed must be true or false, it is 1$/);
  refused(() => struct({ a: u8 }, true as never), /^Cannot make codec struct: expected \{ packed \}, got true$/);
  refused(() => (struct as Function)({ a: u8 }, {}, 1), /it takes 2 arguments, got 3$/);
  refused(() => struct(JSON.parse('{"__proto__": 1}')), /__proto__ cannot be the name of a field$/);
  refused(() => transform(u8, { encode: (x: number) => x } as never), /decode must be a function, it is undefined$/);
  refused(() => transform(u8, { encode: (x: number) => x, decode: (x: number) => x, decoed: 1 } as never), /no option "decoed", only encode, decode: did you mean "decode"\?$/);
  refused(() => transform(8 as never, { encode: (x: number) => x, decode: (x: number) => x }), /expected a codec/);
  refused(() => array({ size: 4, align: 3, kind: 0, read() {}, write() {} } as never, 2), /align must be 1, 2, 4 or 8, it is 3$/);
  refused(() => array({ size: 4, align: 4, read() {}, write() {} } as never, 2), /kind is missing/);
});

test.run();
