import { Errno } from "../uapi/constants";
import { copy_unlogged } from "../mem/bytes";
import { log_run } from "../mem/journal";
import { table_free, table_resize } from "../mem/heap";
import { IDS_FIRST, ID_FIRST, state } from "./state";

// Ids of maps. They count up from 1 and are not used again, so a table in order of creation is a table in order of id: an append to
// add, a binary search to find.

@inline
function entry(index: u32): usize {
  return state.id_table + (<usize>index << 3);
}

/** Begins with id 1, once per memory. */
export function id_init(): void {
  if (state.id_next) return;
  state.id_next = 1;
  state.id_table = ID_FIRST;
  state.id_capacity = IDS_FIRST;
}

/** Makes sure that one more id fits, so that id_add cannot fail: 0 or -ENOMEM. */
export function id_reserve(): i32 {
  return state.id_count < state.id_capacity || resize(state.id_capacity * 2) ? 0 : -Errno.ENOMEM;
}

/** A table of another capacity, at least id_count; false, with nothing changed, when memory is at its limit. */
function resize(capacity: u32): bool {
  const old = state.id_table;
  const used = state.id_count << 3;
  if (capacity == IDS_FIRST) {
    memory.copy(ID_FIRST, old, used);
    table_free(old);
    state.id_table = ID_FIRST;
  } else {
    const table = table_resize(old, used, <u64>capacity << 3, old != ID_FIRST);
    if (!table) return false;
    state.id_table = table;
  }
  state.id_capacity = capacity;
  return true;
}

/** Gives the object the next id. */
export function id_add(object: usize): u32 {
  const id = state.id_next++;
  const at = entry(state.id_count++);
  store<u32>(at, id);
  store<u32>(at, <u32>object, 4);
  ++state.live_objects;
  return id;
}

/** Index of the first entry whose id is at least `id`. */
function lower_bound(id: u32): u32 {
  let low: u32 = 0;
  let high = state.id_count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(entry(middle)) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Moves the entries behind this one down by one. */
function close_gap(index: u32): void {
  const at = entry(index);
  const size = (state.id_count - index - 1) << 3;
  // Of so many that they could not be moved back, a new table is made.
  if (ASC_FEATURE_THREADS && !log_run(at, size) && state.id_table != ID_FIRST) {
    const table = table_resize(state.id_table, index << 3, <u64>state.id_capacity << 3, true);
    if (table) {
      copy_unlogged(table + (<usize>index << 3), at + 8, size);
      state.id_table = table;
      return;
    }
  }
  copy_unlogged(at, at + 8, size);
}

export function id_remove(id: u32): void {
  const index = lower_bound(id);
  if (index == state.id_count || load<u32>(entry(index)) != id) return;
  close_gap(index);
  --state.id_count;
  --state.live_objects;
  // Half of the table once no more than a quarter is wanted.
  if (state.id_capacity > IDS_FIRST && state.id_count <= state.id_capacity >> 2) resize(state.id_capacity >> 1);
}

/** The object with this id, or 0. */
export function id_find(id: u32): usize {
  const index = lower_bound(id);
  if (index == state.id_count || load<u32>(entry(index)) != id) return 0;
  return <usize>load<u32>(entry(index), 4);
}

/** Smallest live id above `id`, or 0. */
export function id_next(id: u32): u32 {
  const index = lower_bound(id + 1);
  return index == state.id_count ? 0 : load<u32>(entry(index));
}
