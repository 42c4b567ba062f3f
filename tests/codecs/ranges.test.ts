// Ranges of addresses as prefixes.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatAddress, parseAddress, rangeToPrefixes } from "../../bindings/index.ts";

const test = suite("ranges");

for (const [first, last, prefixes] of [
  ["1.0.0.0", "1.0.0.255", ["1.0.0.0/24"]],
  ["1.0.0.1", "1.0.0.6", ["1.0.0.1/32", "1.0.0.2/31", "1.0.0.4/31", "1.0.0.6/32"]],
  ["0.0.0.0", "255.255.255.255", ["0.0.0.0/0"]],
  ["255.255.255.255", "255.255.255.255", ["255.255.255.255/32"]],
  ["127.255.255.255", "128.0.0.0", ["127.255.255.255/32", "128.0.0.0/32"]],
  ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ["::/0"]],
  ["2001:db8::", "2001:db8:0:2::", ["2001:db8::/63", "2001:db8:0:2::/128"]],
] as const) {
  test(`${first} to ${last}`, () => assert.equal([...rangeToPrefixes(first, last)], prefixes));
}

test("addresses may be numbers or bytes", () => {
  assert.equal([...rangeToPrefixes(0x01000000, 0x010000ff)], ["1.0.0.0/24"]);
  assert.equal([...rangeToPrefixes(Uint8Array.of(1, 0, 0, 0), "1.0.0.1")], ["1.0.0.0/31"]);
  assert.equal([...rangeToPrefixes(0xffffffff, 0xffffffff)], ["255.255.255.255/32"]);
});

test("the longest ranges have as many prefixes as the documentation says", () => {
  assert.is([...rangeToPrefixes("0.0.0.1", "255.255.255.254")].length, 62);
  assert.is([...rangeToPrefixes("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")].length, 254);
});

test("the bytes that are given stay as they are", () => {
  const first = Uint8Array.of(1, 0, 0, 0);
  const last = Uint8Array.of(1, 0, 0, 9);
  assert.is([...rangeToPrefixes(first, last)].length, 2);
  assert.equal([[...first], [...last]], [[1, 0, 0, 0], [1, 0, 0, 9]]);
});

test("what is no range is refused", () => {
  for (const [first, last, problem] of [
    ["1.0.0.5", "1.0.0.4", /the range ends before it begins: 1\.0\.0\.5 to 1\.0\.0\.4/],
    ["1.0.0.0", "::1", /two IP versions/],
    ["1.0.0", "1.0.0.4", /expected an IPv4 or IPv6 address, got "1\.0\.0"/],
    [-1, 5, /got -1/],
    [new Uint8Array(5), "::1", /expected an IPv4 or IPv6 address/],
  ] as const) {
    assert.throws(() => [...rangeToPrefixes(first, last)], (error: Error) => error instanceof RangeError && problem.test(error.message));
  }
});

const toBig = (text: string): bigint => parseAddress(text)!.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

test("the prefixes lie one behind the other, cover the range, and cannot be joined", () => {
  for (const size of [4, 16]) {
    const bits = BigInt(8 * size);
    const address = fc.oneof(fc.bigInt({ min: 0n, max: (1n << bits) - 1n }), fc.bigInt({ min: 0n, max: 300n }));
    const bytes = (value: bigint): Uint8Array =>
      Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 255n));
    fc.assert(
      fc.property(address, address, (a, b) => {
        const [first, last] = a < b ? [a, b] : [b, a];
        let next = first;
        let before = "";
        for (const prefix of rangeToPrefixes(formatAddress(bytes(first)), formatAddress(bytes(last)))) {
          const [text, length] = prefix.split("/");
          const size = 1n << (bits - BigInt(length));
          assert.is(toBig(text), next);
          assert.is(next % size, 0n, "aligned");
          const [beforeText, beforeLength] = before.split("/");
          if (beforeLength === length) assert.is(toBig(beforeText) % (2n * size), size, "two halves would be one prefix");
          before = prefix;
          next += size;
        }
        assert.is(next, last + 1n);
      }),
      { numRuns: 100 },
    );
  }
});

test.run();
