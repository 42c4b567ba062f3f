import { fd_failed, fd_lookup_any, fd_object } from "../object/fd";
import { id_find, id_next } from "../object/id";
import { Obj } from "../object/object";
import { state } from "../object/state";

/** Every fd refers to a live object that counts it; nothing waits to be freed between commands. */
export function check_fds(): i32 {
  if (state.dead) return 101;
  for (let fd: u32 = 0; fd < state.fd_count; ++fd) {
    const answer = fd_lookup_any(fd);
    if (fd_failed(answer)) continue;
    const object = changetype<Obj>(fd_object(answer));
    if (object.refcnt == 0) return 102;
    if (id_find(object.id) != changetype<usize>(object)) return 103;
  }
  return 0;
}

/** Ids lead to objects that carry them, in rising order. */
export function check_ids(): i32 {
  let count: u32 = 0;
  for (let id = id_next(0); id; id = id_next(id)) {
    if (id >= state.id_next) return 104;
    if (changetype<Obj>(id_find(id)).id != id) return 105;
    ++count;
  }
  return count == state.live_objects ? 0 : 106;
}
