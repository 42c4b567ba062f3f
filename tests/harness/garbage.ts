// How much garbage a loop makes: V8's heap is measured around many calls. A collection in between would hide it, so the
// young generation is emptied before, and there are more calls than one byte each could stay unseen.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const CALLS = 50_000;
/** What the optimizing compiler itself leaves behind while it works, spread over the calls of a round. */
const NOISE = 0.5;
/** How long a loop may take to settle on a busy machine, in ms; a quiet one needs a fraction of a second. */
const PATIENCE = 20_000;

/**
 * Bytes of heap per call, after the optimizing compiler has had its time: the least of the rounds, of which there are as
 * many as it takes to see one without the compiler's own noise, for `patience` ms. Garbage that the calls make is in every
 * round.
 */
export function bytesPerCall(loop: (calls: number) => void, patience: number = PATIENCE): number {
  for (let i = 0; i < 4; i++) loop(CALLS);
  let least = Infinity;
  const end = performance.now() + patience;
  while (least > NOISE && performance.now() < end) {
    gc();
    const before = process.memoryUsage().heapUsed;
    loop(CALLS);
    least = Math.min(least, Math.max(0, process.memoryUsage().heapUsed - before) / CALLS);
  }
  return least;
}
