// What a script knows of the map it works on, and which attributes the live kernel may be asked to create.

import { Limit, MapFlag, MapType } from "./abi.ts";

export interface Shape {
  type: MapType;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  extra: number;
}

export const roundUp8 = (size: number): number => Math.ceil(size / 8) * 8;

const percpu = new Set([MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH]);

const hashes = new Set([
  MapType.HASH,
  MapType.PERCPU_HASH,
  MapType.LRU_HASH,
  MapType.LRU_PERCPU_HASH,
  MapType.HASH_OF_MAPS,
]);

export const isLru = (type: MapType): boolean => type === MapType.LRU_HASH || type === MapType.LRU_PERCPU_HASH;
export const isOuter = (type: MapType): boolean => type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
/** Types whose batches walk buckets. */
export const isHash = (type: MapType): boolean => hashes.has(type);

/** Bytes of one value as user space sees it. */
export function viewSize(shape: Shape, cpus: number): number {
  return percpu.has(shape.type) ? roundUp8(shape.valueSize) * cpus : shape.valueSize;
}

/** The order of elements, and which of them share a bucket, depends on a random seed. */
export function isUnordered(shape: Shape): boolean {
  return isHash(shape.type) && (shape.flags & MapFlag.ZERO_SEED) === 0;
}

const BYTES_MAX = 16 << 20;
const PERCPU_BYTES_MAX = 1 << 20;
/** No machine has this much, so the answer is the same on all of them. */
const BYTES_IMPOSSIBLE = 2 ** 50;

const ringbufs = new Set([MapType.RINGBUF, MapType.USER_RINGBUF]);

/** Refused for what they need besides these attributes, or allocate nothing at creation. */
const free = new Set([
  MapType.LPM_TRIE,
  MapType.ARENA,
  MapType.CPUMAP,
  MapType.CGROUP_STORAGE,
  MapType.PERCPU_CGROUP_STORAGE,
  MapType.SK_STORAGE,
  MapType.INODE_STORAGE,
  MapType.TASK_STORAGE,
  MapType.CGRP_STORAGE,
  MapType.STRUCT_OPS,
]);

/** Types that keep a pointer per entry, whatever the value size. */
const pointers = new Set([
  MapType.PROG_ARRAY,
  MapType.PERF_EVENT_ARRAY,
  MapType.CGROUP_ARRAY,
  MapType.ARRAY_OF_MAPS,
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.XSKMAP,
  MapType.REUSEPORT_SOCKARRAY,
]);

/**
 * True where the live kernel's answer to MAP_CREATE does not depend on the machine's memory: small maps, sizes beyond
 * any memory, and what is refused before anything is allocated. ENOMEM between those is each machine's own.
 */
export function isAnswerFixed(shape: Shape, cpus: number): boolean {
  const { type, keySize, valueSize, maxEntries } = shape;
  if (free.has(type) || type === MapType.UNSPEC || type >= MapType.MAX) return true;
  if (ringbufs.has(type)) {
    const isPowerOfTwo = maxEntries !== 0 && (maxEntries & (maxEntries - 1)) === 0;
    return !isPowerOfTwo || maxEntries < Limit.PAGE_SIZE || maxEntries <= BYTES_MAX;
  }
  if (isHash(type) && maxEntries > Limit.HASH_ENTRIES_MAX) return true;
  if (type === MapType.STACK_TRACE && maxEntries === 0xffffffff) return true;
  if (percpu.has(type)) {
    if (valueSize > Limit.PERCPU_VALUE_SIZE_MAX) return maxEntries <= 0x10000;
    return maxEntries * (roundUp8(keySize) + roundUp8(valueSize) * cpus + 64) <= PERCPU_BYTES_MAX;
  }
  if (type === MapType.ARRAY && valueSize >= 2 ** 31) return true;
  const valueBytes = pointers.has(type) ? 64 : roundUp8(valueSize);
  const bytes = (maxEntries + 1) * (roundUp8(keySize) + valueBytes + (type === MapType.ARRAY ? 0 : 64));
  if (type === MapType.ARRAY && bytes >= BYTES_IMPOSSIBLE) return true;
  return bytes <= BYTES_MAX;
}
