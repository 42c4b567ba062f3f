// Cuts text into records: lines, or with quotes also several lines that a quoted field holds together.
import { PlacedFail } from "./place.ts";

/** More characters than the text of any element has: a file of this shape is no list, and holding it would not end. */
const RECORD_MAX = 64 << 20;

/** Lines of a record that are held one by one; a string costs more than the few characters that it may have. */
const PIECES_MAX = 4096;

export interface RecordOptions {
  /** Whether line breaks between quotes belong to the record. */
  quotes?: boolean;
  /** Whether # and ; before the first comma begin a comment, and blank lines are none. */
  comments?: boolean;
  /** Whether empty lines are records. */
  blanks?: boolean;
}

const COMMENT = /^[^",#;]*[#;]/;

/** Takes text in pieces of any size and hands on each record with the number of its first line. */
export class Records {
  readonly #each: (record: string, line: number) => void;
  readonly #options: RecordOptions;
  /** Pieces of the line that has not ended, and of the record that it belongs to. */
  #line: string[] = [];
  #record: string[] = [];
  #chars = 0;
  #lineNumber = 1;
  #recordLine = 1;

  constructor(each: (record: string, line: number) => void, options: RecordOptions = {}) {
    this.#each = each;
    this.#options = options;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line.push(text.slice(start, end));
      this.#endLine();
      start = end + 1;
    }
    if (start === text.length) return;
    this.#line.push(text.slice(start));
    this.#chars += text.length - start;
    this.#checkSize();
  }

  /** The text ends: so does its last record. */
  end(): void {
    if (this.#line.length > 0) this.#endLine();
    if (this.#record.length > 0) throw new PlacedFail({ line: this.#recordLine }, "a quote is not closed");
  }

  #endLine(): void {
    let line = this.#line.length === 1 ? this.#line[0] : this.#line.join("");
    this.#line = [];
    const number = this.#lineNumber++;
    if (this.#record.length === 0) {
      this.#chars = 0;
      this.#recordLine = number;
      if (this.#options.comments) {
        line = withoutComment(line);
        if (line.trim() === "") return;
      }
    }
    const goesOn = this.#options.quotes === true && isOpenBehind(line, this.#record.length > 0);
    if (!goesOn && this.#record.length === 0) return this.#emit(line);
    this.#record.push(line);
    this.#chars += line.length + 1;
    this.#checkSize();
    if (goesOn) {
      if (this.#record.length === PIECES_MAX) this.#record = [this.#record.join("\n")];
      return;
    }
    const record = this.#record.join("\n");
    this.#record = [];
    this.#emit(record);
  }

  #emit(record: string): void {
    const text = record.endsWith("\r") ? record.slice(0, -1) : record;
    if (text !== "" || this.#options.blanks) this.#each(text, this.#recordLine);
  }

  #checkSize(): void {
    if (this.#chars > RECORD_MAX) {
      throw new PlacedFail({ line: this.#recordLine }, `it has more than ${RECORD_MAX >> 20} MiB: a line break or a quote is missing`);
    }
  }
}

function withoutComment(line: string): string {
  const found = COMMENT.exec(line);
  return found === null ? line : found[0].slice(0, -1).trimEnd();
}

/** Whether a quoted field is open behind the line, which began in one if `isOpen`. Quotes inside other fields are text. */
function isOpenBehind(line: string, isOpen: boolean): boolean {
  let at = 0;
  if (!isOpen && !line.includes('"')) return false;
  for (;;) {
    if (!isOpen) {
      if (line[at] !== '"') {
        const comma = line.indexOf(",", at);
        if (comma < 0) return false;
        at = comma + 1;
        continue;
      }
      at++;
    }
    const quote = line.indexOf('"', at);
    if (quote < 0) return true;
    at = quote + 1;
    // A quote written twice is one of the text.
    isOpen = line[at] === '"';
    if (isOpen) {
      at++;
      continue;
    }
    const comma = line.indexOf(",", at);
    if (comma < 0) return false;
    at = comma + 1;
  }
}
