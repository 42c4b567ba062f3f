import { Errno } from "../uapi/constants";
import { root } from "../mem/root";
import { table_grow } from "../mem/heap";

// Ids count up from 1 and are not used again, so a table in order of creation is a table in order of id: an append to
// add, a binary search to find.

@inline
function entry(index: u32): usize {
  return root.id_table + (<usize>index << 3);
}

/** Makes sure that one more id fits, so that id_add cannot fail: 0 or -ENOMEM. */
export function id_reserve(): i32 {
  if (root.id_count < root.id_capacity) return 0;
  const capacity = root.id_capacity ? root.id_capacity * 2 : 16;
  const table = table_grow(root.id_table, root.id_count << 3, <u64>capacity << 3);
  if (!table) return -Errno.ENOMEM;
  root.id_table = table;
  root.id_capacity = capacity;
  return 0;
}

/** Gives the object the next id. */
export function id_add(object: usize): u32 {
  const id = root.id_next++;
  const at = entry(root.id_count++);
  store<u32>(at, id);
  store<u32>(at, <u32>object, 4);
  ++root.live_objects;
  return id;
}

/** Index of the first entry whose id is at least `id`. */
function lower_bound(id: u32): u32 {
  let low: u32 = 0;
  let high = root.id_count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(entry(middle)) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function id_remove(id: u32): void {
  const index = lower_bound(id);
  if (index == root.id_count || load<u32>(entry(index)) != id) return;
  memory.copy(entry(index), entry(index + 1), <usize>(root.id_count - index - 1) << 3);
  --root.id_count;
  --root.live_objects;
}

/** The object with this id, or 0. */
export function id_find(id: u32): usize {
  const index = lower_bound(id);
  if (index == root.id_count || load<u32>(entry(index)) != id) return 0;
  return <usize>load<u32>(entry(index), 4);
}

/** Smallest live id above `id`, or 0. */
export function id_next(id: u32): u32 {
  const index = lower_bound(id + 1);
  return index == root.id_count ? 0 : load<u32>(entry(index));
}
