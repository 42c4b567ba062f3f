import { Cmd, Errno, Limit } from "../uapi/constants";
import {
  BATCH_END,
  BatchAttr,
  CREATE_END,
  DELETE_END,
  ELEM_END,
  ElemAttr,
  FD_BY_ID_END,
  FREEZE_END,
  IdAttr,
  INFO_END,
  InfoAttr,
  NEXT_ID_END,
  NEXT_KEY_END,
  OBJ_END,
  ObjAttr,
} from "../uapi/attr";
import { all_zero } from "../mem/bytes";
import { ATTR_SCRATCH, root } from "../mem/root";
import { user_ok_inline, user_readable } from "../mem/user";
import { free_dead_maps } from "./access";
import { map_create } from "./map_create";
import { map_delete_batch, map_lookup_and_delete_batch, map_lookup_batch, map_update_batch } from "./map_batch";
import { map_freeze, map_get_fd_by_id, map_get_next_id, obj_get_info_by_fd } from "./map_object";
import { obj_get, obj_pin } from "./object_path";
import { map_delete_elem, map_get_next_key, map_lookup_and_delete_elem, map_lookup_elem, map_update_elem } from "./map_elem";

// The door. The attr is an extensible struct: a shorter one counts as followed by zeros, a longer one must have a zero
// tail. Output fields are written to the caller's attr wherever they lie, even past `size`, as Linux does.

/** -E2BIG for a nonzero byte past the union, -EFAULT where that tail cannot be read before one was met. */
function check_tail(attr: usize, size: u32): i32 {
  if (size <= <u32>Limit.ATTR_SIZE) return 0;
  const from = attr + Limit.ATTR_SIZE;
  const readable = user_readable(from, size - Limit.ATTR_SIZE);
  if (!all_zero(from, from + readable)) return -Errno.E2BIG;
  return readable == size - Limit.ATTR_SIZE ? 0 : -Errno.EFAULT;
}

/** Whether every attr byte that the command does not know is zero. */
@inline
function unused_zero(attr: usize, size: u32, end: u32): bool {
  if (size <= end) return true;
  return all_zero(attr + end, attr + min<u32>(size, Limit.ATTR_SIZE));
}

/** The attr, or a zero-extended copy when the caller's is shorter than the fields of the command. */
@inline
function extend(attr: usize, size: u32, end: u32): usize {
  return size >= end ? attr : extended_copy(attr, size);
}

function extended_copy(attr: usize, size: u32): usize {
  memory.fill(ATTR_SCRATCH, 0, Limit.ATTR_SIZE);
  // A bulk copy of nothing still traps when its address is beyond the memory.
  if (size) memory.copy(ATTR_SCRATCH, attr, size);
  return ATTR_SCRATCH;
}

export function syscall_bpf(cmd: i32, attr: usize, size: u32): i32 {
  if (size > <u32>Limit.PAGE_SIZE) return -Errno.E2BIG;
  const error = check_tail(attr, size);
  if (error) return error;
  if (!user_ok_inline(attr, min<u32>(size, Limit.ATTR_SIZE))) return -Errno.EFAULT;
  const answer = cmd >= Cmd.MAP_LOOKUP_ELEM && cmd <= Cmd.MAP_GET_NEXT_KEY ? element_command(cmd, attr, size) : other_command(cmd, attr, size);
  if (root.dead) free_dead_maps();
  return answer;
}

/** The four commands that everybody waits for, apart from the others: a switch over few calls needs a small frame. */
@inline
function element_command(cmd: i32, attr: usize, size: u32): i32 {
  switch (cmd) {
    case Cmd.MAP_LOOKUP_ELEM: {
      if (!unused_zero(attr, size, ELEM_END)) return -Errno.EINVAL;
      return map_lookup_elem(changetype<ElemAttr>(extend(attr, size, ELEM_END)));
    }
    case Cmd.MAP_UPDATE_ELEM: {
      if (!unused_zero(attr, size, ELEM_END)) return -Errno.EINVAL;
      return map_update_elem(changetype<ElemAttr>(extend(attr, size, ELEM_END)));
    }
    case Cmd.MAP_DELETE_ELEM: {
      if (!unused_zero(attr, size, DELETE_END)) return -Errno.EINVAL;
      return map_delete_elem(changetype<ElemAttr>(extend(attr, size, DELETE_END)));
    }
    case Cmd.MAP_GET_NEXT_KEY: {
      if (!unused_zero(attr, size, NEXT_KEY_END)) return -Errno.EINVAL;
      return map_get_next_key(changetype<ElemAttr>(extend(attr, size, NEXT_KEY_END)));
    }
  }
  return -Errno.EINVAL;
}

function other_command(cmd: i32, attr: usize, size: u32): i32 {
  switch (cmd) {
    case Cmd.MAP_LOOKUP_AND_DELETE_ELEM: {
      if (!unused_zero(attr, size, ELEM_END)) return -Errno.EINVAL;
      return map_lookup_and_delete_elem(changetype<ElemAttr>(extend(attr, size, ELEM_END)));
    }
    case Cmd.MAP_CREATE: {
      if (!unused_zero(attr, size, CREATE_END)) return -Errno.EINVAL;
      // Always a copy: creating masks a flag, and must not do so in the caller's attr.
      return map_create(extended_copy(attr, min<u32>(size, CREATE_END)));
    }
    case Cmd.MAP_FREEZE: {
      if (!unused_zero(attr, size, FREEZE_END)) return -Errno.EINVAL;
      return map_freeze(changetype<ElemAttr>(extend(attr, size, FREEZE_END)));
    }
    case Cmd.MAP_LOOKUP_BATCH: {
      if (!unused_zero(attr, size, BATCH_END)) return -Errno.EINVAL;
      return map_lookup_batch(changetype<BatchAttr>(extend(attr, size, BATCH_END)), attr);
    }
    case Cmd.MAP_LOOKUP_AND_DELETE_BATCH: {
      if (!unused_zero(attr, size, BATCH_END)) return -Errno.EINVAL;
      return map_lookup_and_delete_batch(changetype<BatchAttr>(extend(attr, size, BATCH_END)), attr);
    }
    case Cmd.MAP_UPDATE_BATCH: {
      if (!unused_zero(attr, size, BATCH_END)) return -Errno.EINVAL;
      return map_update_batch(changetype<BatchAttr>(extend(attr, size, BATCH_END)), attr);
    }
    case Cmd.MAP_DELETE_BATCH: {
      if (!unused_zero(attr, size, BATCH_END)) return -Errno.EINVAL;
      return map_delete_batch(changetype<BatchAttr>(extend(attr, size, BATCH_END)), attr);
    }
    case Cmd.MAP_GET_NEXT_ID: {
      if (!unused_zero(attr, size, NEXT_ID_END)) return -Errno.EINVAL;
      return map_get_next_id(changetype<IdAttr>(extend(attr, size, NEXT_ID_END)), attr);
    }
    case Cmd.MAP_GET_FD_BY_ID: {
      if (!unused_zero(attr, size, FD_BY_ID_END)) return -Errno.EINVAL;
      return map_get_fd_by_id(changetype<IdAttr>(extend(attr, size, FD_BY_ID_END)));
    }
    case Cmd.OBJ_GET_INFO_BY_FD: {
      if (!unused_zero(attr, size, INFO_END)) return -Errno.EINVAL;
      return obj_get_info_by_fd(changetype<InfoAttr>(extend(attr, size, INFO_END)), attr);
    }
    case Cmd.OBJ_PIN: {
      if (!unused_zero(attr, size, OBJ_END)) return -Errno.EINVAL;
      return obj_pin(changetype<ObjAttr>(extend(attr, size, OBJ_END)));
    }
    case Cmd.OBJ_GET: {
      if (!unused_zero(attr, size, OBJ_END)) return -Errno.EINVAL;
      return obj_get(changetype<ObjAttr>(extend(attr, size, OBJ_END)));
    }
  }
  return -Errno.EINVAL;
}
