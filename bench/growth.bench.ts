// Growth: what a lookup costs in a map that no JavaScript Map can be.
import { type HashMap, Kernel, u32 } from "./library.js";
import type { Bench, Case, Prepared, Subject } from "./harness/case.ts";
import { picks, scramble } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";

/** Bytes of memory that a map of `count` elements needs, with room to spare: lines, records and free list. */
const bytesFor = (count: number): number => count * 32 + 2 ** 30;

async function prepare({ scale: { large, huge, ops }, host }: Bench): Promise<Prepared | string> {
  if (host === undefined) return "a page has no such amount of memory for sure";
  if (host.freeBytes() < bytesFor(huge)) return `${huge} elements need ${bytesFor(huge) >>> 20} MiB of free memory`;
  const { count: mapLimit } = huge > 2 ** 24 ? await host.freshProcess("limit") : { count: NaN };
  const side = (name: string, ours: boolean, count: number) => {
    const map = Kernel.loadSync().createMap({ type: "hash", key: u32, value: u32, maxEntries: count });
    for (let i = 0; i < count; i++) map.set(scramble(i), i);
    const order = picks(ops, count, 6);
    for (let i = 0; i < ops; i++) order[i] = scramble(order[i]);
    const loop = own((map: HashMap<number, number>, order: Uint32Array) => {
      let sum = 0;
      for (let i = 0; i < order.length; i++) sum += map.get(order[i])!;
      return sum;
    });
    return { map, side: { name, ours, measure: () => time(ops, () => loop(map, order)) } };
  };
  const [small, vast] = [side("1M", false, large), side("64M", true, huge)];
  return {
    sides: [vast.side, small.side],
    notes: Number.isNaN(mapLimit) ? [] : [`a Map throws a RangeError after ${mapLimit} elements`],
    dispose: () => {
      small.map.close();
      vast.map.close();
    },
  };
}

const cases: Case[] = [
  {
    name: "get of random hits, u32 → u32, 64M against 1M",
    unit: "ns",
    portable: false,
    targets: [
      {
        nr: "20",
        text: "growth: get at 64M elements against get at 1M",
        ours: "64M",
        peers: ["1M"],
        max: 2.5,
        limit: "At 64M every lookup misses the caches and the table of address translations; at 1M the last cache of a quiet machine holds a part.",
      },
    ],
    prepare,
  },
];

export const growth: Subject = { name: "growth", cases };
