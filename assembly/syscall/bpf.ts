import { Cmd, Errno, Limit } from "../uapi/constants";
import {
  BATCH_END,
  CREATE_END,
  DELETE_END,
  ELEM_END,
  FD_BY_ID_END,
  FREEZE_END,
  INFO_END,
  NEXT_ID_END,
  NEXT_KEY_END,
  OBJ_END,
} from "../uapi/attr";
import { note } from "../mem/function_table";
import { check_zero, user_ok_inline } from "../mem/user";
import { OPS_END } from "../map/ops";
import { copy_attr, rest_is_zero, whole_attr } from "./attr";
import { map_create } from "./map_create";
import { map_delete_batch, map_lookup_and_delete_batch, map_lookup_batch, map_update_batch } from "./map_batch";
import { map_freeze, map_get_fd_by_id, map_get_next_id, obj_get_info_by_fd } from "./map_object";
import { obj_get, obj_pin } from "./obj_path";
import { map_delete_elem, map_get_next_key, map_lookup_and_delete_elem, map_lookup_elem, map_update_elem } from "./map_elem";

// The door of bpf(2): the table of commands, and what all of them check first.

/** Commands are below; every number has a cell behind those of ops.ts. */
const COMMANDS: u32 = Cmd.MAP_DELETE_BATCH + 1;
/** A u8 per command, constant: the first byte of the attr that the command does not know. Written by commands_init. */
const ENDS: usize = memory.data(COMMANDS);

/** A command: its attr, and the caller's own, for what the command stores in it. */
type Command = (attr: usize, out: usize) => i32;

/**
 * Threads: commands that begin in the shared section, a bit each. They change nothing, or let an element's map type say that it must
 * be done alone.
 */
const SHARED: u32 =
  (1 << Cmd.MAP_LOOKUP_ELEM) | (1 << Cmd.MAP_UPDATE_ELEM) | (1 << Cmd.MAP_DELETE_ELEM) | (1 << Cmd.MAP_GET_NEXT_KEY) |
  (1 << Cmd.MAP_LOOKUP_AND_DELETE_ELEM) | (1 << Cmd.MAP_GET_NEXT_ID) | (1 << Cmd.OBJ_GET_INFO_BY_FD);

@inline
export function begins_shared(cmd: u32): bool {
  return cmd < 32 && ((SHARED >> cmd) & 1) != 0;
}

function no_command(_attr: usize, _out: usize): i32 {
  return -Errno.EINVAL;
}

function entry(cmd: u32, end: u32, run: Command): void {
  store<u8>(ENDS + cmd, end);
  note(OPS_END + cmd, run.index);
}

/** Run by the build. */
export function commands_init(): void {
  for (let cmd: u32 = 0; cmd < COMMANDS; ++cmd) entry(cmd, 0, no_command);
  entry(Cmd.MAP_LOOKUP_ELEM, ELEM_END, map_lookup_elem);
  entry(Cmd.MAP_UPDATE_ELEM, ELEM_END, map_update_elem);
  entry(Cmd.MAP_DELETE_ELEM, DELETE_END, map_delete_elem);
  entry(Cmd.MAP_GET_NEXT_KEY, NEXT_KEY_END, map_get_next_key);
  entry(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, ELEM_END, map_lookup_and_delete_elem);
  entry(Cmd.MAP_CREATE, CREATE_END, map_create);
  entry(Cmd.MAP_FREEZE, FREEZE_END, map_freeze);
  entry(Cmd.MAP_LOOKUP_BATCH, BATCH_END, map_lookup_batch);
  entry(Cmd.MAP_LOOKUP_AND_DELETE_BATCH, BATCH_END, map_lookup_and_delete_batch);
  entry(Cmd.MAP_UPDATE_BATCH, BATCH_END, map_update_batch);
  entry(Cmd.MAP_DELETE_BATCH, BATCH_END, map_delete_batch);
  entry(Cmd.MAP_GET_NEXT_ID, NEXT_ID_END, map_get_next_id);
  entry(Cmd.MAP_GET_FD_BY_ID, FD_BY_ID_END, map_get_fd_by_id);
  entry(Cmd.OBJ_GET_INFO_BY_FD, INFO_END, obj_get_info_by_fd);
  entry(Cmd.OBJ_PIN, OBJ_END, obj_pin);
  entry(Cmd.OBJ_GET, OBJ_END, obj_get);
}

/** Bytes past the union must be zero. */
@inline
function check_tail(attr: usize, size: u32): i32 {
  return size <= <u32>Limit.ATTR_SIZE ? 0 : check_zero(<u64>attr + Limit.ATTR_SIZE, size - Limit.ATTR_SIZE);
}

export function syscall_bpf(cmd: i32, attr: usize, size: u32): i32 {
  if (size > <u32>Limit.PAGE_SIZE) return -Errno.E2BIG;
  const error = check_tail(attr, size);
  if (error) return error;
  if (!user_ok_inline(attr, min<u32>(size, Limit.ATTR_SIZE))) return -Errno.EFAULT;
  return command(cmd, attr, size);
}

/**
 * The four commands on elements are called directly, which costs less than the table, and read the caller's attr in place,
 * each field once (bench row "raw LOOKUP"). All others work on the frame's copy.
 */
@inline
function command(cmd: u32, attr: usize, size: u32): i32 {
  if (cmd >= COMMANDS) return -Errno.EINVAL;
  const end = <u32>load<u8>(cmd, ENDS);
  if (!rest_is_zero(attr, size, end)) return -Errno.EINVAL;
  switch (cmd) {
    case Cmd.MAP_LOOKUP_ELEM: return map_lookup_elem(whole_attr(attr, size, end), attr);
    case Cmd.MAP_UPDATE_ELEM: return map_update_elem(whole_attr(attr, size, end), attr);
    case Cmd.MAP_DELETE_ELEM: return map_delete_elem(whole_attr(attr, size, end), attr);
    case Cmd.MAP_GET_NEXT_KEY: return map_get_next_key(whole_attr(attr, size, end), attr);
  }
  return call_indirect<i32>(OPS_END + cmd, copy_attr(attr, size), attr);
}
