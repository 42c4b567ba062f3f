// Elements as text of a file.
import type { Column } from "../column.ts";
import { csvText } from "./csv_rows.ts";
import { columnJson, cpuValuesJson } from "../struct_column.ts";
import type { Columns, Format } from "./format.ts";

/** Rows of CSV that are written at once. */
const CSV_ROWS = 512;

/** Turns elements into text; what add() and end() return, one after the other, is the file. */
export interface ElementText {
  add(key: Uint8Array, values: Uint8Array, stride: number): string;
  end(): string;
}

/** The values of all CPUs, or the one there is. */
function printed(column: Column, values: Uint8Array, stride: number): string[] {
  const texts: string[] = [];
  for (let at = 0; at < values.length; at += stride) texts.push(column.print(values, at));
  return texts;
}

function csvElements({ key: keyColumn, value }: Columns): ElementText {
  let rows: string[][] = [];
  let isStart = true;
  const take = (): string => {
    const text = csvText(rows, isStart);
    if (rows.length > 0) isStart = false;
    rows = [];
    return text;
  };
  return {
    add(key, values, stride) {
      rows.push([keyColumn!.print(key, 0), ...printed(value, values, stride)]);
      return rows.length === CSV_ROWS ? take() : "";
    },
    end: take,
  };
}

function jsonObject({ key: keyColumn, value }: Columns, key: Uint8Array, values: Uint8Array, stride: number): string {
  const texts = printed(value, values, stride);
  const part = values.length <= stride ? `"value":${columnJson(value, texts[0])}` : `"values":${cpuValuesJson(value, texts)}`;
  return `{"key":${columnJson(keyColumn!, keyColumn!.print(key, 0))},${part}}`;
}

/** JSON lines, or with `isArray` one array with an element a line. */
function jsonElements(columns: Columns, isArray: boolean): ElementText {
  let isStart = true;
  return {
    add(key, values, stride) {
      const before = !isArray ? "" : isStart ? "[\n" : ",\n";
      isStart = false;
      return `${before}${jsonObject(columns, key, values, stride)}${isArray ? "" : "\n"}`;
    },
    end: () => (!isArray ? "" : isStart ? "[]\n" : "\n]\n"),
  };
}

/** The text of a format. */
export function elementTextOf(format: Format, columns: Columns): ElementText {
  return format === "csv" ? csvElements(columns) : jsonElements(columns, format === "json");
}
