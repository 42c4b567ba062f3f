// The targets against the live kernel's bpf(2), and against the latency of memory itself.
import { BPF_MAP_LOOKUP_ELEM, BPF_MAP_TYPE_HASH, Kernel, u32 } from "./library.js";
import type { Bench, Case, KernelMap, Prepared, Subject } from "./harness/case.ts";
import { hits, keysU32 } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { limitLoop } from "./limit/limit_loop.ts";
import { bareLookups } from "./sides/bare_core.ts";
import { batchWalk } from "./sides/batch_walk.ts";

const LIVE = "live kernel";

/** A map of ours with `count` elements, u32 → u32, and the order of a round. */
function filled(count: number, ops: number) {
  const kernel = Kernel.loadSync();
  const keys = keysU32(count);
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: count });
  for (let i = 0; i < count; i++) map.set(keys[i], i);
  return { kernel, map, keys, order: hits(keys, ops, 1) };
}

type Words = Uint32Array<ArrayBuffer>;

async function live(bench: Bench, keys: Words, order: Words): Promise<KernelMap | string> {
  if (bench.host === undefined) return "a page has no kernel";
  const bytes = (words: Words): Uint8Array => new Uint8Array(words.buffer);
  const shape = { type: BPF_MAP_TYPE_HASH, flags: 0, keySize: 4, valueSize: 4, maxEntries: keys.length };
  const map = await bench.host.kernelMap({ ...shape, keys: bytes(keys), values: bytes(keys), order: bytes(order) });
  if (typeof map !== "string") await map.fill();
  return map;
}

async function prepareRaw(bench: Bench): Promise<Prepared> {
  const { small, ops } = bench.scale;
  const { kernel, map, keys, order } = filled(small, ops);
  const key = new Uint8Array(4);
  const word = new Uint32Array(key.buffer);
  const attr = { map_fd: map.fd, key, value: new Uint8Array(4), flags: 0 };
  const loop = own((kernel: Kernel, cmd: number, target: typeof attr, word: Uint32Array, order: Uint32Array) => {
    let found = 0;
    for (let i = 0; i < order.length; i++) {
      word[0] = order[i];
      if (kernel.bpf(cmd, target) === 0) found++;
    }
    return found;
  });
  const peer = await live(bench, keys, order);
  const measure = (): number => time(ops, () => loop(kernel, BPF_MAP_LOOKUP_ELEM, attr, word, order));
  const raw = { name: "raw", ours: true, measure };
  if (typeof peer === "string") return { sides: [raw], skipped: [{ name: LIVE, reason: peer }], dispose: () => map.close() };
  return {
    sides: [raw, { name: LIVE, ours: false, measure: () => peer.lookup() }],
    dispose: () => {
      map.close();
      return peer.close();
    },
  };
}

async function prepareBatch(bench: Bench): Promise<Prepared> {
  const { large } = bench.scale;
  const { kernel, map, keys, order } = filled(large, 1);
  const walk = batchWalk(kernel, map);
  const peer = await live(bench, keys, order);
  const raw = { name: "raw", ours: true, measure: () => time(large, walk) };
  if (typeof peer === "string") return { sides: [raw], skipped: [{ name: LIVE, reason: peer }], dispose: () => map.close() };
  return {
    sides: [raw, { name: LIVE, ours: false, measure: () => peer.lookupBatch() }],
    dispose: () => {
      map.close();
      return peer.close();
    },
  };
}

async function prepareLimit(bench: Bench): Promise<Prepared | string> {
  const { large: elements, ops } = bench.scale;
  const keys = keysU32(elements);
  const order = hits(keys, ops, 1);
  const lookups = await bareLookups(await bench.coreWasm(), keys, order);
  if (typeof lookups === "string") return lookups;
  const limit = await limitLoop(await bench.limitWasm(), { elements, recordSize: 16, order });
  return {
    sides: [
      { name: "lookup_many", ours: true, measure: () => time(ops, lookups) },
      { name: "two loads", ours: false, measure: () => time(ops, limit) },
    ],
  };
}

const cases: Case[] = [
  {
    name: "raw LOOKUP, u32 → u32, 1k",
    unit: "ns",
    portable: false,
    targets: [{ nr: "8", text: "raw LOOKUP at 1k", ours: "raw", peers: [LIVE], max: 0.1 }],
    prepare: prepareRaw,
  },
  {
    name: "LOOKUP_BATCH, u32 → u32, 1M",
    unit: "ns",
    portable: false,
    targets: [{ nr: "9", text: "LOOKUP_BATCH per element at 1M", ours: "raw", peers: [LIVE], max: 0.3 }],
    prepare: prepareBatch,
  },
  {
    name: "random lookups against memory latency, u32 → u32, 1M",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "10",
        text: "random lookups at 1M inside the core, against two dependent loads from as much memory",
        ours: "lookup_many",
        peers: ["two loads"],
        max: 1.5,
        limit: "A lookup hashes, compares tags and checks the key between its two loads; each instruction there leaves room for fewer loads at once.",
      },
    ],
    prepare: prepareLimit,
  },
];

export const kernelTargets: Subject = { name: "against kernel and memory", cases };
