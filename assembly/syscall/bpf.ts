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
import {
  ATTACH_END, BIND_END, BTF_FD_BY_ID_END, BTF_LOAD_END, ID_END, ITER_CREATE_END, LINK_CREATE_END, LINK_DETACH_END,
  LINK_UPDATE_END, LOAD_END, QUERY_END, RAW_TRACEPOINT_END, STATS_END, STREAM_READ_END, TASK_FD_QUERY_END, TEST_RUN_END,
  TOKEN_CREATE_END,
} from "../uapi/prog_attr";
import { note } from "../mem/function_table";
import { check_zero, user_ok_inline } from "../mem/user";
import { WITH_PROGRAMS } from "../mem/variant";
import { any_dead } from "../object/object";
import { btf_rules_init } from "../map/btf_rules";
import { free_dead_maps } from "../map/free";
import { OPS_END } from "../map/ops";
import {
  attach_init, iter_create, link_create, link_detach, link_update, prog_attach, prog_detach, prog_query, prog_stream_read,
  raw_tracepoint_open, task_fd_query, token_create,
} from "./attach";
import { attach_types_init } from "./attach_types";
import { copy_attr, rest_is_zero, whole_attr } from "./attr";
import { btf_get_fd_by_id, btf_get_next_id, btf_load } from "./btf_object";
import { map_create } from "./map_create";
import { map_delete_batch, map_lookup_and_delete_batch, map_lookup_batch, map_update_batch } from "./map_batch";
import { map_freeze, map_get_fd_by_id, map_get_next_id, obj_get_info_by_fd } from "./map_object";
import { obj_get, obj_pin } from "./obj_path";
import { prog_load } from "./prog_load";
import {
  enable_stats, link_get_fd_by_id, link_get_next_id, prog_bind_map, prog_get_fd_by_id, prog_get_next_id, prog_test_run,
} from "./prog_object";
import { map_delete_elem, map_get_next_key, map_lookup_and_delete_elem, map_lookup_elem, map_update_elem } from "./map_elem";

// The door of bpf(2): the table of commands, and what all of them check first.

/** Commands are below; every number has a cell behind those of ops.ts. */
const COMMANDS: u32 = WITH_PROGRAMS ? Cmd.PROG_STREAM_READ_BY_FD + 1 : Cmd.MAP_DELETE_BATCH + 1;
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
  if (WITH_PROGRAMS) program_commands();
}

function program_commands(): void {
  btf_rules_init();
  attach_types_init();
  attach_init();
  entry(Cmd.PROG_LOAD, LOAD_END, prog_load);
  entry(Cmd.PROG_TEST_RUN, TEST_RUN_END, prog_test_run);
  entry(Cmd.PROG_GET_NEXT_ID, NEXT_ID_END, prog_get_next_id);
  entry(Cmd.PROG_GET_FD_BY_ID, ID_END, prog_get_fd_by_id);
  entry(Cmd.PROG_BIND_MAP, BIND_END, prog_bind_map);
  entry(Cmd.ENABLE_STATS, STATS_END, enable_stats);
  entry(Cmd.BTF_LOAD, BTF_LOAD_END, btf_load);
  entry(Cmd.BTF_GET_NEXT_ID, NEXT_ID_END, btf_get_next_id);
  entry(Cmd.BTF_GET_FD_BY_ID, BTF_FD_BY_ID_END, btf_get_fd_by_id);
  entry(Cmd.PROG_ATTACH, ATTACH_END, prog_attach);
  entry(Cmd.PROG_DETACH, ATTACH_END, prog_detach);
  entry(Cmd.PROG_QUERY, QUERY_END, prog_query);
  entry(Cmd.RAW_TRACEPOINT_OPEN, RAW_TRACEPOINT_END, raw_tracepoint_open);
  entry(Cmd.TASK_FD_QUERY, TASK_FD_QUERY_END, task_fd_query);
  entry(Cmd.LINK_CREATE, LINK_CREATE_END, link_create);
  entry(Cmd.LINK_UPDATE, LINK_UPDATE_END, link_update);
  entry(Cmd.LINK_DETACH, LINK_DETACH_END, link_detach);
  entry(Cmd.LINK_GET_FD_BY_ID, ID_END, link_get_fd_by_id);
  entry(Cmd.LINK_GET_NEXT_ID, NEXT_ID_END, link_get_next_id);
  entry(Cmd.ITER_CREATE, ITER_CREATE_END, iter_create);
  entry(Cmd.TOKEN_CREATE, TOKEN_CREATE_END, token_create);
  entry(Cmd.PROG_STREAM_READ_BY_FD, STREAM_READ_END, prog_stream_read);
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
