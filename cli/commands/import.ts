// import: elements from CSV, JSON and lists of addresses.
import { BPF_MAP_TYPE_RINGBUF } from "../../bindings/index.ts";
import { Fail, fileErrorText } from "../fail.ts";
import type { MapInfo } from "../map.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { BulkWriter } from "../transfer/bulk_writer.ts";
import { columnsOf, formatOf } from "../transfer/format.ts";
import { RowImport } from "../transfer/import_rows.ts";
import { counted } from "../transfer/quote.ts";
import { readText } from "../transfer/text_file.ts";
import type { Words } from "../words.ts";
import { withMap } from "./elem.ts";
import { RecordImport } from "./import_records.ts";

/** What takes the text of a file. */
interface Import {
  push(text: string): void;
  end(): void;
  /** Writes what is complete after an error. */
  settle(): void;
  /** How many elements the map has taken. */
  readonly count: number;
  /** What they are called. */
  readonly what: string;
  readonly headerLine: number;
  close(): void;
}

function elementImport(session: Session, fd: number, info: MapInfo, path: string): Import {
  const format = formatOf(session, path);
  const columns = columnsOf(session, info);
  const writer = new BulkWriter(session, fd, info);
  const rows = new RowImport(session, info, columns, writer);
  const reader = rows.rows(format);
  return {
    what: "element",
    push: (text) => reader.push(text),
    end() {
      reader.end();
      writer.flush();
    },
    settle: () => writer.flush(),
    get count() {
      return writer.count;
    },
    get headerLine() {
      return rows.headerLine;
    },
    close() {},
  };
}

function printImported({ json, host }: Session, { count, what, headerLine }: Import): void {
  if (json) {
    json.beginObject();
    json.name("imported");
    json.number(count);
    json.endObject();
  } else {
    const header = headerLine > 0 ? ` (line ${headerLine} was taken for a header)` : "";
    host.out(`Imported ${counted(count, what)}${header}\n`);
  }
}

/** Writes what came before the error; the map may refuse an element of that, which is the earlier error. */
function settled(job: Import, error: Error): Error {
  try {
    job.settle();
    return error;
  } catch (earlier) {
    return earlier as Error;
  }
}

/** The error of a file, with what it leaves behind. */
function failure(session: Session, path: string, job: Import, problem: Error): Error {
  const discarded = session.discard();
  const error = discarded ? problem : settled(job, problem);
  const isFile = (error as { syscall?: string }).syscall !== undefined;
  if (!isFile && !(error instanceof Fail)) return error;
  const kept = discarded ? 0 : job.count;
  const left = kept === 0 ? "nothing was imported" : `${counted(kept, job.what)} ${kept === 1 ? "was" : "were"} imported before`;
  const name = path === "-" ? "standard input" : printable(path);
  if (!(error instanceof Fail)) return new Fail(`can't read ${name}: ${fileErrorText(error)} (${left})`);
  return new Fail(`can't import ${name}: ${error.message} (${left})`, error.code);
}

/**
 * Reads a file into a map: all of it, or nothing where what the command has changed can be given up. In a batch and at
 * the prompt the elements before the one that failed stay, and the message tells how many they are.
 */
export function importFile(session: Session, words: Words): void {
  if (words.left < 3) throw new Fail(`'import' needs at least 3 arguments, ${words.left} found`);
  withMap(session, words, (fd, info) => {
    const path = words.next();
    const job = info.type === BPF_MAP_TYPE_RINGBUF ? new RecordImport(session, info) : elementImport(session, fd, info, path);
    try {
      readText(path, (text) => job.push(text));
      job.end();
    } catch (error) {
      throw failure(session, path, job, error as Error);
    } finally {
      job.close();
    }
    printImported(session, job);
  });
}
