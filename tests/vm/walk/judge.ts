// What a judgement is compared by: the errno, the last line before the footer, and the footer's count of instructions.

export interface Judgement {
  readonly errno: number;
  readonly line: string;
  readonly insns: number;
}

const IS_FOOTER = /^(processed|verification time|stack depth) /;

/** A verdict and the log of it as they are compared. */
export function judgementOf(errno: number, log: string): Judgement {
  const lines = log.trimEnd().split("\n").filter((line) => !IS_FOOTER.test(line));
  return { errno, line: errno === 0 ? "" : lines.at(-1) ?? "", insns: Number(/(\d+) insns \(limit/.exec(log)?.[1] ?? 0) };
}
