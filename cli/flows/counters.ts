import { struct, u64, type ArrayMap } from "../../bindings/index.ts";

/** What is counted for each protocol and each flow. */
export interface Counters {
  packets: bigint;
  /** Of whole frames, as they were on the wire. */
  bytes: bigint;
  /** Time of the earliest and of the latest packet, in nanoseconds since 1970-01-01 UTC. */
  firstNs: bigint;
  lastNs: bigint;
}

/** Counters as a map's value. */
export const COUNTERS = struct({ packets: u64, bytes: u64, firstNs: u64, lastNs: u64 });

const WORDS = 4;

/** Adds a packet. Counters without packets have no times yet. */
export function count(counters: Counters, length: bigint, timeNs: bigint): void {
  const isFirst = counters.packets === 0n;
  // Captures of several queues or machines are not in order of time.
  if (isFirst || timeNs < counters.firstNs) counters.firstNs = timeNs;
  if (isFirst || timeNs > counters.lastNs) counters.lastNs = timeNs;
  counters.packets += 1n;
  counters.bytes += length;
}

/**
 * The counters of one element of a mapped array, in place: what is assigned is in the map at once, with no command
 * between, as for a program that has the map mapped into its memory.
 */
export class MappedCounters implements Counters {
  readonly #map: ArrayMap<Counters>;
  #words: BigUint64Array = new BigUint64Array(0);
  #at = 0;

  constructor(map: ArrayMap<Counters>) {
    this.#map = map;
  }

  /** Makes this the counters of element `index`. */
  select(index: number): this {
    // A command that grew the kernel's memory has detached the view.
    if (this.#words.length === 0) {
      const { buffer, byteOffset, byteLength } = this.#map.view();
      this.#words = new BigUint64Array(buffer, byteOffset, byteLength / BigUint64Array.BYTES_PER_ELEMENT);
    }
    this.#at = index * WORDS;
    return this;
  }

  get packets(): bigint {
    return this.#words[this.#at];
  }

  set packets(packets: bigint) {
    this.#words[this.#at] = packets;
  }

  get bytes(): bigint {
    return this.#words[this.#at + 1];
  }

  set bytes(bytes: bigint) {
    this.#words[this.#at + 1] = bytes;
  }

  get firstNs(): bigint {
    return this.#words[this.#at + 2];
  }

  set firstNs(timeNs: bigint) {
    this.#words[this.#at + 2] = timeNs;
  }

  get lastNs(): bigint {
    return this.#words[this.#at + 3];
  }

  set lastNs(timeNs: bigint) {
    this.#words[this.#at + 3] = timeNs;
  }
}
