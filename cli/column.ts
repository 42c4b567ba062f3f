// Columns of imported and exported files: how a key or a value is written as text and as JSON.
import { BPF_MAP_TYPE_LPM_TRIE, formatAddress, parseAddress } from "../bindings/index.ts";
import { cidrKey, cidrText } from "./cidr.ts";
import { bad, type Column } from "./column_text.ts";
import { Fail } from "./fail.ts";
import type { MapInfo } from "./map.ts";
import { quoted } from "./transfer/quote.ts";
import { NUMBER_COLUMNS } from "./number_columns.ts";
import { checkDepth, isStruct, structColumn } from "./struct_column.ts";

export type { Column } from "./column_text.ts";

const text = { takesNumbers: false, align: 1, isJson: () => false } as const;
/** `struct in_addr`, `struct in6_addr` and the key of an LPM trie are made of 32-bit words. */
const words = { ...text, align: 4 } as const;

function hexBytes(digits: string, size: number): Uint8Array | undefined {
  if (digits.length !== size * 2 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  return Buffer.from(digits, "hex");
}

function hexText(bytes: Uint8Array, at: number, size: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, size).toString("hex");
}

function hexColumn(size: number): Column {
  return {
    ...text,
    size,
    parse(field, bytes, at) {
      const found = hexBytes(field.replace(/[\s:]/g, ""), size);
      if (found === undefined) throw bad(field, `${size} bytes of hex`);
      bytes.set(found, at);
    },
    print: (bytes, at) => hexText(bytes, at, size),
  };
}

/** Begins a field of text that lists its bytes in hex instead, since they are no text. */
const HEX = "hex:";
/** What is text, but would not come back from every file: zeros inside, a byte order mark, and what begins like HEX. */
const NO_PLAIN_TEXT = /\0|^\ufeff|^hex:/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text with zeros behind it, or "hex:" and the digits of all bytes where those are no text. */
function utf8Column(size: number): Column {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const plain = (bytes: Uint8Array): string | undefined => {
    try {
      const found = decoder.decode(bytes);
      return NO_PLAIN_TEXT.test(found) ? undefined : found;
    } catch {
      return undefined;
    }
  };
  return {
    ...text,
    size,
    parse(field, bytes, at) {
      if (field.startsWith(HEX)) {
        const found = hexBytes(field.slice(HEX.length), size);
        if (found === undefined) throw bad(field, `utf8:${size}: behind "${HEX}" it takes ${2 * size} digits`);
        bytes.set(found, at);
        return;
      }
      if (LONE_SURROGATE.test(field)) throw bad(field, `utf8:${size}: it has half of a surrogate pair`);
      const { read } = encoder.encodeInto(field, bytes.subarray(at, at + size).fill(0));
      if (read < field.length) {
        throw bad(field, `utf8:${size}: it has ${Buffer.byteLength(field)} bytes`);
      }
    },
    print(bytes, at) {
      let end = at + size;
      while (end > at && bytes[end - 1] === 0) end--;
      return plain(bytes.subarray(at, end)) ?? HEX + hexText(bytes, at, size);
    },
  };
}

function ipColumn(size: number): Column {
  return {
    ...words,
    size,
    parse(field, bytes, at) {
      const address = parseAddress(field.trim());
      if (address?.length !== size) throw bad(field, `an IPv${size === 4 ? 4 : 6} address`);
      bytes.set(address, at);
    },
    print: (bytes, at) => formatAddress(bytes.subarray(at, at + size)),
  };
}

function cidrColumn(size: number): Column {
  return {
    ...words,
    size,
    parse: (field, bytes, at) => bytes.set(cidrKey(field.trim(), size), at),
    print(bytes, at) {
      const found = cidrText(bytes.subarray(at, at + size));
      // Only a trie's keys are sure to be prefixes.
      if (Number(found.slice(found.indexOf("/") + 1)) > 8 * (size - 4)) throw new Fail(`${found} is no prefix: choose another codec`);
      return found;
    },
  };
}

/** Sized by the map: the names of columns that are no numbers, and the sizes they take. */
const SIZED: { readonly [name: string]: ((size: number) => Column) | undefined } = {
  hex: hexColumn,
  utf8: utf8Column,
  ip: ipColumn,
  cidr: cidrColumn,
  ipv4: ipColumn,
  ipv6: ipColumn,
};
const SIZES: { readonly [name: string]: readonly number[] | undefined } = { ip: [4, 16], cidr: [8, 20], ipv4: [4], ipv6: [16] };

/** The entry of a name that comes from outside. */
function entryOf<T>(table: { readonly [name: string]: T | undefined }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A value has less than this. */
const FIELD_SIZE_MAX = 2 ** 32;

/** The names that --key and --value take, for help and completion. */
export const COLUMN_NAMES: readonly string[] = [...Object.keys(NUMBER_COLUMNS), ...Object.keys(SIZED)];

/** The column of a struct's field, whose size nothing but the codec tells. */
function fieldColumn(name: string): Column {
  if (isStruct(name)) return structColumn(name, fieldColumn);
  const [word, argument] = name.split(":");
  const sizes = entryOf(SIZES, word);
  const size = entryOf(NUMBER_COLUMNS, word)?.size ?? (argument === undefined && sizes?.length === 1 ? sizes[0] : Number(argument));
  if (!(size > 0 && size <= FIELD_SIZE_MAX && Number.isInteger(size)) && entryOf(SIZED, word) !== undefined) {
    throw new Fail(`codec ${quoted(name)} needs its size in bytes as a field: ${word}:${sizes?.[0] ?? "N"}`);
  }
  return columnOf(name, size);
}

/** The column of a codec's name for `size` bytes. Throws Fail for unknown names and sizes that do not fit. */
export function columnOf(name: string, size: number): Column {
  if (isStruct(name)) {
    checkDepth(name);
    const column = structColumn(name, fieldColumn);
    if (column.size !== size) throw new Fail(`codec ${quoted(name)} has ${column.size} bytes, the map's ${size}`);
    return column;
  }
  const [word, argument] = name.split(":");
  const number = entryOf(NUMBER_COLUMNS, word);
  const sized = entryOf(SIZED, word);
  if (number === undefined && sized === undefined) {
    throw new Fail(`unknown codec: ${name} (there are ${COLUMN_NAMES.join(", ")}, struct{NAME: CODEC, ...} and packed{...})`);
  }
  const sizes = entryOf(SIZES, word);
  if (sizes !== undefined && !sizes.includes(size)) throw new Fail(`codec ${word} has ${sizes.join(" or ")} bytes, the map's ${size}`);
  const expected = argument === undefined ? (number?.size ?? size) : Number(argument);
  if (expected !== size || (number !== undefined && number.size !== size)) {
    throw new Fail(`codec ${name} has ${argument ?? expected} bytes, the map's ${size}`);
  }
  return number ?? sized!(size);
}

/** The codec of a column that none was named for. */
export function defaultColumnName(info: MapInfo, part: "key" | "value"): string {
  const size = part === "key" ? info.keySize : info.valueSize;
  if (part === "key" && info.type === BPF_MAP_TYPE_LPM_TRIE && (size === 8 || size === 20)) return "cidr";
  return size === 1 || size === 2 || size === 4 || size === 8 ? `u${size * 8}` : "hex";
}
