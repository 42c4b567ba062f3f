// Reads a text file of any size, synchronously and with a progress bar.
import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { readSome } from "../input.ts";
import { ProgressBar } from "../progress.ts";
import { PlacedFail } from "./place.ts";
import { quoted } from "./quote.ts";

const STDIN = 0;
const STDERR = 2;
const READ_BYTES = 1 << 18;
const LINE_FEED = 0x0a;

/** Written at once: nothing here gives the event loop a turn. */
const TERMINAL = {
  write: (text: string) => writeSync(STDERR, text),
  get columns() {
    return process.stderr.columns;
  },
};

/**
 * Calls `each` with the text of the file ("-" is stdin) in pieces, which end anywhere but inside a character; a byte order
 * mark at the beginning is left out. Throws what node:fs throws, and PlacedFail for bytes that are no UTF-8: replacing
 * them would change what is stored.
 */
export function readText(path: string, each: (text: string) => void): void {
  const fd = path === "-" ? STDIN : openSync(path, "r");
  try {
    const stat = fstatSync(fd);
    const bar = stat.isFile() && isatty(STDERR) ? new ProgressBar(TERMINAL, stat.size) : undefined;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const decoder = new Utf8();
    let read = 0;
    for (let size = 0; (size = readSome(fd, buffer)) > 0; ) {
      each(decoder.decode(buffer.subarray(0, size)));
      bar?.update((read += size));
    }
    decoder.end();
    bar?.clear();
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}

/** Decodes pieces strictly, and knows the line where it fails. */
class Utf8 {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = 1;

  decode(bytes: Buffer): string {
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: true });
    } catch {
      throw this.#failure(bytes);
    }
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.#line++;
    return text;
  }

  end(): void {
    try {
      this.#decoder.decode();
    } catch {
      throw new PlacedFail({ line: this.#line }, "it is not UTF-8: it breaks off inside a character");
    }
  }

  #failure(bytes: Buffer): PlacedFail {
    let line = this.#line;
    for (let start = 0; ; line++) {
      const end = bytes.indexOf(LINE_FEED, start);
      const text = bytes.subarray(start, end < 0 ? bytes.length : end);
      // The piece's first line may have begun, and its last may go on, in another piece.
      if (end < 0 || !isUtf8(text)) return new PlacedFail({ line }, `it is not UTF-8: ${quoted(text.toString("latin1"))}`);
      start = end + 1;
    }
  }
}
