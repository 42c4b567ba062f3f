/** Errnos that the walk answers. */
export const EACCES = 13;
export const EFAULT = 14;
export const EINVAL = 22;
export const E2BIG = 7;
export const ENOTSUPP = 524;
export const EOPNOTSUPP = 95;

/** Ends the walk: the program breaks a rule. */
export class Reject extends Error {
  /** What PROG_LOAD answers, positive. */
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

export function denied(message: string): never {
  throw new Reject(EACCES, message);
}

export function invalid(message: string): never {
  throw new Reject(EINVAL, message);
}
