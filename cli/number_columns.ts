// Columns of numbers: how integers and floats are written as text.
import { bad, type Column } from "./column_text.ts";

/** More digits than any integer of 64 bits has: no time is spent on the value of a longer one. */
const DIGITS_MAX = 20;

/** The value of the digits; undefined where it has more of them than 64 bits can have. */
function magnitudeOf(digits: string): bigint | undefined {
  const isHex = /^0[xX]/.test(digits);
  const significant = digits.slice(isHex ? 2 : 0).replace(/^0+(?=.)/, "");
  if (significant.length > DIGITS_MAX) return undefined;
  return BigInt(isHex ? `0x${significant}` : significant);
}

const INTEGER = /^-?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.0+)?)$/;
/** Integers up to here fit into JavaScript's numbers, and into those of whoever reads JSON. */
const NUMBER_BITS = 32;

/** An integer of `bits` bits; `bigEndian` is the order of the network. */
export function integerColumn(name: string, bits: number, signed: boolean, bigEndian: boolean): Column {
  const size = bits / 8;
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = signed ? 1n << BigInt(bits - 1) : 1n << BigInt(bits);
  const place = (at: number, i: number): number => (bigEndian ? at + size - 1 - i : at + i);
  return {
    size,
    align: size,
    takesNumbers: true,
    isJson: () => bits <= NUMBER_BITS,
    parse(text, bytes, at) {
      const trimmed = text.trim();
      if (!INTEGER.test(trimmed)) throw bad(text, name);
      const digits = trimmed.replace(/\.0+$/, "");
      const isNegative = digits.startsWith("-");
      const magnitude = magnitudeOf(isNegative ? digits.slice(1) : digits);
      let rest = magnitude === undefined ? high : isNegative ? -magnitude : magnitude;
      if (rest < low || rest >= high) throw bad(text, `${name}: it takes ${low} to ${high - 1n}`);
      rest = BigInt.asUintN(bits, rest);
      for (let i = 0; i < size; i++, rest >>= 8n) bytes[place(at, i)] = Number(rest & 255n);
    },
    print(bytes, at) {
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[place(at, i)]);
      return String(signed ? BigInt.asIntN(bits, value) : value);
    },
  };
}

const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const INFINITE = /^([+-]?)(?:inf|infinity)$/i;
/** NaN, or a NaN of other bits than the usual one, which hold no number but must come back. */
const NOT_A_NUMBER = /^nan(?:\(0x([0-9a-fA-F]+)\))?$/i;

interface FloatFormat {
  name: string;
  size: number;
  /** Bits of the usual NaN. */
  nan: bigint;
  read(view: DataView, at: number): number;
  write(view: DataView, at: number, value: number): void;
  bits(view: DataView, at: number): bigint;
  setBits(view: DataView, at: number, bits: bigint): void;
  /** The shortest text that is read as this number again. */
  text(value: number): string;
  isNan(bits: bigint): boolean;
}

const F64: FloatFormat = {
  name: "f64",
  size: 8,
  nan: 0x7ff8000000000000n,
  read: (view, at) => view.getFloat64(at, true),
  write: (view, at, value) => view.setFloat64(at, value, true),
  bits: (view, at) => view.getBigUint64(at, true),
  setBits: (view, at, bits) => view.setBigUint64(at, bits, true),
  text: String,
  isNan: (bits) => (bits & 0x7fffffffffffffffn) > 0x7ff0000000000000n,
};

const F32: FloatFormat = {
  name: "f32",
  size: 4,
  nan: 0x7fc00000n,
  read: (view, at) => view.getFloat32(at, true),
  write: (view, at, value) => view.setFloat32(at, value, true),
  bits: (view, at) => BigInt(view.getUint32(at, true)),
  setBits: (view, at, bits) => view.setUint32(at, Number(bits), true),
  text(value) {
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(9)));
  },
  isNan: (bits) => (bits & 0x7fffffffn) > 0x7f800000n,
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function floatColumn(format: FloatFormat): Column {
  return {
    size: format.size,
    align: format.size,
    takesNumbers: true,
    isJson: (text) => FLOAT.test(text),
    parse(text, bytes, at) {
      const trimmed = text.trim();
      const view = viewOf(bytes);
      const infinite = INFINITE.exec(trimmed);
      if (infinite !== null) return format.write(view, at, infinite[1] === "-" ? -Infinity : Infinity);
      const nan = NOT_A_NUMBER.exec(trimmed);
      if (nan !== null) {
        const bits = nan[1] === undefined ? format.nan : BigInt(`0x${nan[1]}`);
        if (!format.isNan(bits) || bits >> BigInt(8 * format.size) !== 0n) throw bad(text, format.name);
        return format.setBits(view, at, bits);
      }
      const value = FLOAT.test(trimmed) ? Number(trimmed) : NaN;
      if (Number.isNaN(value)) throw bad(text, format.name);
      format.write(view, at, value);
      if (!Number.isFinite(format.read(view, at))) throw bad(text, `${format.name}: it is too large`);
    },
    print(bytes, at) {
      const view = viewOf(bytes);
      const bits = format.bits(view, at);
      if (format.isNan(bits)) return bits === format.nan ? "NaN" : `NaN(0x${bits.toString(16)})`;
      const value = format.read(view, at);
      return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? format.text(value) : String(value);
    },
  };
}

/** The column of numbers that a name means. */
export const NUMBER_COLUMNS: { readonly [name: string]: Column | undefined } = {
  ...Object.fromEntries(
    [8, 16, 32, 64].flatMap((bits) =>
      [false, true].map((signed) => {
        const name = `${signed ? "i" : "u"}${bits}`;
        return [name, integerColumn(name, bits, signed, false)];
      }),
    ),
  ),
  u16be: integerColumn("u16be", 16, false, true),
  u32be: integerColumn("u32be", 32, false, true),
  u64be: integerColumn("u64be", 64, false, true),
  f32: floatColumn(F32),
  f64: floatColumn(F64),
};
