// One element as a file has it.
import { Fail } from "../fail.ts";
import type { Column } from "../column.ts";
import { quoted } from "./quote.ts";

/** A key or a value: the text of a field, or bytes as bpftool's JSON lists them. */
export interface Field {
  text: string;
  /** Whether JSON had it as a number. */
  isNumber?: boolean;
  bytes?: Uint8Array;
  /** Set for an object of JSON: why a column refuses it that is no struct's. */
  objectProblem?: string;
  /** See Place. */
  column?: number;
}

export interface Row {
  line: number;
  /** None for keyless maps; two for the first and last address of a range. */
  key: readonly Field[];
  /** One for all CPUs, or one for each. */
  values: readonly Field[];
}

/** Writes the bytes of a field at `at`. Throws Fail for what the column does not take. */
export function putField(column: Column, field: Field, bytes: Uint8Array, at: number): void {
  if (field.bytes === undefined) {
    if (field.isNumber && !column.takesNumbers && column.fields === undefined) throw new Fail(`the number ${quoted(field.text)} must be a string here`);
    if (field.objectProblem !== undefined && column.fields === undefined) throw new Fail(field.objectProblem);
    column.parse(field.text, bytes, at);
    return;
  }
  if (field.bytes.length !== column.size) throw new Fail(`expected ${column.size} bytes, got ${field.bytes.length}`);
  bytes.set(field.bytes, at);
}
