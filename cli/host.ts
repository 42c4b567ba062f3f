// The process as the host of a run: synchronous output that waits for slow readers, and files.
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { fileErrorText } from "./fail.ts";
import { readInput } from "./input.ts";
import { printableLines } from "./printable.ts";
import type { Host } from "./session.ts";
import { coloursWanted, paint, type Style } from "./style.ts";

const STDOUT = 1;
const STDERR = 2;
/** Collected output is written when it exceeds this many characters, unless it is held back. */
const FLUSH_CHARS = 65536;
const RETRY_MS = 1;
/** What a terminal is taken to have that tells 0 columns, since nobody has set its size. */
const COLUMNS_DEFAULT = 80;

// The program is two files that each carry this class, so that an instance is known by a mark and not by its class.
const MARK: unique symbol = Symbol.for("bpf-maps.cli.output") as never;

/** Standard output took not all of what was printed. */
export class OutputError extends Error {
  override name = "OutputError";
  readonly [MARK] = true;
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && (error as Partial<OutputError>)[MARK] === true;
  }
  /** Whether its reader has gone: then there is nobody to tell. */
  readonly closed: boolean;
  constructor(error: unknown) {
    super(`can't write to standard output: ${fileErrorText(error)}`);
    this.closed = (error as { code?: string }).code === "EPIPE";
  }
}

/**
 * Whether a terminal may be behind the fd. Other devices count as one, which harms nobody: node:tty knows better, but loads
 * all of node:net, which shows in tests/cli/cold_start.node.ts.
 */
function mayBeTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

/** How a message begins that is told apart from others by its colour. */
const ERROR = /^Error:/;
const HINT = /^Hint:/;

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that node made non-blocking is full: its reader needs a moment.
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** Writes to standard error; where that is not possible, nobody can be told. */
export function writeError(text: string): void {
  try {
    writeAll(STDERR, text);
  } catch {
    // The exit code remains.
  }
}

/** Prints a whole text; returns the exit code. Throws OutputError. */
export function printText(text: string): number {
  const host = new ProcessHost(false);
  host.out(text);
  host.flush();
  return 0;
}

export class ProcessHost implements Host {
  readonly #hold: boolean;
  readonly #terminal = mayBeTerminal(STDOUT);
  readonly explains = mayBeTerminal(STDERR);
  readonly coloured = this.#terminal && coloursWanted();
  #pending: { fd: number; text: string }[] = [];
  #chars = 0;
  #input: Uint8Array | undefined;
  /** Whether a command has taken something from standard input that does not come again. */
  tookInput = false;

  /** Whether nothing of what the run has changed is to be saved. */
  discarded = false;
  readonly discard?: () => void;

  /**
   * With `hold`, nothing is printed before flush(): what a command says is true only once its state can be saved. `input`
   * is what the command reads, where that was read before.
   */
  constructor(hold: boolean, input?: Uint8Array) {
    this.#hold = hold;
    this.#input = input;
    if (hold) this.discard = () => void (this.discarded = true);
  }

  #add(fd: number, text: string): void {
    const last = this.#pending.at(-1);
    if (last?.fd === fd) last.text += text;
    else this.#pending.push({ fd, text });
    this.#chars += text.length;
    if (!this.#hold && this.#chars > FLUSH_CHARS) this.flush();
  }

  /** As wide as the window is now. Asked for late: this loads node:tty. */
  get columns(): number | undefined {
    return this.#terminal && process.stdout.isTTY ? process.stdout.columns || COLUMNS_DEFAULT : undefined;
  }

  out(text: string, style?: Style): void {
    // bpftool prints names of pins as they are, and so does this into files and pipes.
    const shown = this.#terminal ? printableLines(text) : text;
    this.#add(STDOUT, style !== undefined && this.coloured ? paint(shown, style) : shown);
  }
  err(text: string): void {
    const shown = printableLines(text);
    if (!this.explains || !coloursWanted()) return this.#add(STDERR, shown);
    this.#add(STDERR, shown.replace(ERROR, (word) => paint(word, "error")).replace(HINT, (word) => paint(word, "hint")));
  }
  /** Prints what is held back. Throws OutputError when standard output does not take it. */
  flush(): void {
    const pending = this.#pending;
    this.drop();
    for (const { fd, text } of pending) {
      if (fd === STDERR) writeError(text);
      else this.#write(text);
    }
  }
  #write(text: string): void {
    try {
      writeAll(STDOUT, text);
    } catch (error) {
      throw new OutputError(error);
    }
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
    return new TextDecoder().decode(this.readAll(path));
  }
  readAll(path: string): Uint8Array {
    const input = this.#input;
    this.#input = undefined;
    if (input !== undefined) return input;
    if (path === "-") this.tookInput = true;
    return readInput(path);
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
