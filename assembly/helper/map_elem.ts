import { ElemFlag, MapFlag } from "../uapi/constants";
import { Fault } from "../uapi/fault";
import { root } from "../mem/root";
import { lru_set_ref } from "../map/lru_list";
import { LruMap, lru_node } from "../map/lru_node";
import { Map, is_err } from "../map/map";
import { mark_map } from "../map/mark";
import { ops_delete, ops_lookup, ops_pop, ops_update } from "../map/ops";
import { has_spin_lock } from "../map/special_fields";
import { MARKS_USE, PERCPU, VALUE_IS_INPUT, VALUE_IS_MAP, VALUE_IS_PROG, ops_traits } from "../map/traits";
import { cpu_stride, data_arg, is_writable_type, map_arg, own_value } from "./args";
import { update_own_value } from "./percpu";
import { fault } from "./run";

// The helpers that look elements up and change them. Programs are bound by BPF_F_RDONLY_PROG, and by neither an fd's mode
// nor BPF_MAP_FREEZE. The verifier refuses most of what is a fault here before a program runs.

/** bpf_map_lookup_elem: address of the value, of an inner map, or NULL. */
@inline
export function map_lookup_elem(map_ptr: u64, key: u64): u64 {
  const map = map_arg(map_ptr);
  const traits = ops_traits(map.type);
  if (map.key_size == 0 || traits & VALUE_IS_PROG) fault(Fault.MAP_TYPE);
  const value = ops_lookup(map.type, changetype<usize>(map), data_arg(key, map.key_size));
  if (is_err(value)) return 0;
  return traits & (PERCPU | VALUE_IS_MAP | MARKS_USE) ? found(map, traits, value) : value;
}

/** What is done with a value that is more than its bytes. */
function found(map: Map, traits: u32, value: usize): u64 {
  if (traits & VALUE_IS_MAP) mark_map(changetype<Map>(value));
  if (traits & MARKS_USE) mark_use(map, value);
  return own_value(map, value);
}

/** A program's lookup counts as a use of the element that has this value. */
function mark_use(map: Map, value: usize): void {
  const lru = changetype<LruMap>(map);
  lru.marks_inactive = 1;
  lru_set_ref(lru_node(lru, value - lru.value_offset));
}

/** bpf_map_lookup_percpu_elem: address of a CPU's value, or NULL. */
export function map_lookup_percpu_elem(map_ptr: u64, key: u64, cpu: u64): u64 {
  const map = map_arg(map_ptr);
  const traits = ops_traits(map.type);
  if (!(traits & PERCPU) || map.key_size == 0) fault(Fault.MAP_TYPE);
  const key_ptr = data_arg(key, map.key_size);
  if (<u32>cpu >= root.nr_cpus) return 0;
  const value = ops_lookup(map.type, changetype<usize>(map), key_ptr);
  if (is_err(value)) return 0;
  if (traits & MARKS_USE) mark_use(map, value);
  return value + <usize>(<u32>cpu) * cpu_stride(map);
}

/** A map that programs may change by key. */
@inline
function writable_map(map_ptr: u64): Map {
  const map = map_arg(map_ptr);
  if (!is_writable_type(ops_traits(map.type))) fault(Fault.MAP_TYPE);
  if (map.map_flags & MapFlag.RDONLY_PROG) fault(Fault.READ_ONLY);
  return map;
}

/** bpf_map_update_elem: 0 or a negated errno. Of a per-CPU map the running CPU's value is written. */
@inline
export function map_update_elem(map_ptr: u64, key: u64, value: u64, flags: u64): u64 {
  const map = writable_map(map_ptr);
  const key_ptr = data_arg(key, map.key_size);
  const value_ptr = data_arg(value, map.value_size);
  // One thread runs programs, so BPF_F_LOCK has nothing to wait for; without a lock in the value it is an unknown flag.
  if (flags & ElemFlag.F_LOCK && has_spin_lock(map)) flags &= ~(<u64>ElemFlag.F_LOCK);
  if (ops_traits(map.type) & PERCPU) return <i64>update_own_value(map, key_ptr, value_ptr, flags);
  return <i64>ops_update(map.type, changetype<usize>(map), key_ptr, value_ptr, flags);
}

/** bpf_map_delete_elem: 0 or a negated errno. */
export function map_delete_elem(map_ptr: u64, key: u64): u64 {
  const map = writable_map(map_ptr);
  return <i64>ops_delete(map.type, changetype<usize>(map), data_arg(key, map.key_size));
}

/** A map of values without keys: queue, stack or Bloom filter. */
function keyless_map(map_ptr: u64, writes: bool): Map {
  const map = map_arg(map_ptr);
  if (map.key_size || !map.value_size) fault(Fault.MAP_TYPE);
  if (writes && map.map_flags & MapFlag.RDONLY_PROG) fault(Fault.READ_ONLY);
  return map;
}

/** bpf_map_push_elem. */
export function map_push_elem(map_ptr: u64, value: u64, flags: u64): u64 {
  const map = keyless_map(map_ptr, true);
  return <i64>ops_update(map.type, changetype<usize>(map), 0, data_arg(value, map.value_size), flags);
}

/** bpf_map_pop_elem: from an empty map -ENOENT, and zeros. */
export function map_pop_elem(map_ptr: u64, value: u64): u64 {
  const map = keyless_map(map_ptr, true);
  if (ops_traits(map.type) & VALUE_IS_INPUT) fault(Fault.MAP_TYPE);
  const to = data_arg(value, map.value_size);
  const error = ops_pop(map.type, changetype<usize>(map), 0, to);
  if (error) memory.fill(to, 0, map.value_size);
  return <i64>error;
}

/** bpf_map_peek_elem: from an empty map -ENOENT, and zeros. A Bloom filter tests the value: 0 or -ENOENT. */
export function map_peek_elem(map_ptr: u64, value: u64): u64 {
  const map = keyless_map(map_ptr, false);
  const to = data_arg(value, map.value_size);
  const tests = (ops_traits(map.type) & VALUE_IS_INPUT) != 0;
  const from = ops_lookup(map.type, changetype<usize>(map), tests ? to : 0);
  if (tests) return is_err(from) ? <i64>(<i32>from) : 0;
  if (is_err(from)) {
    memory.fill(to, 0, map.value_size);
    return <i64>(<i32>from);
  }
  memory.copy(to, from, map.value_size);
  return 0;
}
