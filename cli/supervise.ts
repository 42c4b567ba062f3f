// A command in a thread of its own, so that signals are heard while it is at work or waits for input.
import { Worker } from "node:worker_threads";
import { dieOf, onEndSignal } from "./signals.ts";
import { releaseOwn } from "./state/claim.ts";
import { targetOf } from "./state/target.ts";

/**
 * Runs this process's command line again in a thread; returns its exit code. A signal gives the lock of the state file
 * back, so that the thread can save nothing any more, and then ends the process by its default effect: exit() would wait
 * for a thread that is stuck in a read.
 */
export function runInThread(statePath: string): Promise<number> {
  const worker = new Worker(__filename, { argv: process.argv.slice(2) });
  const restore = onEndSignal((signal) => {
    releaseOwn(targetOf(statePath));
    dieOf(signal);
  });
  return new Promise((done, failed) => {
    worker.once("error", failed);
    worker.once("exit", (code) => {
      restore();
      done(code);
    });
  });
}
