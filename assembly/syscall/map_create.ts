import { Errno, Limit, MapFlag, MapType } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { round_up_8 } from "../mem/bytes";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc } from "../mem/heap";
import { root } from "../mem/root";
import { user_ok } from "../mem/user";
import { WITH_PROGRAMS } from "../mem/variant";
import { FD_RDONLY, FD_WRONLY, fd_error, fd_install, fd_referent, fd_reserve } from "../object/fd";
import { id_add, id_reserve } from "../object/id";
import { OBJ_BTF, OBJ_MAP } from "../object/object";
import { IFINDEX_LO } from "../map/dev_map";
import { EXTENSION_SIZE, MapExtension, extension_of } from "../map/extension";
import { free_map } from "../map/free";
import { FD_FLAGS, Map } from "../map/map";
import { ops_alloc, ops_check, ops_known } from "../map/ops";
import { CHECK_LATE, OFFLOAD, PERCPU, header_size, ops_traits } from "../map/traits";
import { MODE_SHIFT } from "../user/access";
import { set_types } from "./map_btf";
import { name_in } from "./obj_name";

// BPF_MAP_CREATE. The order of the checks is part of the interface (a bad name is found only after the memory was had),
// so each step below stands where Linux has it.

export function map_create(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  let error = check_generic(attr);
  if (error) return error;
  const type = attr.map_type;
  if (!ops_known(type)) return -Errno.EINVAL;
  const flags = attr.map_flags;
  // The token flag is the syscall's own: no type's rules see it.
  attr.map_flags = flags & ~MapFlag.TOKEN_FD;
  const late = (ops_traits(type) & CHECK_LATE) != 0;
  if (!late) error = ops_check(type, attr_ptr);
  if (error) return error;
  if (flags & MapFlag.TOKEN_FD) return fd_error(attr.map_token_fd, -Errno.EINVAL);
  error = check_device(attr);
  if (error) return error;
  if (late) error = ops_check(type, attr_ptr);
  if (error) return error;
  resolve_fds(attr);
  const ptr = map_header(attr);
  if (!ptr) return -Errno.ENOMEM;
  const map = changetype<Map>(ptr);
  error = ops_alloc(type, ptr, attr_ptr);
  if (!error) error = finish(map, attr);
  if (error) {
    free_map(map);
    return error;
  }
  map.kind = OBJ_MAP;
  map.refcnt = 1;
  map.id = id_add(OBJ_MAP, ptr);
  return fd_install(ptr, flags >> MODE_SHIFT & (FD_RDONLY | FD_WRONLY));
}

function check_generic(attr: CreateAttr): i32 {
  const type = attr.map_type;
  const key = attr.btf_key_type_id;
  const value = attr.btf_value_type_id;
  const is_struct_ops = type == <u32>MapType.STRUCT_OPS;
  const wrong = attr.btf_vmlinux_value_type_id ? !is_struct_ops | key | value : u32(key != 0) & u32(value == 0);
  if (wrong) return -Errno.EINVAL;
  if (attr.map_extra && type != <u32>MapType.BLOOM_FILTER && type != <u32>MapType.ARENA) return -Errno.EINVAL;
  const flags = attr.map_flags;
  if ((flags & FD_FLAGS) == FD_FLAGS) return -Errno.EINVAL;
  // Node 0, the only one, or NUMA_NO_NODE, which is -1.
  if (flags & MapFlag.NUMA_NODE && attr.numa_node + 1 > 1) return -Errno.EINVAL;
  return 0;
}

/** map_ifindex: -EINVAL for types that no device holds and for devices that do not exist; lo is one that holds no maps. */
function check_device(attr: CreateAttr): i32 {
  if (!attr.map_ifindex) return 0;
  const offload = (ops_traits(attr.map_type) & OFFLOAD) != 0;
  return offload && attr.map_ifindex == IFINDEX_LO ? -Errno.EOPNOTSUPP : -Errno.EINVAL;
}

/**
 * Map types know no fds: in the frame's copy, what an fd refers to stands in its place, the address of an object or an errno
 * pointer. The type that wants the object judges the errno where Linux does.
 */
function resolve_fds(attr: CreateAttr): void {
  attr.inner_map_fd = <u32>fd_referent(attr.inner_map_fd, OBJ_MAP);
  attr.value_type_btf_obj_fd = <i32>fd_referent(attr.value_type_btf_obj_fd, OBJ_BTF);
}

/** A zeroed header of the type's size with the attr's fields in it, or 0. */
function map_header(attr: CreateAttr): usize {
  const traits = ops_traits(attr.map_type);
  const ptr = heap_alloc(header_size(attr.map_type) + EXTENSION_SIZE, KIND_PRIVATE);
  if (!ptr) return 0;
  const map = changetype<Map>(ptr);
  map.type = attr.map_type;
  // key_size, value_size, max_entries, map_flags.
  v128.store(ptr, v128.load(changetype<usize>(attr), offsetof<CreateAttr>("key_size")), offsetof<Map>("key_size"));
  map.map_flags &= ~FD_FLAGS;
  map.user_value_size = attr.value_size;
  if (traits & PERCPU) map.user_value_size = <u32>round_up_8(attr.value_size) * root.nr_cpus;
  map.map_extra = attr.map_extra;
  return ptr;
}

/** What Linux checks once the map has its memory: name, BTF, exclusive program, then the fd and the id. */
function finish(map: Map, attr: CreateAttr): i32 {
  const name = changetype<usize>(attr) + offsetof<CreateAttr>("map_name_0");
  if (!name_in(name, changetype<usize>(map) + offsetof<Map>("name_low"))) return -Errno.EINVAL;
  let error = WITH_PROGRAMS ? set_types(map, attr) : check_btf(attr);
  if (error) return error;
  error = check_exclusive(map, attr);
  if (error) return error;
  error = fd_reserve();
  return error ? error : id_reserve(OBJ_MAP);
}

/** There are no BTF objects in a core without programs: every btf_fd is closed, or open and something else. */
function check_btf(attr: CreateAttr): i32 {
  if (!(attr.btf_key_type_id | attr.btf_value_type_id | attr.btf_vmlinux_value_type_id)) return 0;
  return fd_error(attr.btf_fd, -Errno.EINVAL);
}

function check_exclusive(map: Map, attr: CreateAttr): i32 {
  const size = attr.excl_prog_hash_size;
  if (!attr.excl_prog_hash && !size) return 0;
  if (!attr.excl_prog_hash || size != <u32>Limit.EXCL_PROG_HASH_SIZE) return -Errno.EINVAL;
  if (!user_ok(attr.excl_prog_hash, size)) return -Errno.EFAULT;
  map.exclusive = 1;
  if (WITH_PROGRAMS) {
    const to = changetype<usize>(extension_of(map)) + offsetof<MapExtension>("excl_prog_hash_0");
    memory.copy(to, <usize>attr.excl_prog_hash, Limit.EXCL_PROG_HASH_SIZE);
  }
  return 0;
}
