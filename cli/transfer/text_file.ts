// Reads the lines of a file of any size, synchronously and with a progress bar.
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { ProgressBar } from "./progress.ts";

const STDIN = 0;
const STDERR = 2;
/** Written at once: nothing here gives the event loop a turn. */
const TERMINAL = { write: (text: string) => writeSync(STDERR, text) };
const READ_BYTES = 1 << 18;
const RETRY_MS = 5;

/** Calls `each` with every line of the file ("-" is stdin) and its number from 1. Throws what node:fs throws. */
export function readLines(path: string, each: (line: string, number: number) => void): void {
  const fd = path === "-" ? STDIN : openSync(path, "r");
  try {
    const stat = fstatSync(fd);
    const bar = stat.isFile() && isatty(STDERR) ? new ProgressBar(TERMINAL, stat.size) : undefined;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const decoder = new TextDecoder();
    let rest = "";
    let number = 0;
    let read = 0;
    for (let size = 0; (size = readSome(fd, buffer)) > 0; ) {
      const text = rest + decoder.decode(buffer.subarray(0, size), { stream: true });
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        each(text[end - 1] === "\r" ? text.slice(start, end - 1) : text.slice(start, end), ++number);
        start = end + 1;
      }
      rest = text.slice(start);
      bar?.update((read += size));
    }
    rest += decoder.decode();
    if (rest !== "") each(rest, number + 1);
    bar?.clear();
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}

function readSome(fd: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
