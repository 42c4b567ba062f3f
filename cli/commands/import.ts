// import: elements from CSV or JSON lines.
import { BPF_MAP_TYPE_RINGBUF, parseAddress } from "../../bindings/index.ts";
import { BulkWriter, RefusedElement } from "../bulk_writer.ts";
import { splitRange } from "../cidr.ts";
import { splitFields } from "../csv.ts";
import { Fail, fileErrorText } from "../fail.ts";
import { isPerCpu, valueStride } from "../format.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import { readLines } from "../text_lines.ts";
import { type Columns, columnsOf, formatOf } from "../transfer.ts";
import type { Words } from "../words.ts";
import { withMap } from "./elem.ts";
import { importRecords } from "./import_records.ts";

interface Row {
  /** One field, or the first and last address of a range. */
  key: string[];
  values: string[];
}

function csvRow(line: string, keyed: boolean, keySize: number): Row {
  const fields = splitFields(line);
  if (fields === undefined) throw new Fail("a quote is not closed");
  if (!keyed) return { key: [], values: fields };
  const isRange =
    fields.length > 2 &&
    [fields[0], fields[1]].every((field) => !field.includes("/") && parseAddress(field)?.length === keySize - 4);
  return isRange ? { key: fields.slice(0, 2), values: fields.slice(2) } : { key: fields.slice(0, 1), values: fields.slice(1) };
}

function jsonRow(line: string, keyed: boolean): Row {
  let object: { key?: unknown; value?: unknown; values?: unknown };
  try {
    object = JSON.parse(line) as typeof object;
  } catch {
    throw new Fail("it is not JSON");
  }
  const values = Array.isArray(object?.values) ? object.values : object?.value === undefined ? [] : [object.value];
  if (keyed && object?.key === undefined) throw new Fail("it has no key");
  return { key: keyed ? [String(object.key)] : [], values: values.map(String) };
}

function addRow(session: Session, writer: BulkWriter, info: MapInfo, columns: Columns, row: Row, line: number): void {
  const perCpu = isPerCpu(info.type);
  const stride = valueStride(info);
  const cpus = perCpu ? session.kernel.cpus : 1;
  if (row.values.length !== 1 && row.values.length !== cpus) {
    throw new Fail(`expected ${perCpu ? `1 or ${cpus} values` : "one value"}, got ${row.values.length}`);
  }
  const putValue = (): void => {
    for (let cpu = 0; cpu < cpus; cpu++) {
      columns.value.parse(row.values[row.values.length === 1 ? 0 : cpu], writer.values, writer.valueAt + cpu * stride);
    }
  };
  if (row.key.length < 2) {
    columns.key?.parse(row.key[0], writer.keys, writer.keyAt);
    putValue();
    writer.push(line);
    return;
  }
  splitRange(parseAddress(row.key[0])!, parseAddress(row.key[1])!, (key) => {
    writer.keys.set(key, writer.keyAt);
    putValue();
    writer.push(line);
  });
}

function printImported({ json, host }: Session, count: number, what: string): void {
  if (json) {
    json.beginObject();
    json.name("imported");
    json.number(count);
    json.endObject();
  } else {
    host.out(`Imported ${count} ${what}${count === 1 ? "" : "s"}\n`);
  }
}

/** Reads a file into a map. */
export function importFile(session: Session, words: Words): void {
  if (words.left < 3) throw new Fail(`'import' needs at least 3 arguments, ${words.left} found`);
  withMap(session, words, (fd, info) => {
    const path = words.next();
    if (info.type === BPF_MAP_TYPE_RINGBUF) {
      printImported(session, importRecords(session, info, path), "record");
      return;
    }
    const format = formatOf(session, path);
    const columns = columnsOf(session, info);
    const keyed = columns.key !== undefined;
    const writer = new BulkWriter(session, fd, info);
    const addLine = (line: string, number: number): void => {
      if (line === "" || (number === 1 && /^key,value$/i.test(line))) return;
      try {
        const row = format === "csv" ? csvRow(line, keyed, info.keySize) : jsonRow(line, keyed);
        addRow(session, writer, info, columns, row, number);
      } catch (error) {
        if (!(error instanceof Fail)) throw error;
        // What came before the line is in the map, so that the message's count is true.
        writer.flush();
        throw new Fail(`line ${number}: ${error.message} (${writer.count} elements are in the map)`);
      }
    };
    try {
      readLines(path, addLine);
      writer.flush();
    } catch (error) {
      if (error instanceof RefusedElement) throw new Fail(error.message, error.code);
      if (!(error as { syscall?: string }).syscall) throw error;
      throw new Fail(`can't read ${path}: ${fileErrorText(error)}`);
    }
    printImported(session, writer.count, "element");
  });
}
