import { WITH_PROGRAMS } from "../mem/variant";
import { fd_failed, fd_lookup_any, fd_object } from "../object/fd";
import { id_find, id_next } from "../object/id";
import { OBJ_BTF, OBJ_MAP, OBJ_PROG, OBJ_STATS, Obj } from "../object/object";
import { id_space, state } from "../object/state";

/** Every fd refers to a live object that counts it; nothing waits to be freed between commands. */
export function check_fds(): i32 {
  if (state.dead) return 101;
  for (let fd: u32 = 0; fd < state.fd_count; ++fd) {
    const answer = fd_lookup_any(fd);
    if (fd_failed(answer)) continue;
    const object = changetype<Obj>(fd_object(answer));
    if (object.refcnt == 0) return 102;
    if (object.kind == OBJ_STATS) continue;
    if (id_find(object.kind, object.id) != changetype<usize>(object)) return 103;
  }
  return 0;
}

/** Ids lead to objects that carry them, in rising order. */
export function check_ids(): i32 {
  let count = check_kind(OBJ_MAP);
  if (WITH_PROGRAMS) count += check_kind(OBJ_PROG) + check_kind(OBJ_BTF);
  return count == state.live_objects ? 0 : 106;
}

/** How many of a kind there are; more than there can be when one is not as it should be. */
function check_kind(kind: u32): u32 {
  let count: u32 = 0;
  for (let id = id_next(kind, 0); id; id = id_next(kind, id)) {
    const object = changetype<Obj>(id_find(kind, id));
    if (id >= id_space(kind).next || object.id != id || object.kind != kind) return u32.MAX_VALUE;
    ++count;
  }
  return count;
}
