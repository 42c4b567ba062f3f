// Hash maps: every operation, both shapes, three sizes, all surfaces, against Map and the live kernel.
import { BPF_MAP_TYPE_HASH, Kernel } from "./library.js";
import type { Bench, Case, KernelMap, Prepared, Side, Subject } from "./harness/case.ts";
import { exactStore, rawStore } from "./sides/commands.ts";
import { type Fixture, makeFixture, type Operation, type Shape, type Store } from "./sides/fixture.ts";
import { bigintKeys, latin1Keys, type MapKeys, mapStore, numberKeys } from "./sides/js_map.ts";
import { typedStore } from "./sides/typed.ts";

const SHAPES: Shape[] = ["u32 → u64", "16 B → 16 B"];
const SIZES = ["small", "medium", "large"] as const;
const SIZE_NAMES = { small: "1k", medium: "100k", large: "1M" };
const OPERATIONS: Operation[] = ["lookup", "update", "insert", "delete", "iterate"];

function peers(fixture: Fixture): { name: string; make: () => MapKeys<unknown> }[] {
  const { keys, order, keyWords } = fixture;
  const both = <K>(convert: (words: Uint32Array<ArrayBuffer>) => ArrayLike<K>): MapKeys<K> => ({
    keys: convert(keys),
    order: convert(order),
  });
  const strings = { name: "Map, latin1 string", make: () => both((words) => latin1Keys(words, keyWords)) };
  const bigints = { name: "Map, bigint", make: () => both((words) => bigintKeys(words, keyWords)) };
  const numbers = { name: "Map, number", make: () => both(numberKeys) };
  return keyWords === 1 ? [numbers, bigints, strings] : [bigints, strings];
}

/** The live kernel's store, with the same elements and the same order. */
async function kernelStore(bench: Bench, fixture: Fixture): Promise<KernelMap | string> {
  if (bench.host === undefined) return "a page has no kernel";
  const bytes = (words: Uint32Array<ArrayBuffer>): Uint8Array => new Uint8Array(words.buffer);
  return bench.host.kernelMap({
    type: BPF_MAP_TYPE_HASH,
    flags: 0,
    keySize: fixture.keyWords * 4,
    valueSize: fixture.valueWords * 4,
    maxEntries: fixture.count,
    keys: bytes(fixture.keys),
    values: bytes(fixture.values),
    order: bytes(fixture.order),
  });
}

async function prepare(bench: Bench, shape: Shape, size: (typeof SIZES)[number], operation: Operation): Promise<Prepared> {
  const fixture = makeFixture(shape, bench.scale[size], bench.scale.ops);
  const stores: Store[] = [];
  const side = (name: string, ours: boolean, store: Store): Side => {
    stores.push(store);
    return { name, ours, measure: () => store[operation]() };
  };
  // A kernel for each surface: what one allocates must not move the others' memory.
  const sides = [
    side("typed", true, typedStore(Kernel.loadSync(), fixture)),
    side("raw", true, rawStore(Kernel.loadSync(), fixture)),
    side("exact", true, exactStore(Kernel.loadSync(), fixture)),
    ...peers(fixture).map(({ name, make }) => side(name, false, mapStore(fixture, make()))),
  ];
  const live = await kernelStore(bench, fixture);
  const skipped = typeof live === "string" ? [{ name: "live kernel", reason: live }] : [];
  if (typeof live !== "string") {
    await live.fill();
    sides.push(side("live kernel", false, live));
  }
  const dispose = async (): Promise<void> => {
    for (const store of stores) await store.close();
  };
  return { sides, skipped, dispose };
}

const cases: Case[] = OPERATIONS.flatMap((operation) =>
  SHAPES.flatMap((shape) =>
    SIZES.map(
      (size): Case => ({
        name: `${operation}, ${shape}, ${SIZE_NAMES[size]}`,
        unit: "ns",
        portable: true,
        prepare: (bench) => prepare(bench, shape, size, operation),
      }),
    ),
  ),
);

export const hash: Subject = { name: "hash", cases };
