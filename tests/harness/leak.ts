// Leak check of a suite: what its kernel holds when the last test has ended is what it held before the first.
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";

/** What a kernel holds: counts, and bytes by the kind of memory they lie in. */
export interface LiveCounts {
  objects: number;
  openFds: number;
  privateBytes: number;
  dataBytes: number;
  userBytes: number;
}

/** The core's test kit; not part of the bindings' types. */
interface StatsExports {
  stats(outPtr: number): number;
}

interface Hooks {
  before(hook: () => void): void;
  after(hook: () => void): void;
}

/** Size of the block that the core's `stats` fills: eight u64. */
const STATS_SIZE = 64;

/** Reads the core's counts. The block they are written to is among them, so they compare only with each other. */
export function liveCounts(kernel: Kernel): LiveCounts {
  const ptr = kernel.alloc(STATS_SIZE);
  if (ptr === 0) throw new Error("no memory is left to count what is live");
  try {
    const ret = (kernel.core.exports as unknown as StatsExports).stats(ptr);
    if (ret < 0) throw new Error(`the core's stats answered ${ret}`);
    const words = new BigUint64Array(kernel.memory.buffer.slice(ptr, ptr + STATS_SIZE));
    const [objects, openFds, privateBytes, dataBytes, userBytes] = Array.from(words, Number);
    return { objects, openFds, privateBytes, dataBytes, userBytes };
  } finally {
    kernel.free(ptr);
  }
}

/**
 * Compares the live counts of `kernel` before and after the suite `test`. Blocks that the core or the bindings make
 * once and keep are no leak: `warmUp` may use them before the first count.
 */
export function checkLeaks(test: Hooks, kernel: Kernel, warmUp: () => void = () => {}): void {
  let start: LiveCounts;
  test.before(() => {
    warmUp();
    start = liveCounts(kernel);
  });
  test.after(() => assert.equal(liveCounts(kernel), start, "live bytes and objects are back at their start"));
}
