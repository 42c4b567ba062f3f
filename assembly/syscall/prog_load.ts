import { Engine, Errno } from "../uapi/constants";
import { LoadAttr } from "../uapi/prog_attr";
import { AttachType, ImageAt, ProgFlag, ProgLimit, ProgType } from "../uapi/prog_constants";
import { KIND_PRIVATE } from "../mem/chunk";
import { frame } from "../mem/frame";
import { heap_alloc } from "../mem/heap";
import { user_ok, user_readable } from "../mem/user";
import { fd_error, fd_failed, fd_install, fd_lookup_any, fd_object, fd_reserve } from "../object/fd";
import { id_add, id_find, id_reserve } from "../object/id";
import { OBJ_BTF, OBJ_MAP, OBJ_PROG, Obj, object_get, object_put } from "../object/object";
import { Program, image_maps, image_word, program_add_map, program_has_map, program_reserve_map } from "../object/program";
import { IFINDEX_LO } from "../map/dev_map";
import { free_program } from "../map/free";
import { Map } from "../map/map";
import { mark_map } from "../map/mark";
import { ProgArray, prog_array_admits, prog_array_keep } from "../map/prog_array";
import { VALUE_IS_PROG, ops_traits } from "../map/traits";
import { attaches } from "./attach_types";
import { check_log } from "./log_attr";
import { name_in } from "./obj_name";

// BPF_PROG_LOAD. Here are the checks that come before there is a log, in Linux's order, and then, once the machine has verified the
// program, what makes an object of it. In between the machine has a Program that no id and no fd refers to yet.

/** Flags that are an attr's to set. */
const FLAGS: u32 = 0xff | ProgFlag.TOKEN_FD;

/** Engine.PENDING, with the program's address in frame().referent; or -errno. */
export function prog_load(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<LoadAttr>(attr_ptr);
  let error = check_before_copy(attr);
  if (error) return error;
  const ptr = heap_alloc(offsetof<Program>(), KIND_PRIVATE);
  if (!ptr) return -Errno.ENOMEM;
  const program = changetype<Program>(ptr);
  error = copy_code(program, attr);
  if (!error) error = check_after_copy(program, attr);
  if (error) {
    free_program(program);
    return error;
  }
  program.prog_type = attr.prog_type;
  program.expected_attach_type = default_attach_type(attr);
  program.prog_flags = attr.prog_flags;
  frame().referent = <u32>ptr;
  return Engine.PENDING;
}

function check_before_copy(attr: LoadAttr): i32 {
  if (attr.prog_flags & ~FLAGS) return -Errno.EINVAL;
  if (attr.prog_flags & ProgFlag.TOKEN_FD) return fd_error(attr.prog_token_fd, -Errno.EINVAL);
  if (attr.insn_cnt - 1 >= <u32>ProgLimit.INSNS_MAX) return -Errno.E2BIG;
  const error = check_target(attr);
  if (error) return error;
  return attaches(attr.prog_type, attr.expected_attach_type) ? 0 : -Errno.EINVAL;
}

/** What the program is to be attached to, which types other than these cannot say. */
function has_target(type: u32): bool {
  return type == <u32>ProgType.TRACING || type == <u32>ProgType.STRUCT_OPS || type == <u32>ProgType.LSM || type == <u32>ProgType.EXT;
}

function check_target(attr: LoadAttr): i32 {
  if (attr.attach_prog_fd) {
    const answer = fd_lookup_any(attr.attach_prog_fd);
    if (fd_failed(answer)) return -Errno.EINVAL;
    const kind = changetype<Obj>(fd_object(answer)).kind;
    // No BTF here is the kernel's or a module's.
    if (kind == OBJ_BTF) return -Errno.ENOTSUPP;
    if (kind != OBJ_PROG) return -Errno.EINVAL;
  }
  if (attr.attach_btf_id > <u32>ProgLimit.BTF_TYPE_MAX) return -Errno.EINVAL;
  return (attr.attach_prog_fd | attr.attach_btf_id) != 0 && !has_target(attr.prog_type) ? -Errno.EINVAL : 0;
}

/** Instructions, and behind them the license with its NUL. */
function copy_code(program: Program, attr: LoadAttr): i32 {
  const size = attr.insn_cnt * ProgLimit.INSN_SIZE;
  if (!user_ok(attr.insns, size)) return -Errno.EFAULT;
  const block = heap_alloc(<u64>size + ProgLimit.LICENSE_MAX + 1, KIND_PRIVATE);
  if (!block) return -Errno.ENOMEM;
  program.insns = block;
  program.insn_cnt = attr.insn_cnt;
  memory.copy(block, <usize>attr.insns, size);
  const readable = user_readable(attr.license, ProgLimit.LICENSE_MAX);
  for (let i: u32 = 0; i < readable; ++i) {
    const byte = load<u8>(<usize>attr.license + i);
    store<u8>(block + size + i, byte);
    if (!byte) return 0;
  }
  return readable == <u32>ProgLimit.LICENSE_MAX ? 0 : -Errno.EFAULT;
}

function check_after_copy(program: Program, attr: LoadAttr): i32 {
  let error = check_signature(attr);
  if (error) return error;
  const type = attr.prog_type;
  if (type - 1 >= <u32>ProgType.MAX - 1 || type == <u32>ProgType.LIRC_MODE2) return -Errno.EINVAL;
  error = check_device(attr);
  if (error) return error;
  const name = changetype<usize>(attr) + offsetof<LoadAttr>("prog_name_low");
  if (!name_in(name, changetype<usize>(program) + offsetof<Program>("name_low"))) return -Errno.EINVAL;
  return check_log(attr.log_level, attr.log_size, attr.log_buf);
}

/** Ids of the system's keyrings begin with 0; those of a caller's own session and user are negative. */
const SYSTEM_KEYRING_MAX: i32 = 2;
const OWN_KEYRING_MAX: i32 = -3;
const OWN_KEYRING_MIN: i32 = -5;

/** Signatures are not verified here. The keyrings that an id can name are the system's, and a thread's own. */
function check_signature(attr: LoadAttr): i32 {
  if (!attr.signature) return 0;
  const keyring = attr.keyring_id;
  if (attr.signature_size > <u32>ProgLimit.SIGNATURE_SIZE_MAX) return -Errno.EINVAL;
  if (keyring > SYSTEM_KEYRING_MAX || keyring < OWN_KEYRING_MIN || (keyring < 0 && keyring > OWN_KEYRING_MAX)) return -Errno.EINVAL;
  return user_ok(attr.signature, attr.signature_size) ? -Errno.EOPNOTSUPP : -Errno.ENOMEM;
}

/** prog_ifindex: types that a device could run, and the one device that there is, which cannot. */
function check_device(attr: LoadAttr): i32 {
  if (!attr.prog_ifindex) return 0;
  const offload = attr.prog_type == <u32>ProgType.SCHED_CLS || attr.prog_type == <u32>ProgType.XDP;
  return offload && attr.prog_ifindex == IFINDEX_LO ? -Errno.EOPNOTSUPP : -Errno.EINVAL;
}

/** Two types take 0 for the one that they had before there were attach types. */
function default_attach_type(attr: LoadAttr): u32 {
  if (attr.expected_attach_type) return attr.expected_attach_type;
  if (attr.prog_type == <u32>ProgType.CGROUP_SOCK) return AttachType.CGROUP_INET_SOCK_CREATE;
  if (attr.prog_type == <u32>ProgType.SK_REUSEPORT) return AttachType.SK_REUSEPORT_SELECT;
  return 0;
}

/**
 * Makes a verified program an object, with what the machine hands over in `image` (ImageAt): its fd, or -EBADF for a map or BTF
 * that is gone by now, -EINVAL for an array of programs that is for others, -ENOMEM, -EMFILE; then nothing is left of it.
 */
export function prog_finish(program_ptr: usize, image: usize): i32 {
  const program = changetype<Program>(program_ptr);
  program.image = image;
  const error = keep_all(program);
  if (error) {
    free_program(program);
    return error;
  }
  program.kind = OBJ_PROG;
  program.refcnt = 1;
  program.id = id_add(OBJ_PROG, program_ptr);
  // As in Linux, the id is used up even if there is no fd for it.
  const no_fd = fd_reserve();
  if (no_fd) {
    object_put(program);
    return no_fd;
  }
  return fd_install(program_ptr, 0);
}

/** References to what the program uses. */
function keep_all(program: Program): i32 {
  const btf_id = image_word(program, ImageAt.BTF_ID);
  if (btf_id) {
    const btf = id_find(OBJ_BTF, btf_id);
    if (!btf) return -Errno.EBADF;
    object_get(changetype<Obj>(btf));
    program.btf = btf;
  }
  let pair = image_maps(program.image);
  for (let left = image_word(program, ImageAt.MAPS); left; --left, pair += 8) {
    const map = <usize>load<u32>(pair);
    if (id_find(OBJ_MAP, load<u32>(pair, 4)) != map) return -Errno.EBADF;
    const error = keep_map(program, changetype<Map>(map));
    if (error) return error;
  }
  return id_reserve(OBJ_PROG);
}

/** Keeps a map, once: 0, -ENOMEM, or -EINVAL for an array of other programs. */
export function keep_map(program: Program, map: Map): i32 {
  if (program_has_map(program, changetype<usize>(map))) return 0;
  if (!program_reserve_map(program)) return -Errno.ENOMEM;
  const is_prog_array = (ops_traits(map.type) & VALUE_IS_PROG) != 0;
  if (is_prog_array && !prog_array_admits(changetype<ProgArray>(map), program)) return -Errno.EINVAL;
  mark_map(map);
  program_add_map(program, changetype<usize>(map));
  if (is_prog_array) prog_array_keep(map, 1);
  return 0;
}
