// Leak check of a suite: what its kernel holds when the last test has ended is what it held before the first.
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";

/** What a kernel holds and gives back: maps, fds, and the bytes of elements and of user blocks. */
export interface LiveCounts {
  objects: number;
  openFds: number;
  dataBytes: number;
  userBytes: number;
}

interface Hooks {
  before(hook: () => void): void;
  after(hook: () => void): void;
}

/**
 * The counts that are the same again once everything is closed. The core's private bytes are not among them: its fd and
 * id tables keep the size they once had.
 */
export function liveCounts(kernel: Kernel): LiveCounts {
  const { objects, openFds, dataBytes, userBytes } = kernel.stats();
  return { objects, openFds, dataBytes, userBytes };
}

/**
 * Compares what `kernel` holds before and after the suite `test`, private bytes included. Blocks that the core or the
 * bindings make once and keep are no leak: `warmUp` opens as many fds as the suite will, before the first count.
 */
export function checkLeaks(test: Hooks, kernel: Kernel, warmUp: () => void = () => {}): void {
  const held = (): object => ({ ...liveCounts(kernel), privateBytes: kernel.stats().privateBytes });
  let start: object | undefined;
  let failure: unknown;
  test.before(() => {
    try {
      warmUp();
      start = held();
    } catch (error) {
      // uvu would drop it; the hook after the suite throws it instead.
      failure = error;
    }
  });
  test.after(() => {
    if (start === undefined) throw failure;
    assert.equal(held(), start, "live bytes and objects are back at their start");
  });
}
