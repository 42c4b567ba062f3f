// What happens when the process is told to end.

/** Numbers of the signals that end a program; its exit code is 128 and the number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
export type EndSignal = keyof typeof SIGNALS;

type Cleanup = (signal: EndSignal) => void;

const cleanups: Cleanup[] = [];
let listening = false;

function end(signal: EndSignal): void {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup(signal);
  process.exit(128 + SIGNALS[signal]);
}

/**
 * Has `cleanup` called when a signal ends the process: between two steps of the event loop, so never in the middle of a
 * synchronous piece of work. Returns the function that takes `cleanup` back. The process listens from then on: a signal
 * that came just before it stopped listening would be lost.
 */
export function onEndSignal(cleanup: Cleanup): () => void {
  cleanups.push(cleanup);
  if (!listening) for (const name of Object.keys(SIGNALS) as EndSignal[]) process.on(name, end);
  listening = true;
  return () => {
    const at = cleanups.indexOf(cleanup);
    if (at >= 0) cleanups.splice(at, 1);
  };
}

/** Ends the process by the default effect of a signal. */
export function dieOf(signal: EndSignal): void {
  process.off(signal, end);
  process.kill(process.pid, signal);
}

/** Lets signals that are waiting have their effect. */
export function pendingSignals(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
