import { Fault } from "../uapi/fault";
import { drain_begin, drain_end, drain_next, drain_release } from "../helper/drain";
import { for_each_begin, for_each_key, for_each_next, for_each_value, loop_begin } from "../helper/for_each";
import { current_run } from "../helper/run";
import { CELL_SIZE, CallerFrame, FRAMES_MAX, InterpRun, STACK_SIZE, Wait, caller_at, function_entry } from "./state";

// Calls of functions and of callbacks. All answer the entry to go on with, or 0 after a fault was noted.

/** What a register holds that points to a function, less the function's number (FUNC_BASE of vm/image.ts). */
const FUNC_BASE: u64 = 0x100000000;

function fail(reason: Fault): usize {
  current_run().fault = reason;
  return 0;
}

/** Pushes the caller's frame; null, and a fault, when there is no room. */
function push(run: InterpRun, resume: usize, wait: Wait, gap: u64): CallerFrame {
  if (run.depth + 1 == FRAMES_MAX) {
    fail(Fault.STACK);
    return changetype<CallerFrame>(0);
  }
  const caller = caller_at(run, run.depth++);
  caller.r6 = run.r6;
  caller.r7 = run.r7;
  caller.r8 = run.r8;
  caller.r9 = run.r9;
  caller.r10 = run.r10;
  caller.image = run.image;
  caller.resume = resume;
  caller.wait = wait;
  run.r10 -= STACK_SIZE + gap;
  return caller;
}

/** Calls a function of the program. */
export function call_function(run: InterpRun, resume: usize, entry: usize): usize {
  return changetype<usize>(push(run, resume, Wait.CALL, 0)) ? entry : 0;
}

/** Pushes the frame of a helper that drives callbacks: the function in `callback`, with the ctx in `ctx`. */
function push_callback(run: InterpRun, resume: usize, wait: Wait, callback: u64, ctx: u64): CallerFrame {
  const entry = callback >> 32 == FUNC_BASE >> 32 ? function_entry(run.image, <u32>callback) : 0;
  if (!entry) {
    fail(Fault.CALLBACK);
    return changetype<CallerFrame>(0);
  }
  const caller = push(run, resume, wait, CELL_SIZE);
  if (!changetype<usize>(caller)) return caller;
  caller.callback = entry;
  caller.ctx = ctx;
  caller.count = 0;
  return caller;
}

/** A helper that called no callback, or has called its last: R0 is `answer`. */
function finish(run: InterpRun, resume: usize, answer: u64): usize {
  run.r0 = answer;
  return resume;
}

/** bpf_loop(count, callback, ctx, flags). */
export function call_loop(run: InterpRun, resume: usize): usize {
  const error = loop_begin(run.r1, run.r4);
  const count = <u64>(<u32>run.r1);
  if (error || !count) return finish(run, resume, error);
  const caller = push_callback(run, resume, Wait.LOOP, run.r2, run.r3);
  if (!changetype<usize>(caller)) return 0;
  caller.limit = count;
  return next_callback(run, caller);
}

/** bpf_for_each_map_elem(map, callback, ctx, flags). */
export function call_for_each(run: InterpRun, resume: usize): usize {
  const map = run.r1;
  const error = for_each_begin(map, run.r4);
  if (error) return finish(run, resume, error);
  const first = for_each_next(map, 0);
  if (!first) return finish(run, resume, 0);
  const caller = push_callback(run, resume, Wait.FOR_EACH, run.r2, run.r3);
  if (!changetype<usize>(caller)) return 0;
  caller.map = map;
  caller.next = first;
  return next_callback(run, caller);
}

/** bpf_user_ringbuf_drain(map, callback, ctx, flags). */
export function call_drain(run: InterpRun, resume: usize): usize {
  const map = run.r1;
  const error = drain_begin(map, run.r4);
  if (error) return finish(run, resume, error);
  const caller = push_callback(run, resume, Wait.DRAIN, run.r2, run.r3);
  if (!changetype<usize>(caller)) return 0;
  caller.map = map;
  return next_callback(run, caller);
}

/** Calls the next callback of the helper that waits in `caller`, or ends it. */
function next_callback(run: InterpRun, caller: CallerFrame): usize {
  const cell = caller.r10 - STACK_SIZE - CELL_SIZE;
  const ctx = caller.ctx;
  switch (caller.wait) {
    case Wait.LOOP:
      if (caller.count == caller.limit) return pop(run, caller.count);
      run.r1 = caller.count;
      run.r2 = ctx;
      break;
    case Wait.FOR_EACH: {
      const at = caller.next;
      if (!at) return pop(run, caller.count);
      // Before the callback, which may delete the element.
      caller.next = for_each_next(caller.map, at);
      run.r1 = caller.map;
      run.r2 = for_each_key(caller.map, at, cell);
      run.r3 = for_each_value(caller.map, at);
      run.r4 = ctx;
      break;
    }
    case Wait.DRAIN: {
      const more = drain_next(caller.map, cell);
      if (more != 1) {
        drain_end(caller.map);
        return pop(run, more ? more : caller.count);
      }
      run.r1 = cell;
      run.r2 = ctx;
      break;
    }
  }
  ++caller.count;
  return caller.callback;
}

/** Goes back to the caller, with R0. */
function pop(run: InterpRun, answer: u64): usize {
  const caller = caller_at(run, --run.depth);
  run.r6 = caller.r6;
  run.r7 = caller.r7;
  run.r8 = caller.r8;
  run.r9 = caller.r9;
  run.r10 = caller.r10;
  run.image = caller.image;
  run.r0 = answer;
  return caller.resume;
}

/** A function other than the main one has returned R0. */
export function return_from(run: InterpRun): usize {
  const caller = caller_at(run, run.depth - 1);
  if (caller.wait == Wait.CALL) return pop(run, run.r0);
  if (caller.wait == Wait.DRAIN) drain_release(caller.map);
  if (!run.r0) {
    // The callbacks of a helper see their own registers, and those only: a tail call in one does not change the next.
    run.image = caller.image;
    return next_callback(run, caller);
  }
  if (caller.wait == Wait.DRAIN) drain_end(caller.map);
  return pop(run, caller.count);
}
