// Codecs of IP addresses and of IP prefixes, which are keys of LPM tries. Both lie in network byte order, as programs have them.
import type { Views } from "../abi/core.ts";
import { byteLengthOf, isUint8Array } from "../abi/realms.ts";
import { BaseCodec, type Codec } from "./codec.ts";
import { formatIpv4, formatIpv6, isMapped, parseIpv4, parseIpv6 } from "./ip.ts";
import { Kind } from "./kind.ts";
import { type Address, PREFIX_DATA, type PrefixCodec, writeAddressBytes } from "./prefix.ts";
import { outOfRange, wrongType } from "./refuse.ts";

/** What the codecs of one family have in common: how wide an address is, and its text. */
interface Family {
  readonly bits: number;
  /** Reads the address in text[0, end) to `at`; false if it is none. */
  parse(text: string, end: number, out: Uint8Array, at: number): boolean;
  format(bytes: Uint8Array, at: number): string;
}

const v4: Family = {
  bits: 32,
  parse(text, end, out, at) {
    const address = parseIpv4(text, 0, end);
    if (address >= 0) writeIpv4(out, at, address);
    return address >= 0;
  },
  format: formatIpv4,
};

const v6: Family = {
  bits: 128,
  parse: (text, end, out, at) => parseIpv6(text, 0, end, out, at),
  format: formatIpv6,
};

function writeIpv4(out: Uint8Array, at: number, address: number): void {
  out[at] = address >>> 24;
  out[at + 1] = address >>> 16;
  out[at + 2] = address >>> 8;
  out[at + 3] = address;
}

class IpAddress extends BaseCodec<string> {
  readonly #family: Family;
  readonly #example: string;

  constructor(name: string, family: Family, example: string) {
    super(name, family.bits / 8, 4, Kind.NONE);
    this.#family = family;
    this.#example = example;
  }

  write(views: Views, ptr: number, value: string): void {
    const expected = `an address like "${this.#example}"`;
    if (typeof value !== "string") throw wrongType(this.name, expected, value);
    if (!this.#family.parse(value, value.length, views.u8, ptr)) throw outOfRange(this.name, expected, value);
  }

  read(views: Views, ptr: number): string {
    return this.#family.format(views.u8, ptr);
  }
}

/** An IPv4 address as text, "10.0.0.1": 4 bytes in network order, aligned to 4 as `struct in_addr` is. */
export const ipv4: Codec<string> = /* @__PURE__ */ new IpAddress("ipv4", v4, "10.0.0.1");

/** An IPv6 address as text in the form of RFC 5952, "2001:db8::1": 16 bytes, aligned to 4 as `struct in6_addr` is. */
export const ipv6: Codec<string> = /* @__PURE__ */ new IpAddress("ipv6", v6, "2001:db8::1");

/** What all prefix codecs of IP share; a subclass knows how text and length lie in the key. */
abstract class IpPrefix extends BaseCodec<string> implements PrefixCodec<string> {
  protected readonly example: string;

  constructor(name: string, bits: number, example: string) {
    super(name, PREFIX_DATA + bits / 8, 4, Kind.NONE);
    this.example = example;
  }

  write(views: Views, ptr: number, value: string): void {
    if (typeof value !== "string") throw wrongType(this.name, `a string like "${this.example}"`, value);
    const slash = value.indexOf("/");
    const { bits, base } = this.family(value);
    const prefixlen = slash < 0 ? bits : parseLength(value, slash + 1);
    const end = slash < 0 ? value.length : slash;
    if (prefixlen < 0 || prefixlen > bits || !this.parse(value, end, views.u8, ptr + PREFIX_DATA)) {
      throw outOfRange(this.name, `an address or prefix like "${this.example}"`, value);
    }
    views.u32[ptr >>> 2] = base + prefixlen;
  }

  writeAddress(views: Views, ptr: number, address: Address): void {
    if (typeof address !== "string") {
      this.writeOther(views, ptr, address);
      return;
    }
    if (!this.parse(address, address.length, views.u8, ptr + PREFIX_DATA)) {
      throw outOfRange(this.name, "an address without prefix length", address);
    }
    views.u32[ptr >>> 2] = (this.size - PREFIX_DATA) * 8;
  }

  isAddress(value: unknown): boolean {
    return typeof value === "string" ? !value.includes("/") : typeof value === "number" || isUint8Array(value);
  }

  /** Writes an address that is no text. */
  protected writeOther(views: Views, ptr: number, address: unknown): void {
    writeAddressBytes(this.name, this.size, views, ptr, address);
  }

  /** Bits of an address of the text's family, and bits of the key in front of them. */
  protected abstract family(text: string): { readonly bits: number; readonly base: number };
  /** Reads the address in text[0, end) to the key's data at `at`; false if it is none. */
  protected abstract parse(text: string, end: number, out: Uint8Array, at: number): boolean;
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

const V4 = { bits: 32, base: 0 } as const;
const V6 = { bits: 128, base: 0 } as const;
/** IPv4 in the last 4 of 16 bytes, ::ffff:0:0/96. */
const MAPPED = { bits: 32, base: 96 } as const;

class Ipv4Prefix extends IpPrefix {
  constructor() {
    super("ipv4Prefix", V4.bits, "10.0.0.0/8");
  }

  read(views: Views, ptr: number): string {
    return `${formatIpv4(views.u8, ptr + PREFIX_DATA)}/${views.u32[ptr >>> 2]}`;
  }

  protected override writeOther(views: Views, ptr: number, address: unknown): void {
    if (typeof address !== "number") {
      super.writeOther(views, ptr, address);
      return;
    }
    checkNumber(this.name, address);
    views.u32[ptr >>> 2] = V4.bits;
    writeIpv4(views.u8, ptr + PREFIX_DATA, address);
  }

  protected family(): typeof V4 {
    return V4;
  }

  protected parse(text: string, end: number, out: Uint8Array, at: number): boolean {
    return v4.parse(text, end, out, at);
  }
}

function checkNumber(name: string, address: number): void {
  if (address >>> 0 !== address) throw outOfRange(name, "an unsigned 32-bit number", address);
}

class Ipv6Prefix extends IpPrefix {
  constructor() {
    super("ipv6Prefix", V6.bits, "2001:db8::/32");
  }

  read(views: Views, ptr: number): string {
    return `${formatIpv6(views.u8, ptr + PREFIX_DATA)}/${views.u32[ptr >>> 2]}`;
  }

  protected family(): typeof V6 {
    return V6;
  }

  protected parse(text: string, end: number, out: Uint8Array, at: number): boolean {
    return v6.parse(text, end, out, at);
  }
}

class AnyPrefix extends IpPrefix {
  constructor() {
    super("ipPrefix", V6.bits, "10.0.0.0/8\" or \"2001:db8::/32");
  }

  read(views: Views, ptr: number): string {
    const { u8 } = views;
    const data = ptr + PREFIX_DATA;
    const prefixlen = views.u32[ptr >>> 2];
    if (prefixlen >= MAPPED.base && isMapped(u8, data)) return `${formatIpv4(u8, data + 12)}/${prefixlen - MAPPED.base}`;
    return `${formatIpv6(u8, data)}/${prefixlen}`;
  }

  protected override writeOther(views: Views, ptr: number, address: unknown): void {
    const isNumber = typeof address === "number";
    if (!isNumber && (!isUint8Array(address) || byteLengthOf(address) !== 4)) {
      super.writeOther(views, ptr, address);
      return;
    }
    if (isNumber) checkNumber(this.name, address);
    const data = ptr + PREFIX_DATA;
    writeMapped(views.u8, data);
    if (isNumber) writeIpv4(views.u8, data + 12, address);
    else for (let i = 0; i < 4; i++) views.u8[data + 12 + i] = (address as Uint8Array)[i];
    views.u32[ptr >>> 2] = V6.bits;
  }

  protected family(text: string): typeof V6 | typeof MAPPED {
    return text.includes(":") ? V6 : MAPPED;
  }

  protected parse(text: string, end: number, out: Uint8Array, at: number): boolean {
    if (this.family(text) === V6) return v6.parse(text, end, out, at);
    writeMapped(out, at);
    return v4.parse(text, end, out, at + 12);
  }
}

/** The 12 bytes in front of an IPv4 address in an IPv6 one. */
function writeMapped(out: Uint8Array, at: number): void {
  out.fill(0, at, at + 10);
  out[at + 10] = 0xff;
  out[at + 11] = 0xff;
}

/**
 * An IPv4 prefix as CIDR text, "10.0.0.0/8"; an address without a length means all 32 bits. Reads as "10.0.0.0/8", with
 * the bits behind the prefix as they were last written.
 */
export const ipv4Prefix: PrefixCodec<string> = /* @__PURE__ */ new Ipv4Prefix();

/** The same for IPv6, "2001:db8::/32", read in the form of RFC 5952. */
export const ipv6Prefix: PrefixCodec<string> = /* @__PURE__ */ new Ipv6Prefix();

/**
 * Prefixes of both families in one trie, each as its own CIDR text: "10.0.0.0/8" and "2001:db8::/32". Keys have 16 bytes of
 * data, in which IPv4 lies below ::ffff:0:0/96; so "::ffff:10.0.0.0/104" is the same prefix as "10.0.0.0/8" and reads as
 * that, and a shorter IPv6 prefix such as "::/0" covers IPv4 addresses too. Addresses are text of either family, 4 or 16
 * bytes, or a number for IPv4.
 */
export const ipPrefix: PrefixCodec<string> = /* @__PURE__ */ new AnyPrefix();
