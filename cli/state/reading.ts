// The state as completion sees it: read once, never written.
import type { Kernel } from "../../bindings/index.ts";
import { statePath } from "./path.ts";
import { Store } from "./store.ts";

/** The kernel of the state file. Throws Fail when the file cannot be read. */
export function kernelForReading(named: string | undefined): Promise<Kernel> {
  const store = new Store({ path: statePath(named), writes: false, cpus: () => 1, waitMs: 0, onWait: () => {} });
  return store.load();
}
