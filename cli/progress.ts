// The progress bar of everything that reads long files.
import { formatBytes } from "./flows/format.ts";

const FIRST_DRAW_MS = 400;
const REDRAW_MS = 100;
const BAR_WIDTH = 30;
const COLUMNS_DEFAULT = 80;

/** Where a bar is drawn: a terminal. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

/**
 * A progress bar for reading a file of known size. It appears once the work has taken long enough to be noticed, and
 * clear() removes it without a trace. It is drawn on stderr, so that it never gets into what stdout delivers.
 */
export class ProgressBar {
  readonly #output: Terminal;
  readonly #totalBytes: number;
  readonly #now: () => number;
  readonly #startMs: number;
  #nextDrawMs: number;
  #isDrawn = false;

  constructor(output: Terminal, totalBytes: number, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#totalBytes = totalBytes;
    this.#now = now;
    this.#startMs = now();
    this.#nextDrawMs = this.#startMs + FIRST_DRAW_MS;
  }

  update(bytesRead: number): void {
    const nowMs = this.#now();
    if (nowMs < this.#nextDrawMs) return;
    this.#nextDrawMs = nowMs + REDRAW_MS;
    this.#isDrawn = true;
    this.#output.write(`\r${this.#line(bytesRead, (nowMs - this.#startMs) / 1000)}\x1b[K`);
  }

  clear(): void {
    if (this.#isDrawn) this.#output.write("\r\x1b[K");
    this.#isDrawn = false;
  }

  #line(bytesRead: number, seconds: number): string {
    // A file that is still being written may have grown since its size was asked for.
    const share = Math.min(1, bytesRead / this.#totalBytes);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
    const left = Math.ceil((seconds / share) * (1 - share));
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const line = `${bar} ${percent}  ${formatBytes(bytesRead)} of ${formatBytes(this.#totalBytes)}  ${left} s left`;
    // A terminal whose size nobody has set tells 0 columns.
    return line.slice(0, (this.#output.columns || COLUMNS_DEFAULT) - 1);
  }
}
