// Byte arrays of another realm, as jsdom, vm contexts and frames have them, in both directions: a strange array in this
// realm, and this library in a strange one.
import vm from "node:vm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, bytes, formatAddress, ipPrefix, ipv4Prefix, prefixBytes, struct, u32, u64, u8 } from "../../bindings/index.ts";
import { encode } from "./encode.ts";

const test = suite("codecs/realms");
const other = vm.createContext({});
const strange = (code: string): any => vm.runInContext(code, other);

test("codecs take byte arrays of another realm", () => {
  assert.not.ok(strange("new Uint8Array(4)") instanceof Uint8Array, "the array is of another realm");
  assert.is(encode(bytes(4), strange("Uint8Array.of(1, 2, 3, 4)")).hex, "01020304");
  assert.is(encode(bytes(100), strange("new Uint8Array(100).fill(7)")).hex, "07".repeat(100));
  assert.is(encode(bytes(2), strange("new Uint8Array(8).subarray(2, 4)")).hex, "0000");
  assert.is(encode(array(u32, 2), strange("Uint32Array.of(1, 2)")).hex, "0100000002000000");
  assert.is(encode(array(u8, 2), strange("[1, 2]")).hex, "0102");
  assert.is(encode(struct({ a: bytes(2), b: u64 }), strange("({ a: Uint8Array.of(1, 2), b: 3n })")).hex, "0102" + "000000000000" + "0300000000000000");
  assert.is(encode(prefixBytes(2), strange("({ prefixlen: 8, data: Uint8Array.of(1, 2) })")).hex, "08000000" + "0102");
  assert.is(formatAddress(strange("Uint8Array.of(10, 0, 0, 1)")), "10.0.0.1");
  const { views } = encode(ipv4Prefix, "0.0.0.0/0");
  ipv4Prefix.writeAddress(views, 64, strange("Uint8Array.of(10, 0, 0, 1)"));
  assert.is(ipv4Prefix.read(views, 64), "10.0.0.1/32");
  const wide = encode(ipPrefix, "::/0").views;
  ipPrefix.writeAddress(wide, 64, strange("Uint8Array.of(10, 0, 0, 1)"));
  assert.is(ipPrefix.read(wide, 64), "10.0.0.1/32");
});

test("and refuse those that do not fit, for the right reason", () => {
  const refused = (value: unknown, Type: typeof TypeError | typeof RangeError, message: RegExp): void =>
    assert.throws(() => encode(bytes(4), value), (error: unknown) => error instanceof Type && message.test(error.message));
  refused(strange("new Uint8Array(3)"), RangeError, /^Cannot encode bytes\(4\): expected a Uint8Array of 4 bytes, got a Uint8Array of 3 bytes$/);
  refused(strange("new Uint32Array(1)"), TypeError, /^Cannot encode bytes\(4\): expected a Uint8Array of 4 bytes, got a Uint32Array of 4 bytes$/);
  refused(strange("[1, 2, 3, 4]"), TypeError, /got an array of 4 elements$/);
});

test("arrays that lie about their length write no more and no less than the codec has", () => {
  for (const size of [4, 100]) {
    const long = Object.defineProperty(new Uint8Array(200).fill(1), "length", { value: size });
    if (size > 48) assert.throws(() => encode(bytes(size), long), (error: unknown) => error instanceof RangeError);
    else assert.is(encode(bytes(size), long).hex, "01".repeat(size));
    const asked: string[] = [];
    const fake = new Proxy(new Uint8Array(size), { get: (_, name) => (asked.push(String(name)), name === "length" ? size : 1) });
    assert.throws(() => encode(bytes(size), fake), (error: unknown) => error instanceof TypeError);
    assert.throws(() => encode(bytes(size), Object.create(Uint8Array.prototype, { length: { value: size } })), (error: unknown) => error instanceof TypeError);
  }
});

test.run();
