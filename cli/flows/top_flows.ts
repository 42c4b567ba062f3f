import type { Counters } from "./counters.ts";
import { unpackFlowKey, type FlowKey } from "./flow_key.ts";

export interface Flow extends FlowKey, Counters {}

interface Candidate {
  key: Uint8Array;
  counters: Counters;
}

/**
 * The `count` largest flows by bytes, the largest first. The maps iterate in random order, so flows of equal size are
 * told apart by all they have, down to the bytes of their keys: the same capture gives the same report.
 *
 * It holds 2 × count flows at most, not all of them as JavaScript objects.
 */
export function topFlows(entries: Iterable<[Uint8Array, Counters]>, count: number): Flow[] {
  let candidates: Candidate[] = [];
  if (count === 0) return [];
  for (const [key, counters] of entries) {
    candidates.push({ key, counters });
    if (candidates.length >= 2 * count + 64) candidates = largest(candidates, count);
  }
  return largest(candidates, count).map(({ key, counters }) => ({ ...unpackFlowKey(key), ...counters }));
}

function largest(candidates: Candidate[], count: number): Candidate[] {
  return candidates.sort(compareFlows).slice(0, count);
}

function compareFlows(a: Candidate, b: Candidate): number {
  return (
    compare(b.counters.bytes, a.counters.bytes) ||
    compare(b.counters.packets, a.counters.packets) ||
    compare(a.counters.firstNs, b.counters.firstNs) ||
    compareBytes(a.key, b.key)
  );
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const differing = a.findIndex((byte, i) => byte !== b[i]);
  return differing < 0 ? 0 : a[differing] - b[differing];
}
