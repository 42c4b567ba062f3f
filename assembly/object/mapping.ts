import { Errno } from "../uapi/constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { Obj, object_get, object_put } from "./object";
import { ObjectState, state } from "./state";

// What mmap(2) has mapped. A mapping is a reference like an fd: what lies at its address stays until munmap(2), whatever
// becomes of the fd. A list, the latest first: a process has few.

@unmanaged
class Mapping {
  next: usize;
  object: usize;
  address: usize;
  writable: u32;
}

/** Notes a mapping of an object: 0 or -ENOMEM. */
export function mapping_add(object: usize, address: usize, writable: bool): i32 {
  const ptr = heap_alloc(offsetof<Mapping>(), KIND_PRIVATE);
  if (!ptr) return -Errno.ENOMEM;
  const mapping = changetype<Mapping>(ptr);
  mapping.next = state.mappings;
  mapping.object = object;
  mapping.address = address;
  mapping.writable = u32(writable);
  state.mappings = ptr;
  object_get(changetype<Obj>(object));
  return 0;
}

/** Ends the latest mapping at an address: 0, or -EINVAL when there is none. */
export function mapping_remove(address: usize): i32 {
  let link = changetype<usize>(state) + offsetof<ObjectState>("mappings");
  let ptr = state.mappings;
  while (ptr && changetype<Mapping>(ptr).address != address) {
    link = ptr + offsetof<Mapping>("next");
    ptr = changetype<Mapping>(ptr).next;
  }
  if (!ptr) return -Errno.EINVAL;
  const object = changetype<Mapping>(ptr).object;
  store<usize>(link, changetype<Mapping>(ptr).next);
  heap_free(ptr);
  object_put(changetype<Obj>(object));
  return 0;
}

/** Ends all mappings, as the end of a process does. */
export function mappings_clear(): void {
  while (state.mappings) mapping_remove(changetype<Mapping>(state.mappings).address);
}

/** Whether an object is mapped for writing. */
export function is_mapped_writable(object: usize): bool {
  for (let ptr = state.mappings; ptr; ptr = changetype<Mapping>(ptr).next) {
    const mapping = changetype<Mapping>(ptr);
    if (mapping.object == object && mapping.writable) return true;
  }
  return false;
}
