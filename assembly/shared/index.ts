import { Errno } from "../uapi/constants";
import { attach_again, attach_any, cpu_of, detach_own } from "../mem/attach";
import { NO_CPU, current_cpu, own_generation, own_slot, set_suspect } from "../mem/cpu";
import { addresses_release_of } from "../mem/deferral";
import { any_buried, bury_known, enter_alone, leave, open_gate_anew } from "../mem/section";
import { free_dead_maps } from "../map/free";
import { repair_after, repair_maps } from "../map/repair";

// What the module for shared memory exports beside the rest: threads that come and go. The functions of the journal are
// exported for the build, which puts calls of them into the code and takes the exports away (scripts/build/journal.mjs).

export { log_1, log_16, log_2, log_4, log_8, log_copy, log_fill } from "../mem/journal";

/**
 * Gives the thread of this instance a CPU, if it has none: its number, or -EAGAIN when all are taken. `patience`: after how
 * many milliseconds without a sign of life it takes others for dead, 0 for one that may not be put to sleep; `token`: by which
 * thread_cpu finds it. Every other call of an instance without a CPU traps.
 */
export function attach(patience: u32, token: u32): i32 {
  const cpu = attach_any(patience, token);
  return cpu < 0 ? -Errno.EAGAIN : cpu;
}

/** The CPU of the thread with this token, not 0; -EINVAL when it has none. */
export function thread_cpu(token: u32): i32 {
  const cpu = cpu_of(token);
  return cpu < 0 ? -Errno.EINVAL : cpu;
}

/** Whether the CPU was taken from the thread of this instance, which was taken for dead: then every call traps. */
export function is_buried(): u32 {
  return u32(current_cpu() != NO_CPU && own_slot().generation != own_generation());
}

/** Gives the CPU back. Records that its thread reserved and did not finish are discarded. */
export function detach(): void {
  enter_alone();
  repair_after(current_cpu(), 0);
  addresses_release_of(own_slot());
  leave();
  detach_own();
}

/**
 * After the thread of a CPU died: what it was doing is finished or undone, its locks are freed, its unfinished records are
 * discarded, and the CPU is there for another thread. 0, or -EINVAL for a CPU without a thread, and for the caller's own.
 */
export function reap(cpu: u32): i32 {
  set_suspect(cpu);
  enter_alone();
  const known = bury_known(cpu);
  if (any_buried()) repair_maps();
  free_dead_maps();
  leave();
  return known ? 0 : -Errno.EINVAL;
}

/** After a copy of the memory of another core was put into this one's: this instance is its only thread, on that CPU. */
export function restored(cpu: u32): void {
  open_gate_anew();
  attach_again(cpu);
}

/** From here to go() all other threads wait outside of the core: for a copy of the memory that is of one moment. */
export function stop(): void {
  enter_alone();
}

export function go(): void {
  leave();
}
