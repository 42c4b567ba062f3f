// A progress bar on stderr, only where a person is watching.
import { writeSync } from "node:fs";
import { isatty } from "node:tty";

const STDERR = 2;
const WIDTH = 40;
const INTERVAL_MS = 100;

export class ProgressBar {
  readonly #total: number;
  readonly #label: string;
  readonly #visible: boolean;
  #shown = 0;

  /** `total` in bytes; 0 when it is not known, and then there is no bar. */
  constructor(total: number, label: string) {
    this.#total = total;
    this.#label = label;
    this.#visible = total > 0 && isatty(STDERR);
  }

  /** Shows that `done` bytes are done. */
  show(done: number): void {
    if (!this.#visible) return;
    const now = performance.now();
    if (now - this.#shown < INTERVAL_MS) return;
    this.#shown = now;
    const part = Math.min(1, done / this.#total);
    const filled = Math.round(part * WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    writeSync(STDERR, `\r${this.#label} ${bar} ${String(Math.round(part * 100)).padStart(3)} %`);
  }

  /** Clears the line. */
  end(): void {
    if (this.#visible && this.#shown > 0) writeSync(STDERR, "\r\x1b[K");
  }
}
