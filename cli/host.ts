// The process as the host of a run: synchronous output that waits for slow readers, and files.
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import type { Host } from "./session.ts";

const STDOUT = 1;
const STDERR = 2;
/** Collected output is written when it exceeds this many characters, unless it is held back. */
const FLUSH_CHARS = 65536;
/** Exit code of a process that SIGPIPE ended, as a shell reports it. */
const EXIT_PIPE = 141;

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as { code?: string };
      // A pipe that node made non-blocking is full: its reader needs a moment.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else if (code === "EPIPE") process.exit(EXIT_PIPE);
      else throw error;
    }
  }
}

export class ProcessHost implements Host {
  readonly #hold: boolean;
  #pending: { fd: number; text: string }[] = [];
  #chars = 0;

  /** With `hold`, nothing is printed before flush(): what a command says is true only after its state is saved. */
  constructor(hold: boolean) {
    this.#hold = hold;
  }

  #add(fd: number, text: string): void {
    const last = this.#pending.at(-1);
    if (last?.fd === fd) last.text += text;
    else this.#pending.push({ fd, text });
    this.#chars += text.length;
    if (!this.#hold && this.#chars > FLUSH_CHARS) this.flush();
  }

  out(text: string): void {
    this.#add(STDOUT, text);
  }
  err(text: string): void {
    this.#add(STDERR, text);
  }
  flush(): void {
    for (const { fd, text } of this.#pending) writeAll(fd, text);
    this.drop();
  }
  /** What is held back for stdout. */
  get held(): string {
    return this.#pending.map(({ fd, text }) => (fd === STDOUT ? text : "")).join("");
  }
  /** Forgets what was held back. */
  drop(): void {
    this.#pending = [];
    this.#chars = 0;
  }

  readText(path: string): string {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  }
  readBytes(path: string, count: number): string {
    const fd = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(count);
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, count, 0));
    } finally {
      closeSync(fd);
    }
  }
}
