import { current_cpu } from "../mem/cpu";
import { remove_owned, touch_owned } from "./hash/table";
import {
  LruList,
  LruMap,
  LruNode,
  LruPool,
  NODE_SIZE,
  REF,
  active_of,
  cpu_pool,
  element_of,
  inactive_of,
  is_ref,
  link_head,
  list_of,
  move_to_head,
  move_to_head_inline,
  pending_of,
  splice_head,
  unlink,
} from "./lru_node";

// Which elements of an LRU map are recent, which are old, and which one has to go. Linux does not keep one list in order
// of use: it works in batches, per CPU, and evicts a little before the map is full. The same keys go here, by the same
// operation.
//
//   insert ──► PENDING of the CPU ──┬─ not used since ─► INACTIVE ── tail ──► evicted, `batch` at a time
//                                   │                     ▲      │
//                                   │      while shorter, │      │ found used
//                                   │      from the tail  │      ▼
//                                   └─ used since ──────► ACTIVE
//
// All of that happens only when a CPU has no free entry left and takes the next batch. Under NO_COMMON_LRU there is no
// PENDING, every insert goes to INACTIVE and every one ages the lists.
//
// Cost: for `batch` entries at most `scan_max` nodes of each list are looked at, however large the map is. Nodes that
// were inserted together lie together and grow old together, so the walk from the tail goes through memory in order; the
// bucket lines of what is evicted do not, and are read ahead (touch_tail).

@inline
function push_free(map: LruMap, node: LruNode): void {
  node.list_ref = 0;
  node.next = map.free_top;
  map.free_top = changetype<usize>(node);
}

/** Removes an element from the table and from its list; the caller counts the entry where it now belongs. */
function evict(map: LruMap, node: LruNode): void {
  unlink(node);
  remove_owned(map, element_of(map, node), node.hash);
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

/** Turns one of a pool's free entries into the node of a new element, and gives its element. */
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
  return element_of(map, node);
}

/** An element was written anew: it is now used, and the last that the running CPU inserted; its old entry goes back. */
export function lru_move_to_newest(pool: LruPool, node: LruNode): void {
  ++changetype<LruPool>(list_of(node).pool).free;
  --pool.free;
  move_to_head_inline(pending_of(pool), node, REF);
}

/** An element was used where it stands. */
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
  let at = pending.prev;
  while (at != changetype<usize>(pending)) {
    const node = changetype<LruNode>(at);
    at = node.prev;
    if (is_ref(node)) move_to_head(active, node, 0);
    else node.list_ref = changetype<usize>(inactive);
  }
  splice_head(inactive, pending);
}

/** Gives old elements of ACTIVE to INACTIVE when that is the shorter list, then used ones of INACTIVE to ACTIVE. */
function age(map: LruMap, zone: LruPool): void {
  if (inactive_of(zone).count < active_of(zone).count) age_active(map, zone);
  if (map.marks_inactive) age_inactive(map, zone);
}

function age_active(map: LruMap, zone: LruPool): void {
  const inactive = inactive_of(zone);
  const active = active_of(zone);
  let left = min<u32>(map.scan_max, active.count);
  while (left--) {
    const node = changetype<LruNode>(active.prev);
    move_to_head_inline(is_ref(node) ? active : inactive, node, 0);
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

/** Evicts up to `wanted` elements from the tail of INACTIVE and spares used ones; but one it evicts in any case. */
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
    touch_owned(map, node.hash);
    at = node.prev;
  }
}

/** The zone has nothing free and nothing in its lists: takes an entry that some CPU, or this one, keeps for itself. */
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
