import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { root } from "../mem/root";
import { HashMap, element_index } from "./hash/hash_map";

// The lists that an LRU map's elements stand in, and the numbers of its free entries. What is moved when, and what is
// evicted, is decided in lru_list.ts.
//
// Every element has a node, in private memory: a program can write elements, and must not be able to steer a list.
//
//   byte  0        4        8        12        16
//         ┌────────┬────────┬────────┬─────────┐
//         │ prev   │ next   │ hash   │ list|ref│   four nodes to a cache line, none across two
//         └────────┴────────┴────────┴─────────┘
//   prev, next   neighbours towards the head (newest) and the tail (oldest) of a ring that passes through the list
//   hash         of the element's key: evicting finds the bucket without touching the element, a cache miss saved
//   list|ref     address of the list the node is in, 0 when its element is free; bit 0: used since it was last looked at
//
// Lists hang off pools. A pool is what an entry belongs to, and counts the free entries of its own:
//
//   common        zone ── INACTIVE, ACTIVE                  NO_COMMON_LRU   a zone per CPU, each with its share of
//                 one share per CPU ── PENDING                              the entries
//
//   A share takes `batch` free entries from the zone at a time. What its CPU inserts is PENDING, and enters the zone's
//   lists only when the share is empty and takes the next batch.
//
// A free element has no key, so one is like another: a list of free entries is only a number, and all free
// elements stand in one stack. The last one freed is taken first, while its lines are in the cache, and elements never
// used come off a counter, so creating a map touches no node. For the same reason an update may keep an element
// where Linux swaps it for a fresh one: only the node moves and only the numbers change.

export const REF: usize = 1;
const BATCH_MAX: u32 = 128;
/** Entries that a CPU's own zone frees at a time, and nodes of each list that it looks at. */
const ZONE_BATCH: u32 = 4;

@unmanaged
class LruLinks {
  prev: usize;
  next: usize;
}

@unmanaged
export class LruNode extends LruLinks {
  hash: u32;
  list_ref: usize;
}
export const NODE_SIZE: usize = offsetof<LruNode>();
const NODE_SHIFT: u32 = 4;
if (offsetof<LruNode>() != 1 << NODE_SHIFT) ERROR("NODE_SHIFT does not fit the size of LruNode");

/** The ring's fixed point: next is the head, prev the tail, both the list itself when it is empty. */
@unmanaged
export class LruList extends LruLinks {
  count: u32;
  pool: usize;
}
const LIST_SIZE: usize = offsetof<LruList>();

@unmanaged
export class LruPool {
  free: u32;
  /** Where the last walk through INACTIVE stopped: a node or the list. 0 in a share, which has no such walk. */
  cursor: usize;
  /** The CPU that a share with nothing left to take asks first. */
  steal_from: u32;
  _pad: u32;
  // One list in a share: PENDING. Two in a zone: INACTIVE, ACTIVE.
}
const POOL_LISTS: usize = offsetof<LruPool>();
const POOL_SIZE: usize = 64;
if (offsetof<LruPool>() + 2 * offsetof<LruList>() > 64) ERROR("a pool and its lists are one cache line");

@unmanaged
export class LruMap extends HashMap {
  /** The block that holds the pools, then the nodes. */
  pools: usize;
  nodes: usize;
  /** Stack of free nodes through their `next`, 0 ends it, and the first node that was never used. */
  free_top: usize;
  unused: usize;
  /** Entries freed at a time, and nodes of one list looked at for it. */
  batch: u32;
  scan_max: u32;
  nr_cpus: u32;
  /** The map's one zone; 0 under NO_COMMON_LRU. */
  zone: usize;
  /**
   * 1 when an element can be marked used while it is in INACTIVE. Where only PENDING ones can, INACTIVE need not be
   * searched for marks, which after many updates is a cache miss per node. The first lookup of a program sets it, from when on
   * INACTIVE is searched from its tail; in Linux the search has gone on, without effect, and so may stand elsewhere.
   */
  marks_inactive: u32;
  _pad: u32;
}
if (offsetof<LruMap>() % 8 != 0) ERROR("LruMap must end 8-byte aligned");

/**
 * Memory for the lists of a map whose table exists. `in_place`: its updates mark elements where they stand, instead of
 * moving them to what their CPU inserted last. False when memory is at its limit.
 */
export function lru_create(map: LruMap, common: bool, in_place: bool): bool {
  const cpus = root.nr_cpus;
  const entries = map.max_entries;
  const nr_pools = common ? cpus + 1 : cpus;
  map.pools = heap_alloc(<u64>nr_pools * POOL_SIZE + <u64>entries * NODE_SIZE, KIND_PRIVATE);
  if (!map.pools) return false;
  map.nodes = map.pools + <usize>nr_pools * POOL_SIZE;
  map.unused = map.nodes;
  map.nr_cpus = cpus;
  map.batch = common ? min<u32>(max<u32>(entries / cpus >> 1, 1), BATCH_MAX) : ZONE_BATCH;
  map.marks_inactive = u32(in_place || !common);
  map.scan_max = common ? BATCH_MAX : ZONE_BATCH;
  for (let cpu: u32 = 0; cpu < cpus; ++cpu) {
    const pool = cpu_pool(map, cpu);
    if (common) {
      list_init(pool, pending_of(pool));
      pool.steal_from = cpu;
    } else {
      zone_init(pool, entries / cpus);
    }
  }
  if (common) {
    map.zone = map.pools + <usize>cpus * POOL_SIZE;
    zone_init(changetype<LruPool>(map.zone), entries);
  }
  return true;
}

export function lru_destroy(map: LruMap): void {
  heap_free(map.pools);
}

function zone_init(zone: LruPool, free: u32): void {
  list_init(zone, inactive_of(zone));
  list_init(zone, active_of(zone));
  zone.cursor = changetype<usize>(inactive_of(zone));
  zone.free = free;
}

function list_init(pool: LruPool, list: LruList): void {
  list.prev = changetype<usize>(list);
  list.next = changetype<usize>(list);
  list.pool = changetype<usize>(pool);
}

@inline
export function cpu_pool(map: LruMap, cpu: u32): LruPool {
  return changetype<LruPool>(map.pools + <usize>cpu * POOL_SIZE);
}

@inline
export function pending_of(share: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(share) + POOL_LISTS);
}

@inline
export function inactive_of(zone: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(zone) + POOL_LISTS);
}

@inline
export function active_of(zone: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(zone) + POOL_LISTS + LIST_SIZE);
}

@inline
export function list_of(node: LruNode): LruList {
  return changetype<LruList>(node.list_ref & ~REF);
}

@inline
export function is_ref(node: LruNode): bool {
  return (node.list_ref & REF) != 0;
}

/** The node of an element in the map. */
@inline
export function lru_node(map: LruMap, element: usize): LruNode {
  return changetype<LruNode>(map.nodes + (<usize>element_index(map, element) << <usize>NODE_SHIFT));
}

@inline
export function element_of(map: LruMap, node: LruNode): usize {
  return map.elements + ((changetype<usize>(node) - map.nodes) >> <usize>NODE_SHIFT) * map.stride;
}

/** Takes a node out of its list. The cursor, if it stood there, steps on towards the head. */
export function unlink(node: LruNode): void {
  const list = list_of(node);
  const pool = changetype<LruPool>(list.pool);
  if (pool.cursor == changetype<usize>(node)) pool.cursor = node.prev;
  changetype<LruLinks>(node.prev).next = node.next;
  changetype<LruLinks>(node.next).prev = node.prev;
  --list.count;
}

/** Makes a node the head of a list, with the bit `ref` or 0. */
@inline
export function link_head(list: LruList, node: LruNode, ref: usize): void {
  const first = list.next;
  node.prev = changetype<usize>(list);
  node.next = first;
  node.list_ref = changetype<usize>(list) | ref;
  changetype<LruLinks>(first).prev = changetype<usize>(node);
  list.next = changetype<usize>(node);
  ++list.count;
}

/** Moves a node to the head of a list. The head itself stays where it is, and with it a cursor that stands there. */
export function move_to_head(list: LruList, node: LruNode, ref: usize): void {
  move_to_head_inline(list, node, ref);
}

/** The same, where it is done for every element that is written. */
@inline
export function move_to_head_inline(list: LruList, node: LruNode, ref: usize): void {
  if (list.next == changetype<usize>(node)) {
    node.list_ref = changetype<usize>(list) | ref;
    return;
  }
  unlink(node);
  link_head(list, node, ref);
}

/** Puts all of a list, in its order, in front of another one. */
export function splice_head(list: LruList, from: LruList): void {
  if (from.count == 0) return;
  const newest = from.next;
  const oldest = from.prev;
  const first = list.next;
  changetype<LruLinks>(newest).prev = changetype<usize>(list);
  changetype<LruLinks>(oldest).next = first;
  changetype<LruLinks>(first).prev = oldest;
  list.next = newest;
  list.count += from.count;
  from.next = changetype<usize>(from);
  from.prev = changetype<usize>(from);
  from.count = 0;
}
