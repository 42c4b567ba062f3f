// The kernel's memory accounting of a map (memlock), worked out from its attributes. Each formula was fitted to what
// Linux 6.18 on x86-64 reports in fdinfo for many sizes; the constants are sizes of the kernel's own structures.
import { Errno, MapFlag } from "../assembly/uapi/constants.ts";
import {
  BPF_MAP_LOOKUP_BATCH,
  BPF_MAP_TYPE_ARENA,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_BLOOM_FILTER,
  BPF_MAP_TYPE_CGROUP_ARRAY,
  BPF_MAP_TYPE_CPUMAP,
  BPF_MAP_TYPE_DEVMAP,
  BPF_MAP_TYPE_DEVMAP_HASH,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_LRU_HASH,
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  BPF_MAP_TYPE_PROG_ARRAY,
  BPF_MAP_TYPE_QUEUE,
  BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_SOCKHASH,
  BPF_MAP_TYPE_SOCKMAP,
  BPF_MAP_TYPE_STACK,
  BPF_MAP_TYPE_STACK_TRACE,
  BPF_MAP_TYPE_USER_RINGBUF,
  BPF_MAP_TYPE_XSKMAP,
  type Kernel,
} from "../bindings/index.ts";
import type { MapInfo } from "./map.ts";

const PAGE = 4096;
const POINTER = 8;
/** An array's, a queue's and a bloom filter's header. */
const ARRAY_HEADER = 312;
const STACK_TRACE_HEADER = 320;
const RINGBUF_HEADER = 304;
const RINGBUF_OWN_PAGES = 3;
const DEVMAP_HEADER = 344;
const SOCKMAP_HEADER = 376;
const SOCKHASH_HEADER = 384;
const CPUMAP_HEADER = 304;
const XSKMAP_HEADER = 304;
const REUSEPORT_HEADER = 296;
const CGROUP_STORAGE_SIZE = 328;
const HASH_HEADER = 832;
/** Each CPU's lock words of a hash map. */
const HASH_PER_CPU = 32;
const HASH_BUCKET = 16;
const HASH_ELEM_HEADER = 48;
/** The allocator's link before an element that is allocated when it is inserted. */
const ALLOC_LINK = 8;
const LPM_NODE_HEADER = 24;
const LPM_PREFIXLEN = 4;
const STACK_BUCKET_HEADER = 16;

function up8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
function upPow2(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}

function hashMemory(info: MapInfo, cpus: number, count: () => number): number {
  const { type, maxEntries, flags } = info;
  const perCpu = type === BPF_MAP_TYPE_PERCPU_HASH || type === BPF_MAP_TYPE_LRU_PERCPU_HASH;
  const lru = type === BPF_MAP_TYPE_LRU_HASH || type === BPF_MAP_TYPE_LRU_PERCPU_HASH;
  const element = HASH_ELEM_HEADER + up8(info.keySize) + (perCpu ? POINTER : up8(info.valueSize));
  const values = perCpu ? up8(info.valueSize) * cpus : 0;
  const table = HASH_HEADER + HASH_PER_CPU * cpus + HASH_BUCKET * upPow2(maxEntries);
  if (flags & MapFlag.NO_PREALLOC) {
    const links = ALLOC_LINK + (perCpu ? ALLOC_LINK + POINTER : 0);
    return table + count() * (element + values + links);
  }
  // Every CPU has a spare element, so that a preallocated map can replace while full.
  const spare = perCpu || lru ? 0 : type === BPF_MAP_TYPE_HASH_OF_MAPS ? POINTER : POINTER + element;
  return table + maxEntries * (element + values) + spare * cpus;
}

function arrayMemory(info: MapInfo): number {
  const bytes = up8(info.valueSize) * info.maxEntries;
  return info.flags & MapFlag.MMAPABLE ? Math.ceil(bytes / PAGE) * PAGE + PAGE : ARRAY_HEADER + bytes;
}

function bloomMemory(info: MapInfo): number {
  const hashes = (info.mapExtra & 15) || 5;
  const bits = Math.max(64, upPow2(Math.floor((info.maxEntries * hashes) / 5) * 7));
  return ARRAY_HEADER + bits / 8;
}

function ringbufMemory(info: MapInfo): number {
  const pages = info.maxEntries / PAGE;
  const pointers = RINGBUF_OWN_PAGES + 2 * pages;
  return RINGBUF_HEADER + (RINGBUF_OWN_PAGES + pages) * PAGE + POINTER * pointers;
}

/**
 * Bytes that Linux accounts for the map. `count` is asked only where elements are allocated one by one. Programs, sockets
 * and devices in a map, and an arena's pages, are not known here and count nothing.
 */
export function memlock(info: MapInfo, cpus: number, count: () => number): number {
  const entries = info.maxEntries;
  switch (info.type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return hashMemory(info, cpus, count);
    case BPF_MAP_TYPE_ARRAY:
      return arrayMemory(info);
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      return ARRAY_HEADER + entries * (POINTER + up8(info.valueSize) * cpus);
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
      return ARRAY_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_LPM_TRIE:
      return count() * (LPM_NODE_HEADER + info.keySize - LPM_PREFIXLEN + info.valueSize);
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
      return ARRAY_HEADER + (entries + 1) * info.valueSize;
    case BPF_MAP_TYPE_BLOOM_FILTER:
      return bloomMemory(info);
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
      return ringbufMemory(info);
    case BPF_MAP_TYPE_STACK_TRACE:
      return STACK_TRACE_HEADER + upPow2(entries) * POINTER + entries * (STACK_BUCKET_HEADER + info.valueSize);
    case BPF_MAP_TYPE_DEVMAP:
      return DEVMAP_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_DEVMAP_HASH:
      return DEVMAP_HEADER + upPow2(entries) * POINTER;
    case BPF_MAP_TYPE_SOCKMAP:
      return SOCKMAP_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_SOCKHASH:
      return SOCKHASH_HEADER + upPow2(entries) * HASH_BUCKET;
    case BPF_MAP_TYPE_CPUMAP:
      return CPUMAP_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_XSKMAP:
      return XSKMAP_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
      return REUSEPORT_HEADER + entries * POINTER;
    case BPF_MAP_TYPE_ARENA:
      return 0;
    default:
      return CGROUP_STORAGE_SIZE;
  }
}

const BATCH = 4096;

/** How many elements a hash map or LPM trie has, by lookup batches. */
export function countElements(kernel: Kernel, fd: number, info: MapInfo, valueBytes: number): number {
  let count = BATCH;
  let total = 0;
  let cursor: Uint8Array | null = null;
  const next = new Uint8Array(Math.max(4, info.keySize));
  for (;;) {
    const attr = {
      map_fd: fd,
      in_batch: cursor,
      out_batch: next,
      keys: new Uint8Array(count * info.keySize),
      values: new Uint8Array(count * valueBytes),
      count,
    };
    const ret = kernel.bpf(BPF_MAP_LOOKUP_BATCH, attr);
    if (ret === 0) {
      total += attr.count;
      cursor = next.slice();
    } else if (ret === -Errno.ENOSPC) {
      // The bucket that comes next is larger than the whole buffer: ask again from there with twice the room.
      count *= 2;
    } else {
      return total + attr.count;
    }
  }
}
