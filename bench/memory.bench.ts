// Memory: bytes for an element, and what the elements cost in a garbage collection.
import { bytes, Kernel, u32, u64 } from "./library.js";
import type { Bench, Case, Host, Prepared, Subject } from "./harness/case.ts";
import { blocks, keysU32 } from "./harness/random.ts";
import { bytesToLatin1 } from "./sides/byte_keys.ts";

const MAP = "Map";
type Shape = "u32" | "bytes";

/** Growth of the kernel's live bytes by a full map, per element. */
function oursPerElement(count: number, shape: Shape): number {
  const kernel = Kernel.loadSync();
  const before = kernel.stats();
  if (shape === "u32") {
    const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: count });
    const keys = keysU32(count);
    for (let i = 0; i < count; i++) map.set(keys[i], i);
  } else {
    const map = kernel.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: count });
    const keys = blocks(count, 16, 2);
    for (let i = 0; i < count; i++) map.set(keys.subarray(i * 16, i * 16 + 16), keys.subarray(0, 16));
  }
  const after = kernel.stats();
  return (after.usedBytes - before.usedBytes) / count;
}

function mapPerElement(count: number, shape: Shape, host: Host): number {
  const source = shape === "u32" ? keysU32(count) : blocks(count, 16, 2);
  const before = host.heapBytes();
  const map = new Map<unknown, unknown>();
  if (shape === "u32") for (let i = 0; i < count; i++) map.set(source[i], BigInt(i));
  else for (let i = 0; i < count; i++) map.set(bytesToLatin1(source as Uint8Array, i * 16), new Uint8Array(16));
  const after = host.heapBytes();
  if (map.size !== count) throw new Error("a Map lost elements");
  return (after - before) / count;
}

function prepareBytes({ scale: { large }, host }: Bench, shape: Shape): Prepared {
  const ours = { name: "ours", ours: true, measure: () => oursPerElement(large, shape) };
  if (host === undefined) return { sides: [ours], skipped: [{ name: MAP, reason: "a page cannot read its heap's size" }] };
  return { sides: [ours, { name: MAP, ours: false, measure: () => mapPerElement(large, shape, host) }] };
}

function preparePause({ scale: { large }, host }: Bench, shape: Shape): Prepared | string {
  if (host === undefined) return "a page cannot force a collection";
  const pause = async (what: string): Promise<number> =>
    (await host.freshProcess("gc", what, String(large), shape)).pause;
  return {
    sides: [
      { name: "ours", ours: true, measure: () => pause("ours") },
      { name: "no elements", ours: true, measure: () => pause("none") },
      { name: MAP, ours: false, measure: () => pause("map") },
    ],
    notes: ["each in a process of its own, the median of five collections; an empty process has its own pause"],
  };
}

const SHAPES: { shape: Shape; name: string; letter: string; bytes: number }[] = [
  { shape: "u32", name: "u32 → u64", letter: "a", bytes: 32 },
  { shape: "bytes", name: "16 B → 16 B", letter: "b", bytes: 48 },
];

const cases: Case[] = SHAPES.flatMap(({ shape, name, letter, bytes }): Case[] => [
  {
    name: `memory of an element, ${name}, 1M`,
    unit: "bytes/element",
    portable: true,
    once: true,
    targets: [{ nr: `17${letter}`, text: `bytes per element, ${name}, 1M`, ours: "ours", peers: [], max: bytes }],
    prepare: (bench) => prepareBytes(bench, shape),
  },
  {
    name: `pause of a full collection, ${name}, 1M`,
    unit: "ms",
    portable: false,
    targets: [
      {
        nr: `18${letter}`,
        text: `full GC pause with 1M elements live, ${name}`,
        ours: "ours",
        peers: [MAP],
        max: 0.05,
        limit: "An empty process has most of this pause: the collector sees none of the elements, but it starts and ends.",
      },
    ],
    prepare: (bench) => preparePause(bench, shape),
  },
]);

export const memory: Subject = { name: "memory", cases };
