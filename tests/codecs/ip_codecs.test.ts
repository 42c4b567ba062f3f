// IP addresses as keys and values, and one trie for the prefixes of both families.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, formatAddress, ipPrefix, ipv4, ipv6, parseAddress, struct, u32, u8 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { encode } from "./encode.ts";

const test = suite("ip_codecs");
const zeros = (bytes: number): string => "00".repeat(bytes);

test("addresses lie in network byte order, aligned as C's structs are", () => {
  assert.is(encode(ipv4, "10.1.2.3").hex, "0a010203");
  assert.is(encode(ipv6, "2001:db8::1").hex, "20010db8" + zeros(11) + "01");
  assert.equal([ipv4.size, ipv4.align, ipv6.size, ipv6.align], [4, 4, 16, 4]);
  assert.is(ipv4.read(encode(ipv4, "255.0.0.1").views, 64), "255.0.0.1");
  assert.is(ipv6.read(encode(ipv6, "2001:DB8:0:0::1").views, 64), "2001:db8::1");
  assert.is(struct({ proto: u8, from: ipv4 }).size, 8);
});

test("what is no address of the family is refused, and quoted", () => {
  assert.throws(() => encode(ipv4, "::1"), /^Cannot encode ipv4: expected an address like "10.0.0.1", got the string "::1"$/);
  assert.throws(() => encode(ipv4, "10.0.0.1/8"), (error: unknown) => error instanceof RangeError);
  assert.throws(() => encode(ipv4, 167772161), (error: unknown) => error instanceof TypeError);
  assert.throws(() => encode(ipv6, "10.0.0.1\n"), /got the string "10.0.0.1\\n"$/);
});

const MAPPED = zeros(10) + "ffff";
const PREFIXES: [text: string, hex: string, back?: string][] = [
  ["10.0.0.0/8", "68000000" + MAPPED + "0a000000"],
  ["0.0.0.0/0", "60000000" + MAPPED + zeros(4)],
  ["1.2.3.4", "80000000" + MAPPED + "01020304", "1.2.3.4/32"],
  ["2001:db8::/32", "20000000" + "20010db8" + zeros(12)],
  ["::/0", "00000000" + zeros(16)],
  ["::1", "80000000" + zeros(15) + "01", "::1/128"],
  ["::ffff:10.0.0.0/104", "68000000" + MAPPED + "0a000000", "10.0.0.0/8"],
  ["::ffff:0:0/96", "60000000" + MAPPED + zeros(4), "0.0.0.0/0"],
  ["::ffff:1.2.3.4/80", "50000000" + MAPPED + "01020304", "::ffff:1.2.3.4/80"],
];
for (const [text, hex, back = text] of PREFIXES) {
  test(`${text} is a prefix of both families' trie`, () => {
    const encoded = encode(ipPrefix, text);
    assert.is(encoded.hex, hex);
    assert.is(ipPrefix.read(encoded.views, 64), back);
  });
}

test("lengths belong to the family", () => {
  for (const text of ["10.0.0.0/33", "10.0.0.0/104", "::/129", "10.0.0.0/", "/8", "10.0.0/8", ""]) {
    assert.throws(() => encode(ipPrefix, text), (error: unknown) => error instanceof RangeError, text);
  }
  assert.throws(() => encode(ipPrefix, 5), /^Cannot encode ipPrefix: expected a string like "10.0.0.0\/8" or "2001:db8::\/32", got 5$/);
});

test("one trie finds the longest match for addresses of both families, however they are given", () => {
  const trie = newKernel().createMap({ type: "lpm_trie", key: ipPrefix, value: u32, maxEntries: 16, flags: BPF_F_NO_PREALLOC });
  trie.set("10.0.0.0/8", 1).set("10.1.0.0/16", 2).set("2001:db8::/32", 3).set("::/0", 4);
  assert.equal(trie.match("10.1.2.3"), { prefix: "10.1.0.0/16", value: 2 });
  assert.equal(trie.match("10.2.2.3"), { prefix: "10.0.0.0/8", value: 1 });
  assert.equal(trie.match(0x0a010203), { prefix: "10.1.0.0/16", value: 2 });
  assert.equal(trie.match(parseAddress("10.1.2.3")!), { prefix: "10.1.0.0/16", value: 2 });
  assert.equal(trie.match("2001:db8::5"), { prefix: "2001:db8::/32", value: 3 });
  assert.equal(trie.match(parseAddress("2001:db8::5")!), { prefix: "2001:db8::/32", value: 3 });
  assert.equal(trie.match("1.1.1.1"), { prefix: "::/0", value: 4 });
  assert.equal([...trie.keys()].sort(), ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "::/0"]);
  assert.throws(() => trie.lookup(new Uint8Array(5)), /expected an address of 16 bytes, got a Uint8Array of 5 bytes$/);
  assert.throws(() => trie.lookup(-1), /expected an unsigned 32-bit number, got -1$/);
  assert.throws(() => trie.lookup("10.0.0.0/8"), /expected an address without prefix length/);
});

test("addresses as text and bytes say what they do not take", () => {
  assert.throws(() => parseAddress(5 as never), /^Cannot parse address: expected a string, got 5$/);
  assert.throws(() => formatAddress("1.2.3.4" as never), /^Cannot format address: expected a Uint8Array, got the string "1.2.3.4"$/);
  assert.throws(() => formatAddress(new Uint8Array(5)), /^Cannot format address: expected 4 or 16 bytes, got 5$/);
});

test.run();
