// Waiting for the lock of a file.
import { Claim } from "./claim.ts";
import type { Holder } from "./holder.ts";
import { LockedError, WaitError } from "./lock_errors.ts";

// Pauses are random, so that many who wait do not all try at once, and get shorter with the time waited: who has waited
// longest tries most often and is the likeliest next. They are long enough that forty who wait leave the holder its CPU.
const PAUSE_MS_MAX = 60;
const PAUSE_MS_MIN = 20;
const HALF_AFTER_MS = 500;
/** Nobody is told of a wait that is over at once; later the holder of that time is named again and again. */
const TELL_FIRST_MS = 100;
const TELL_AGAIN_MS = 5_000;
/** While holders change, the lock is in use and not stuck: then the wait may take this many times as long. */
const PATIENCE = 10;

/**
 * Takes the lock of `target`. Waits up to `waitMs` for one and the same holder; `onWait` is told who that is. Throws
 * WaitError when the time is over, and what Claim.take throws.
 */
export async function waitForClaim(
  target: string,
  waitMs: number,
  onWait: (holder: Holder) => void,
): Promise<Claim> {
  const start = performance.now();
  let since = start;
  let holder: Holder | undefined;
  let tellAt = start + TELL_FIRST_MS;
  for (;;) {
    try {
      return Claim.take(target);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      const now = performance.now();
      if (error.holder !== undefined && error.holder.name !== holder?.name) {
        holder = error.holder;
        since = now;
      }
      if (now - since >= waitMs || now - start >= waitMs * PATIENCE) throw new WaitError(holder);
      if (now >= tellAt && error.holder !== undefined) {
        onWait(error.holder);
        tellAt = now + TELL_AGAIN_MS;
      }
      const pause = Math.max(PAUSE_MS_MIN, PAUSE_MS_MAX / (1 + (now - start) / HALF_AFTER_MS));
      await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random())));
    }
  }
}
