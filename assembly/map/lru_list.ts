import { KIND_PRIVATE } from "../mem/chunk";
import { current_cpu } from "../mem/cpu";
import { heap_alloc, heap_free } from "../mem/heap";
import { root } from "../mem/root";
import { HashMap, first_candidate, record_index, remove } from "./hash_table";

// Which elements of an LRU map are recent, which are old, and which one has to go. Linux does not keep one list in order
// of use: it works in batches, per CPU, and evicts a little before the map is full. The same keys go here, by the same
// operation.
//
// Every record has a node, in private memory: a program can write records, and must not be able to steer a list.
//
//   byte  0        4        8        12        16
//         ┌────────┬────────┬────────┬─────────┐
//         │ prev   │ next   │ hash   │ list|ref│   four nodes to a cache line, none across two
//         └────────┴────────┴────────┴─────────┘
//   prev, next   neighbours towards the head (newest) and the tail (oldest) of a ring that passes through the list
//   hash         of the element's key: evicting finds the bucket without touching the record, a cache miss saved
//   list|ref     address of the list the node is in, 0 when its record is free; bit 0: used since it was last looked at
//
// Lists hang off pools. A pool is what an entry belongs to, and counts the free entries of its own:
//
//   common        zone ── INACTIVE, ACTIVE                  NO_COMMON_LRU   a zone per CPU, each with its share of
//                 one share per CPU ── PENDING                              the entries
//
//   A share takes `batch` free entries from the zone at a time. What its CPU inserts is PENDING, and enters the zone's
//   lists only when the share is empty and takes the next batch.
//
// A free record has no key, so nobody can tell one from another: a list of free entries is only a number, and all free
// records stand in one stack. The last one freed is taken first, while its lines are in the cache, and records never
// used come off a counter, so creating a map touches no node. For the same reason an update may keep an element's record
// where Linux swaps it for a fresh one: only the node moves and only the numbers change.
//
// Cost: a batch looks at no more than `scan_max` nodes of each list and yields `batch` entries. Nodes that were inserted
// together lie together and grow old together, so the walk from the tail goes through memory in order.

const REF: usize = 1;
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
const NODE_SIZE: usize = offsetof<LruNode>();
const NODE_SHIFT: usize = 4;
if (offsetof<LruNode>() != 1 << 4) ERROR("LruNode");

/** The ring's fixed point: next is the head, prev the tail, both the list itself when it is empty. */
@unmanaged
class LruList extends LruLinks {
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
}
if (offsetof<LruMap>() % 8 != 0) ERROR("LruMap must end 8-byte aligned");

/** Memory for the lists of a map whose table exists. False when memory is at its limit. */
export function lru_create(map: LruMap, common: bool): bool {
  const cpus = root.nr_cpus;
  const entries = map.max_entries;
  const nr_pools = common ? cpus + 1 : cpus;
  map.pools = heap_alloc(<u64>nr_pools * POOL_SIZE + <u64>entries * NODE_SIZE, KIND_PRIVATE);
  if (!map.pools) return false;
  map.nodes = map.pools + <usize>nr_pools * POOL_SIZE;
  map.unused = map.nodes;
  map.nr_cpus = cpus;
  map.batch = common ? min<u32>(max<u32>(entries / cpus >> 1, 1), BATCH_MAX) : ZONE_BATCH;
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
function cpu_pool(map: LruMap, cpu: u32): LruPool {
  return changetype<LruPool>(map.pools + <usize>cpu * POOL_SIZE);
}

@inline
function pending_of(share: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(share) + POOL_LISTS);
}

@inline
function inactive_of(zone: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(zone) + POOL_LISTS);
}

@inline
function active_of(zone: LruPool): LruList {
  return changetype<LruList>(changetype<usize>(zone) + POOL_LISTS + LIST_SIZE);
}

@inline
function list_of(node: LruNode): LruList {
  return changetype<LruList>(node.list_ref & ~REF);
}

@inline
function is_ref(node: LruNode): bool {
  return (node.list_ref & REF) != 0;
}

/** The node of a record in the map. */
@inline
export function lru_node(map: LruMap, record: usize): LruNode {
  return changetype<LruNode>(map.nodes + (<usize>record_index(map, record) << NODE_SHIFT));
}

@inline
function record_of(map: LruMap, node: LruNode): usize {
  return map.records + ((changetype<usize>(node) - map.nodes) >> NODE_SHIFT) * map.stride;
}

/** Takes a node out of its list. The cursor, if it stood there, steps on towards the head. */
function unlink(node: LruNode): void {
  const list = list_of(node);
  const pool = changetype<LruPool>(list.pool);
  if (pool.cursor == changetype<usize>(node)) pool.cursor = node.prev;
  changetype<LruLinks>(node.prev).next = node.next;
  changetype<LruLinks>(node.next).prev = node.prev;
  --list.count;
}

/** Makes a node the head of a list, with the bit `ref` or 0. */
@inline
function link_head(list: LruList, node: LruNode, ref: usize): void {
  const first = list.next;
  node.prev = changetype<usize>(list);
  node.next = first;
  node.list_ref = changetype<usize>(list) | ref;
  changetype<LruLinks>(first).prev = changetype<usize>(node);
  list.next = changetype<usize>(node);
  ++list.count;
}

/** Moves a node to the head of a list. The head itself stays where it is, and with it a cursor that stands there. */
@inline
function move_to_head(list: LruList, node: LruNode, ref: usize): void {
  if (list.next == changetype<usize>(node)) {
    node.list_ref = changetype<usize>(list) | ref;
    return;
  }
  unlink(node);
  link_head(list, node, ref);
}

@inline
function push_free(map: LruMap, node: LruNode): void {
  node.list_ref = 0;
  node.next = map.free_top;
  map.free_top = changetype<usize>(node);
}

/** Removes an element from the table and from its list; the caller counts the entry where it now belongs. */
function evict(map: LruMap, node: LruNode): void {
  unlink(node);
  remove(map, record_of(map, node), node.hash);
  push_free(map, node);
}

/**
 * The pool that the running CPU takes entries from, with at least one free entry in it. Elements are evicted for that
 * when need be; since every entry is in some list or counted in some pool, it always succeeds.
 */
export function lru_reserve(map: LruMap): LruPool {
  const cpu = current_cpu();
  const pool = cpu_pool(map, cpu < map.nr_cpus ? cpu : 0);
  if (!map.zone) {
    age(map, pool);
    if (pool.free == 0) pool.free = shrink(map, pool, map.batch);
  } else if (pool.free == 0) {
    refill(map, pool, changetype<LruPool>(map.zone));
    if (pool.free == 0) steal(map, pool);
  }
  assert(pool.free != 0);
  return pool;
}

/** Turns one of a pool's free entries into the node of a new element, and gives its record. */
export function lru_take(map: LruMap, pool: LruPool, hash: u32): usize {
  let node = changetype<LruNode>(map.free_top);
  if (map.free_top) {
    map.free_top = node.next;
  } else {
    node = changetype<LruNode>(map.unused);
    map.unused += NODE_SIZE;
  }
  node.hash = hash;
  --pool.free;
  // The first list: PENDING of a share, INACTIVE of a zone.
  link_head(pending_of(pool), node, 0);
  return record_of(map, node);
}

/** An element was written anew: it counts as just inserted by the running CPU, used, and its former entry as given back. */
export function lru_renew(pool: LruPool, node: LruNode): void {
  ++changetype<LruPool>(list_of(node).pool).free;
  --pool.free;
  move_to_head(pending_of(pool), node, REF);
}

/** An element was written in place. */
@inline
export function lru_set_ref(node: LruNode): void {
  node.list_ref |= REF;
}

/** The element of this node has left the table: its entry goes back to the pool it belongs to. */
export function lru_give(map: LruMap, node: LruNode): void {
  ++changetype<LruPool>(list_of(node).pool).free;
  unlink(node);
  push_free(map, node);
}

/** Takes a batch for a share that has nothing left: free entries of the zone, and for what is missing evicted ones. */
function refill(map: LruMap, share: LruPool, zone: LruPool): void {
  flush_pending(share, zone);
  age(map, zone);
  const batch = map.batch;
  const taken = min<u32>(zone.free, batch);
  zone.free -= taken;
  share.free = taken;
  if (taken < batch) share.free += shrink(map, zone, batch - taken);
}

/** Moves what a CPU inserted to the zone's lists, oldest first: used since then to ACTIVE, else to INACTIVE. */
function flush_pending(share: LruPool, zone: LruPool): void {
  const pending = pending_of(share);
  const inactive = inactive_of(zone);
  const active = active_of(zone);
  while (pending.count) {
    const node = changetype<LruNode>(pending.prev);
    move_to_head(is_ref(node) ? active : inactive, node, 0);
  }
}

/** Gives old elements of ACTIVE to INACTIVE when that is the shorter list, then used ones of INACTIVE to ACTIVE. */
function age(map: LruMap, zone: LruPool): void {
  if (inactive_of(zone).count < active_of(zone).count) age_active(map, zone);
  if (inactive_of(zone).count) age_inactive(map, zone);
}

function age_active(map: LruMap, zone: LruPool): void {
  const inactive = inactive_of(zone);
  const active = active_of(zone);
  let left = min<u32>(map.scan_max, active.count);
  while (left--) {
    const node = changetype<LruNode>(active.prev);
    move_to_head(is_ref(node) ? active : inactive, node, 0);
  }
}

function age_inactive(map: LruMap, zone: LruPool): void {
  const list = inactive_of(zone);
  const active = active_of(zone);
  let left = min<u32>(map.scan_max, list.count);
  let at = zone.cursor;
  while (left--) {
    if (at == changetype<usize>(list)) at = list.prev;
    const node = changetype<LruNode>(at);
    at = node.prev;
    if (is_ref(node)) move_to_head(active, node, 0);
  }
  zone.cursor = at;
}

/** Evicts up to `wanted` elements from the tail of INACTIVE, sparing used ones; one all the same when all were spared. */
function shrink(map: LruMap, zone: LruPool, wanted: u32): u32 {
  const inactive = inactive_of(zone);
  const active = active_of(zone);
  let evicted: u32 = 0;
  let left = min<u32>(map.scan_max, inactive.count);
  touch_tail(map, inactive, min<u32>(left, wanted));
  while (left-- && evicted < wanted) {
    const node = changetype<LruNode>(inactive.prev);
    if (is_ref(node)) {
      move_to_head(active, node, 0);
    } else {
      evict(map, node);
      ++evicted;
    }
  }
  if (evicted) return evicted;
  const list = inactive.count ? inactive : active;
  if (!list.count) return 0;
  evict(map, changetype<LruNode>(list.prev));
  return 1;
}

/**
 * Reads the bucket lines of the elements next to be evicted. Each is a cache miss; asked for one after another, with
 * nothing in between that depends on the answer, the misses overlap.
 */
function touch_tail(map: LruMap, list: LruList, count: u32): void {
  let at = list.prev;
  while (count--) {
    const node = changetype<LruNode>(at);
    first_candidate(map, node.hash);
    at = node.prev;
  }
}

/** The zone has no entry left that is free or in its lists: takes one that a CPU, this one included, keeps for itself. */
function steal(map: LruMap, share: LruPool): void {
  const cpus = map.nr_cpus;
  let cpu = share.steal_from;
  for (let tries: u32 = 0; tries < cpus && share.free == 0; ++tries) {
    const victim = cpu_pool(map, cpu);
    cpu = cpu + 1 == cpus ? 0 : cpu + 1;
    if (victim.free) {
      --victim.free;
      share.free = 1;
    } else if (pending_of(victim).count) {
      evict(map, oldest_pending(victim));
      share.free = 1;
    }
  }
  share.steal_from = cpu;
}

/** The oldest pending element that was not used since, or simply the oldest. */
function oldest_pending(share: LruPool): LruNode {
  const pending = pending_of(share);
  let at = pending.prev;
  while (at != changetype<usize>(pending)) {
    const node = changetype<LruNode>(at);
    if (!is_ref(node)) return node;
    at = node.prev;
  }
  return changetype<LruNode>(pending.prev);
}
