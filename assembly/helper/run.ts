import { Fault } from "../uapi/fault";
import { FRAME_RUN, RUN_REGION_SIZE, frame_ptr } from "../mem/frame";
import { addresses_hold, addresses_release } from "../mem/deferral";
import { program_state } from "../object/state";
import { free_dead_maps } from "../map/free";

// What is known of the run that is under way. While one is, the address of an element that was deleted, and of an inner map
// that was replaced, may still be in a register: so memory keeps its kind and dead maps stay until the run ends.

@unmanaged
export class Run {
  /** Why the last trap happened. */
  fault: u32;
  /** Number of the run: what it holds, such as a lock, names it by this. Never 0 while there is one. */
  number: u32;
  /** Runs under way: one within another when a helper of the host runs a program. */
  depth: u32;
  /** Id of the program that runs. */
  program: u32;
  /** Records since the last take_wakeups that Linux would have woken a reader for. */
  wakeups: u32;
  _pad: u32;
}
const TEXT: usize = offsetof<Run>();
/** Bytes of the text that trace_printk and its like make. */
export const TEXT_SIZE: u32 = 1024;
if (<usize>TEXT + TEXT_SIZE > RUN_REGION_SIZE) ERROR("Run does not fit into its region of the frame");

@inline
export function current_run(): Run {
  return changetype<Run>(frame_ptr() + FRAME_RUN);
}

/** Where a text is made that goes to the host. */
@inline
export function text_ptr(): usize {
  return frame_ptr() + FRAME_RUN + TEXT;
}

export function begin(program: u32): void {
  addresses_hold();
  const run = current_run();
  ++program_state.runs;
  ++run.depth;
  run.program = program;
  if (run.depth == 1 && ++run.number == 0) run.number = 1;
}

export function end(): void {
  const run = current_run();
  if (!run.depth) return;
  --run.depth;
  --program_state.runs;
  addresses_release();
  free_dead_maps();
}

/** Ends the run: notes which rule was broken, and traps. */
export function fault(reason: Fault): void {
  current_run().fault = reason;
  unreachable();
}

/** The reason of the last trap, once. */
export function take_fault(): u32 {
  const run = current_run();
  const reason = run.fault;
  run.fault = Fault.NONE;
  return reason;
}

/** How many records since the last call were finished that a waiting reader is to be woken for. */
export function take_wakeups(): u32 {
  const run = current_run();
  const wakeups = run.wakeups;
  run.wakeups = 0;
  return wakeups;
}
