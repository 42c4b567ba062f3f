// What happens when the process is told to end.

/** Numbers of the signals that end a program; its exit code is 128 and the number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
export type EndSignal = keyof typeof SIGNALS;

/**
 * Has `end` called when a signal asks the process to end, instead of ending it: between two steps of the event loop, so
 * never in the middle of a synchronous piece of work. Returns the function that puts the default back.
 */
export function onEndSignal(end: (signal: EndSignal) => void): () => void {
  const names = Object.keys(SIGNALS) as EndSignal[];
  for (const name of names) process.on(name, end);
  return () => {
    for (const name of names) process.off(name, end);
  };
}

/** The exit code of a process that a signal ended, as a shell reports it. */
export function exitCodeOf(signal: EndSignal): number {
  return 128 + SIGNALS[signal];
}

/** Lets signals that are waiting have their effect. */
export function pendingSignals(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
