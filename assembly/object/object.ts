import { WITH_PROGRAMS } from "../mem/variant";
import { id_remove } from "./id";
import { OBJ_MAP, ObjectState, state } from "./state";

// What an fd, a pin or a slot of an outer map refers to. Map (map/map.ts) extends this header. References are counted; when
// the last one goes the id goes at once, as in Linux, and the object is put on a list of dead ones. What frees that list
// knows what an object consists of (map/free.ts), so nothing here needs to.

/** Kinds of objects beside OBJ_MAP. Sockets there are none, programs and BTF in one core alone: they are what an fd is asked to be. */
export { OBJ_BTF, OBJ_MAP, OBJ_PROG } from "./state";
export const OBJ_SOCKET: u32 = 4;
/** What ENABLE_STATS gives an fd of. */
export const OBJ_STATS: u32 = 5;

@unmanaged
export class Obj {
  refcnt: u32;
  next_dead: usize;
  /** OBJ_MAP; 0 in NO_OBJECT. */
  kind: u32;
  /** Of a map that programs may use: map/mark.ts. */
  mark: u32;
  /** Map type; 0 in all that is no map. */
  type: u32;
  id: u32;
}

export function object_get(object: Obj): void {
  ++object.refcnt;
}

export function object_put(object: Obj): void {
  assert(object.refcnt > 0);
  if (--object.refcnt != 0) return;
  id_remove(object.kind, object.id);
  object_queue(object);
}

/** Puts an object on the dead list. */
function object_queue(object: Obj): void {
  object.next_dead = state.dead;
  state.dead = changetype<usize>(object);
}

/**
 * After an fd or a pin let go of an object: a map that programs alone still refer to is looked at by who frees the dead
 * (map/free.ts), for an array of programs is emptied then.
 */
@inline
export function object_released(object: Obj): void {
  if (WITH_PROGRAMS && object.refcnt && object.kind == OBJ_MAP) object_queue(object);
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
