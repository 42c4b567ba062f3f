// Random values for the types whose values mean something: fds, devices, CPUs.

import type { Buf } from "./ops.ts";
import type { Prng } from "./prng.ts";
import type { ValueKind } from "./profiles.ts";
import { MapType } from "./abi.ts";
import type { Shape } from "./shape.ts";

function words(size: number, ...values: number[]): Uint8Array {
  const data = new Uint8Array(8);
  const view = new DataView(data.buffer);
  values.forEach((value, index) => view.setUint32(4 * index, value, true));
  return data.slice(0, size);
}

/**
 * Three random bytes over and over: no power of two divides the period, so a copy that is shifted or cut shows, and
 * traces stay small.
 */
export function pattern(rng: Prng, size: number): Uint8Array {
  const period = rng.bytes(3);
  return Uint8Array.from({ length: size }, (_, index) => period[index % 3]);
}

const closedFd = 0x3fffff00;

export function randomValue(rng: Prng, kind: ValueKind, shape: Shape, viewSize: number): Buf {
  switch (kind) {
    case "fd": {
      const data = words(viewSize, rng.pick([closedFd, 0xffffffff, 0x7fffffff]), rng.pick([0, 0, 0, 1, 0xffffffff]));
      if (rng.chance(0.4)) return { data, refs: [{ at: 0, fd: 0 }] };
      return rng.chance(0.4) ? { data, refs: [{ at: 0, plainFd: true }] } : { data };
    }
    case "device":
      return { data: words(viewSize, rng.pick([0, 0, 0x7ffffffe, 0xffffffff]), rng.pick([0, 0xffffffff, closedFd])) };
    case "cpu":
      return { data: words(viewSize, rng.pick([0, 0, 1, 192, 16384, 16385, 0xffffffff]), rng.pick([0, 0xffffffff, closedFd])) };
    default:
      // A bloom filter answers for values, so they come from a small set.
      if (shape.type === MapType.BLOOM_FILTER) return { data: new Uint8Array(viewSize).fill(rng.below(24)) };
      return { data: pattern(rng, viewSize) };
  }
}
