import { Engine, Errno, Limit, MapFlag } from "../uapi/constants";
import { IdAttr, InfoAttr } from "../uapi/attr";
import { BtfInfo, BtfLoadAttr } from "../uapi/prog_attr";
import { ProgLimit } from "../uapi/prog_constants";
import { copy_run_unlogged } from "../mem/bytes";
import { KIND_PRIVATE } from "../mem/chunk";
import { FRAME_INFO, frame, frame_ptr } from "../mem/frame";
import { heap_alloc } from "../mem/heap";
import { check_zero, user_ok } from "../mem/user";
import { Btf, btf_free } from "../object/btf";
import { fd_error, fd_install, fd_open, fd_reserve } from "../object/fd";
import { id_add, id_find, id_reserve } from "../object/id";
import { OBJ_BTF, object_put } from "../object/object";
import { put_field } from "./attr";
import { check_log } from "./log_attr";
import { get_next_id } from "./next_id";

// Commands on BTF. The bytes are copied and kept here; what is in them the machine judges.

/** Engine.PENDING, with the object's address in frame().referent; or -errno. */
export function btf_load(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<BtfLoadAttr>(attr_ptr);
  if (attr.flags & ~MapFlag.TOKEN_FD) return -Errno.EINVAL;
  if (attr.flags & MapFlag.TOKEN_FD) return fd_error(attr.token_fd, -Errno.EINVAL);
  const size = attr.size;
  if (size > <u32>ProgLimit.BTF_SIZE_MAX) return -Errno.E2BIG;
  const error = check_log(attr.log_level, attr.log_size, attr.log_buf);
  if (error) return error;
  const ptr = heap_alloc(offsetof<Btf>(), KIND_PRIVATE);
  if (!ptr) return -Errno.ENOMEM;
  const btf = changetype<Btf>(ptr);
  btf.data = heap_alloc(max<u32>(size, 1), KIND_PRIVATE);
  const failed = !btf.data ? -Errno.ENOMEM : user_ok(attr.btf, size) ? 0 : -Errno.EFAULT;
  if (failed) {
    btf_free(btf);
    return failed;
  }
  btf.size = size;
  if (size) memory.copy(btf.data, <usize>attr.btf, size);
  frame().referent = <u32>ptr;
  return Engine.PENDING;
}

/**
 * Makes BTF that was found to be right an object, with the rows of its `types` types in `table` (BtfRow): its fd, or -ENOMEM,
 * -EMFILE; then nothing is left of it.
 */
export function btf_finish(btf_ptr: usize, table: usize, types: u32): i32 {
  const btf = changetype<Btf>(btf_ptr);
  btf.table = table;
  btf.nr_types = types;
  const error = id_reserve(OBJ_BTF);
  if (error) {
    btf_free(btf);
    return error;
  }
  btf.kind = OBJ_BTF;
  btf.refcnt = 1;
  btf.id = id_add(OBJ_BTF, btf_ptr);
  const no_fd = fd_reserve();
  if (no_fd) {
    object_put(btf);
    return no_fd;
  }
  return fd_install(btf_ptr, 0);
}

export function btf_get_next_id(attr_ptr: usize, out: usize): i32 {
  return get_next_id(OBJ_BTF, changetype<IdAttr>(attr_ptr), out);
}

export function btf_get_fd_by_id(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<IdAttr>(attr_ptr);
  if (attr.open_flags & ~MapFlag.TOKEN_FD) return -Errno.EINVAL;
  // The token's fd is the field behind IdAttr's last.
  if (attr.open_flags) return fd_error(load<u32>(attr_ptr, offsetof<IdAttr>()), -Errno.EINVAL);
  const ptr = id_find(OBJ_BTF, attr.id);
  return ptr ? fd_open(ptr, 0) : -Errno.ENOENT;
}

export function btf_info(btf: Btf, attr: InfoAttr, out: usize): i32 {
  const size = attr.info_len;
  const info_ptr = attr.info;
  if (size > <u32>Limit.PAGE_SIZE) return -Errno.E2BIG;
  const error = size <= <u32>ProgLimit.BTF_INFO_SIZE ? 0 : check_zero(info_ptr + ProgLimit.BTF_INFO_SIZE, size - ProgLimit.BTF_INFO_SIZE);
  if (error) return error;
  const known = min<u32>(size, ProgLimit.BTF_INFO_SIZE);
  if (!user_ok(info_ptr, known)) return -Errno.EFAULT;
  const copy = frame_ptr() + FRAME_INFO;
  memory.fill(copy, 0, ProgLimit.BTF_INFO_SIZE);
  copy_run_unlogged(copy, <usize>info_ptr, known);
  const info = changetype<BtfInfo>(copy);
  const room = min<u32>(info.btf_size, btf.size);
  if (!user_ok(info.btf, room)) return -Errno.EFAULT;
  if (room) memory.copy(<usize>info.btf, btf.data, room);
  info.btf_size = btf.size;
  info.id = btf.id;
  if ((info.name != 0) != (info.name_len != 0)) return -Errno.EINVAL;
  if (info.name) {
    // BTF that user space loads has no name.
    if (!user_ok(info.name, 1)) return -Errno.EFAULT;
    store<u8>(<usize>info.name, 0);
  }
  info.name_len = 0;
  info.kernel_btf = 0;
  copy_run_unlogged(<usize>info_ptr, copy, known);
  return put_field(out, offsetof<InfoAttr>("info_len"), known) ? 0 : -Errno.EFAULT;
}
