// How a command ends early. The exit code is the low byte of a negative errno, as bpftool's is.
import { Errno } from "../assembly/uapi/constants.ts";

// The program is two files that each carry these classes, so that an instance is known by a mark and not by its class.
const MARK: unique symbol = Symbol.for("bpf-maps.cli.end") as never;

/** A command's early end. */
class End extends Error {
  readonly [MARK]: string;
  /** Negative: -errno, or -1. */
  readonly code: number;
  constructor(kind: string, message: string, code: number) {
    super(message);
    this[MARK] = kind;
    this.code = code;
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

const TEXT: { readonly [errno: number]: string | undefined } = {
  [Errno.EPERM]: "Operation not permitted",
  [Errno.ENOENT]: "No such file or directory",
  [Errno.EINTR]: "Interrupted system call",
  [Errno.EIO]: "Input/output error",
  [Errno.E2BIG]: "Argument list too long",
  [Errno.EBADF]: "Bad file descriptor",
  [Errno.EAGAIN]: "Resource temporarily unavailable",
  [Errno.ENOMEM]: "Cannot allocate memory",
  [Errno.EACCES]: "Permission denied",
  [Errno.EFAULT]: "Bad address",
  [Errno.EBUSY]: "Device or resource busy",
  [Errno.EEXIST]: "File exists",
  [Errno.EXDEV]: "Invalid cross-device link",
  [Errno.ENODEV]: "No such device",
  [Errno.ENOTDIR]: "Not a directory",
  [Errno.EISDIR]: "Is a directory",
  [Errno.EINVAL]: "Invalid argument",
  [Errno.EMFILE]: "Too many open files",
  [Errno.ENOSPC]: "No space left on device",
  [Errno.ERANGE]: "Numerical result out of range",
  [Errno.ENAMETOOLONG]: "File name too long",
  [Errno.ENOTEMPTY]: "Directory not empty",
  [Errno.ELOOP]: "Too many levels of symbolic links",
  [Errno.EBADFD]: "File descriptor in bad state",
  [Errno.ENOTSOCK]: "Socket operation on non-socket",
  [Errno.EOPNOTSUPP]: "Operation not supported",
};

/** The text of a negative errno, as strerror(3) has it; numbers libc does not know are "Unknown error N". */
export function errorText(result: number): string {
  return TEXT[-result] ?? `Unknown error ${-result}`;
}

/** The text of an error that node:fs threw, without the path, which the message around it has. */
export function fileErrorText(error: unknown): string {
  const { code = "", message } = error as { code?: string; message: string };
  const errno = (Errno as unknown as { [name: string]: number | undefined })[code];
  if (errno !== undefined) return errorText(-errno);
  // "EFBIG: file too large, write"
  const reason = message.startsWith(`${code}: `) ? message.slice(code.length + 2).replace(/, \w+( '.*)?$/s, "") : message;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
