// Codecs for keys of LPM tries: a u32 prefix length in bits, then the data that it is a prefix of, first bit first.
import { Copy } from "../abi/bytes.ts";
import { checkSize, type Codec } from "./codec.ts";
import type { Views } from "../abi/core.ts";
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "./ip.ts";
import { Kind } from "./scalar.ts";

/** What an LPM trie looks up: an address as text (for IP keys), as an unsigned 32-bit number (for IPv4) or as its bytes. */
export type Address = string | number | Uint8Array;

/** A codec of prefixes, which also knows how to write what they are prefixes of. */
export interface PrefixCodec<K> extends Codec<K> {
  /** Writes the key of an address: its bytes, with all bits in the prefix. */
  writeAddress(views: Views, ptr: number, address: Address): void;
}

/** Bytes of a key in front of its data. */
export const PREFIX_DATA = 4;

/** Writes the key of an address that is given as bytes. */
export function writeAddressBytes(name: string, size: number, views: Views, ptr: number, address: unknown): void {
  const dataSize = size - PREFIX_DATA;
  if (!(address instanceof Uint8Array)) throw wrong(TypeError, name, `an address of ${dataSize} bytes`, address);
  if (address.length !== dataSize) throw wrong(RangeError, name, `an address of ${dataSize} bytes`, address);
  const { u8 } = views;
  writePrefixlen(u8, ptr, dataSize * 8);
  if (dataSize > Copy.BYTEWISE_MAX) u8.set(address, ptr + PREFIX_DATA);
  else for (let i = 0; i < dataSize; i++) u8[ptr + PREFIX_DATA + i] = address[i];
}

/** Byte by byte, since keys of an odd size lie unaligned behind one another. */
export function writePrefixlen(bytes: Uint8Array, at: number, prefixlen: number): void {
  bytes[at] = prefixlen;
  bytes[at + 1] = prefixlen >>> 8;
  bytes[at + 2] = prefixlen >>> 16;
  bytes[at + 3] = prefixlen >>> 24;
}

/** The prefix length of the key at `at`. */
export function readPrefixlen(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function wrong(Type: typeof TypeError | typeof RangeError, name: string, expected: string, value: unknown): Error {
  const got = ArrayBuffer.isView(value) ? `a view of ${value.byteLength} bytes` : typeof value === "string" ? JSON.stringify(value) : String(value);
  return new Type(`Cannot encode ${name}: expected ${expected}, got ${got}`);
}

/** IPv4 and IPv6 prefixes differ in their size and in how an address is read and written. */
abstract class IpPrefix implements PrefixCodec<string> {
  abstract readonly name: string;
  abstract readonly size: number;
  readonly align = 4;
  readonly kind = Kind.NONE;
  protected abstract readonly example: string;

  write(views: Views, ptr: number, value: string): void {
    if (typeof value !== "string") throw wrong(TypeError, this.name, `a string like "${this.example}"`, value);
    const slash = value.indexOf("/");
    const bits = (this.size - PREFIX_DATA) * 8;
    const prefixlen = slash < 0 ? bits : parseLength(value, slash + 1);
    const end = slash < 0 ? value.length : slash;
    if (prefixlen < 0 || prefixlen > bits || !this.parse(value, end, views.u8, ptr + PREFIX_DATA)) {
      throw wrong(RangeError, this.name, `an address or prefix like "${this.example}"`, value);
    }
    views.u32[ptr >>> 2] = prefixlen;
  }

  read(views: Views, ptr: number): string {
    return `${this.format(views.u8, ptr + PREFIX_DATA)}/${views.u32[ptr >>> 2]}`;
  }

  writeAddress(views: Views, ptr: number, address: Address): void {
    if (typeof address !== "string") {
      writeAddressBytes(this.name, this.size, views, ptr, address);
      return;
    }
    if (!this.parse(address, address.length, views.u8, ptr + PREFIX_DATA)) {
      throw wrong(RangeError, this.name, "an address without prefix length", address);
    }
    views.u32[ptr >>> 2] = (this.size - PREFIX_DATA) * 8;
  }

  /** Reads the address in text[0, end) to `at`; false if it is none. */
  protected abstract parse(text: string, end: number, out: Uint8Array, at: number): boolean;
  protected abstract format(bytes: Uint8Array, at: number): string;
}

/** Digits to the end of the text, without leading zeros; -1 if there is anything else, or more than three. */
function parseLength(text: string, from: number): number {
  const count = text.length - from;
  if (count < 1 || count > 3 || (count > 1 && text[from] === "0")) return -1;
  let length = 0;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

class Ipv4Prefix extends IpPrefix {
  readonly name = "ipv4Prefix";
  readonly size = PREFIX_DATA + 4;
  protected readonly example = "10.0.0.0/8";

  override writeAddress(views: Views, ptr: number, address: Address): void {
    if (typeof address !== "number") {
      super.writeAddress(views, ptr, address);
      return;
    }
    if (address >>> 0 !== address) throw wrong(RangeError, this.name, "an unsigned 32-bit number", address);
    views.u32[ptr >>> 2] = 32;
    writeIpv4(views.u8, ptr + PREFIX_DATA, address);
  }

  protected parse(text: string, end: number, out: Uint8Array, at: number): boolean {
    const address = parseIpv4(text, 0, end);
    if (address >= 0) writeIpv4(out, at, address);
    return address >= 0;
  }

  protected format(bytes: Uint8Array, at: number): string {
    return formatIpv4(bytes, at);
  }
}

function writeIpv4(out: Uint8Array, at: number, address: number): void {
  out[at] = address >>> 24;
  out[at + 1] = address >>> 16;
  out[at + 2] = address >>> 8;
  out[at + 3] = address;
}

class Ipv6Prefix extends IpPrefix {
  readonly name = "ipv6Prefix";
  readonly size = PREFIX_DATA + 16;
  protected readonly example = "2001:db8::/32";

  protected parse(text: string, end: number, out: Uint8Array, at: number): boolean {
    return parseIpv6(text, 0, end, out, at);
  }

  protected format(bytes: Uint8Array, at: number): string {
    return formatIpv6(bytes, at);
  }
}

/**
 * An IPv4 prefix as CIDR text, "10.0.0.0/8"; an address without a length means all 32 bits. Reads as "10.0.0.0/8", with
 * the bits behind the prefix as they were last written.
 */
export const ipv4Prefix: PrefixCodec<string> = /* @__PURE__ */ new Ipv4Prefix();

/** The same for IPv6, "2001:db8::/32", read in the form of RFC 5952. */
export const ipv6Prefix: PrefixCodec<string> = /* @__PURE__ */ new Ipv6Prefix();

/** A prefix of any data: the first `prefixlen` bits of `data`, whose bit 0 is the highest of its first byte. */
export interface BytesPrefix {
  prefixlen: number;
  data: Uint8Array;
}

class PrefixBytes implements PrefixCodec<BytesPrefix> {
  readonly name: string;
  readonly size: number;
  readonly align = 1;
  readonly kind = Kind.NONE;

  constructor(dataSize: number) {
    this.name = `prefixBytes(${dataSize})`;
    this.size = PREFIX_DATA + dataSize;
  }

  write(views: Views, ptr: number, value: BytesPrefix): void {
    if (typeof value !== "object" || value === null) throw wrong(TypeError, this.name, "{ prefixlen, data }", value);
    const { prefixlen, data } = value;
    const bits = (this.size - PREFIX_DATA) * 8;
    if (typeof prefixlen !== "number") throw wrong(TypeError, this.name, "a number as prefixlen", prefixlen);
    if (!Number.isInteger(prefixlen) || prefixlen < 0 || prefixlen > bits) {
      throw wrong(RangeError, this.name, `a prefixlen from 0 to ${bits}`, prefixlen);
    }
    writeAddressBytes(this.name, this.size, views, ptr, data);
    writePrefixlen(views.u8, ptr, prefixlen);
  }

  read(views: Views, ptr: number): BytesPrefix {
    return { prefixlen: readPrefixlen(views.u8, ptr), data: views.u8.slice(ptr + PREFIX_DATA, ptr + this.size) };
  }

  writeAddress(views: Views, ptr: number, address: Address): void {
    writeAddressBytes(this.name, this.size, views, ptr, address);
  }
}

/**
 * A prefix of `dataSize` bytes (1 to 256 in a trie), as `{ prefixlen, data }`: prefixlen in bits, data always `dataSize`
 * bytes long. Bits behind the prefix do not count, but come back as they were last written.
 */
export function prefixBytes(dataSize: number): PrefixCodec<BytesPrefix> {
  return new PrefixBytes(checkSize("prefixBytes", dataSize));
}
