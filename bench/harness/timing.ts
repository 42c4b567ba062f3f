// Timing a loop, and keeping the optimizer from deleting it.
import { do_not_optimize } from "mitata";

/** The time of `work` per operation, in ns. What `work` returns counts as used. */
export function time(ops: number, work: () => unknown): number {
  const start = performance.now();
  const result = work();
  const end = performance.now();
  do_not_optimize(result);
  return ((end - start) * 1e6) / ops;
}

let copies = 0;

/**
 * A copy of a function that refers to nothing outside of it. An engine collects the types that it optimizes for per
 * function, not per use: with a loop of its own, a side is compiled for its own types only. Each copy has a text of its own,
 * too, since V8 finds code that it has compiled before by its text, and equal texts share the types after all.
 */
export function own<F extends (...args: any[]) => unknown>(loop: F): F {
  return new Function(`"use strict"; return (${loop.toString()}); // copy ${++copies}`)() as F;
}

/** The middle one of an odd number of measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1];
}
