// Ranges of addresses as prefixes, for lists that have the one and maps that take the other.
import { isUint8Array } from "../abi/realms.ts";
import { formatAddress, parseAddress } from "./ip.ts";
import type { Address } from "./prefix.ts";

/** The bytes of an address that may also be text or, for IPv4, a number. */
function bytesOf(address: Address): Uint8Array {
  const bytes = typeof address === "string" ? parseAddress(address) : address;
  if (isUint8Array(bytes) && (bytes.length === 4 || bytes.length === 16)) return bytes;
  if (typeof bytes === "number" && bytes >>> 0 === bytes) {
    return Uint8Array.of(bytes >>> 24, bytes >>> 16, bytes >>> 8, bytes);
  }
  const got = typeof address === "string" ? JSON.stringify(address) : String(address);
  throw new RangeError(`Cannot make prefixes: expected an IPv4 or IPv6 address, got ${got}`);
}

/** Bits at the end of the address that are zero. */
function zeroBitsAtEnd(bytes: Uint8Array): number {
  for (let i = bytes.length - 1; i >= 0; i--) {
    if (bytes[i] !== 0) return 8 * (bytes.length - 1 - i) + 31 - Math.clz32(bytes[i] & -bytes[i]);
  }
  return 8 * bytes.length;
}

/** The last address of the block whose first `hostBits` bits from the end are free. */
function lastOfBlock(first: Uint8Array, hostBits: number): Uint8Array {
  const last = first.slice();
  for (let i = last.length - 1, left = hostBits; left > 0; i--, left -= 8) last[i] |= left >= 8 ? 0xff : (1 << left) - 1;
  return last;
}

/** Negative, 0 or positive, as for sort(). */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** Makes it the next address; false after the highest one. */
function increment(address: Uint8Array): boolean {
  for (let i = address.length - 1; i >= 0; i--) if (++address[i] <= 0xff && address[i] !== 0) return true;
  return false;
}

/**
 * The fewest prefixes that make up the addresses from `first` to `last`, both included, upward, as `ipv4Prefix` and
 * `ipv6Prefix` take them: at most 62 for IPv4 and 254 for IPv6.
 *
 * @param first - an address as text or as its 4 or 16 bytes, or an IPv4 address as a number
 * @param last - an address of the same kind that is not below `first`
 * @throws RangeError for what is no address, for addresses of two IP versions, and for a range that ends before it begins
 *
 * @example
 * Array.from(rangeToPrefixes("10.0.0.1", "10.0.0.4")); // ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]
 */
export function* rangeToPrefixes(first: Address, last: Address): Generator<string, void, undefined> {
  const start = bytesOf(first).slice();
  const end = bytesOf(last);
  if (start.length !== end.length) throw new RangeError("Cannot make prefixes: the range begins and ends in two IP versions");
  if (compare(start, end) > 0) {
    throw new RangeError(`Cannot make prefixes: the range ends before it begins: ${formatAddress(start)} to ${formatAddress(end)}`);
  }
  const bits = 8 * start.length;
  for (let more = true; more && compare(start, end) <= 0; more = increment(start)) {
    // A block may be as large as its start is aligned, and must not reach past the end.
    let hostBits = zeroBitsAtEnd(start);
    let blockEnd = lastOfBlock(start, hostBits);
    while (compare(blockEnd, end) > 0) blockEnd = lastOfBlock(start, --hostBits);
    yield `${formatAddress(start)}/${bits - hostBits}`;
    start.set(blockEnd);
  }
}
