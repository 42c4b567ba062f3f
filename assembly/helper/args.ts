import { Fault } from "../uapi/fault";
import { data_ok } from "../mem/data";
import { Map } from "../map/map";
import { is_marked_map } from "../map/mark";
import { PERCPU, VALUE_IS_FD, BATCH_UPDATE, ops_traits } from "../map/traits";
import { current_cpu } from "../mem/cpu";
import { round_up_8 } from "../mem/bytes";
import { fault } from "./run";

// What a helper may believe of its arguments: a map is a marked header, a range lies in data memory; anything else ends the run.

/** The map that a register points to. */
@inline
export function map_arg(ptr: u64): Map {
  if (!is_marked_map(ptr)) fault(Fault.NO_MAP);
  return changetype<Map>(<usize>ptr);
}

/** The map of one type that a register points to. */
@inline
export function map_of_type_arg(ptr: u64, type: u32): Map {
  const map = map_arg(ptr);
  if (map.type != type) fault(Fault.MAP_TYPE);
  return map;
}

/** Address of `size` bytes that a program may read and write; 0 for no bytes, which may be given with any address. */
@inline
export function data_arg(ptr: u64, size: u32): usize {
  if (!data_ok(ptr, size)) fault(Fault.ARGUMENT);
  return size ? <usize>ptr : 0;
}

/** Whether programs update and delete elements of such maps by key: where values are plain bytes, and user space updates batches. */
@inline
export function is_writable_type(traits: u32): bool {
  return (traits & (BATCH_UPDATE | VALUE_IS_FD)) == BATCH_UPDATE;
}

/** Bytes from one CPU's copy of a value to the next CPU's. */
@inline
export function cpu_stride(map: Map): u32 {
  return <u32>round_up_8(map.value_size);
}

/** The running CPU's part of an element's value. */
@inline
export function own_value(map: Map, value: usize): usize {
  return ops_traits(map.type) & PERCPU ? value + <usize>current_cpu() * cpu_stride(map) : value;
}
