import { Errno, Limit } from "../uapi/constants";
import { ElemAttr, IdAttr, InfoAttr, MapInfo } from "../uapi/attr";
import { copy_run_unlogged } from "../mem/bytes";
import { FRAME_DIGEST, FRAME_INFO, frame_ptr } from "../mem/frame";
import { check_zero, user_ok } from "../mem/user";
import { WITH_PROGRAMS } from "../mem/variant";
import { fd_failed, fd_lookup_any, fd_object, fd_open } from "../object/fd";
import { id_find } from "../object/id";
import { Btf } from "../object/btf";
import { OBJ_BTF, OBJ_MAP, OBJ_PROG, Obj } from "../object/object";
import { Program } from "../object/program";
import { is_mapped_writable } from "../object/mapping";
import { extension_of } from "../map/extension";
import { FD_FLAGS, INFO_FIELDS, Map, WORD_UPDATE, is_err } from "../map/map";
import { CONTENT_HASH, ops_traits } from "../map/traits";
import { array_content_hash } from "../map/array";
import { CAN_WRITE, MODE_SHIFT, map_of_fd } from "../user/access";
import { put_field } from "./attr";
import { get_next_id } from "./next_id";
import { btf_info } from "./btf_object";
import { prog_info } from "./prog_object";

// Commands on a map as an object: freeze, info, ids.

/**
 * Freezing needs the right to write, and a second freeze is -EPERM like any write to a frozen map; -EBUSY while the map is
 * mapped for writing.
 */
export function map_freeze(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<ElemAttr>(attr_ptr);
  const ptr = map_of_fd(attr.map_fd, CAN_WRITE);
  if (is_err(ptr)) return <i32>ptr;
  if (is_mapped_writable(ptr)) return -Errno.EBUSY;
  changetype<Map>(ptr).frozen = 1;
  changetype<Map>(ptr).word_keys &= ~WORD_UPDATE;
  return 0;
}

/** next_id goes to the caller's attr. */
export function map_get_next_id(attr_ptr: usize, out: usize): i32 {
  return get_next_id(OBJ_MAP, changetype<IdAttr>(attr_ptr), out);
}

/** Access flags of an open: RDONLY, WRONLY or neither; fd mode bits, or -EINVAL. */
export function open_mode(flags: u32): i32 {
  return flags & ~FD_FLAGS || flags == FD_FLAGS ? -Errno.EINVAL : <i32>(flags >> MODE_SHIFT);
}

export function map_get_fd_by_id(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<IdAttr>(attr_ptr);
  const mode = open_mode(attr.open_flags);
  if (mode < 0) return mode;
  const ptr = id_find(OBJ_MAP, attr.id);
  return ptr ? fd_open(ptr, mode) : -Errno.ENOENT;
}

/** An fd that is not open is -EBADFD here, unlike everywhere else. */
export function obj_get_info_by_fd(attr_ptr: usize, out: usize): i32 {
  const attr = changetype<InfoAttr>(attr_ptr);
  const answer = fd_lookup_any(attr.bpf_fd);
  if (fd_failed(answer)) return answer == -Errno.EBADF ? -Errno.EBADFD : answer;
  if (WITH_PROGRAMS) {
    const object = changetype<Obj>(fd_object(answer));
    if (object.kind == OBJ_PROG) return prog_info(changetype<Program>(object), attr, out);
    if (object.kind == OBJ_BTF) return btf_info(changetype<Btf>(object), attr, out);
    if (object.kind != OBJ_MAP) return -Errno.EINVAL;
  }
  const size = attr.info_len;
  const info_ptr = attr.info;
  if (size > <u32>Limit.PAGE_SIZE) return -Errno.E2BIG;
  const error = check_info_tail(info_ptr, size);
  if (error) return error;
  const known = min<u32>(size, Limit.INFO_SIZE);
  if (!user_ok(info_ptr, known)) return -Errno.EFAULT;
  const copy = frame_ptr() + FRAME_INFO;
  memory.fill(copy, 0, Limit.INFO_SIZE);
  copy_run_unlogged(copy, <usize>info_ptr, known);
  const info = changetype<MapInfo>(copy);
  const map = changetype<Map>(fd_object(answer));
  const hash_error = content_hash(map, info.hash, info.hash_size);
  if (hash_error) return hash_error;
  fill_info(map, info);
  copy_run_unlogged(<usize>info_ptr, copy, known);
  return put_field(out, offsetof<InfoAttr>("info_len"), known) ? 0 : -Errno.EFAULT;
}

/** Bytes past the last input field must be zero. */
function check_info_tail(info: u64, size: u32): i32 {
  const from: u32 = offsetof<MapInfo>("_pad");
  return size <= from ? 0 : check_zero(info + from, size - from);
}

function content_hash(map: Map, hash: u64, hash_size: u32): i32 {
  if (!hash) return hash_size ? -Errno.EINVAL : 0;
  if (!(ops_traits(map.type) & CONTENT_HASH)) return -Errno.EINVAL;
  if (hash_size != <u32>Limit.SHA256_SIZE) return -Errno.EINVAL;
  if (!map.frozen) return -Errno.EPERM;
  if (!user_ok(hash, hash_size)) return -Errno.EFAULT;
  array_content_hash(changetype<usize>(map), <usize>hash, frame_ptr() + FRAME_DIGEST);
  return 0;
}

/** Fields that only offloaded and BTF-typed maps have keep what the caller put there, as in Linux. */
function fill_info(map: Map, info: MapInfo): void {
  memory.copy(changetype<usize>(info), changetype<usize>(map) + INFO_FIELDS, INFO_FIELDS_SIZE);
  info.btf_vmlinux_value_type_id = 0;
  info.map_extra = map.map_extra;
  if (!WITH_PROGRAMS) return;
  const extension = extension_of(map);
  if (!extension.btf) return;
  info.btf_id = changetype<Obj>(extension.btf).id;
  info.btf_key_type_id = extension.btf_key_type_id;
  info.btf_value_type_id = extension.btf_value_type_id;
}

const INFO_FIELDS_SIZE: usize = offsetof<MapInfo>("ifindex");
if (offsetof<Map>("name_high") + 8 != INFO_FIELDS + INFO_FIELDS_SIZE) ERROR("Map's fields begin as MapInfo's");
