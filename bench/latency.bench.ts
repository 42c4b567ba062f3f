// The slow end: the 99.9th percentile of set while elements come and go.
import { Kernel, u32 } from "./library.js";
import type { Bench, Case, Prepared, Subject } from "./harness/case.ts";
import { scramble } from "./harness/random.ts";
import { own } from "./harness/timing.ts";

interface Store {
  set(key: number, value: number): unknown;
  delete(key: number): unknown;
}

const MAP = "Map<number, number>";
/** One counter for each ns up to here; whatever took longer is counted in the last one. */
const NS_MAX = 1 << 20;

/** Sets a new key and deletes the oldest, `ops` times; counts how long each set took. */
const churn = (
  store: Store,
  now: () => number,
  key: (index: number) => number,
  first: number,
  count: number,
  ops: number,
  counts: Uint32Array,
) => {
  const last = counts.length - 1;
  for (let i = first; i < first + ops; i++) {
    const fresh = key(i + count);
    // The oldest goes first: a map that holds exactly its elements has no room for one more.
    store.delete(key(i));
    const start = now();
    store.set(fresh, i);
    const ns = Math.round(now() - start);
    counts[ns > last ? last : ns]++;
  }
};

function percentile(counts: Uint32Array, share: number): number {
  let rest = 0;
  for (const count of counts) rest += count;
  let allowed = rest * (1 - share);
  for (let ns = counts.length - 1; ns > 0; ns--) {
    allowed -= counts[ns];
    if (allowed < 0) return ns;
  }
  return 0;
}

function prepare({ scale: { large: count, latencyOps: ops }, host }: Bench): Prepared | string {
  if (host === undefined) return "a page's clock is too coarse for single operations";
  const map = Kernel.loadSync().createMap({ type: "hash", key: u32, value: u32, maxEntries: count });
  const peer = new Map<number, number>();
  const side = (name: string, ours: boolean, store: Store) => {
    const loop = own(churn);
    let at = 1;
    for (let i = at; i < at + count; i++) store.set(scramble(i), i);
    const measure = (): number => {
      const counts = new Uint32Array(NS_MAX);
      loop(store, host.now, scramble, at, count, ops, counts);
      at += ops;
      return percentile(counts, 0.999);
    };
    return { name, ours, measure };
  };
  return {
    sides: [side("typed", true, map), side(MAP, false, peer)],
    notes: ["the clock's own cost is in both numbers"],
    dispose: () => map.close(),
  };
}

const cases: Case[] = [
  {
    name: "p99.9 of set at a steady 1M elements, u32 → u32",
    unit: "ns",
    portable: false,
    targets: [
      {
        nr: "19",
        text: "p99.9 of set over 10M operations at a steady 1M elements",
        ours: "typed",
        peers: [MAP],
        max: 0.5,
        limit: "The slowest thousandth of both sides is interrupts and cache misses that others on the machine cause.",
      },
    ],
    prepare,
  },
];

export const latency: Subject = { name: "latency", cases };
