// Keys and values by a codec, as --key and --value name it, where bpftool has bytes.
import { type Column, columnOf } from "./column.ts";
import type { ColumnField } from "./column_text.ts";
import { takeBytes } from "./data.ts";
import { Fail } from "./fail.ts";
import { isPerCpu, valueStride } from "./format.ts";
import type { JsonWriter } from "./json_writer.ts";
import type { MapInfo } from "./map.ts";
import type { Session } from "./session.ts";
import { columnJson, cpuValuesJson, leavesOf } from "./struct_column.ts";
import { printTable } from "./text_table.ts";
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

/** How an element is printed: its key's column, if it has one, and its value's; hex where no codec is named. */
interface Printed {
  key: Column | undefined;
  value: Column;
  /** Bytes from one CPU's value to the next; the only value's size where there is but one. */
  stride: number;
}

function printedColumns(info: MapInfo, { key, value }: TypedColumns): Printed {
  return {
    key: info.keySize === 0 ? undefined : (key ?? columnOf("hex", info.keySize)),
    value: value ?? columnOf("hex", info.valueSize),
    stride: isPerCpu(info.type) ? valueStride(info) : Math.max(1, info.valueSize),
  };
}

/** The offsets of an element's values, one for each CPU. */
function valueOffsets({ value }: Element, stride: number): number[] {
  return Array.from({ length: Math.ceil(value.length / stride) }, (_, cpu) => cpu * stride);
}

function printJson(json: JsonWriter, info: MapInfo, printed: Printed, element: Element): void {
  const perCpu = isPerCpu(info.type);
  json.beginObject();
  if (printed.key !== undefined) {
    json.name("key");
    json.raw(columnJson(printed.key, printed.key.print(element.key, 0)));
  }
  const texts = valueOffsets(element, printed.stride).map((at) => printed.value.print(element.value, at));
  json.name(perCpu ? "values" : "value");
  json.raw(perCpu ? cpuValuesJson(printed.value, texts) : columnJson(printed.value, texts[0]));
  json.endObject();
}

/** The header's name of a column: a field's, or which part of the element it is. */
function headOf(leaf: ColumnField, part: string, several: boolean): string {
  if (leaf.name === "") return part;
  return several ? `${part}.${leaf.name}` : leaf.name;
}

/** Prints elements as a table, or with -j as objects, whose keys and values are those of exported JSON. */
export function printTyped(session: Session, info: MapInfo, columns: TypedColumns, elements: readonly Element[]): void {
  const { json, host } = session;
  const printed = printedColumns(info, columns);
  if (json !== undefined) {
    for (const element of elements) printJson(json, info, printed, element);
    return;
  }
  const keys = printed.key === undefined ? [] : leavesOf(printed.key, "");
  const values = leavesOf(printed.value, "");
  const cpus = elements.length === 0 ? [] : valueOffsets(elements[0], printed.stride);
  const perCpu = isPerCpu(info.type);
  const isNamed = [...keys, ...values].some((leaf) => leaf.name !== "");
  const head = [
    ...keys.map((leaf) => headOf(leaf, "key", false)),
    ...cpus.flatMap((_, cpu) => values.map((leaf) => headOf(leaf, perCpu ? `cpu${cpu}` : "value", perCpu))),
  ];
  printTable(host, {
    // Names of fields are always said; that the first column is the key, people only need to be told.
    head: isNamed || host.columns !== undefined ? head : undefined,
    keys: keys.length,
    rows: elements.map((element) => [
      ...keys.map(({ column, offset }) => column.print(element.key, offset)),
      ...valueOffsets(element, printed.stride).flatMap((at) => values.map(({ column, offset }) => column.print(element.value, at + offset))),
    ]),
  });
}
