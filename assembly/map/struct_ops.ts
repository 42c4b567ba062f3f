import { Errno, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";

// BPF_MAP_TYPE_STRUCT_OPS: kernel operations implemented by programs, named by a type id of the kernel's own BTF. There is
// no kernel behind this sandbox, so every id is an unknown one.

export function struct_ops_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.key_size != 4 || attr.max_entries != 1 || !attr.btf_vmlinux_value_type_id) return -Errno.EINVAL;
  return attr.map_flags & ~(MapFlag.LINK | MapFlag.VTYPE_BTF_OBJ_FD) ? -Errno.EINVAL : 0;
}

export function struct_ops_alloc(_map: usize, attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (!(attr.map_flags & MapFlag.VTYPE_BTF_OBJ_FD)) return -Errno.ENOTSUPP;
  // The id would be one of a module's BTF, and there is none: the referent is an errno.
  return attr.value_type_btf_obj_fd;
}
