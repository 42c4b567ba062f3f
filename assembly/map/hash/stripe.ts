import { is_alone } from "../../mem/cpu";
import { lock_take, lock_words, watch, watch_fails } from "../../mem/lock";
import { HashMap, line_index } from "./hash_map";

// Threads and the groups of a hash table. Neighbouring groups are a stripe, and each stripe has a lock. What an operation
// does in the stripe of its key's group is done under that lock, and lookups watch it. What goes beyond the stripe is done
// alone: an element that went past its group seldom went so far. In chains all that writes is done alone.

/** Most stripes of a table, as a power of two, and fewest groups of one. */
const STRIPES_MAX_SHIFT: u32 = 8;
const GROUPS_MIN_SHIFT: u32 = 4;

/** Locks are 64 bytes apart, which leaves room for the shift. */
const SHIFT_MASK: u32 = 63;

/** Gives a new table its stripes. */
export function stripes_create(map: HashMap): void {
  if (!ASC_FEATURE_THREADS) return;
  const bits: u32 = 32 - <u32>clz(map.line_mask);
  const shift = bits > STRIPES_MAX_SHIFT + GROUPS_MIN_SHIFT ? bits - STRIPES_MAX_SHIFT : GROUPS_MIN_SHIFT;
  map.stripes = <u32>lock_words(changetype<usize>(map), 1 << STRIPES_MAX_SHIFT) | shift;
}

@inline
function stripe_shift(map: HashMap): u32 {
  return map.stripes & SHIFT_MASK;
}

@inline
function lock_of(map: HashMap, hash: u32): usize {
  return lock_of_group(map.stripes, line_index(map, hash));
}

/** The lock of a group, for who has looked at the map already. */
@inline
export function lock_of_group(stripes: u32, group: u32): usize {
  return <usize>((stripes & ~SHIFT_MASK) + (group >> (stripes & SHIFT_MASK) << 6));
}

/** Before the elements of a key's stripe are written: false when the operation must be done alone. */
@inline
export function lock_stripe(map: HashMap, hash: u32): bool {
  if (is_alone()) return true;
  return map.group_slots != 0 && lock_take(lock_of(map, hash), changetype<usize>(map));
}

/** Before an element is looked for. */
@inline
export function watch_stripe(map: HashMap, hash: u32): void {
  if (ASC_FEATURE_THREADS && map.group_slots) watch(lock_of(map, hash));
}

/** Whether a group is in another stripe than one before it, so that what is there must be looked at alone. */
@inline
export function leaves_stripe(map: HashMap, home: u32, group: u32): bool {
  if (!ASC_FEATURE_THREADS || is_alone()) return false;
  const shift = stripe_shift(map);
  if (home >> shift == group >> shift) return false;
  watch_fails();
  return true;
}
