// Codecs for keys of LPM tries: a u32 prefix length in bits, then the data that it is a prefix of, first bit first.
import { Copy } from "../abi/bytes.ts";
import type { Views } from "../abi/core.ts";
import { isBytes, isUint8Array } from "../abi/realms.ts";
import { plural } from "../abi/words.ts";
import { BaseCodec, type Codec } from "./codec.ts";
import { Kind } from "./kind.ts";
import { checkCount, checkSize, outOfRange, wrongType } from "./refuse.ts";

/** What an LPM trie looks up: an address as text (for IP keys), as an unsigned 32-bit number (for IPv4) or as its bytes. */
export type Address = string | number | Uint8Array;

/** A codec of prefixes, which also knows how to write what they are prefixes of. */
export interface PrefixCodec<K> extends Codec<K> {
  /** Writes the key of an address: its bytes, with all bits in the prefix. */
  writeAddress(views: Views, ptr: number, address: Address): void;
  /**
   * Whether a value is an address and no prefix, of all that `write` and `writeAddress` take. Without it, bytes that are as
   * long as the key's data are one, and nothing else.
   */
  isAddress?(value: unknown): boolean;
}

/** Bytes of a key in front of its data. */
export const PREFIX_DATA = 4;

/** Writes the key of an address that is given as bytes. */
export function writeAddressBytes(name: string, size: number, views: Views, ptr: number, address: unknown): void {
  const dataSize = size - PREFIX_DATA;
  if (!isBytes(address, dataSize)) throw (isUint8Array(address) ? outOfRange : wrongType)(name, `an address of ${plural(dataSize, "byte")}`, address);
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

/** Reads the prefix length of the key at `at`. */
export function readPrefixlen(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

/** A prefix of any data: the first `prefixlen` bits of `data`, whose bit 0 is the highest of its first byte. */
export interface BytesPrefix {
  prefixlen: number;
  data: Uint8Array;
}

class PrefixBytes extends BaseCodec<BytesPrefix> implements PrefixCodec<BytesPrefix> {
  constructor(dataSize: number) {
    super(`prefixBytes(${dataSize})`, PREFIX_DATA + dataSize, 1, Kind.NONE);
  }

  write(views: Views, ptr: number, value: BytesPrefix): void {
    if (typeof value !== "object" || value === null) throw wrongType(this.name, "{ prefixlen, data }", value);
    const { prefixlen, data } = value;
    const bits = (this.size - PREFIX_DATA) * 8;
    if (typeof prefixlen !== "number") throw wrongType(this.name, "a number as prefixlen", prefixlen);
    if (!Number.isInteger(prefixlen) || prefixlen < 0 || prefixlen > bits) {
      throw outOfRange(this.name, `a prefixlen from 0 to ${bits}`, prefixlen);
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
  checkCount("prefixBytes(dataSize)", arguments.length, 1);
  return new PrefixBytes(checkSize("prefixBytes", dataSize));
}
