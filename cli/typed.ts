// Keys and values by a codec, as --key and --value name it, where bpftool has bytes.
import { type Column, columnOf } from "./column.ts";
import { takeBytes } from "./data.ts";
import { Fail } from "./fail.ts";
import { isPerCpu, valueStride } from "./format.ts";
import type { JsonWriter } from "./json_writer.ts";
import type { MapInfo } from "./map.ts";
import { printable } from "./printable.ts";
import type { Session } from "./session.ts";
import type { Words } from "./words.ts";

/** The columns that the options name; bytes where there is none. */
export interface TypedColumns {
  key: Column | undefined;
  value: Column | undefined;
}

/** One element, as bpf(2) reads it. */
export interface Element {
  key: Uint8Array;
  value: Uint8Array;
}

/** A column of text is padded up to this width. */
const WIDTH_MAX = 60;

export function typedColumns({ options }: Session, info: MapInfo): TypedColumns {
  const column = (name: "key" | "value", size: number): Column | undefined => {
    const codec = options.values.get(name);
    return codec === undefined || size === 0 ? undefined : columnOf(codec, size);
  };
  return { key: column("key", info.keySize), value: column("value", info.valueSize) };
}

export function isTyped({ key, value }: TypedColumns): boolean {
  return key !== undefined || value !== undefined;
}

/** Takes one word by a codec, or DATA where there is none. */
export function takeTyped(words: Words, column: Column | undefined, size: number, what: string): Uint8Array {
  if (column === undefined) return takeBytes(words, size, what);
  if (words.left === 0) throw new Fail(`${what} expected`);
  const bytes = new Uint8Array(size);
  column.parse(words.next(), bytes, 0);
  return bytes;
}

/** One line of the table: the key, then the value or the value of each CPU. Without a codec, as hex. */
function cellsOf(info: MapInfo, columns: TypedColumns, { key, value }: Element): string[] {
  const keyColumn = columns.key ?? (info.keySize > 0 ? columnOf("hex", info.keySize) : undefined);
  const valueColumn = columns.value ?? columnOf("hex", info.valueSize);
  const stride = isPerCpu(info.type) ? valueStride(info) : Math.max(1, info.valueSize);
  const cells = keyColumn === undefined ? [] : [keyColumn.print(key, 0)];
  for (let at = 0; at < value.length; at += stride) cells.push(valueColumn.print(value, at));
  return cells;
}

function printJson(json: JsonWriter, info: MapInfo, row: readonly string[]): void {
  json.beginObject();
  const values = info.keySize > 0 ? row.slice(1) : row;
  if (info.keySize > 0) {
    json.name("key");
    json.text(row[0]);
  }
  json.name(isPerCpu(info.type) ? "values" : "value");
  if (isPerCpu(info.type)) json.beginArray();
  for (const value of values) json.text(value);
  if (isPerCpu(info.type)) json.endArray();
  json.endObject();
}

/** Prints elements as a table, or with -j as objects whose keys and values are text. */
export function printTyped(session: Session, info: MapInfo, columns: TypedColumns, elements: readonly Element[]): void {
  const { json, host } = session;
  const rows = elements.map((element) => cellsOf(info, columns, element));
  if (json !== undefined) {
    for (const row of rows) printJson(json, info, row);
    return;
  }
  const widths: number[] = [];
  const shown = rows.map((row) => row.map(printable));
  for (const row of shown) row.forEach((cell, at) => (widths[at] = Math.min(WIDTH_MAX, Math.max(widths[at] ?? 0, cell.length))));
  for (const row of shown) host.out(`${row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd()}\n`);
}
