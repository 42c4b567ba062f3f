import { Fault } from "../uapi/fault";
import { KIND_DATA, KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { current_run } from "../helper/run";
import { Image, functions_ptr } from "./image";

// A run of the interpreter: registers, where it is, and the frames of callers. It lies in private memory, and the program's
// stack in data memory. Nothing of it lies on WebAssembly's own stack between two steps, so a run may stop anywhere.
//
//   stack   ··· │ callee: 512 bytes │ cell, 16, of a callback │ caller: 512 bytes │ ◄ R10 of the main function

/** Functions under way at once: eight is what Linux allows, the rest is for programs that no verifier saw. */
export const FRAMES_MAX: u32 = 16;
export const STACK_SIZE: u64 = 512;
export const CELL_SIZE: u64 = 16;
const STACK_TOTAL: usize = <usize>FRAMES_MAX * <usize>(STACK_SIZE + CELL_SIZE);

/** Why a caller's frame waits. */
export enum Wait {
  CALL = 0,
  LOOP = 1,
  FOR_EACH = 2,
  DRAIN = 3,
}

/** What a call keeps of its caller, and of the callbacks that it drives. */
@unmanaged
export class CallerFrame {
  r6: u64;
  r7: u64;
  r8: u64;
  r9: u64;
  r10: u64;
  image: usize;
  /** The entry to go on with. */
  resume: usize;
  /** One of Wait. */
  wait: u32;
  /** The callback's first entry. */
  callback: usize;
  /** The callback's ctx argument. */
  ctx: u64;
  /** Callbacks so far, and of a loop how many there will be. */
  count: u64;
  limit: u64;
  /** The map that is walked or drained, and the place after the current one. */
  map: u64;
  next: u64;
}
const CALLER_SIZE: usize = offsetof<CallerFrame>();

@unmanaged
export class InterpRun {
  // The registers come first: an entry's dst and src are offsets from here.
  r0: u64;
  r1: u64;
  r2: u64;
  r3: u64;
  r4: u64;
  r5: u64;
  r6: u64;
  r7: u64;
  r8: u64;
  r9: u64;
  r10: u64;
  /** Back edges and calls that are left, and turns of may_goto. */
  fuel: u64;
  turns: u64;
  image: usize;
  /** The entry to go on with. */
  pc: usize;
  stack: usize;
  depth: u32;
}
const FRAMES: usize = offsetof<InterpRun>();
if (FRAMES % 8 != 0) ERROR("frames begin 8-byte aligned");

/** How execute() stopped. */
export enum Stop {
  /** The budget of instructions is used up. */
  BUDGET = 0,
  /** The main function has returned: R0 is the result. */
  EXIT = 1,
  /** A tail call: R2 is the map, R3 the index; `pc` is behind the call, where a run goes on without a target. */
  TAIL_CALL = 2,
  /** A rule was broken, at `pc`. */
  FAULT = 3,
}

/** A run with its stack; 0 when memory is at its limit. */
export function run_create(): usize {
  const ptr = heap_alloc(FRAMES + <usize>FRAMES_MAX * CALLER_SIZE, KIND_PRIVATE);
  if (!ptr) return 0;
  const run = changetype<InterpRun>(ptr);
  run.stack = heap_alloc(STACK_TOTAL, KIND_DATA);
  if (run.stack) return ptr;
  heap_free(ptr);
  return 0;
}

export function run_destroy(run: InterpRun): void {
  heap_free(run.stack);
  heap_free(changetype<usize>(run));
}

/** Lets a run begin at an entry of an image. Registers but R10, and the main frame, are zero. */
export function run_start(run: InterpRun, image: usize, entry: usize, fuel: u64, turns: u64): void {
  memory.fill(changetype<usize>(run), 0, offsetof<InterpRun>("r10"));
  const top = run.stack + STACK_TOTAL;
  memory.fill(top - <usize>STACK_SIZE, 0, <usize>STACK_SIZE);
  run.r10 = top;
  run.fuel = fuel;
  run.turns = turns;
  run.image = image;
  run.pc = entry;
  run.depth = 0;
}

@inline
export function caller_at(run: InterpRun, depth: u32): CallerFrame {
  return changetype<CallerFrame>(changetype<usize>(run) + FRAMES + <usize>depth * CALLER_SIZE);
}

/** The entry of a function, by its number; 0 when the program has none such. */
export function function_entry(image: usize, index: u32): usize {
  if (index >= changetype<Image>(image).nr_functions) return 0;
  return <usize>load<u32>(functions_ptr(image) + (<usize>index << 2));
}

/** Stops a run that broke a rule. */
export function stop_with(run: InterpRun, pc: usize, reason: Fault): u32 {
  run.pc = pc;
  current_run().fault = reason;
  return Stop.FAULT;
}
