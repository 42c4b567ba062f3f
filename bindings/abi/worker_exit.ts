// Node tells when a worker has ended, however it ended: then what its thread held in a kernel is freed.
import type { Core } from "./core.ts";

/** A worker of node:worker_threads, as far as this library looks at it. */
export interface WorkerLike {
  /** Calls the listener once, when the worker has ended. */
  once(event: "exit", listener: () => void): unknown;
}

let lastToken = 0;

/** A token for the worker's thread, whose CPU is freed when the worker exits. */
export function reapAtExit(core: Core, worker: WorkerLike): number {
  if (typeof worker.once !== "function") {
    throw new TypeError("Cannot share kernel: expected a worker of node:worker_threads; other workers do not tell when they end");
  }
  // Several threads may share one kernel: the upper bits say which of them did.
  const token = ((core.cpu + 1) << 20) | (++lastToken & 0xfffff);
  worker.once("exit", () => {
    if (core.isGone) return;
    const cpu = core.cpuOf(token);
    if (cpu >= 0) core.reap(cpu);
  });
  return token;
}
