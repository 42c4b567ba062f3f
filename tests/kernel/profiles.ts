// One row per map type: how a random map of the type looks, what its keys and values are, and how often each kind of
// operation comes up.

import { MapFlag, MapType } from "./abi.ts";
import type { Prng } from "./prng.ts";
import { isHash, isLru, isOuter } from "./shape.ts";
import type { Shape } from "./shape.ts";

export type Action =
  | "lookup" | "update" | "delete" | "next" | "lookupAndDelete"
  | "lookupBatch" | "drainBatch" | "updateBatch" | "deleteBatch" | "walk"
  | "freeze" | "info" | "nextId" | "fdById" | "pin" | "get" | "unlink" | "close" | "dup" | "create";

export type KeyKind = "bytes" | "index" | "prefix" | "none" | "cgroup";
export type ValueKind = "bytes" | "innerMap" | "fd" | "device" | "cpu";

export interface Profile {
  name: string;
  type: MapType;
  keys: KeyKind;
  values: ValueKind;
  weights: Readonly<Record<Action, number>>;
  /** Operations on one map before the script closes it and makes another. */
  opsPerMap: readonly [number, number];
  shape(rng: Prng): Shape;
}

const weights: Record<Action, number> = {
  lookup: 22, update: 32, delete: 12, next: 9, lookupAndDelete: 6,
  lookupBatch: 6, drainBatch: 2, updateBatch: 5, deleteBatch: 3, walk: 3,
  freeze: 0.1, info: 2, nextId: 1, fdById: 1, pin: 1.2, get: 1, unlink: 0.5, close: 0.5, dup: 0.7, create: 1,
};

/** Each step of an outer map waits for the kernel's grace period, about 15 ms, so there are few of them. */
const outerWeights: Record<Action, number> = {
  ...weights, lookup: 60, next: 40, update: 5, delete: 2, updateBatch: 0.5, deleteBatch: 0.5, drainBatch: 0.5,
  nextId: 0.2, fdById: 0.4, walk: 4,
};

function weightsOf(type: MapType): Record<Action, number> {
  if (isOuter(type)) return outerWeights;
  // The kernel releases a program array some time after its last close, and until then MAP_GET_NEXT_ID shows it.
  return type === MapType.PROG_ARRAY ? { ...weights, nextId: 0 } : weights;
}

const R_OR_W = [MapFlag.RDONLY, MapFlag.WRONLY];
const PROG = [MapFlag.RDONLY_PROG, MapFlag.WRONLY_PROG];

/** A combination of the flags a type accepts, each as often as its chance says; access modes are rare. */
function flags(rng: Prng, accepted: [flag: number, chance: number][]): number {
  let result = 0;
  for (const [flag, chance] of accepted) if (rng.chance(chance)) result |= flag;
  if (rng.chance(0.06)) result |= rng.pick(R_OR_W);
  return result;
}

const someProg = (rng: Prng): number => (rng.chance(0.1) ? rng.pick(PROG) : 0);

const valueSizes = [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 9, 12, 16, 16, 24, 31, 64, 100, 300, 3000];
const keySizes = [1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 8, 9, 12, 13, 16, 16, 20, 24, 40, 64, 100];
const counts = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 33];
/** From 512 on the LRU lists move 128 entries at a time; such a map begins its life nearly full. */
const lruCounts = [1, 2, 3, 4, 4, 5, 6, 8, 9, 12, 16, 17, 24, 32, 40, 64, 100, 130, 300, 600];

/** Maps with more entries than this are filled by one batch, or no script would ever see them full. */
export const FILLED_FROM = 130;

function hashShape(type: MapType): (rng: Prng) => Shape {
  return (rng) => {
    const accepted: [number, number][] = [[MapFlag.ZERO_SEED, 0.5]];
    if (isLru(type)) accepted.push([MapFlag.NO_COMMON_LRU, 0.4]);
    else accepted.push([MapFlag.NO_PREALLOC, 0.4]);
    const prog = type === MapType.HASH_OF_MAPS ? 0 : someProg(rng);
    const maxEntries = rng.pick(isLru(type) ? lruCounts : counts);
    const isBig = maxEntries > FILLED_FROM;
    return {
      type,
      keySize: isBig ? rng.pick([2, 4, 8]) : rng.pick(keySizes),
      valueSize: isOuter(type) ? 4 : isBig ? 4 : rng.pick(valueSizes),
      maxEntries,
      flags: flags(rng, accepted) | prog,
      extra: 0,
    };
  };
}

function arrayShape(type: MapType, sizes: number[], accepted: [number, number][] = []): (rng: Prng) => Shape {
  return (rng) => ({
    type,
    keySize: 4,
    valueSize: rng.pick(sizes),
    maxEntries: rng.pick(counts),
    flags: flags(rng, accepted),
    extra: 0,
  });
}

function lpmShape(rng: Prng): Shape {
  const keySize = rng.pick([5, 6, 7, 8, 8, 8, 9, 12, 13, 20, 20, 36]);
  const shapeFlags = MapFlag.NO_PREALLOC | flags(rng, []) | someProg(rng);
  return {
    type: MapType.LPM_TRIE, keySize, valueSize: rng.pick(valueSizes), maxEntries: rng.pick([...counts, 64, 64]),
    flags: shapeFlags, extra: 0,
  };
}

function queueShape(type: MapType): (rng: Prng) => Shape {
  return (rng) => ({
    type, keySize: 0, valueSize: rng.pick(valueSizes), maxEntries: rng.pick(counts),
    flags: flags(rng, []) | someProg(rng), extra: 0,
  });
}

function bloomShape(rng: Prng): Shape {
  return {
    type: MapType.BLOOM_FILTER, keySize: 0, valueSize: rng.pick(valueSizes), maxEntries: rng.pick([...counts, 100, 1000]),
    flags: MapFlag.ZERO_SEED | flags(rng, []) | someProg(rng), extra: rng.below(16),
  };
}

function plainShape(type: MapType, keySize: number, valueSize: number, maxEntries: number[], fixed = 0) {
  return (rng: Prng): Shape => ({
    type, keySize, valueSize, maxEntries: rng.pick(maxEntries), flags: fixed, extra: 0,
  });
}

function row(type: MapType, keys: KeyKind, values: ValueKind, shape: (rng: Prng) => Shape): Profile {
  return {
    name: MapType[type].toLowerCase(),
    type,
    keys,
    values,
    shape,
    weights: weightsOf(type),
    opsPerMap: isHash(type) ? [40, 400] : [30, 250],
  };
}

const anyProg: [number, number][] = [[MapFlag.RDONLY_PROG, 0.1]];

export const profiles: readonly Profile[] = [
  row(MapType.HASH, "bytes", "bytes", hashShape(MapType.HASH)),
  row(MapType.ARRAY, "index", "bytes",
    arrayShape(MapType.ARRAY, valueSizes, [[MapFlag.MMAPABLE, 0.2], [MapFlag.INNER_MAP, 0.1], ...anyProg])),
  row(MapType.PERCPU_HASH, "bytes", "bytes", hashShape(MapType.PERCPU_HASH)),
  row(MapType.PERCPU_ARRAY, "index", "bytes", arrayShape(MapType.PERCPU_ARRAY, valueSizes, anyProg)),
  row(MapType.LRU_HASH, "bytes", "bytes", hashShape(MapType.LRU_HASH)),
  row(MapType.LRU_PERCPU_HASH, "bytes", "bytes", hashShape(MapType.LRU_PERCPU_HASH)),
  row(MapType.LPM_TRIE, "prefix", "bytes", lpmShape),
  row(MapType.ARRAY_OF_MAPS, "index", "innerMap", arrayShape(MapType.ARRAY_OF_MAPS, [4])),
  row(MapType.HASH_OF_MAPS, "bytes", "innerMap", hashShape(MapType.HASH_OF_MAPS)),
  row(MapType.QUEUE, "none", "bytes", queueShape(MapType.QUEUE)),
  row(MapType.STACK, "none", "bytes", queueShape(MapType.STACK)),
  row(MapType.BLOOM_FILTER, "none", "bytes", bloomShape),
  row(MapType.RINGBUF, "none", "bytes", plainShape(MapType.RINGBUF, 0, 0, [4096, 8192])),
  row(MapType.USER_RINGBUF, "none", "bytes", plainShape(MapType.USER_RINGBUF, 0, 0, [4096, 8192])),
  row(MapType.ARENA, "none", "bytes", plainShape(MapType.ARENA, 0, 0, [1, 2, 100], MapFlag.MMAPABLE)),
  row(MapType.PROG_ARRAY, "index", "fd", arrayShape(MapType.PROG_ARRAY, [4])),
  row(MapType.PERF_EVENT_ARRAY, "index", "fd", arrayShape(MapType.PERF_EVENT_ARRAY, [4], [[MapFlag.PRESERVE_ELEMS, 0.3]])),
  row(MapType.CGROUP_ARRAY, "index", "fd", arrayShape(MapType.CGROUP_ARRAY, [4])),
  row(MapType.STACK_TRACE, "index", "bytes", arrayShape(MapType.STACK_TRACE, [8, 64, 1016])),
  row(MapType.DEVMAP, "index", "device", arrayShape(MapType.DEVMAP, [4, 8])),
  row(MapType.DEVMAP_HASH, "index", "device", arrayShape(MapType.DEVMAP_HASH, [4, 8])),
  row(MapType.CPUMAP, "index", "cpu", plainShape(MapType.CPUMAP, 4, 4, [1, 2, 7])),
  row(MapType.SOCKMAP, "index", "fd", arrayShape(MapType.SOCKMAP, [4, 8])),
  row(MapType.SOCKHASH, "bytes", "fd", (rng) => ({
    ...arrayShape(MapType.SOCKHASH, [4, 8])(rng), keySize: rng.pick([1, 4, 8, 20, 512]),
  })),
  row(MapType.XSKMAP, "index", "fd", arrayShape(MapType.XSKMAP, [4])),
  row(MapType.REUSEPORT_SOCKARRAY, "index", "fd", arrayShape(MapType.REUSEPORT_SOCKARRAY, [4, 8])),
  row(MapType.CGROUP_STORAGE, "cgroup", "bytes", plainShape(MapType.CGROUP_STORAGE, 8, 16, [0])),
  row(MapType.PERCPU_CGROUP_STORAGE, "cgroup", "bytes", plainShape(MapType.PERCPU_CGROUP_STORAGE, 16, 16, [0])),
];

export function profileOf(name: string): Profile {
  const profile = profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`no map type has the name "${name}"`);
  return profile;
}
