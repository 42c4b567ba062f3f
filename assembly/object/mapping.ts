import { Errno } from "../uapi/constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { Obj, object_get, object_put } from "./object";
import { ObjectState, state } from "./state";

// What mmap(2) has mapped. A mapping is a reference like an fd: what lies at its address stays until munmap(2), whatever
// becomes of the fd. All mappings of an object have one address, so they are counted in one entry of a list: mapping again
// takes no memory.

@unmanaged
class Mapping {
  next: usize;
  object: usize;
  address: usize;
  /** Mappings that may not write, and that may. */
  readers: u32;
  writers: u32;
  _pad: u32;
}

/** The link to an object's entry, or the link that ends the list. */
function link_to(object: usize): usize {
  let link = changetype<usize>(state) + offsetof<ObjectState>("mappings");
  for (let ptr = load<usize>(link); ptr && changetype<Mapping>(ptr).object != object; ptr = load<usize>(link)) {
    link = ptr + offsetof<Mapping>("next");
  }
  return link;
}

/** Notes a mapping of an object: 0 or -ENOMEM. */
export function mapping_add(object: usize, address: usize, writable: bool): i32 {
  let ptr = load<usize>(link_to(object));
  if (!ptr) {
    ptr = heap_alloc(offsetof<Mapping>(), KIND_PRIVATE);
    if (!ptr) return -Errno.ENOMEM;
    changetype<Mapping>(ptr).next = state.mappings;
    changetype<Mapping>(ptr).object = object;
    changetype<Mapping>(ptr).address = address;
    state.mappings = ptr;
    object_get(changetype<Obj>(object));
  }
  if (writable) ++changetype<Mapping>(ptr).writers;
  else ++changetype<Mapping>(ptr).readers;
  return 0;
}

/** Ends one mapping at an address, a writable one if there is one: 0, or -EINVAL when there is none. */
export function mapping_remove(address: usize): i32 {
  let ptr = state.mappings;
  while (ptr && changetype<Mapping>(ptr).address != address) ptr = changetype<Mapping>(ptr).next;
  if (!ptr) return -Errno.EINVAL;
  const mapping = changetype<Mapping>(ptr);
  if (mapping.writers) --mapping.writers;
  else --mapping.readers;
  if (!(mapping.writers | mapping.readers)) end_entry(mapping);
  return 0;
}

function end_entry(mapping: Mapping): void {
  const object = mapping.object;
  store<usize>(link_to(object), mapping.next);
  heap_free(changetype<usize>(mapping));
  object_put(changetype<Obj>(object));
}

/** Ends all mappings, as the end of a process does. */
export function mappings_clear(): void {
  while (state.mappings) end_entry(changetype<Mapping>(state.mappings));
}

/** Whether an object is mapped for writing. */
export function is_mapped_writable(object: usize): bool {
  const ptr = load<usize>(link_to(object));
  return ptr != 0 && changetype<Mapping>(ptr).writers != 0;
}
