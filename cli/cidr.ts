// IP addresses and prefixes as keys of LPM tries: a u32 prefix length, then 4 or 16 bytes of address.
import { formatAddress, parseAddress } from "../bindings/index.ts";
import { Fail } from "./fail.ts";
import { quoted } from "./transfer/quote.ts";

/** The key of "ADDRESS" (its full length) or "ADDRESS/LENGTH" for keys of `keySize` bytes. */
export function cidrKey(text: string, keySize: number): Uint8Array {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  const length = slash < 0 ? undefined : text.slice(slash + 1);
  if (address === undefined || (length !== undefined && !/^[0-9]{1,3}$/.test(length))) {
    throw new Fail(`can't parse ${quoted(text)} as an address or prefix`);
  }
  if (address.length + 4 !== keySize) {
    throw new Fail(`can't use ${text}: its key has ${address.length + 4} bytes, the map's ${keySize}`);
  }
  const bits = length === undefined ? address.length * 8 : Number(length);
  if (bits > address.length * 8) throw new Fail(`can't parse ${quoted(text)} as an address or prefix`);
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
