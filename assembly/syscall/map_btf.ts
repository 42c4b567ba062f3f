import { Errno } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { BtfKind, BtfRowFlag } from "../uapi/prog_constants";
import { fd_referent } from "../object/fd";
import { Btf, btf_row, row_bytes, row_field, row_field_count, row_has, row_kind } from "../object/btf";
import { OBJ_BTF, Obj, object_get } from "../object/object";
import {
  BTF_ENOTSUPP, KEY_INT32, KEY_STRUCT, NO_KEY, TAKES_BTF, VALUE_DATASEC, btf_rules, rule_of_field,
} from "../map/btf_rules";
import { extension_of } from "../map/extension";
import { Map, PROG_FLAGS, SPECIAL_FIELDS, is_err } from "../map/map";

// BTF of a map's keys and values, as MAP_CREATE judges it. What the types are was found when the BTF was loaded.

/** Gives a new map the types that its attr names: 0, or -EBADF, -EINVAL, -ENOTSUPP, -EACCES, -EOPNOTSUPP. */
export function set_types(map: Map, attr: CreateAttr): i32 {
  if (!(attr.btf_key_type_id | attr.btf_value_type_id | attr.btf_vmlinux_value_type_id)) return 0;
  const ptr = fd_referent(attr.btf_fd, OBJ_BTF);
  if (is_err(ptr)) return <i32>ptr;
  // Types of struct_ops are those of the kernel's own BTF, which is not here.
  if (attr.btf_vmlinux_value_type_id) return -Errno.EINVAL;
  const btf = changetype<Btf>(ptr);
  const error = check_types(map, attr, btf);
  if (error) return error;
  const extension = extension_of(map);
  object_get(changetype<Obj>(ptr));
  extension.btf = ptr;
  extension.btf_key_type_id = attr.btf_key_type_id;
  extension.btf_value_type_id = attr.btf_value_type_id;
  const value = btf_row(btf, attr.btf_value_type_id);
  extension.field_count = row_field_count(value);
  if (extension.field_count) {
    extension.fields = row_field(btf, value, 0);
    map.word_keys = SPECIAL_FIELDS;
  }
  return 0;
}

function check_types(map: Map, attr: CreateAttr, btf: Btf): i32 {
  const rules = btf_rules(map.type);
  const value = btf_row(btf, attr.btf_value_type_id);
  if (attr.btf_key_type_id) {
    const key = btf_row(btf, attr.btf_key_type_id);
    if (!key || !row_has(key, BtfRowFlag.SIZED) || row_bytes(key) != map.key_size) return -Errno.EINVAL;
  } else if (!(rules & (NO_KEY | VALUE_DATASEC)) && rules & TAKES_BTF) {
    return -Errno.EINVAL;
  }
  if (!value || !row_has(value, BtfRowFlag.SIZED) || row_bytes(value) != map.value_size) return -Errno.EINVAL;
  const error = check_fields(map, btf, value, rules);
  if (error) return error;
  if (!(rules & TAKES_BTF)) return rules & BTF_ENOTSUPP ? -Errno.ENOTSUPP : -Errno.EINVAL;
  return check_rules(map, attr, btf, value, rules);
}

/** Special fields: whether programs may reach them, and whether values of such maps may have them. */
function check_fields(map: Map, btf: Btf, value: usize, rules: u32): i32 {
  const count = row_field_count(value);
  if (!count) return 0;
  if (map.map_flags & PROG_FLAGS) return -Errno.EACCES;
  for (let i: u32 = 0; i < count; ++i) {
    if (!(rules & rule_of_field(load<u32>(row_field(btf, value, i))))) return -Errno.EOPNOTSUPP;
  }
  return 0;
}

function check_rules(map: Map, attr: CreateAttr, btf: Btf, value: usize, rules: u32): i32 {
  if (row_kind(value) == <u32>BtfKind.DATASEC) {
    return rules & VALUE_DATASEC && map.max_entries == 1 ? 0 : -Errno.EINVAL;
  }
  if (rules & NO_KEY) return 0;
  if (!attr.btf_key_type_id) return -Errno.EINVAL;
  const key = btf_row(btf, attr.btf_key_type_id);
  if (rules & KEY_INT32 && !row_has(key, BtfRowFlag.INT32)) return -Errno.EINVAL;
  return rules & KEY_STRUCT && !row_has(key, BtfRowFlag.STRUCT) ? -Errno.EINVAL : 0;
}
