import { Engine, Errno, Limit } from "../uapi/constants";
import { IdAttr, InfoAttr } from "../uapi/attr";
import { BindAttr, FdAttr, ProgInfo, TestRunAttr } from "../uapi/prog_attr";
import { ImageAt, ProgLimit } from "../uapi/prog_constants";
import { copy_run_unlogged } from "../mem/bytes";
import { KIND_PRIVATE } from "../mem/chunk";
import { FRAME_INFO, frame, frame_ptr } from "../mem/frame";
import { heap_alloc } from "../mem/heap";
import { check_zero, user_ok } from "../mem/user";
import { fd_install, fd_open, fd_referent, fd_reserve } from "../object/fd";
import { id_find } from "../object/id";
import { OBJ_MAP, OBJ_PROG, OBJ_STATS, Obj } from "../object/object";
import {
  Program, image_func_info, image_line_info, image_tags, image_word, image_xlated, program_map,
} from "../object/program";
import { program_state } from "../object/state";
import { Map, is_err } from "../map/map";
import { put_field } from "./attr";
import { ID_MAX, get_next_id } from "./next_id";
import { keep_map } from "./prog_load";

// Commands on programs as objects: ids, info, BIND_MAP, ENABLE_STATS, and where TEST_RUN begins.

export function prog_get_next_id(attr_ptr: usize, out: usize): i32 {
  return get_next_id(OBJ_PROG, changetype<IdAttr>(attr_ptr), out);
}

/** There are no links. */
export function link_get_next_id(attr_ptr: usize, _out: usize): i32 {
  return changetype<IdAttr>(attr_ptr).id >= ID_MAX ? -Errno.EINVAL : -Errno.ENOENT;
}

export function prog_get_fd_by_id(attr_ptr: usize, _out: usize): i32 {
  const ptr = id_find(OBJ_PROG, changetype<IdAttr>(attr_ptr).id);
  return ptr ? fd_open(ptr, 0) : -Errno.ENOENT;
}

export function link_get_fd_by_id(_attr: usize, _out: usize): i32 {
  return -Errno.ENOENT;
}

export function prog_bind_map(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<BindAttr>(attr_ptr);
  if (attr.flags) return -Errno.EINVAL;
  const program = fd_referent(attr.prog_fd, OBJ_PROG);
  if (is_err(program)) return <i32>program;
  const map = fd_referent(attr.map_fd, OBJ_MAP);
  return is_err(map) ? <i32>map : keep_map(changetype<Program>(program), changetype<Map>(map));
}

/** BPF_STATS_RUN_TIME, the only kind of statistics: as long as one of these fds is open, runs are counted. */
export function enable_stats(attr_ptr: usize, _out: usize): i32 {
  if (changetype<FdAttr>(attr_ptr).fd) return -Errno.EINVAL;
  const error = fd_reserve();
  if (error) return error;
  const ptr = heap_alloc(offsetof<Obj>(), KIND_PRIVATE);
  if (!ptr) return -Errno.ENOMEM;
  const object = changetype<Obj>(ptr);
  object.kind = OBJ_STATS;
  object.refcnt = 1;
  ++program_state.stats_fds;
  return fd_install(ptr, 0);
}

/** Engine.PENDING, with the program in frame().referent, once the caller's buffers are given as they must be. */
export function prog_test_run(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<TestRunAttr>(attr_ptr);
  if ((attr.ctx_size_in != 0) != (attr.ctx_in != 0) || (attr.ctx_size_out != 0) != (attr.ctx_out != 0)) return -Errno.EINVAL;
  const program = fd_referent(attr.prog_fd, OBJ_PROG);
  if (is_err(program)) return <i32>program;
  frame().referent = <u32>program;
  return Engine.PENDING;
}

/** Counts runs of a program, while anybody wants that. */
export function count_runs(program: Program, runs: u32, nanoseconds: u64): void {
  if (!program_state.stats_fds) return;
  program.run_cnt += runs;
  program.run_time_ns += nanoseconds;
}

export function prog_info(program: Program, attr: InfoAttr, out: usize): i32 {
  const size = attr.info_len;
  const info_ptr = attr.info;
  if (size > <u32>Limit.PAGE_SIZE) return -Errno.E2BIG;
  const tail: u32 = offsetof<ProgInfo>("_pad");
  let error = size <= tail ? 0 : check_zero(info_ptr + tail, size - tail);
  if (error) return error;
  const known = min<u32>(size, ProgLimit.INFO_SIZE);
  if (!user_ok(info_ptr, known)) return -Errno.EFAULT;
  const copy = frame_ptr() + FRAME_INFO;
  memory.fill(copy, 0, ProgLimit.INFO_SIZE);
  copy_run_unlogged(copy, <usize>info_ptr, known);
  error = fill_info(program, changetype<ProgInfo>(copy));
  if (error) return error;
  copy_run_unlogged(<usize>info_ptr, copy, known);
  return put_field(out, offsetof<InfoAttr>("info_len"), known) ? 0 : -Errno.EFAULT;
}

function fill_info(program: Program, info: ProgInfo): i32 {
  const image = program.image;
  info.type = program.prog_type;
  info.id = program.id;
  info.tag = load<u64>(image, ImageAt.TAG);
  info.load_time = load<u64>(image, ImageAt.LOAD_TIME);
  info.created_by_uid = 0;
  info.name_low = program.name_low;
  info.name_high = program.name_high;
  info.gpl_compatible = image_word(program, ImageAt.GPL);
  info.run_time_ns = program.run_time_ns;
  info.run_cnt = program.run_cnt;
  info.recursion_misses = 0;
  info.verified_insns = image_word(program, ImageAt.VERIFIED_INSNS);
  info.attach_btf_id = image_word(program, ImageAt.ATTACH_BTF_ID);
  info.btf_id = image_word(program, ImageAt.BTF_ID);
  let error = fill_records(info);
  if (!error) error = fill_maps(program, info);
  if (error) return error;

  const xlated = image_word(program, ImageAt.XLATED_SIZE);
  if (!put_list(info.xlated_prog_insns, info.xlated_prog_len, xlated, 1, image_xlated(image))) return -Errno.EFAULT;
  info.xlated_prog_len = xlated;
  // There is no machine code: as in Linux without a JIT, its length is 0 and a function's address nothing.
  info.jited_prog_len = 0;
  const functions = image_word(program, ImageAt.FUNCS);
  if (!put_zeros(info.jited_ksyms, info.nr_jited_ksyms, functions, 8)) return -Errno.EFAULT;
  if (!put_zeros(info.jited_func_lens, info.nr_jited_func_lens, functions, 4)) return -Errno.EFAULT;
  info.nr_jited_ksyms = functions;
  info.nr_jited_func_lens = functions;
  const func_info = image_word(program, ImageAt.FUNC_INFO);
  if (!put_list(info.func_info, info.nr_func_info, func_info, ProgLimit.FUNC_INFO_SIZE, image_func_info(image))) return -Errno.EFAULT;
  info.nr_func_info = func_info;
  const line_info = image_word(program, ImageAt.LINE_INFO);
  if (!put_list(info.line_info, info.nr_line_info, line_info, ProgLimit.LINE_INFO_SIZE, image_line_info(image))) return -Errno.EFAULT;
  info.nr_line_info = line_info;
  info.nr_jited_line_info = 0;
  if (!put_list(info.prog_tags, info.nr_prog_tags, functions, ProgLimit.TAG_SIZE, image_tags(image))) return -Errno.EFAULT;
  info.nr_prog_tags = functions;
  return 0;
}

/** The sizes of records: whoever wants some must know them. */
function fill_records(info: ProgInfo): i32 {
  const func: u32 = ProgLimit.FUNC_INFO_SIZE;
  const line: u32 = ProgLimit.LINE_INFO_SIZE;
  const jited: u32 = 8;
  if (info.nr_func_info | info.func_info_rec_size && info.func_info_rec_size != func) return -Errno.EINVAL;
  if (info.nr_line_info | info.line_info_rec_size && info.line_info_rec_size != line) return -Errno.EINVAL;
  if (info.nr_jited_line_info | info.jited_line_info_rec_size && info.jited_line_info_rec_size != jited) return -Errno.EINVAL;
  info.func_info_rec_size = func;
  info.line_info_rec_size = line;
  info.jited_line_info_rec_size = jited;
  return 0;
}

function fill_maps(program: Program, info: ProgInfo): i32 {
  const count = min<u32>(info.nr_map_ids, program.nr_maps);
  info.nr_map_ids = program.nr_maps;
  if (!user_ok(info.map_ids, <u64>count << 2)) return -Errno.EFAULT;
  for (let i: u32 = 0; i < count; ++i) {
    store<u32>(<usize>info.map_ids + (<usize>i << 2), changetype<Obj>(program_map(program, i)).id);
  }
  return 0;
}

/** Copies as many of `count` elements as the caller has room for: false where that cannot be written. */
function put_list(to: u64, room: u32, count: u32, size: u32, from: usize): bool {
  const bytes = min<u32>(room, count) * size;
  if (!user_ok(to, bytes)) return false;
  if (bytes) memory.copy(<usize>to, from, bytes);
  return true;
}

function put_zeros(to: u64, room: u32, count: u32, size: u32): bool {
  const bytes = min<u32>(room, count) * size;
  if (!user_ok(to, bytes)) return false;
  if (bytes) memory.fill(<usize>to, 0, bytes);
  return true;
}
