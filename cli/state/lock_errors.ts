// How taking or keeping the lock of a file fails. Apart from the lock, so that who only reads does not load it.
import type { Holder } from "./holder.ts";

/** Another process holds the lock. */
export class LockedError extends Error {
  override name = "LockedError";
  /** Undefined where it was through before it could be seen. */
  readonly holder: Holder | undefined;
  constructor(holder: Holder | undefined) {
    super(`process ${holder?.pid ?? "unknown"} holds the lock`);
    this.holder = holder;
  }
}

/** Another process held the lock for all the time that there was to wait. */
export class WaitError extends Error {
  override name = "WaitError";
  readonly holder: Holder | undefined;
  constructor(holder: Holder | undefined) {
    super("the wait for the lock is over");
    this.holder = holder;
  }
}

/** Something that this program did not make is where the lock goes; waiting does not help. */
export class ObstacleError extends Error {
  override name = "ObstacleError";
}

/** Somebody else has taken the lock over or replaced the file, which is as they left it. */
export class LostError extends Error {
  override name = "LostError";
}
