// Rows of a file as elements of a map.
import { parseAddress, rangeToPrefixes } from "../../bindings/index.ts";
import { Fail } from "../fail.ts";
import { isPerCpu, valueStride } from "../format.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import type { BulkWriter } from "./bulk_writer.ts";
import { CsvRows } from "./csv_rows.ts";
import type { Columns, Format } from "./format.ts";
import { JsonRows } from "./json_rows.ts";
import { at } from "./place.ts";
import { counted, quoted } from "./quote.ts";
import { type Field, putField, type Row } from "./row.ts";

/** Takes the text of a file in pieces. */
export interface Rows {
  push(text: string): void;
  end(): void;
}

/** What an address of a list without values is given, where values are integers. */
const LISTED: Field = { text: "1" };
const RANGE = /^([^-/]+)-([^-/]+)$/;
/** The first field of a header: a word, where numbers or addresses are expected. */
const WORD = /^[A-Za-z_][\w .]*$/;

/** Writes each row into the map as one element, or a range of addresses as one for each of its prefixes. */
export class RowImport {
  readonly #writer: BulkWriter;
  readonly #columns: Columns;
  readonly #cpus: number;
  readonly #perCpu: boolean;
  readonly #stride: number;
  #isFirst = true;
  /** The line that was taken for a header and left out, though it is not "key,value"; 0 without one. */
  headerLine = 0;

  constructor(session: Session, info: MapInfo, columns: Columns, writer: BulkWriter) {
    this.#writer = writer;
    this.#columns = columns;
    this.#perCpu = isPerCpu(info.type);
    this.#cpus = this.#perCpu ? session.kernel.cpus : 1;
    this.#stride = valueStride(info);
  }

  /** The reader of a format. */
  rows(format: Format): Rows {
    const { key, addresses } = this.#columns;
    if (format !== "csv") return new JsonRows((row) => this.#add(row), key !== undefined);
    return new CsvRows((fields, line) => this.#addCsv(fields, line), { addresses });
  }

  #addCsv(fields: readonly string[], line: number): void {
    if (this.#isFirst && this.#isHeader(fields)) this.headerLine = line;
    else {
      const all = fields.map((text, i) => ({ text, column: i + 1 }));
      const keys = this.#columns.key === undefined ? 0 : this.#isRange(fields) ? 2 : 1;
      const listed = keys > 0 && keys === all.length && this.#columns.addresses && this.#columns.integers;
      this.#add({ line, key: all.slice(0, keys), values: listed ? [LISTED] : all.slice(keys) });
    }
    this.#isFirst = false;
  }

  /** A first row of words where the key cannot be a word. */
  #isHeader(fields: readonly string[]): boolean {
    const { key, value } = this.#columns;
    const column = key ?? value;
    if (!WORD.test(fields[0])) return false;
    try {
      column.parse(fields[0], new Uint8Array(column.size), 0);
      return false;
    } catch (error) {
      if (!(error instanceof Fail)) throw error;
      // Text that is too long for its column is no header.
      return column.takesNumbers || this.#columns.addresses;
    }
  }

  /** Whether the row begins with two addresses. */
  #isRange(fields: readonly string[]): boolean {
    const { key, addresses } = this.#columns;
    if (!addresses || fields.length < 2) return false;
    return fields.slice(0, 2).every((field) => parseAddress(field.trim())?.length === key!.size - PREFIX_LENGTH_BYTES);
  }

  #add({ line, key, values }: Row): void {
    if (values.length !== 1 && values.length !== this.#cpus) {
      const wanted = this.#perCpu ? `1 or ${counted(this.#cpus, "value")}` : "one value";
      at({ line }, () => fail(`expected ${wanted}, got ${values.length}`));
    }
    const range = key.length === 2 ? [key[0].text, key[1].text] : this.#rangeIn(key[0]);
    if (range === undefined) {
      const column = this.#columns.key;
      if (column !== undefined) this.#put(line, column, key[0], this.#writer.keys, this.#writer.keyAt);
      this.#end(line, values);
      return;
    }
    const place = { line, column: key[0].column };
    for (const prefix of at(place, () => prefixesOf(range[0].trim(), range[1].trim()))) {
      this.#put(line, this.#columns.key!, { ...key[0], text: prefix }, this.#writer.keys, this.#writer.keyAt);
      this.#end(line, values);
    }
  }

  /** "FIRST-LAST" in one field, where keys are prefixes. */
  #rangeIn(field: Field | undefined): string[] | undefined {
    if (field === undefined || field.bytes !== undefined || !this.#columns.addresses) return undefined;
    return RANGE.exec(field.text)?.slice(1);
  }

  #end(line: number, values: readonly Field[]): void {
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const offset = this.#writer.valueAt + cpu * this.#stride;
      this.#put(line, this.#columns.value, values[values.length === 1 ? 0 : cpu], this.#writer.values, offset);
    }
    this.#writer.push(line);
  }

  #put(line: number, column: Columns["value"], field: Field, bytes: Uint8Array, offset: number): void {
    at({ line, column: field.column }, () => putField(column, field, bytes, offset));
  }
}

/** Bytes of a trie's key in front of the address. */
const PREFIX_LENGTH_BYTES = 4;

function fail(message: string): never {
  throw new Fail(message);
}

function prefixesOf(first: string, last: string): string[] {
  if (parseAddress(first) === undefined || parseAddress(last) === undefined) {
    throw new Fail(`can't parse ${quoted(`${first}-${last}`)} as a range of addresses`);
  }
  try {
    return [...rangeToPrefixes(first, last)];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Fail(`can't use ${quoted(`${first}-${last}`)}: ${error.message.replace(/^Cannot make prefixes: /, "")}`);
  }
}
