// Elements of JSON files: one object a line, objects one after the other, or one array of objects, as bpftool dumps a map.
import { Fail } from "../fail.ts";
import { printable } from "../printable.ts";
import { elementOf } from "./json_element.ts";
import { PlacedFail, type Place } from "./place.ts";
import { quoted } from "./quote.ts";
import type { Row } from "./row.ts";

/** More characters than the text of any element has; see records.ts. */
const OBJECT_MAX = 64 << 20;

const NEW_LINE = 10;
const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

const isBlank = (code: number): boolean => code === 32 || code === NEW_LINE || code === 13 || code === 9;

/** What may come between two objects. */
const enum Expect {
  /** At the start: an object, or the array. */
  ANY,
  /** Outside an array: another object. */
  OBJECT,
  /** Behind the array's bracket: an element or the end of the array. */
  FIRST,
  /** Behind an element of the array. */
  COMMA,
  /** Behind a comma. */
  ELEMENT,
  /** Behind the array. */
  NOTHING,
}

const EXPECTED: { readonly [expect: number]: string } = {
  [Expect.ANY]: "an object",
  [Expect.OBJECT]: "an object",
  [Expect.FIRST]: "an object or ]",
  [Expect.COMMA]: ", or ]",
  [Expect.ELEMENT]: "an object",
  [Expect.NOTHING]: "the end",
};

const POSITION = / at position (\d+)$/;

/** The parser's message, which counts from the object's beginning, with the place in the file. */
function syntaxFail(message: string, text: string, { line, column }: Required<Place>): PlacedFail {
  const before = text.slice(0, Number(POSITION.exec(message)?.[1] ?? 0)).split("\n");
  const last = before.at(-1)!.length;
  const place = { line: line + before.length - 1, column: before.length === 1 ? column + last : last + 1 };
  return new PlacedFail(place, `it is not JSON: ${printable(message.replace(POSITION, ""))}`);
}

/** Takes the text of a file in pieces, cuts out one object after the other and hands on its element. */
export class JsonRows {
  readonly #each: (row: Row) => void;
  readonly #keyed: boolean;
  #expect = Expect.ANY;
  /** The object that has not ended: its text so far, where it begins, how deep the text is in it. */
  #parts: string[] = [];
  #chars = 0;
  #place: Required<Place> = { line: 1, column: 1 };
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #column = 0;

  constructor(each: (row: Row) => void, keyed: boolean) {
    this.#each = each;
    this.#keyed = keyed;
  }

  push(text: string): void {
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      this.#column++;
      if (code === NEW_LINE) {
        this.#line++;
        this.#column = 0;
      }
      if (this.#depth === 0) {
        if (isBlank(code)) continue;
        this.#between(code, text[i]);
        start = i;
      } else if (this.#inObject(code)) {
        this.#parts.push(text.slice(start, i + 1));
        this.#emit();
      }
    }
    if (this.#depth === 0) return;
    this.#parts.push(text.slice(start));
    this.#chars += text.length - start;
    if (this.#chars > OBJECT_MAX) throw new PlacedFail(this.#place, `an object has more than ${OBJECT_MAX >> 20} MiB`);
  }

  end(): void {
    if (this.#depth > 0) throw new PlacedFail(this.#place, "it is not JSON: the object that begins here is not closed");
    if (this.#expect === Expect.ANY || this.#expect === Expect.OBJECT || this.#expect === Expect.NOTHING) return;
    throw new PlacedFail({ line: this.#line }, "it is not JSON: the array is not closed");
  }

  /** A character between two objects. */
  #between(code: number, char: string): void {
    const expect = this.#expect;
    if (code === OPEN_OBJECT && expect !== Expect.COMMA && expect !== Expect.NOTHING) {
      this.#depth = 1;
      this.#place = { line: this.#line, column: this.#column };
      this.#expect = expect === Expect.ANY || expect === Expect.OBJECT ? Expect.OBJECT : Expect.COMMA;
    } else if (code === OPEN_ARRAY && expect === Expect.ANY) {
      this.#expect = Expect.FIRST;
    } else if (code === CLOSE_ARRAY && (expect === Expect.FIRST || expect === Expect.COMMA)) {
      this.#expect = Expect.NOTHING;
    } else if (code === COMMA && expect === Expect.COMMA) {
      this.#expect = Expect.ELEMENT;
    } else {
      const place = { line: this.#line, column: this.#column };
      throw new PlacedFail(place, `it is not JSON of elements: expected ${EXPECTED[expect]}, got ${quoted(char)}`);
    }
  }

  /** A character of an object; whether it is its last. */
  #inObject(code: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) this.#inString = false;
    } else if (code === QUOTE) {
      this.#inString = true;
    } else if (code === OPEN_OBJECT) {
      this.#depth++;
    } else if (code === CLOSE_OBJECT) {
      this.#depth--;
    }
    return this.#depth === 0;
  }

  #emit(): void {
    const text = this.#parts.length === 1 ? this.#parts[0] : this.#parts.join("");
    this.#parts = [];
    this.#chars = 0;
    const { line, column } = this.#place;
    let row: Row;
    try {
      row = elementOf(text, line, this.#keyed);
    } catch (error) {
      if (error instanceof Fail) throw new PlacedFail({ line, column }, error.message);
      if (error instanceof RangeError) throw new PlacedFail({ line, column }, "it is nested too deeply");
      if (!(error instanceof SyntaxError)) throw error;
      throw syntaxFail(error.message, text, { line, column });
    }
    this.#each(row);
  }
}
