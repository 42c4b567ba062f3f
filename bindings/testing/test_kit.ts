// What tests of programs that use maps need: what is alive, and failures on demand.
import type { Core } from "../abi/core.ts";

/** What a kernel holds. The bindings' own blocks are among the bytes, so numbers compare only with each other. */
export interface KernelStats {
  /** Maps that are alive. */
  objects: number;
  openFds: number;
  /** Live bytes of headers, buckets and lists. */
  privateBytes: number;
  /** Live bytes of elements. */
  dataBytes: number;
  /** Live bytes of `alloc`. */
  userBytes: number;
  /** Size of the memory, in bytes. */
  memoryBytes: number;
  /** Bytes of memory that are in use, counted in units of 64 KiB. */
  usedBytes: number;
  /** The largest id that a map was given. */
  lastId: number;
}

const CHUNK_SIZE = 65536;

/** Reads the core's counts. */
export function readStats(core: Core): KernelStats {
  const [objects, openFds, privateBytes, dataBytes, userBytes, chunks, chunksUsed, lastId] = Array.from(core.stats(), Number);
  const [memoryBytes, usedBytes] = [chunks * CHUNK_SIZE, chunksUsed * CHUNK_SIZE];
  return { objects, openFds, privateBytes, dataBytes, userBytes, memoryBytes, usedBytes, lastId };
}

const FAILURES: { readonly [code: string]: number | undefined } = { ENOMEM: 0, EMFILE: 1 };

/** Arms one failure in the core. */
export function failNext(core: Core, code: string, after: number): void {
  const what = FAILURES[code];
  if (what === undefined) throw new TypeError(`Cannot fail with ${code}: expected ENOMEM or EMFILE`);
  if (!Number.isInteger(after) || after < 0 || after > 2 ** 31 - 1) {
    throw new RangeError(`Cannot use after: expected an integer from 0 to ${2 ** 31 - 1}, got ${String(after)}`);
  }
  core.failNext(what, after);
}
