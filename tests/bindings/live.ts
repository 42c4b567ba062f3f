// Leak check of a bindings suite. Private bytes are left out: the core keeps tables and empty slabs for the next use, so
// they depend on what ran first; tests/bindings/leak.test.ts looks at them over many rounds of the same work.
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";

interface Hooks {
  before(hook: () => void): void;
  after(hook: () => void): void;
}

/** Objects, fds, bytes of elements and bytes of user blocks. */
export function live(kernel: Kernel): [objects: number, openFds: number, dataBytes: number, userBytes: number] {
  const { objects, openFds, dataBytes, userBytes } = kernel.stats();
  return [objects, openFds, dataBytes, userBytes];
}

/** Fails the suite if something is alive at its end that was not at its start. */
export function checkLive(test: Hooks, kernel: Kernel): void {
  let start: ReturnType<typeof live>;
  test.before(() => {
    start = live(kernel);
  });
  test.after(() => assert.equal(live(kernel), start, "objects, fds, data bytes and user bytes are back at their start"));
}
