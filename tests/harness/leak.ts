// Leak check of a suite: what its kernel holds when the last test has ended is what it held before the first.
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { checkAfterwards } from "./failures.ts";

/** What a kernel holds and gives back to the byte: maps, fds, and the bytes of maps, of elements and of user blocks. */
export interface LiveCounts {
  objects: number;
  openFds: number;
  privateBytes: number;
  dataBytes: number;
  userBytes: number;
}

interface Hooks {
  before(hook: () => void): void;
  after(hook: () => void): void;
}

/** The counts that are the same again once everything is closed, whatever was done in between. */
export function liveCounts(kernel: Kernel): LiveCounts {
  const { objects, openFds, privateBytes, dataBytes, userBytes } = kernel.stats();
  return { objects, openFds, privateBytes, dataBytes, userBytes };
}

/** Fails the suite `test` if `kernel` holds more or less after it than before. */
export function checkLeaks(test: Hooks, kernel: Kernel): void {
  let start: LiveCounts;
  test.before(() => void (start = liveCounts(kernel)));
  const check = (): void => assert.equal(liveCounts(kernel), start, "live bytes and objects are back at their start");
  // A test that fails leaves its map open: its own message is the one that matters.
  test.after(() => checkAfterwards(check));
}
