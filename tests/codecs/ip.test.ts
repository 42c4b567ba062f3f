// IP addresses as text: what is one, what is none, and the one way in which each is written.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatAddress, ipv4Prefix, ipv6Prefix, parseAddress } from "../../bindings/index.ts";
import { Views } from "../../bindings/abi/core.ts";

const test = suite("ip");
const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const GOOD: [text: string, hex: string, written?: string][] = [
  ["0.0.0.0", "00000000"],
  ["255.255.255.255", "ffffffff"],
  ["10.1.2.3", "0a010203"],
  ["::", "00".repeat(16)],
  ["::1", "00".repeat(15) + "01"],
  ["1::", "0001" + "00".repeat(14)],
  ["2001:db8::1", "20010db8" + "00".repeat(11) + "01"],
  ["2001:DB8:0:0:0:0:0:1", "20010db8" + "00".repeat(11) + "01", "2001:db8::1"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"],
  ["::2:3:4:5:6:7:8", "00000002000300040005000600070008", "0:2:3:4:5:6:7:8"],
  ["1:0:0:4:0:0:0:8", "00010000000000040000000000000008", "1:0:0:4::8"],
  ["::ffff:10.1.2.3", "00".repeat(10) + "ffff0a010203"],
  ["64:ff9b::10.1.2.3", "0064ff9b" + "00".repeat(8) + "0a010203", "64:ff9b::a01:203"],
  ["1:2:3:4:5:6:255.0.0.1", "000100020003000400050006ff000001", "1:2:3:4:5:6:ff00:1"],
  ["fe80::00ab", "fe80" + "00".repeat(13) + "ab", "fe80::ab"],
];
for (const [text, bytes, written = text] of GOOD) {
  test(`${text} is an address`, () => {
    assert.is(hex(parseAddress(text)), bytes);
    assert.is(formatAddress(parseAddress(text)!), written);
  });
}

const BAD = [
  "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ", "a.b.c.d", "-1.2.3.4", "1.2.3.1000",
  ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "1:", ":1", "1::2:",
  "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "::1.2.3.4.5", "fe80::1%eth0", "[::1]", "::/0", ":1::2",
]; // prettier-ignore
test("these are no addresses", () => {
  for (const text of BAD) assert.is(parseAddress(text), undefined, text);
});

test("what is written is read back, in the form that URLs have", () => {
  const word = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(65535));
  fc.assert(
    fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
      const bytes = Uint8Array.from(words.flatMap((w) => [w >> 8, w & 255]));
      const text = formatAddress(bytes);
      assert.equal(parseAddress(text), bytes);
      if (!text.includes(".")) assert.is(new URL(`http://[${words.map((w) => w.toString(16)).join(":")}]/`).hostname, `[${text}]`);
      assert.equal(parseAddress(words.map((w) => w.toString(16)).join(":")), bytes);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      assert.equal(parseAddress(formatAddress(bytes)), bytes);
    }),
  );
  assert.throws(() => formatAddress(new Uint8Array(5)), (error: unknown) => error instanceof RangeError);
});

test("prefix codecs write the length in front, and read it behind", () => {
  const views = new Views(new ArrayBuffer(64));
  const bytes = (size: number): string => hex(views.u8.subarray(0, size))!;
  for (const [text, hexBytes, back] of [
    ["10.0.0.0/8", "080000000a000000", "10.0.0.0/8"],
    ["1.2.3.4", "2000000001020304", "1.2.3.4/32"],
    ["0.0.0.0/0", "0000000000000000", "0.0.0.0/0"],
  ] as const) {
    ipv4Prefix.write(views, 0, text);
    assert.is(bytes(8), hexBytes);
    assert.is(ipv4Prefix.read(views, 0), back);
  }
  ipv6Prefix.write(views, 0, "2001:db8::/32");
  assert.is(bytes(20), "2000000020010db8" + "00".repeat(12));
  assert.is(ipv6Prefix.read(views, 0), "2001:db8::/32");
  ipv6Prefix.write(views, 0, "::1");
  assert.is(ipv6Prefix.read(views, 0), "::1/128");
  for (const text of ["1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.4/", "1.2.3.4/008", "1.2.3.4/1e1", "/8", "1.2.3.4/ 8"]) {
    assert.throws(() => ipv4Prefix.write(views, 0, text), (error: unknown) => error instanceof RangeError, text);
  }
  for (const text of ["::/129", "1.2.3.4/8", "::/"]) assert.throws(() => ipv6Prefix.write(views, 0, text), (error: unknown) => error instanceof RangeError);
});

test.run();
