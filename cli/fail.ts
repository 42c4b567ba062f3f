// How a command ends early. The exit code is the low byte of a negative errno, as bpftool's is.
import { Errno } from "../assembly/uapi/constants.ts";
import { strerror } from "../bindings/index.ts";

export { strerror as errorText } from "../bindings/index.ts";

// The program is two files that each carry these classes, so that an instance is known by a mark and not by its class.
const MARK: unique symbol = Symbol.for("bpf-maps.cli.end") as never;

/** A command's early end. */
class End extends Error {
  readonly [MARK]: string;
  /** Negative: -errno, or -1. */
  readonly code: number;
  /** More than bpftool says, for people: printed under its text on a terminal and with --explain. */
  hint: string | undefined;
  constructor(kind: string, message: string, code: number) {
    super(message);
    this[MARK] = kind;
    this.code = code;
  }
  /** Adds a hint, unless there is none. */
  because(hint: string | undefined): this {
    this.hint = hint;
    return this;
  }
}

function isEnd(error: unknown, kind: string): boolean {
  return error instanceof Error && (error as Partial<End>)[MARK] === kind;
}

/** Ends a command with "Error: message" (stderr) or {"error": message} (stdout with -j). */
export class Fail extends End {
  override name = "Fail";
  /** Whether the usage text follows the message. */
  readonly usage: boolean;
  constructor(message: string, code = -1, usage = false) {
    super("fail", message, code);
    this.usage = usage;
  }
  static override [Symbol.hasInstance](error: unknown): boolean {
    return isEnd(error, "fail");
  }
}

/** Ends a command with the usage text (null with -j). */
export class Usage extends End {
  override name = "Usage";
  constructor() {
    super("usage", "", -1);
  }
  static override [Symbol.hasInstance](error: unknown): boolean {
    return isEnd(error, "usage");
  }
}

/** Ends a command without a word. */
export class Silent extends End {
  override name = "Silent";
  constructor(code = -1) {
    super("silent", "", code);
  }
  static override [Symbol.hasInstance](error: unknown): boolean {
    return isEnd(error, "silent");
  }
}

/** The text of an error that node:fs threw, without the path, which the message around it has. */
export function fileErrorText(error: unknown): string {
  const { code = "", message } = error as { code?: string; message: string };
  const errno = (Errno as unknown as { [name: string]: number | undefined })[code];
  if (errno !== undefined) return strerror(errno);
  // "EFBIG: file too large, write"
  const reason = message.startsWith(`${code}: `) ? message.slice(code.length + 2).replace(/, \w+( '.*)?$/s, "") : message;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
