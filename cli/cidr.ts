// IP addresses and prefixes as keys of LPM tries: a u32 prefix length, then 4 or 16 bytes of address.
import { formatAddress, parseAddress } from "../bindings/index.ts";
import { Fail } from "./fail.ts";

/** The key of "ADDRESS" (its full length) or "ADDRESS/LENGTH" for keys of `keySize` bytes. */
export function cidrKey(text: string, keySize: number): Uint8Array {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  const length = slash < 0 ? undefined : text.slice(slash + 1);
  if (address === undefined || (length !== undefined && !/^[0-9]{1,3}$/.test(length))) {
    throw new Fail(`can't parse ${text} as an address or prefix`);
  }
  if (address.length + 4 !== keySize) {
    throw new Fail(`can't use ${text}: its key has ${address.length + 4} bytes, the map's ${keySize}`);
  }
  const bits = length === undefined ? address.length * 8 : Number(length);
  if (bits > address.length * 8) throw new Fail(`can't parse ${text} as an address or prefix`);
  const key = new Uint8Array(keySize);
  new DataView(key.buffer).setUint32(0, bits, true);
  key.set(address, 4);
  return key;
}

/** "ADDRESS/LENGTH" of an LPM key of 8 or 20 bytes. */
export function cidrText(key: Uint8Array): string {
  const bits = new DataView(key.buffer, key.byteOffset).getUint32(0, true);
  return `${formatAddress(key.subarray(4))}/${bits}`;
}

/**
 * Calls `each` with the key (prefix length and first address) of every prefix that makes up the addresses from `first`
 * to `last`, both included, upward and as few as possible. The key is the same object each time.
 */
export function splitRange(first: Uint8Array, last: Uint8Array, each: (key: Uint8Array) => void): void {
  if (first.length === 4) return splitRange4(first, last, each);
  const bits = first.length * 8;
  const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const key = new Uint8Array(4 + first.length);
  const end = toNumber(last);
  for (let start = toNumber(first); start <= end; ) {
    // The block may be as large as the start is aligned, and must not reach past the end.
    let free = 0;
    while (free < bits && (start & (1n << BigInt(free))) === 0n && start + (1n << BigInt(free + 1)) - 1n <= end) free++;
    key[0] = bits - free;
    let rest = start;
    for (let i = key.length - 1; i >= 4; i--, rest >>= 8n) key[i] = Number(rest & 255n);
    each(key);
    start += 1n << BigInt(free);
  }
}

/** The same for IPv4, whose addresses are exact as numbers. */
function splitRange4(first: Uint8Array, last: Uint8Array, each: (key: Uint8Array) => void): void {
  const toNumber = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const key = new Uint8Array(8);
  const end = toNumber(last);
  for (let start = toNumber(first); start <= end; ) {
    let free = 0;
    let size = 1;
    while (free < 32 && start % (size * 2) === 0 && start + size * 2 - 1 <= end) {
      free++;
      size *= 2;
    }
    key[0] = 32 - free;
    key[4] = start >>> 24;
    key[5] = (start >>> 16) & 0xff;
    key[6] = (start >>> 8) & 0xff;
    key[7] = start & 0xff;
    each(key);
    start += size;
  }
}
