import { CHUNK_SIZE, CPU_BLOCK_0, CPU_TABLE } from "./root";

// The CPU that this instance's caller runs on, and what else is an instance's own and not the memory's: two instances on one
// memory are two CPUs. These are the only mutable variables of the module.
//
// Where threads share the memory, a thread is a CPU, and each CPU has a slot that the others can see:
//
//   slot   64 bytes, at CPU_TABLE + 64 × CPU     block   CPU_BLOCK_CHUNKS chunks: frame │ journal

/** Possible CPUs; the slot behind the last one is that of instances that have no CPU. */
export const CPUS_MAX: u32 = 256;
const SLOT_SHIFT: usize = 6;

@unmanaged
export class CpuSlot {
  /** 0 while the CPU is outside of the core. Inside it changes now and then, which tells it from a dead one. */
  active: u32;
  /** Goes up when the CPU is taken from a thread: whoever was it finds out at the next look. */
  generation: u32;
  /** CPU_FREE, CPU_TAKEN or CPU_DEAD. */
  state: u32;
  /** Behind the last entry of its journal (journal.ts). */
  journal_top: usize;
  /** The lock word that it has or is about to take, 0 for none. */
  held: usize;
  /** The map that it works on under that lock: its number of elements may be off by one if the CPU dies. */
  map: usize;
  /** Its frame, and where its journal begins and ends. */
  block: usize;
  journal_start: usize;
  journal_end: usize;
  /** Where lookups put the values whose addresses they answer, and how many bytes fit. */
  value: usize;
  value_size: u32;
  /** Where keys are copied to that are too long for its frame. */
  key: usize;
  key_size: u32;
  /** By which whoever shared the memory knows the thread; 0 for none. */
  token: u32;
  /** addresses_hold()s that are its own (deferral.ts). */
  holds: u32;
}
if (offsetof<CpuSlot>() > 1 << SLOT_SHIFT) ERROR("CpuSlot does not fit into its slot");
if (((<usize>CPUS_MAX + 1) << SLOT_SHIFT) > CHUNK_SIZE / 2) ERROR("the slots leave no room for the gate");

export const CPU_FREE: u32 = 0;
export const CPU_TAKEN: u32 = 1;
/** Its thread is dead, and its journal rolled back; what it left in maps waits to be put right (map/repair.ts). */
export const CPU_DEAD: u32 = 2;

export const NO_CPU: u32 = CPUS_MAX;

let cpu: u32 = ASC_FEATURE_THREADS ? NO_CPU : 0;
let slot: usize = CPU_TABLE + (<usize>NO_CPU << SLOT_SHIFT);
/** Never what the slot of no CPU says. */
let generation: u32 = 1;
let frame_at: usize = CPU_BLOCK_0;
/** Where the next entry of the journal goes; 0 while nothing is noted. */
let journal_next: usize = 0;
/** 1 while all other CPUs are outside of the core. */
let alone: u32 = 0;
/** The lock word under whose sequence a lookup reads, or 0; the sequence; and how often it was tried. */
let watched: usize = 0;
let sequence: u64 = 0;
let tries: u32 = 0;
/** Milliseconds without a sign of life after which the thread takes others for dead; 0: it may not be put to sleep. */
let patience: u32 = 0;
/** The CPU that is taken for dead, or that is known to be; NO_CPU for none. */
let suspect: u32 = NO_CPU;
/** Debug builds: stores that the thread still does before it dies; 0 means that it lives. */
let stores_left: u32 = 0;

@inline
export function current_cpu(): u32 {
  return cpu;
}

@inline
export function cpu_slot(number: u32): CpuSlot {
  return changetype<CpuSlot>(CPU_TABLE + (<usize>number << SLOT_SHIFT));
}

/** The slot of this instance's CPU. */
@inline
export function own_slot(): CpuSlot {
  return changetype<CpuSlot>(slot);
}

@inline
export function own_generation(): u32 {
  return generation;
}

@inline
export function current_frame(): usize {
  return frame_at;
}

/** Makes the instance run on a CPU. Where threads share the memory, the CPU is one that it has taken (or NO_CPU). */
export function set_current_cpu(number: u32): void {
  cpu = number;
  if (!ASC_FEATURE_THREADS) return;
  const its = cpu_slot(number);
  slot = changetype<usize>(its);
  generation = number == NO_CPU ? 1 : its.generation;
  frame_at = number == NO_CPU ? CPU_BLOCK_0 : its.block;
}

@inline
export function get_journal_next(): usize {
  return journal_next;
}

@inline
export function set_journal_next(at: usize): void {
  journal_next = at;
}

/** Whether all other CPUs are outside of the core. Where there are no threads, they are. */
@inline
export function is_alone(): bool {
  return !ASC_FEATURE_THREADS || alone != 0;
}

@inline
export function set_alone(is: u32): void {
  alone = is;
}

@inline
export function get_watched(): usize {
  return watched;
}

@inline
export function set_watched(lock: usize): void {
  watched = lock;
}

@inline
export function get_sequence(): u64 {
  return sequence;
}

@inline
export function set_sequence(to: u64): void {
  sequence = to;
}

@inline
export function get_tries(): u32 {
  return tries;
}

@inline
export function set_tries(count: u32): void {
  tries = count;
}

@inline
export function may_sleep(): bool {
  return patience != 0;
}

@inline
export function get_patience(): u32 {
  return patience;
}

export function set_patience(milliseconds: u32): void {
  patience = milliseconds;
}

@inline
export function get_suspect(): u32 {
  return suspect;
}

@inline
export function set_suspect(number: u32): void {
  suspect = number;
}

/** Leaves the core for good when the CPU was taken from this thread: it is taken for dead, and must not write any more. */
@inline
export function check_generation(): void {
  if (own_slot().generation != generation) unreachable();
}

/** Debug builds: the thread dies at the store that comes `after` others; 0 takes that back. */
export function set_stores_left(after: u32): void {
  stores_left = after;
}

export function dies_now(): bool {
  return stores_left != 0 && --stores_left == 0;
}
