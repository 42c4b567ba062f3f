import { Errno } from "../uapi/constants";
import { copy_unlogged } from "../mem/bytes";
import { log_run } from "../mem/journal";
import { table_free, table_resize } from "../mem/heap";
import { WITH_PROGRAMS } from "../mem/variant";
import { IDS_FIRST, IdSpace, OBJ_BTF, OBJ_MAP, OBJ_PROG, id_first, id_space, state } from "./state";

// Ids of objects, of each kind by itself. They count up from 1 and are not used again, so a table in order of creation is a
// table in order of id: an append to add, a binary search to find.

@inline
function entry(ids: IdSpace, index: u32): usize {
  return ids.table + (<usize>index << 3);
}

/** Begins with id 1, once per memory. */
export function id_init(): void {
  if (id_space(OBJ_MAP).next) return;
  begin(OBJ_MAP);
  if (!WITH_PROGRAMS) return;
  begin(OBJ_PROG);
  begin(OBJ_BTF);
}

function begin(kind: u32): void {
  const ids = id_space(kind);
  ids.next = 1;
  ids.table = id_first(kind);
  ids.capacity = IDS_FIRST;
}

/** Makes sure that one more id fits, so that id_add cannot fail: 0 or -ENOMEM. */
export function id_reserve(kind: u32): i32 {
  const ids = id_space(kind);
  return ids.count < ids.capacity || resize(kind, ids.capacity * 2) ? 0 : -Errno.ENOMEM;
}

/** A table of another capacity, no smaller than what is in it; false, with nothing changed, when memory is at its limit. */
function resize(kind: u32, capacity: u32): bool {
  const ids = id_space(kind);
  const first = id_first(kind);
  const old = ids.table;
  const used = ids.count << 3;
  if (capacity == IDS_FIRST) {
    memory.copy(first, old, used);
    table_free(old);
    ids.table = first;
  } else {
    const table = table_resize(old, used, <u64>capacity << 3, old != first);
    if (!table) return false;
    ids.table = table;
  }
  ids.capacity = capacity;
  return true;
}

/** Gives the object the next id. */
export function id_add(kind: u32, object: usize): u32 {
  const ids = id_space(kind);
  const id = ids.next++;
  const at = entry(ids, ids.count++);
  store<u32>(at, id);
  store<u32>(at, <u32>object, 4);
  ++state.live_objects;
  return id;
}

/** Index of the first entry whose id is at least `id`. */
function lower_bound(ids: IdSpace, id: u32): u32 {
  let low: u32 = 0;
  let high = ids.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(entry(ids, middle)) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Moves the entries behind this one down by one. */
function close_gap(kind: u32, ids: IdSpace, index: u32): void {
  const at = entry(ids, index);
  const size = (ids.count - index - 1) << 3;
  // Of so many that they could not be moved back, a new table is made.
  if (ASC_FEATURE_THREADS && !log_run(at, size) && ids.table != id_first(kind)) {
    const table = table_resize(ids.table, index << 3, <u64>ids.capacity << 3, true);
    if (table) {
      copy_unlogged(table + (<usize>index << 3), at + 8, size);
      ids.table = table;
      return;
    }
  }
  copy_unlogged(at, at + 8, size);
}

export function id_remove(kind: u32, id: u32): void {
  // What has no id is of a kind that has none.
  if (WITH_PROGRAMS && !id) return;
  const ids = id_space(kind);
  const index = lower_bound(ids, id);
  if (index == ids.count || load<u32>(entry(ids, index)) != id) return;
  close_gap(kind, ids, index);
  --ids.count;
  --state.live_objects;
  // Half of the table once no more than a quarter is wanted.
  if (ids.capacity > IDS_FIRST && ids.count <= ids.capacity >> 2) resize(kind, ids.capacity >> 1);
}

/** The object of a kind with this id, or 0. */
export function id_find(kind: u32, id: u32): usize {
  const ids = id_space(kind);
  const index = lower_bound(ids, id);
  if (index == ids.count || load<u32>(entry(ids, index)) != id) return 0;
  return <usize>load<u32>(entry(ids, index), 4);
}

/** Smallest live id of a kind above `id`, or 0. */
export function id_next(kind: u32, id: u32): u32 {
  const ids = id_space(kind);
  const index = lower_bound(ids, id + 1);
  return index == ids.count ? 0 : load<u32>(entry(ids, index));
}
