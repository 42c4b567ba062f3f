// Getting started: loading, size, and the creation of a large map.
import { BPF_MAP_CREATE, BPF_MAP_TYPE_HASH, Kernel } from "./library.js";
import type { Bench, Case, Prepared, Subject } from "./harness/case.ts";

const KIB = 1024;

function prepareLoad({ host }: Bench): Prepared | string {
  if (host === undefined) return "a page cannot start processes";
  const part = (name: string) => ({
    name,
    ours: true,
    measure: async () => (await host.freshProcess("load"))[name],
  });
  return {
    sides: [part("import"), part("load"), part("first"), part("again")],
    notes: ["import of the package, load() cold, the first map and element, a second load(); each in fresh processes"],
  };
}

function prepareSize({ host }: Bench): Prepared | string {
  if (host === undefined) return "a page does not see the file";
  const { raw, brotli } = host.wasmSizes();
  return {
    sides: [
      { name: "raw", ours: true, measure: () => raw },
      { name: "brotli", ours: true, measure: () => brotli },
    ],
  };
}

/** MAP_CREATE of 1M preallocated elements: in memory that is fresh, and in memory that must be cleared. */
function prepareCreate({ scale: { large } }: Bench): Prepared {
  const spec = { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: large };
  const create = (kernel: Kernel): { ms: number; fd: number } => {
    const start = performance.now();
    const fd = kernel.bpf(BPF_MAP_CREATE, spec);
    const ms = performance.now() - start;
    if (fd < 0) throw new Error(`MAP_CREATE answers ${fd}`);
    return { ms, fd };
  };
  const used = Kernel.loadSync();
  used.close(create(used).fd);
  return {
    sides: [
      { name: "fresh memory", ours: true, measure: () => create(Kernel.loadSync()).ms },
      {
        name: "used memory",
        ours: true,
        measure: () => {
          const { ms, fd } = create(used);
          used.close(fd);
          return ms;
        },
      },
    ],
  };
}

const cases: Case[] = [
  {
    name: "load in a fresh process",
    unit: "ms",
    portable: false,
    targets: [{ nr: "21", text: "Kernel.load(), cold", ours: "load", peers: [], max: 10 }],
    prepare: prepareLoad,
  },
  {
    name: "size of the core",
    unit: "bytes",
    portable: false,
    once: true,
    targets: [
      { nr: "22a", text: "size of the .wasm", ours: "raw", peers: [], max: 56 * KIB },
      { nr: "22b", text: "the same, brotli", ours: "brotli", peers: [] },
    ],
    prepare: prepareSize,
  },
  {
    name: "MAP_CREATE of 1M preallocated elements",
    unit: "ms",
    portable: true,
    targets: [
      { nr: "23a", text: "MAP_CREATE of 1M elements in fresh memory", ours: "fresh memory", peers: [], max: 20 },
      { nr: "23b", text: "the same in memory to be cleared", ours: "used memory", peers: [], max: 20 },
    ],
    prepare: prepareCreate,
  },
];

export const load: Subject = { name: "start", cases };
