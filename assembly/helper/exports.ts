import { Errno } from "../uapi/constants";
import { current_cpu } from "../mem/cpu";
import { user_ok } from "../mem/user";
import { Map } from "../map/map";
import { mark_map } from "../map/mark";
import { FD_NO_MAP, fd_object, fd_word, wrong_kind } from "../object/fd";
import { map_arg } from "./args";
import { csum_diff } from "./csum";
import { drain_begin as begin_drain, drain_end as end_drain, drain_next as next_drain, drain_release as release_drain } from "./drain";
import {
  dynptr_data, dynptr_from_mem, dynptr_read, dynptr_write, ringbuf_discard_dynptr, ringbuf_reserve_dynptr, ringbuf_submit_dynptr,
} from "./dynptr";
import {
  for_each_begin as begin_walk, for_each_key as walk_key, for_each_next as next_place, for_each_value as walk_value,
  loop_begin as begin_loop,
} from "./for_each";
import { snprintf, trace_format as format_trace, trace_vformat as format_vtrace } from "./format";
import { kptr_xchg, spin_lock, spin_unlock } from "./lock";
import {
  map_delete_elem, map_lookup_elem, map_lookup_percpu_elem, map_peek_elem, map_pop_elem, map_push_elem, map_update_elem,
} from "./map_elem";
import {
  probe_read, probe_read_kernel, probe_read_kernel_str, probe_read_str, probe_read_user, probe_read_user_str,
} from "./probe";
import { redirect_map } from "./redirect";
import { ringbuf_discard, ringbuf_output, ringbuf_query, ringbuf_reserve, ringbuf_submit } from "./ringbuf_prog";
import { begin, current_run, end, take_fault, take_wakeups, text_ptr } from "./run";
import { strncmp, strtol, strtoul } from "./strings";
import { prog_target } from "./tail_call";
import { Expired, expire, next_expiry, timer_cancel, timer_init, timer_set_callback, timer_start } from "./timer";

// What programs call in the core, as vm/helpers/table.ts names it, and what drives callbacks and runs (vm/helpers/exports.ts).
// Registers in, R0 out; whatever breaks a rule is a trap with its reason in fault_reason().

export function helper_map_lookup_elem(map: u64, key: u64): u64 {
  return map_lookup_elem(map, key);
}

export function helper_map_update_elem(map: u64, key: u64, value: u64, flags: u64): u64 {
  return map_update_elem(map, key, value, flags);
}

export function helper_map_delete_elem(map: u64, key: u64): u64 {
  return map_delete_elem(map, key);
}

export function helper_map_push_elem(map: u64, value: u64, flags: u64): u64 {
  return map_push_elem(map, value, flags);
}

export function helper_map_pop_elem(map: u64, value: u64): u64 {
  return map_pop_elem(map, value);
}

export function helper_map_peek_elem(map: u64, value: u64): u64 {
  return map_peek_elem(map, value);
}

export function helper_map_lookup_percpu_elem(map: u64, key: u64, cpu: u64): u64 {
  return map_lookup_percpu_elem(map, key, cpu);
}

export function helper_redirect_map(map: u64, key: u64, flags: u64): u64 {
  return redirect_map(map, key, flags);
}

export function helper_ringbuf_output(map: u64, data: u64, size: u64, flags: u64): u64 {
  return ringbuf_output(map, data, size, flags);
}

export function helper_ringbuf_reserve(map: u64, size: u64, flags: u64): u64 {
  return ringbuf_reserve(map, size, flags);
}

export function helper_ringbuf_submit(sample: u64, flags: u64): u64 {
  return ringbuf_submit(sample, flags);
}

export function helper_ringbuf_discard(sample: u64, flags: u64): u64 {
  return ringbuf_discard(sample, flags);
}

export function helper_ringbuf_query(map: u64, what: u64): u64 {
  return ringbuf_query(map, what);
}

export function helper_ringbuf_reserve_dynptr(map: u64, size: u64, flags: u64, ptr: u64): u64 {
  return ringbuf_reserve_dynptr(map, size, flags, ptr);
}

export function helper_ringbuf_submit_dynptr(ptr: u64, flags: u64): u64 {
  return ringbuf_submit_dynptr(ptr, flags);
}

export function helper_ringbuf_discard_dynptr(ptr: u64, flags: u64): u64 {
  return ringbuf_discard_dynptr(ptr, flags);
}

export function helper_dynptr_from_mem(data: u64, size: u64, flags: u64, ptr: u64): u64 {
  return dynptr_from_mem(data, size, flags, ptr);
}

export function helper_dynptr_read(dst: u64, len: u64, src: u64, offset: u64, flags: u64): u64 {
  return dynptr_read(dst, len, src, offset, flags);
}

export function helper_dynptr_write(dst: u64, offset: u64, src: u64, len: u64, flags: u64): u64 {
  return dynptr_write(dst, offset, src, len, flags);
}

export function helper_dynptr_data(ptr: u64, offset: u64, len: u64): u64 {
  return dynptr_data(ptr, offset, len);
}

export function helper_probe_read(dst: u64, size: u64, from: u64): u64 {
  return probe_read(dst, size, from);
}

export function helper_probe_read_str(dst: u64, size: u64, from: u64): u64 {
  return probe_read_str(dst, size, from);
}

export function helper_probe_read_user(dst: u64, size: u64, from: u64): u64 {
  return probe_read_user(dst, size, from);
}

export function helper_probe_read_user_str(dst: u64, size: u64, from: u64): u64 {
  return probe_read_user_str(dst, size, from);
}

export function helper_probe_read_kernel(dst: u64, size: u64, from: u64): u64 {
  return probe_read_kernel(dst, size, from);
}

export function helper_probe_read_kernel_str(dst: u64, size: u64, from: u64): u64 {
  return probe_read_kernel_str(dst, size, from);
}

export function helper_strtol(buf: u64, buf_len: u64, flags: u64, res: u64): u64 {
  return strtol(buf, buf_len, flags, res);
}

export function helper_strtoul(buf: u64, buf_len: u64, flags: u64, res: u64): u64 {
  return strtoul(buf, buf_len, flags, res);
}

export function helper_strncmp(s1: u64, s1_size: u64, s2: u64): u64 {
  return strncmp(s1, s1_size, s2);
}

export function helper_snprintf(str: u64, str_size: u64, fmt: u64, data: u64, data_len: u64): u64 {
  return snprintf(str, str_size, fmt, data, data_len);
}

export function helper_csum_diff(from: u64, from_size: u64, to: u64, to_size: u64, seed: u64): u64 {
  return csum_diff(from, from_size, to, to_size, seed);
}

export function helper_spin_lock(lock: u64): u64 {
  return spin_lock(lock);
}

export function helper_spin_unlock(lock: u64): u64 {
  return spin_unlock(lock);
}

export function helper_kptr_xchg(dst: u64, ptr: u64): u64 {
  return kptr_xchg(dst, ptr);
}

export function helper_timer_init(timer: u64, map: u64, flags: u64): u64 {
  return timer_init(timer, map, flags);
}

export function helper_timer_set_callback(timer: u64, callback: u64): u64 {
  return timer_set_callback(timer, callback);
}

export function helper_timer_start(timer: u64, nsecs: u64, flags: u64): u64 {
  return timer_start(timer, nsecs, flags);
}

export function helper_timer_cancel(timer: u64): u64 {
  return timer_cancel(timer);
}

export function helper_get_smp_processor_id(): u64 {
  return current_cpu();
}

/** bpf_copy_from_user reads as bpf_probe_read_user does. */
export function helper_copy_from_user(dst: u64, size: u64, from: u64): u64 {
  return probe_read_user(dst, size, from);
}

export function run_begin(program: u32): void {
  begin(program);
}

export function run_end(): void {
  end();
}

export function run_program(program: u32): void {
  current_run().program = program;
}

export function fault_reason(): u32 {
  return take_fault();
}

export function run_wakeups(): u32 {
  return take_wakeups();
}

export function for_each_begin(map: u64, flags: u64): u64 {
  return begin_walk(map, flags);
}

export function for_each_next(map: u64, at: u64): u64 {
  return next_place(map, at);
}

export function for_each_key(map: u64, at: u64, cell: u64): u64 {
  return walk_key(map, at, cell);
}

export function for_each_value(map: u64, at: u64): u64 {
  return walk_value(map, at);
}

export function loop_begin(count: u64, flags: u64): u64 {
  return begin_loop(count, flags);
}

export function drain_begin(map: u64, flags: u64): u64 {
  return begin_drain(map, flags);
}

export function drain_next(map: u64, cell: u64): u64 {
  return next_drain(map, cell);
}

export function drain_release(map: u64): void {
  release_drain(map);
}

export function drain_end(map: u64): void {
  end_drain(map);
}

export function trace_format(fmt: u64, fmt_size: u64, arg1: u64, arg2: u64, arg3: u64): u64 {
  return format_trace(fmt, fmt_size, arg1, arg2, arg3);
}

export function trace_vformat(fmt: u64, fmt_size: u64, args: u64, args_size: u64): u64 {
  return format_vtrace(fmt, fmt_size, args, args_size);
}

export function trace_text(): usize {
  return text_ptr();
}

export function timer_next(): u64 {
  return next_expiry();
}

export function timer_expire(now: u64, out: usize): i32 {
  if (!user_ok(out, offsetof<Expired>())) return -Errno.EFAULT;
  return expire(now, changetype<Expired>(out));
}

/** The map behind an fd, which programs may use from now on: its address, or an errno pointer (EBADF, EINVAL). */
export function map_address(fd: u32): usize {
  const word = fd_word(fd);
  if (word & FD_NO_MAP) return <usize>wrong_kind(word);
  mark_map(changetype<Map>(fd_object(word)));
  return fd_object(word);
}

/** Id of the program in a slot of a PROG_ARRAY, for a tail call; 0 for an empty slot, or an index beyond the map. */
export function prog_array_target(map: u64, index: u64): u32 {
  return prog_target(map, index);
}

/** Entries of the map that a register points to, for helpers of the host that take an index into one. */
export function map_max_entries(map: u64): u32 {
  return map_arg(map).max_entries;
}
