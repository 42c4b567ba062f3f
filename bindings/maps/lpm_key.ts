// What an LPM trie is asked for: a prefix, or an address, of which the longest prefix is meant.
import type { Codec } from "../codecs/codec.ts";
import { type Address, PREFIX_DATA, type PrefixCodec, writeAddressBytes } from "../codecs/prefix.ts";
import { Kind } from "../codecs/scalar.ts";
import { byteLengthOf, isUint8Array } from "../abi/realms.ts";
import { put } from "./values.ts";

function prefixCodec(key: Codec<unknown>): PrefixCodec<unknown> | undefined {
  return "writeAddress" in key ? (key as PrefixCodec<unknown>) : undefined;
}

/** A codec of the addresses that a trie is asked for: that of its keys if they know addresses, else bytes. */
export function addressCodec(key: Codec<unknown>, size: number): Codec<Address> {
  const prefix = prefixCodec(key);
  return {
    name: key.name,
    size,
    align: key.align,
    kind: Kind.NONE,
    write(views, ptr, address) {
      if (prefix !== undefined) prefix.writeAddress(views, ptr, address);
      else writeAddressBytes(key.name, size, views, ptr, address);
    },
    read: (views, ptr) => views.u8.slice(ptr + PREFIX_DATA, ptr + size),
  };
}

/** Tells the addresses from the prefixes that a trie is asked for. */
export function addressTest(key: Codec<unknown>, size: number): (value: unknown) => value is Address {
  const prefix = prefixCodec(key);
  if (prefix?.isAddress !== undefined) return (value): value is Address => prefix.isAddress!(value);
  return (value): value is Address => isUint8Array(value) && byteLengthOf(value) === size - PREFIX_DATA;
}

/** A codec of both. In the order in which it writes them, it notes which of them were addresses. */
export function queryCodec(key: Codec<any>, address: Codec<Address>, isAddress: (value: unknown) => boolean, noted: boolean[]): Codec<any> {
  return {
    name: key.name,
    size: address.size,
    align: key.align,
    kind: Kind.NONE,
    write(views, ptr, value) {
      const found = isAddress(value);
      noted.push(found);
      put<any>(found ? address : key, views, ptr, value);
    },
    read: (views, ptr) => key.read(views, ptr),
  };
}
