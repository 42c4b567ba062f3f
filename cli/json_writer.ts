// JSON as bpftool prints it: compact without a blank, pretty with four blanks, a new line before each name and before
// each end, but none before the elements of an array.
import { UNPRINTABLE } from "./printable.ts";

export class JsonWriter {
  #write: (text: string) => void;
  #pretty: boolean;
  #depth = 0;
  /** Whether something precedes at this depth, so that a comma is due. */
  #comma = false;

  constructor(write: (text: string) => void, pretty: boolean) {
    this.#write = write;
    this.#pretty = pretty;
  }

  #line(): void {
    if (this.#pretty) this.#write(`\n${"    ".repeat(this.#depth)}`);
  }
  #before(): void {
    if (this.#comma) this.#write(",");
    this.#comma = true;
  }
  #begin(bracket: string): void {
    this.#before();
    this.#write(bracket);
    this.#depth++;
    this.#comma = false;
  }
  #end(bracket: string): void {
    this.#depth--;
    if (this.#comma) this.#line();
    this.#write(bracket);
    this.#comma = true;
  }

  beginObject(): void {
    this.#begin("{");
  }
  endObject(): void {
    this.#end("}");
  }
  beginArray(): void {
    this.#begin("[");
  }
  endArray(): void {
    this.#end("]");
  }
  name(name: string): void {
    this.#before();
    this.#line();
    this.#write(this.#pretty ? `"${name}": ` : `"${name}":`);
    this.#comma = false;
  }
  /** A value already in JSON. */
  raw(text: string): void {
    this.#before();
    this.#write(text);
  }
  /** Text from outside as JSON, with nothing in it that a terminal would act on. */
  text(text: string): void {
    this.raw(jsonText(text));
  }
  /** Text as bpftool prints it, which is no JSON for every text. */
  string(text: string): void {
    this.raw(`"${text.replace(/[\t\n\r\f\b"\\]/g, (char) => ESCAPES[char])}"`);
  }
  number(value: number): void {
    this.raw(String(value));
  }
  null(): void {
    this.raw("null");
  }
  /** {"error": message}. */
  error(message: string): void {
    this.#error(() => this.text(message));
  }
  /**
   * The same as bpftool prints it: quotes, backslashes and the line break that one message ends with as they are, which is
   * no JSON for every message.
   */
  bpftoolError(message: string): void {
    const line = message.replace(/\n$/, "");
    this.#error(() => this.raw(`"${line.replace(UNPRINTABLE, unicodeEscape)}${message.slice(line.length)}"`));
  }
  #error(value: () => void): void {
    this.beginObject();
    this.name("error");
    value();
    this.endObject();
  }
  /** Bytes as ["0x01","0x02"]. */
  bytes(bytes: Uint8Array): void {
    this.beginArray();
    for (const byte of bytes) this.raw(JSON_BYTE[byte]);
    this.endArray();
  }
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** JSON.stringify leaves the control characters of Latin-1 and what changes the direction of text. */
export function jsonText(text: string): string {
  return JSON.stringify(text).replace(UNPRINTABLE, unicodeEscape);
}

/**
 * As bpftool escapes: other control characters it prints as they are. That a backslash comes out as a line break is its
 * mistake, kept so that outputs agree.
 */
const ESCAPES: { readonly [char: string]: string } = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\f": "\\f",
  "\b": "\\b",
  '"': '\\"',
  "\\": "\\n",
};

const JSON_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => `"0x${byte.toString(16).padStart(2, "0")}"`);
