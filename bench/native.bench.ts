// Hash maps against a native table: how far JavaScript, the engine and the machine's memory are apart.
import { bytes, type HashMap, Kernel, u32 } from "./library.js";
import type { Bench, Case, NativeSpec, Prepared, Side, Subject, Target } from "./harness/case.ts";
import { NATIVE } from "./harness/markdown.ts";
import { blockHits, blocks, hits, keysU32 } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { findBlocks, repeated, setBlocks } from "./sides/typed.ts";

type Words = Uint32Array<ArrayBuffer>;
type WordMap = HashMap<number, number>;
type BlockMap = HashMap<Uint8Array, Uint8Array>;

const SIZES = ["small", "medium", "large"] as const;
type Size = (typeof SIZES)[number];
const SIZE_NAMES = { small: "1k", medium: "100k", large: "1M" };

/** Keys of one getMany: what one command takes without growing its blocks. */
const CHUNK = 1024;

const asBytes = (words: Words): Uint8Array<ArrayBuffer> => new Uint8Array(words.buffer);

/** The lists of `count` keys each that a round asks for; `width` array elements are a key. */
function chunked<T extends Words | Uint8Array<ArrayBuffer>>(order: T, width: number): T[] {
  const chunks: T[] = [];
  for (let at = 0; at < order.length; at += CHUNK * width) chunks.push(order.subarray(at, at + CHUNK * width) as T);
  return chunks;
}

/** How often a round inserts everything, so that small maps take long enough to be timed. */
const repeatsOf = (count: number, ops: number): number => Math.max(1, Math.floor(ops / 4 / count));

async function withNative(bench: Bench, spec: NativeSpec, what: "find" | "insert", prepared: Prepared): Promise<Prepared> {
  const native = bench.host === undefined ? "a page runs no native code" : await bench.host.nativeTable(spec);
  if (typeof native === "string") return { ...prepared, skipped: [{ name: NATIVE, reason: native }] };
  const dispose = async (): Promise<void> => {
    await prepared.dispose?.();
    await native.close();
  };
  const sides = [...prepared.sides, { name: NATIVE, ours: false, measure: () => native[what]() }];
  return { sides, notes: [native.about], dispose };
}

const manyInto = (map: WordMap | BlockMap, chunks: (Words | Uint8Array)[], out: Words | Uint8Array, width: number) => {
  let sum = 0;
  for (const keys of chunks) {
    (map as WordMap).getManyInto(keys as never, out);
    for (let i = 0; i < keys.length; i += width) sum += out[i];
  }
  return sum;
};

function prepareWords(bench: Bench, size: Size, what: "find" | "insert"): Promise<Prepared> {
  const { [size]: count, ops } = bench.scale;
  const keys = keysU32(count);
  const order = hits(keys, ops, 1);
  const kernel = Kernel.loadSync();
  const create = (): WordMap => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: count });
  const setAll = own((map: WordMap, keys: Words) => {
    for (let i = 0; i < keys.length; i++) map.set(keys[i], i);
  });
  const getAll = own((map: WordMap, order: Words) => {
    let sum = 0;
    for (let i = 0; i < order.length; i++) sum += map.get(order[i])!;
    return sum;
  });
  const many = own(manyInto);
  const map = create();
  setAll(map, keys);
  const chunks = chunked(order, 1);
  const out = new Uint32Array(CHUNK);
  const sides: Side[] =
    what === "find"
      ? [
          { name: "get", ours: true, measure: () => time(ops, () => getAll(map, order)) },
          { name: "getManyInto", ours: true, measure: () => time(ops, () => many(map, chunks, out, 1)) },
        ]
      : insertSides(create, count, ops, [
          { name: "set", fill: (fresh) => setAll(fresh, keys) },
          { name: "setMany", fill: (fresh) => fresh.setMany(keys, keys) },
        ]);
  const spec: NativeSpec = { size: 4, keys: asBytes(keys), values: asBytes(keys), order: asBytes(order) };
  return withNative(bench, spec, what, { sides, dispose: () => map.close() });
}

function prepareBlocks(bench: Bench, size: Size, what: "find" | "insert"): Promise<Prepared> {
  const WIDTH = 16;
  const { [size]: count, ops } = bench.scale;
  const keys = blocks(count, WIDTH, 2);
  const order = blockHits(keys, WIDTH, ops, 1);
  const kernel = Kernel.loadSync();
  const create = (): BlockMap => kernel.createMap({ type: "hash", key: bytes(WIDTH), value: bytes(WIDTH), maxEntries: count });
  const setAll = own(setBlocks);
  const getAll = own(findBlocks);
  const many = own(manyInto);
  const [key, value] = [new Uint8Array(WIDTH), new Uint8Array(WIDTH)];
  const words = new Uint32Array(key.buffer);
  const [keyWords, orderWords] = [new Uint32Array(keys.buffer), new Uint32Array(order.buffer)];
  const map = create();
  setAll(map, keyWords, key, words, key);
  const chunks = chunked(order, WIDTH);
  const out = new Uint8Array(CHUNK * WIDTH);
  const sides: Side[] =
    what === "find"
      ? [
          { name: "getInto", ours: true, measure: () => time(ops, () => getAll(map, orderWords, key, words, value)) },
          { name: "getManyInto", ours: true, measure: () => time(ops, () => many(map, chunks, out, WIDTH)) },
        ]
      : insertSides(create, count, ops, [
          { name: "set", fill: (fresh) => setAll(fresh, keyWords, key, words, key) },
          { name: "setMany", fill: (fresh) => fresh.setMany(keys as never, keys as never) },
        ]);
  return withNative(bench, { size: 16, keys, values: keys, order }, what, { sides, dispose: () => map.close() });
}

/** Sides that fill a fresh map, which they create and close; closing is not timed. */
function insertSides<M extends WordMap | BlockMap>(
  create: () => M,
  count: number,
  ops: number,
  ways: { name: string; fill(fresh: M): unknown }[],
): Side[] {
  const once = (fill: (fresh: M) => unknown): number => {
    let fresh!: M;
    const ns = time(count, () => fill((fresh = create())));
    fresh.close();
    return ns;
  };
  return ways.map(({ name, fill }) => ({ name, ours: true, measure: () => repeated(repeatsOf(count, ops), () => once(fill)) }));
}

interface Shape {
  name: string;
  prepare: typeof prepareWords;
  find: { nr: number; ours: string }[];
  insert: { nr: number; ours: string }[];
}

const SHAPES: Shape[] = [
  {
    name: "u32 → u32",
    prepare: prepareWords,
    find: [{ nr: 24, ours: "get" }, { nr: 25, ours: "getManyInto" }],
    insert: [{ nr: 26, ours: "set" }, { nr: 27, ours: "setMany" }],
  },
  {
    name: "16 B → 16 B",
    prepare: prepareBlocks,
    find: [{ nr: 28, ours: "getInto" }, { nr: 29, ours: "getManyInto" }],
    insert: [{ nr: 30, ours: "set" }, { nr: 31, ours: "setMany" }],
  },
]; // prettier-ignore

const WORDS = { find: "random hits", insert: "insert into a fresh map, create included" };

const cases: Case[] = SHAPES.flatMap((shape) =>
  (["find", "insert"] as const).flatMap((what) =>
    SIZES.map((size, index): Case => {
      const about = `${shape.name}, ${SIZE_NAMES[size]}`;
      const target = ({ nr, ours }: { nr: number; ours: string }): Target => ({
        nr: `${nr}${"abc"[index]}`,
        text: `${ours}, ${WORDS[what]}, ${about}`,
        ours,
        peers: [NATIVE],
      });
      return {
        name: `${what}, ${about}`,
        unit: "ns",
        portable: false,
        targets: shape[what].map(target),
        prepare: (bench) => shape.prepare(bench, size, what),
      };
    }),
  ),
);

export const native: Subject = { name: "against a native table", cases };
