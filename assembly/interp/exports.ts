import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { heap_free } from "../mem/heap";
import { err_ptr } from "../map/map";
import { decode } from "./decode";
import { execute } from "./execute";
import { entry_at, index_of } from "./image";
import { InterpRun, caller_at, function_entry, run_create, run_destroy, run_start } from "./state";

// The interpreter for vm/interp. Images and runs are addresses that only the core makes; vm/interp hands them back.

/**
 * Decodes `count` slots at `insns` and the `nr_functions` first slots of functions at `functions`, blocks of alloc(). The
 * image's address, or an errno pointer: EFAULT, EINVAL for counts, ENOMEM.
 */
export function interp_load(insns: usize, count: u32, functions: usize, nr_functions: u32): usize {
  if (!user_ok(insns, <u64>count << 3) || !user_ok(functions, <u64>nr_functions << 2)) return err_ptr(Errno.EFAULT);
  return decode(insns, count, functions, nr_functions);
}

/** Gives an image up: no run of it may be under way. */
export function interp_unload(image: usize): void {
  heap_free(image);
}

/** A run that can be started again and again; 0 when memory is at its limit. */
export function interp_open(): usize {
  return run_create();
}

export function interp_close(run: usize): void {
  run_destroy(changetype<InterpRun>(run));
}

/**
 * Starts a run at a function of the image: 0, or -EINVAL when it has none such. The registers R1 to R5 are to be written
 * then, at `run` + 8 to + 40. `fuel`: back edges and calls; `turns`: of may_goto.
 */
export function interp_start(run: usize, image: usize, index: u32, fuel: u64, turns: u64): i32 {
  const entry = index ? function_entry(image, index) : entry_at(image, 0);
  if (!entry) return -Errno.EINVAL;
  run_start(changetype<InterpRun>(run), image, entry, fuel, turns);
  return 0;
}

/** Runs up to `budget` instructions; 0 when they are used up, 1 at the end, 2 at a tail call, 3 after a fault (Stop). */
export function interp_run(run: usize, budget: u64): u32 {
  return execute(changetype<InterpRun>(run), budget);
}

/** Goes on with another program in the place of the function that made a tail call. */
export function interp_tail(run: usize, image: usize): void {
  changetype<InterpRun>(run).image = image;
  changetype<InterpRun>(run).pc = entry_at(image, 0);
}

/** The slot that is next, or that a fault happened at: `depth` 0 is the running function, 1 what its caller goes on with. */
export function interp_slot(run_ptr: usize, depth: u32): u32 {
  const run = changetype<InterpRun>(run_ptr);
  if (depth == 0 || depth > run.depth) return index_of(run.image, run.pc);
  const caller = caller_at(run, run.depth - depth);
  return index_of(caller.image, caller.resume);
}

/** The image that the running function, or a caller, is of. */
export function interp_image(run_ptr: usize, depth: u32): usize {
  const run = changetype<InterpRun>(run_ptr);
  return depth == 0 || depth > run.depth ? run.image : caller_at(run, run.depth - depth).image;
}

/** Functions that wait for the running one. */
export function interp_depth(run: usize): u32 {
  return changetype<InterpRun>(run).depth;
}
