// Columns of imported and exported files: how a key or a value is written as text and as JSON.
import { BPF_MAP_TYPE_LPM_TRIE, formatAddress, parseAddress } from "../bindings/index.ts";
import { cidrKey, cidrText } from "./cidr.ts";
import { Fail } from "./fail.ts";
import type { MapInfo } from "./map.ts";

/** Text of a CSV field or a value of a JSON line, as bytes and back. */
export interface Column {
  /** Bytes of `text`, written at `at`. Throws Fail for text that does not fit. */
  parse(text: string, bytes: Uint8Array, at: number): void;
  /** The text of the bytes at `at`. */
  print(bytes: Uint8Array, at: number): string;
  /** Whether the text is a JSON number as it is; otherwise it is a JSON string. */
  numeric: boolean;
}

const INTEGER = /^-?(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

function bad(text: string, what: string): Fail {
  return new Fail(`can't parse ${text} as ${what}`);
}

function integerColumn(name: string, bits: number, signed: boolean): Column {
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = signed ? 1n << BigInt(bits - 1) : 1n << BigInt(bits);
  return {
    numeric: bits <= 32,
    parse(text, bytes, at) {
      if (!INTEGER.test(text)) throw bad(text, name);
      let rest = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
      if (rest < low || rest >= high) throw bad(text, name);
      rest = BigInt.asUintN(bits, rest);
      for (let i = 0; i < bits / 8; i++, rest >>= 8n) bytes[at + i] = Number(rest & 255n);
    },
    print(bytes, at) {
      let value = 0n;
      for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]);
      return String(signed ? BigInt.asIntN(bits, value) : value);
    },
  };
}

function floatColumn(): Column {
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    numeric: true,
    parse(text, bytes, at) {
      const value = Number(text);
      if (text.trim() === "" || Number.isNaN(value)) throw bad(text, "f64");
      view(bytes).setFloat64(at, value, true);
    },
    print: (bytes, at) => String(view(bytes).getFloat64(at, true)),
  };
}

function hexColumn(size: number): Column {
  return {
    numeric: false,
    parse(text, bytes, at) {
      const digits = text.replace(/[\s:]/g, "");
      if (digits.length !== size * 2 || !/^[0-9a-fA-F]*$/.test(digits)) throw bad(text, `${size} bytes of hex`);
      for (let i = 0; i < size; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    },
    print: (bytes, at) => Buffer.from(bytes.buffer, bytes.byteOffset + at, size).toString("hex"),
  };
}

function utf8Column(size: number): Column {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return {
    numeric: false,
    parse(text, bytes, at) {
      const target = bytes.subarray(at, at + size).fill(0);
      const { read } = encoder.encodeInto(text, target);
      if (read < text.length) throw bad(text, `utf8:${size}`);
    },
    print(bytes, at) {
      const end = bytes.indexOf(0, at);
      return decoder.decode(bytes.subarray(at, end < 0 || end > at + size ? at + size : end));
    },
  };
}

function ipColumn(size: number): Column {
  return {
    numeric: false,
    parse(text, bytes, at) {
      const address = parseAddress(text);
      if (address?.length !== size) throw bad(text, "ip");
      bytes.set(address, at);
    },
    print: (bytes, at) => formatAddress(bytes.subarray(at, at + size)),
  };
}

function cidrColumn(size: number): Column {
  return {
    numeric: false,
    parse: (text, bytes, at) => bytes.set(cidrKey(text, size), at),
    print: (bytes, at) => cidrText(bytes.subarray(at, at + size)),
  };
}

const INTEGERS: { readonly [name: string]: readonly [bits: number, signed: boolean] | undefined } = {
  u8: [8, false],
  u16: [16, false],
  u32: [32, false],
  u64: [64, false],
  i8: [8, true],
  i16: [16, true],
  i32: [32, true],
  i64: [64, true],
};

/** The names that --key and --value take, for help and completion. */
export const COLUMN_NAMES: readonly string[] = [...Object.keys(INTEGERS), "f64", "hex", "utf8", "ip", "cidr"];

/** The column of a codec's name for `size` bytes. Throws Fail for unknown names and sizes that do not fit. */
export function columnOf(name: string, size: number): Column {
  const [word, argument] = name.split(":");
  const integer = INTEGERS[word];
  const expected = integer ? integer[0] / 8 : word === "f64" ? 8 : argument === undefined ? size : Number(argument);
  if (!COLUMN_NAMES.includes(word)) throw new Fail(`unknown codec: ${name}`);
  if (expected !== size) throw new Fail(`codec ${name} has ${argument ?? expected} bytes, the map's ${size}`);
  if (integer) return integerColumn(word, integer[0], integer[1]);
  switch (word) {
    case "f64":
      return floatColumn();
    case "utf8":
      return utf8Column(size);
    case "ip":
      if (size !== 4 && size !== 16) throw new Fail(`codec ip has 4 or 16 bytes, the map's ${size}`);
      return ipColumn(size);
    case "cidr":
      if (size !== 8 && size !== 20) throw new Fail(`codec cidr has 8 or 20 bytes, the map's ${size}`);
      return cidrColumn(size);
    default:
      return hexColumn(size);
  }
}

/** The codec of a column that none was named for. */
export function defaultColumnName(info: MapInfo, part: "key" | "value"): string {
  const size = part === "key" ? info.keySize : info.valueSize;
  if (part === "key" && info.type === BPF_MAP_TYPE_LPM_TRIE && (size === 8 || size === 20)) return "cidr";
  return size === 1 || size === 2 || size === 4 || size === 8 ? `u${size * 8}` : "hex";
}
