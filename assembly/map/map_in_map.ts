import { ElemFlag, Errno, MapFlag, MapType } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_PRIVATE } from "../mem/chunk";
import { checkpoint } from "../mem/journal";
import { object_get, object_put } from "../object/object";
import { ArrayMap } from "./array";
import { HASH_FLAGS, check_existence, hash_check_entries, hash_check_sizes, hash_insert } from "./hash/hash";
import { HashMap, hash_key, value_of } from "./hash/hash_map";
import { find, remove, table_create, table_destroy } from "./hash/table";
import { next_element, next_from } from "./hash/walk";
import { Map, check_flags, err_ptr, free_block, give_block, is_err } from "./map";
import { NO_TEMPLATE, VALUE_IS_MAP, header_size, ops_traits } from "./traits";

// BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS. An element is the address of an inner map's header, so it lies
// in private memory; each one holds a reference. User space puts an fd in and gets an id out: an update is given what the fd
// refers to (VALUE_IS_FD), and the id is read from the header that a lookup answers with.
//
//   array   ┌ ArrayMap │ Template ┐   values → one u32 address per index, 0 when empty
//   hash    ┌ HashMap  │ Template ┐   elements in private memory: key │ u32 address
//
// The template is a copy: the outer map keeps no reference on the map it was made from.

/** What an inner map must be like; stands behind the outer map's header. */
@unmanaged
export class Template {
  type: u32;
  key_size: u32;
  value_size: u32;
  map_flags: u32;
  max_entries: u32;
  _pad: u32;
}
/** Bytes of the headers. */
export const ARRAY_OF_MAPS_SIZE: usize = offsetof<ArrayMap>() + offsetof<Template>();
export const HASH_OF_MAPS_SIZE: usize = offsetof<HashMap>() + offsetof<Template>();
const SLOT_SIZE: u32 = 4;

@inline
function array_template(map: usize): Template {
  return changetype<Template>(map + offsetof<ArrayMap>());
}

@inline
function hash_template(map: usize): Template {
  return changetype<Template>(map + offsetof<HashMap>());
}

/** The template of either, which stands at the end of the type's header. */
export function template_of(map: Map): Template {
  return changetype<Template>(changetype<usize>(map) + header_size(map.type) - offsetof<Template>());
}

/** Copies what the attr's inner_map_fd refers to, if it may be a template: 0, -EBADF, -EINVAL or -ENOTSUPP. */
function set_template(template: Template, attr: usize): i32 {
  const inner = <usize>changetype<CreateAttr>(attr).inner_map_fd;
  if (is_err(inner)) return <i32>inner;
  const map = changetype<Map>(inner);
  const traits = ops_traits(map.type);
  // One level only.
  if (traits & VALUE_IS_MAP) return -Errno.EINVAL;
  if (traits & NO_TEMPLATE || map.exclusive) return -Errno.ENOTSUPP;
  template.type = map.type;
  template.key_size = map.key_size;
  template.value_size = map.value_size;
  template.map_flags = map.map_flags;
  template.max_entries = map.max_entries;
  return 0;
}

/** Whether a map is like the template. Programs index an inner array unchecked: its size counts unless INNER_MAP is set. */
function is_like(map: Map, template: Template): bool {
  if (map.type != template.type || map.key_size != template.key_size) return false;
  if (map.value_size != template.value_size || map.map_flags != template.map_flags) return false;
  if (map.type != <u32>MapType.ARRAY || (map.map_flags & MapFlag.INNER_MAP) != 0) return true;
  return map.max_entries == template.max_entries;
}

/** 0 for an inner map like the template; its errno for no map, -ENOTSUPP for one of a single program, -EINVAL for any other. */
function check_inner(inner: usize, template: Template): i32 {
  if (is_err(inner)) return <i32>inner;
  const map = changetype<Map>(inner);
  if (map.exclusive) return -Errno.ENOTSUPP;
  return is_like(map, template) ? 0 : -Errno.EINVAL;
}

@inline
function put_inner(inner: usize): void {
  object_put(changetype<Map>(inner));
}

/** Puts a counted reference to `inner` into a slot and drops what was there. */
function set_slot(slot: usize, inner: usize): void {
  const old = <usize>load<u32>(slot);
  object_get(changetype<Map>(inner));
  store<u32>(slot, <u32>inner);
  if (old) put_inner(old);
}

export function array_of_maps_alloc(map_ptr: usize, attr: usize): i32 {
  const error = set_template(array_template(map_ptr), attr);
  if (error) return error;
  const map = changetype<ArrayMap>(map_ptr);
  map.stride = SLOT_SIZE;
  return give_block(map_ptr, <u64>map.max_entries * SLOT_SIZE, KIND_PRIVATE);
}

/** Drops what is in a slot of a map that is being freed. */
function empty_slot(slot: usize): void {
  const inner = <usize>load<u32>(slot);
  if (!inner) return;
  store<u32>(slot, 0);
  put_inner(inner);
  checkpoint();
}

export function array_of_maps_free(map_ptr: usize): void {
  const map = changetype<ArrayMap>(map_ptr);
  for (let i: u32 = 0; i < map.max_entries && map.values; ++i) {
    empty_slot(slot_ptr(map, i));
  }
  free_block(map_ptr);
}

@inline
function slot_ptr(map: ArrayMap, index: u32): usize {
  return map.values + <usize>index * SLOT_SIZE;
}

/** Address of the inner map's header. */
export function array_of_maps_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<ArrayMap>(map_ptr);
  const index = load<u32>(key);
  const inner = index < map.max_entries ? <usize>load<u32>(slot_ptr(map, index)) : 0;
  return inner ? inner : err_ptr(Errno.ENOENT);
}

export function array_of_maps_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  if (flags != ElemFlag.ANY) return -Errno.EINVAL;
  const index = load<u32>(key);
  if (index >= map.max_entries) return -Errno.E2BIG;
  const inner = <usize>load<u32>(value);
  const error = check_inner(inner, array_template(map_ptr));
  if (error) return error;
  set_slot(slot_ptr(map, index), inner);
  return 0;
}

export function array_of_maps_delete(map_ptr: usize, key: usize): i32 {
  const map = changetype<ArrayMap>(map_ptr);
  const index = load<u32>(key);
  if (index >= map.max_entries) return -Errno.E2BIG;
  const slot = slot_ptr(map, index);
  const inner = <usize>load<u32>(slot);
  if (!inner) return -Errno.ENOENT;
  store<u32>(slot, 0);
  put_inner(inner);
  return 0;
}

export function hash_of_maps_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.value_size != SLOT_SIZE) return -Errno.EINVAL;
  const error = check_flags(attr, HASH_FLAGS);
  return error ? error : hash_check_sizes(attr, SLOT_SIZE);
}

export function hash_of_maps_alloc(map_ptr: usize, attr: usize): i32 {
  const map = changetype<HashMap>(map_ptr);
  let error = set_template(hash_template(map_ptr), attr);
  if (error) return error;
  error = hash_check_entries(map);
  if (error) return error;
  return table_create(map, SLOT_SIZE, KIND_PRIVATE, false) ? 0 : -Errno.ENOMEM;
}

export function hash_of_maps_free(map_ptr: usize): void {
  const map = changetype<HashMap>(map_ptr);
  let record = map.lines ? next_from(map, 0) : 0;
  while (record) {
    empty_slot(value_of(map, record));
    record = next_element(map, record);
  }
  table_destroy(map);
}

/** Address of the inner map's header. */
export function hash_of_maps_lookup(map_ptr: usize, key: usize): usize {
  const map = changetype<HashMap>(map_ptr);
  const record = find(map, key, hash_key(map, key));
  return record ? <usize>load<u32>(value_of(map, record)) : err_ptr(Errno.ENOENT);
}

/** The inner map is judged before the flags; an existing key keeps its place in its bucket. */
export function hash_of_maps_update(map_ptr: usize, key: usize, value: usize, flags: u64): i32 {
  const map = changetype<HashMap>(map_ptr);
  const inner = <usize>load<u32>(value);
  let error = check_inner(inner, hash_template(map_ptr));
  if (error) return error;
  if (flags > <u64>ElemFlag.EXIST) return -Errno.EINVAL;
  const hash = hash_key(map, key);
  const record = find(map, key, hash);
  error = check_existence(record != 0, flags);
  if (error) return error;
  if (record) {
    set_slot(value_of(map, record), inner);
    return 0;
  }
  error = hash_insert(map, key, value, hash);
  if (!error) object_get(changetype<Map>(inner));
  return error;
}

export function hash_of_maps_delete(map_ptr: usize, key: usize): i32 {
  const map = changetype<HashMap>(map_ptr);
  const hash = hash_key(map, key);
  const record = find(map, key, hash);
  if (!record) return -Errno.ENOENT;
  const inner = <usize>load<u32>(value_of(map, record));
  remove(map, record, hash);
  put_inner(inner);
  return 0;
}
