// Lends target memory to the buffers of one operation; the next operation starts over with the same memory.

import { addressOf } from "./target.ts";
import type { Address, Region, Target } from "./target.ts";

const REGION_SIZE = 1 << 18;
/** Zero bytes behind the last buffer: a command on another map than the buffers are meant for may touch them. */
const SLACK_SIZE = 1 << 15;
/** Bytes of one edge region; longer buffers cannot end at an unreadable address. */
export const EDGE_SIZE_MAX = 1 << 14;

export interface Spot {
  address: Address;
  /** A copy of what the bytes are now. */
  read: () => Uint8Array;
}

export class Placer {
  #target: Target;
  #region: Region;
  #used = 0;
  #edges: Region[] = [];
  #edgesUsed = 0;

  constructor(target: Target) {
    this.#target = target;
    this.#region = target.region(REGION_SIZE);
  }

  /** Takes all buffers back. What they held must not be seen by an operation that reads beyond its own. */
  reset(): void {
    this.#region.bytes.fill(0, 0, this.#used + SLACK_SIZE);
    this.#used = 0;
    this.#edgesUsed = 0;
  }

  /** Copies `bytes` into target memory, `skew` bytes past a multiple of 16 or (edge) as far up as it goes. */
  place(bytes: Uint8Array, edge: boolean, skew: number): Spot {
    let region: Region;
    let offset: number;
    if (edge) {
      if (bytes.length > EDGE_SIZE_MAX) throw new Error(`an edge buffer of ${bytes.length} bytes is too long`);
      if (this.#edgesUsed === this.#edges.length) this.#edges.push(this.#target.edgeRegion(EDGE_SIZE_MAX));
      region = this.#edges[this.#edgesUsed++];
      offset = region.size - bytes.length;
    } else {
      const size = ((bytes.length + 47) & ~15) >>> 0;
      // A buffer placed earlier in the same operation keeps its region: spots hold it.
      if (this.#used + size + SLACK_SIZE > this.#region.size) {
        this.#region = this.#target.region(Math.max(2 * this.#region.size, size + SLACK_SIZE));
        this.#used = 0;
      }
      region = this.#region;
      offset = this.#used + skew;
      this.#used += size;
    }
    region.bytes.set(bytes, offset);
    return {
      address: addressOf(region.address + offset),
      read: () => region.bytes.slice(offset, offset + bytes.length),
    };
  }
}
