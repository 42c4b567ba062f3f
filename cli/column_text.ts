// What a column of an imported or exported file is.
import { Fail } from "./fail.ts";
import { quoted } from "./transfer/quote.ts";

/** A field of a struct's column. */
export interface ColumnField {
  readonly name: string;
  /** Bytes from the beginning of the struct. */
  readonly offset: number;
  readonly column: Column;
}

/** A codec between bytes of the map and text of a CSV field or of a value of JSON. */
export interface Column {
  /** Bytes of a key or value. */
  readonly size: number;
  /** What C aligns such a field of a struct to, in bytes. */
  readonly align: number;
  /** The fields of a struct. */
  readonly fields?: readonly ColumnField[];
  /** Whether JSON may give a number; a string is taken always. */
  readonly takesNumbers: boolean;
  /**
   * Whether this text that print() gave is JSON by itself: an object, or a number that everybody who reads JSON reads
   * exactly. Else it is a string there.
   */
  isJson(text: string): boolean;
  /** Writes the bytes of `text` at `at`. Throws Fail for text that does not fit. */
  parse(text: string, bytes: Uint8Array, at: number): void;
  /** Text of the bytes at `at`, which parse() turns into the same bytes. */
  print(bytes: Uint8Array, at: number): string;
}

/** The error of a text that is not what the column takes. */
export function bad(text: string, what: string): Fail {
  return new Fail(`can't parse ${quoted(text)} as ${what}`);
}
