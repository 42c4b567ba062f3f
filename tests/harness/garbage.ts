// How much garbage a loop makes: V8's heap is measured around many calls. A collection in between would hide it, so the
// young generation is emptied before and has room for a round (MEASURED_FLAGS), and there are enough calls for a byte of each
// to be seen.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const CALLS = 50_000;
/** Rounds whose median counts: what the compiler or the machine does in single rounds does not. */
const ROUNDS = 5;
/** What the measurement itself may leave behind, in bytes per call. */
export const NOISE = 0.5;
/** How long a loop may take to settle on a busy machine, in ms; a quiet one needs a fraction of a second. */
const PATIENCE = 20_000;

const medianOf = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >>> 1];

/**
 * Bytes of heap per call: the median of `ROUNDS` rounds in a row. The optimizing compiler, which leaves garbage of its own,
 * gets the time that it needs: as long as the median is above the noise, the oldest round is replaced by another one, for
 * `patience` ms. Garbage that the calls make is in every round.
 */
export function bytesPerCall(loop: (calls: number) => void, patience: number = PATIENCE): number {
  const round = (): number => {
    gc();
    const before = process.memoryUsage().heapUsed;
    loop(CALLS);
    return Math.max(0, process.memoryUsage().heapUsed - before) / CALLS;
  };
  const rounds = Array.from({ length: ROUNDS }, round);
  let least = medianOf(rounds);
  for (const end = performance.now() + patience; least > NOISE && performance.now() < end; ) {
    rounds.push(round());
    rounds.shift();
    least = Math.min(least, medianOf(rounds));
  }
  return least;
}
