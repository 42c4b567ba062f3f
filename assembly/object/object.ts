import { id_remove } from "./id";
import { ObjectState, state } from "./state";

// What an fd, a pin or a slot of an outer map refers to. Map (map/map.ts) extends this header. References are counted; when
// the last one goes the id goes at once, as in Linux, and the object is put on a list of dead ones. What frees that list
// knows what an object consists of (map/free.ts), so nothing here needs to.

/** Kinds of objects. Of programs, BTF and sockets there are none: they are what an fd is asked to be. */
export const OBJ_MAP: u32 = 1;
export const OBJ_PROG: u32 = 2;
export const OBJ_BTF: u32 = 3;
export const OBJ_SOCKET: u32 = 4;

@unmanaged
export class Obj {
  refcnt: u32;
  next_dead: usize;
  /** OBJ_MAP; 0 in NO_OBJECT. */
  kind: u32;
  _obj_pad: u32;
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
  object.next_dead = state.dead;
  state.dead = changetype<usize>(object);
}

/** Whether an object waits to be freed. */
@inline
export function any_dead(): bool {
  return state.dead != 0;
}

/** The first object of the dead list; 0 when it is empty. */
export function object_next_dead(): usize {
  return state.dead;
}

/** Takes an object off the dead list. Others may have been put in front of it. */
export function object_drop_dead(object: usize): void {
  let link = changetype<usize>(state) + offsetof<ObjectState>("dead");
  while (load<usize>(link) != object) link = load<usize>(link) + offsetof<Obj>("next_dead");
  store<usize>(link, changetype<Obj>(object).next_dead);
}
