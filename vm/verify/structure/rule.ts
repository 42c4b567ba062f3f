/** A broken rule that ends a load: the errno (positive) and the line of the log, empty where the kernel is silent. */
export class BrokenRule extends Error {
  readonly errno: number;

  constructor(errno: number, text = "") {
    super(text);
    this.errno = errno;
  }
}

/** Ends a load with a line of the log, or silently. */
export function refuse(errno: number, text = ""): never {
  throw new BrokenRule(errno, text === "" ? "" : `${text}\n`);
}

/** The same for the few rules behind which the kernel ends no line: the footer follows at once. */
export function refuseUnended(errno: number, text: string): never {
  throw new BrokenRule(errno, text);
}
