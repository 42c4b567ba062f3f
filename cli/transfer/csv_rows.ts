// Rows of CSV files, and of lists of addresses, which are CSV of one column with comments.
import Papa from "papaparse";
import { withoutIpset } from "./ipset.ts";
import { PlacedFail } from "./place.ts";
import { Records } from "./records.ts";

/** Records that are parsed at once, for speed alone. */
const BATCH_RECORDS = 1024;
const BATCH_CHARS = 1 << 18;

const FORMAT = { delimiter: ",", newline: "\n", quoteChar: '"', escapeChar: '"' } as const;

export interface CsvOptions {
  /** Whether the first column holds addresses: no field of it begins with # or ;, so these begin comments. */
  addresses: boolean;
}

/** Takes the text of a CSV file in pieces and hands on the fields of each row. */
export class CsvRows {
  readonly #each: (fields: readonly string[], line: number) => void;
  readonly #records: Records;
  readonly #addresses: boolean;
  #batch: string[] = [];
  #lines: number[] = [];
  #chars = 0;
  #isFirst = true;

  constructor(each: (fields: readonly string[], line: number) => void, { addresses }: CsvOptions) {
    this.#each = each;
    this.#addresses = addresses;
    this.#records = new Records((record, line) => this.#add(record, line), { quotes: true, comments: addresses });
  }

  push(text: string): void {
    this.#records.push(text);
  }

  end(): void {
    this.#records.end();
    this.#flush();
  }

  #add(text: string, line: number): void {
    const record = this.#addresses ? withoutIpset(text, line) : text;
    if (record === undefined) return;
    const isHeader = this.#isFirst && HEADER.test(record);
    this.#isFirst = false;
    if (isHeader) return;
    this.#batch.push(record);
    this.#lines.push(line);
    this.#chars += record.length;
    if (this.#batch.length === BATCH_RECORDS || this.#chars > BATCH_CHARS) this.#flush();
  }

  #flush(): void {
    const records = this.#batch;
    const lines = this.#lines;
    this.#batch = [];
    this.#lines = [];
    this.#chars = 0;
    if (records.length === 0) return;
    const { data, errors } = Papa.parse<string[]>(records.join("\n"), FORMAT);
    if (errors.length === 0 && data.length === records.length) {
      data.forEach((fields, i) => this.#each(fields, lines[i]));
      return;
    }
    // One of them is wrong; those before it count.
    records.forEach((record, i) => this.#each(fieldsOf(record, lines[i]), lines[i]));
  }
}

/** The header that needs no guess. Quoted it is an element. */
const HEADER = /^key,value$/i;

function fieldsOf(record: string, line: number): string[] {
  const { data, errors } = Papa.parse<string[]>(record, FORMAT);
  if (errors.some(({ code }) => code === "InvalidQuotes")) {
    throw new PlacedFail({ line }, "a quote stands inside a quoted field: it is written twice there");
  }
  if (errors.length > 0) throw new PlacedFail({ line }, "a quote is not closed");
  if (data.length !== 1) throw new PlacedFail({ line }, "a quote is missing");
  return data[0];
}

/** Lines of CSV, each with its line break. What is no element of a file for import is quoted until it is one. */
export function csvText(rows: readonly (readonly string[])[], isStart: boolean): string {
  if (rows.length === 0) return "";
  const first = isStart && HEADER.test(rows[0].join(",")) ? 1 : 0;
  const lines = [
    ...(first > 0 ? [Papa.unparse([[...rows[0]]], { newline: "\n", quotes: true })] : []),
    ...(rows.length > first ? [Papa.unparse(rows.slice(first) as string[][], { newline: "\n" })] : []),
  ];
  return `${lines.join("\n")}\n`;
}
