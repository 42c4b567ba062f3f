import { root } from "../mem/root";
import { id_remove } from "./id";

// What an fd, a pin or a slot of an outer map refers to. For now every object is a map; Map (map/map.ts) extends this
// header. References are counted; when the last one goes the id goes at once, as in Linux, and the object is put on the
// root's dead list. The syscall layer frees that list through the operations table, so nothing below needs to know how.

@unmanaged
export class Obj {
  refcnt: u32;
  next_dead: usize;
  /** Map type. */
  type: u32;
  id: u32;
}

export function object_get(object: Obj): void {
  ++object.refcnt;
}

export function object_put(object: Obj): void {
  assert(object.refcnt > 0);
  if (--object.refcnt != 0) return;
  id_remove(object.id);
  object.next_dead = root.dead;
  root.dead = changetype<usize>(object);
}

/** Takes one object off the dead list; null when it is empty. */
export function object_next_dead(): usize {
  const ptr = root.dead;
  if (ptr) root.dead = changetype<Obj>(ptr).next_dead;
  return ptr;
}
