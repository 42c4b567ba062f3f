// IP addresses as text and back: dotted IPv4, and IPv6 in the one form that RFC 5952 recommends.
import { byteLengthOf, isUint8Array } from "../abi/realms.ts";
import { describe } from "../abi/words.ts";

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;

/** The IPv4 address in text[start, end) as an unsigned 32-bit number, or -1: four decimal bytes without leading zeros. */
export function parseIpv4(text: string, start = 0, end: number = text.length): number {
  let address = 0;
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (at >= end || text.charCodeAt(at++) !== DOT)) return -1;
    const from = at;
    let byte = 0;
    for (; at < end && at < from + 3; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      byte = byte * 10 + digit;
    }
    if (at === from || byte > 255 || (at > from + 1 && text.charCodeAt(from) === ZERO)) return -1;
    address = address * 256 + byte;
  }
  return at === end ? address : -1;
}

/** Writes the IPv6 address in text[start, end) to 16 bytes of `out`; false, with `out` in any state, if it is none. */
export function parseIpv6(text: string, start: number, end: number, out: Uint8Array, offset: number): boolean {
  let at = start;
  let words = 0;
  // Where "::" was, in words; what follows it is moved to the end when all is read.
  let gap = -1;
  if (end - start < 2) return false;
  if (text.charCodeAt(at) === COLON) {
    if (text.charCodeAt(at + 1) !== COLON) return false;
    gap = 0;
    at += 2;
  }
  while (at < end) {
    if (words === 8) return false;
    const from = at;
    let word = 0;
    for (; at < end && at < from + 4; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      word = word * 16 + digit;
    }
    if (at < end && text.charCodeAt(at) === DOT) {
      const tail = words <= 6 ? parseIpv4(text, from, end) : -1;
      if (tail < 0) return false;
      writeWord(out, offset + words * 2, Math.floor(tail / 65536));
      writeWord(out, offset + words * 2 + 2, tail & 0xffff);
      words += 2;
      at = end;
      break;
    }
    if (at === from) return false;
    writeWord(out, offset + words++ * 2, word);
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return false;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false;
      gap = words;
      at++;
    }
  }
  if (gap < 0) return words === 8;
  // "::" stands for one zero word at least.
  if (words === 8) return false;
  const tail = (words - gap) * 2;
  out.copyWithin(offset + 16 - tail, offset + gap * 2, offset + words * 2);
  out.fill(0, offset + gap * 2, offset + 16 - tail);
  return true;
}

function writeWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word >>> 8;
  out[at + 1] = word & 0xff;
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= 0x39) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** The 4 bytes from `at` in dotted form. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The 16 bytes from `at`, as RFC 5952 writes them; an IPv4 address in an IPv6 one keeps its dots. */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  if (isMapped(bytes, at)) return `::ffff:${formatIpv4(bytes, at + 12)}`;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[at + i] << 8) | bytes[at + i + 1]).toString(16));
  // "::" stands for the longest run of zero groups, the first one of several, and never for a single group.
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === "0") end++;
    if (end - i > runLength) [runStart, runLength] = [i, end - i];
    i = end;
  }
  if (runStart < 0) return groups.join(":");
  return `${groups.slice(0, runStart).join(":")}::${groups.slice(runStart + runLength).join(":")}`;
}

/** Whether the 16 bytes from `at` are ::ffff:a.b.c.d, an IPv4 address in an IPv6 one. */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

/** The bytes of an IPv4 (4) or IPv6 (16) address, in network order; undefined when the text is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (typeof text !== "string") throw new TypeError(`Cannot parse address: expected a string, got ${describe(text)}`);
  if (text.includes(":")) {
    const bytes = new Uint8Array(16);
    return parseIpv6(text, 0, text.length, bytes, 0) ? bytes : undefined;
  }
  const address = parseIpv4(text);
  return address < 0 ? undefined : Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** The text of an IPv4 (4 bytes) or IPv6 (16 bytes) address, the latter in the form of RFC 5952. RangeError for others. */
export function formatAddress(bytes: Uint8Array): string {
  if (!isUint8Array(bytes)) throw new TypeError(`Cannot format address: expected a Uint8Array, got ${describe(bytes)}`);
  const size = byteLengthOf(bytes);
  if (size === 4) return formatIpv4(bytes);
  if (size === 16) return formatIpv6(bytes);
  throw new RangeError(`Cannot format address: expected 4 or 16 bytes, got ${size}`);
}
