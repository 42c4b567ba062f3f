/** Bits of log_level. */
export const LOG_PATH = 1;
export const LOG_ALL = 2;
export const LOG_STATS = 4;
export const LOG_FIXED = 8;

/** Instructions that the walk may process. */
export const INSNS_MAX = 1_000_000;

/** What the footer counts. */
export interface Counts {
  readonly insns: number;
  readonly maxStatesPerInsn: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly markRead: number;
}

export const NO_COUNTS: Counts = { insns: 0, maxStatesPerInsn: 0, totalStates: 0, peakStates: 0, markRead: 0 };

/** The verifier's log: text that grows, and that at level 1 is cut back when a path was good. */
export class VerifierLog {
  readonly level: number;
  #pieces: string[] = [];

  constructor(level: number) {
    this.level = level;
  }

  /** Whether anything is kept. */
  get on(): boolean {
    return this.level !== 0;
  }

  /** Whether instructions and states are wanted. */
  get path(): boolean {
    return (this.level & (LOG_PATH | LOG_ALL)) !== 0;
  }

  /** Whether all paths are wanted, with what the verifier finds out before them. */
  get all(): boolean {
    return (this.level & LOG_ALL) !== 0;
  }

  write(text: string): void {
    if (this.level !== 0 && text !== "") this.#pieces.push(text);
  }

  /** A place to which `cut` can go back. */
  get mark(): number {
    return this.#pieces.length;
  }

  /** Takes away what was written since `mark`. */
  cut(mark: number): void {
    this.#pieces.length = mark;
  }

  /** Ends the log: a good verdict leaves nothing but the footer at level 1. */
  close(good: boolean, counts: Counts, stats: { readonly microseconds: number; readonly stackDepths: readonly number[] }): string {
    if (this.level === 0) return "";
    if (good && !this.all) this.cut(0);
    if ((this.level & LOG_STATS) !== 0) {
      this.write(`verification time ${stats.microseconds} usec\nstack depth ${stats.stackDepths.join("+")}\n`);
    }
    this.write(footer(counts));
    return this.#pieces.join("");
  }
}

/** The last line of every log. */
export function footer({ insns, maxStatesPerInsn, totalStates, peakStates, markRead }: Counts): string {
  return `processed ${insns} insns (limit ${INSNS_MAX}) max_states_per_insn ${maxStatesPerInsn} total_states ${totalStates} ` +
    `peak_states ${peakStates} mark_read ${markRead}\n`;
}
