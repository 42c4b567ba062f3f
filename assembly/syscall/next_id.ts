import { Errno } from "../uapi/constants";
import { IdAttr } from "../uapi/attr";
import { id_next } from "../object/id";
import { put_field } from "./attr";

/** What no id to start from may reach. */
export const ID_MAX: u32 = 0x7fffffff;

/** The smallest id above start_id of the objects of one kind goes to the caller's attr, as next_id. */
export function get_next_id(kind: u32, attr: IdAttr, out: usize): i32 {
  if (attr.id >= ID_MAX) return -Errno.EINVAL;
  const id = id_next(kind, attr.id);
  if (id == 0) return -Errno.ENOENT;
  return put_field(out, offsetof<IdAttr>("next_id"), id) ? 0 : -Errno.EFAULT;
}
