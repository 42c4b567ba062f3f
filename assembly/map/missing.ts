import { Errno } from "../uapi/constants";
import { err_ptr } from "./map";

// Cells for operations that a map type does not have. Linux does not answer one errno for them all: each type's own is in
// its row of the table.

export function lookup_enotsupp(_map: usize, _key: usize): usize {
  return err_ptr(Errno.ENOTSUPP);
}

export function update_enotsupp(_map: usize, _key: usize, _value: usize, _flags: u64): i32 {
  return -Errno.ENOTSUPP;
}

export function delete_einval(_map: usize, _key: usize): i32 {
  return -Errno.EINVAL;
}

export function delete_enotsupp(_map: usize, _key: usize): i32 {
  return -Errno.ENOTSUPP;
}

export function pop_enotsupp(_map: usize, _key: usize, _value: usize): i32 {
  return -Errno.ENOTSUPP;
}

export function delete_eopnotsupp(_map: usize, _key: usize): i32 {
  return -Errno.EOPNOTSUPP;
}

export function next_key_einval(_map: usize, _key: usize): usize {
  return err_ptr(Errno.EINVAL);
}

export function next_key_enotsupp(_map: usize, _key: usize): usize {
  return err_ptr(Errno.ENOTSUPP);
}

export function next_key_eopnotsupp(_map: usize, _key: usize): usize {
  return err_ptr(Errno.EOPNOTSUPP);
}

export function lookup_enoent(_map: usize, _key: usize): usize {
  return err_ptr(Errno.ENOENT);
}

export function lookup_einval(_map: usize, _key: usize): usize {
  return err_ptr(Errno.EINVAL);
}

export function lookup_eopnotsupp(_map: usize, _key: usize): usize {
  return err_ptr(Errno.EOPNOTSUPP);
}

export function update_einval(_map: usize, _key: usize, _value: usize, _flags: u64): i32 {
  return -Errno.EINVAL;
}

export function update_eopnotsupp(_map: usize, _key: usize, _value: usize, _flags: u64): i32 {
  return -Errno.EOPNOTSUPP;
}

export function delete_enoent(_map: usize, _key: usize): i32 {
  return -Errno.ENOENT;
}

export function next_key_enoent(_map: usize, _key: usize): usize {
  return err_ptr(Errno.ENOENT);
}

export function pop_enoent(_map: usize, _key: usize, _value: usize): i32 {
  return -Errno.ENOENT;
}

export function mmap_enotsupp(_map: usize): usize {
  return err_ptr(Errno.ENOTSUPP);
}
