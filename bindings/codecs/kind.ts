// The scalars there are, and what each takes.
import { outOfRange, wrongType } from "./refuse.ts";

/** Which scalar a codec is. NONE: composite, called through its `read` and `write`. BYTES: a fixed run of bytes. */
export enum Kind {
  NONE = 0,
  U8 = 1,
  U16 = 2,
  U32 = 3,
  I32 = 4,
  U64 = 5,
  I64 = 6,
  F64 = 7,
  BYTES = 8,
  I8 = 9,
  I16 = 10,
  F32 = 11,
  BOOL = 12,
  U16BE = 13,
  U32BE = 14,
  U64BE = 15,
}

/** What a scalar codec tells these functions. */
export interface Named {
  readonly name: string;
  readonly kind: Kind;
}

/** What a value of the scalar is, for error messages, and which JavaScript types it may have. */
const EXPECTED: { readonly [kind: number]: readonly [expected: string, ...types: string[]] | undefined } = {
  [Kind.U8]: ["an integer from 0 to 255", "number"],
  [Kind.U16]: ["an integer from 0 to 65535", "number"],
  [Kind.U32]: ["an integer from 0 to 4294967295", "number"],
  [Kind.I8]: ["an integer from -128 to 127", "number"],
  [Kind.I16]: ["an integer from -32768 to 32767", "number"],
  [Kind.I32]: ["an integer from -2147483648 to 2147483647", "number"],
  [Kind.U64]: ["a bigint from 0 to 2^64 - 1 or a safe integer", "bigint", "number"],
  [Kind.I64]: ["a bigint from -2^63 to 2^63 - 1 or a safe integer", "bigint", "number"],
  [Kind.F32]: ["a number whose magnitude is at most 3.4028234663852886e38, or Infinity or NaN", "number"],
  [Kind.F64]: ["a number", "number"],
  [Kind.BOOL]: ["true or false", "boolean"],
  [Kind.U16BE]: ["an integer from 0 to 65535", "number"],
  [Kind.U32BE]: ["an integer from 0 to 4294967295", "number"],
  [Kind.U64BE]: ["a bigint from 0 to 2^64 - 1 or a safe integer", "bigint", "number"],
};

/** Throws for a value that a scalar codec does not take: RangeError if only its range is wrong, else TypeError. */
export function fail(codec: Named, value: unknown): never {
  const [expected, ...types] = EXPECTED[codec.kind] ?? [codec.name];
  throw (types.includes(typeof value) ? outOfRange : wrongType)(codec.name, expected, value);
}
