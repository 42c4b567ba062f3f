import { CHUNK_SIZE, CPU_BLOCK_0, CPU_BLOCK_CHUNKS, CPU_TABLE, root } from "./root";
import { table_resize } from "./heap";
import {
  CPU_FREE, CPU_TAKEN, CpuSlot, NO_CPU, cpu_slot, current_cpu, own_generation, own_slot, set_current_cpu, set_patience,
} from "./cpu";
import { FRAME_SIZE, FRAME_VALUE, VALUE_REGION_SIZE } from "./frame";

// Threads come and go: each takes a CPU that no other thread has.

const STATE: usize = offsetof<CpuSlot>("state");

/** CPU 0's block is there from the start. */
function lay_out(cpu: u32, block: usize): void {
  const slot = cpu_slot(cpu);
  slot.block = block;
  slot.value = block + FRAME_VALUE;
  slot.value_size = VALUE_REGION_SIZE;
  slot.journal_start = (block + FRAME_SIZE + 63) & ~63;
  slot.journal_end = block + CPU_BLOCK_CHUNKS * CHUNK_SIZE;
  slot.journal_top = slot.journal_start;
  slot.generation = 2;
}

/** By the instance that lays out the memory, which is the thread on CPU 0. */
export function attach_first(): void {
  if (!ASC_FEATURE_THREADS) return;
  lay_out(0, CPU_BLOCK_0);
  cpu_slot(0).state = CPU_TAKEN;
  set_current_cpu(0);
}

/** Blocks for as many CPUs, once: false when memory is at its limit. To be called alone. */
export function make_cpus(count: u32): bool {
  if (!ASC_FEATURE_THREADS || count == 1 || cpu_slot(1).block) return true;
  const blocks = table_resize(0, 0, CPU_BLOCK_CHUNKS * CHUNK_SIZE * (count - 1), false);
  if (!blocks) return false;
  for (let cpu: u32 = 1; cpu < count; ++cpu) lay_out(cpu, blocks + (cpu - 1) * CPU_BLOCK_CHUNKS * CHUNK_SIZE);
  return true;
}

/** Takes this CPU for the instance's thread, which has none; false when another one has it. */
function take(cpu: u32): bool {
  if (atomic.cmpxchg<u32>(changetype<usize>(cpu_slot(cpu)) + STATE, CPU_FREE, CPU_TAKEN) != CPU_FREE) return false;
  set_current_cpu(cpu);
  return true;
}

/** Gives the instance a CPU that is free: its number, or -1 when there is none. Its patience: see cpu.ts. */
export function attach_any(patience: u32, token: u32): i32 {
  set_patience(patience);
  for (let cpu: u32 = 0; cpu < root.nr_cpus && current_cpu() == NO_CPU; ++cpu) if (take(cpu)) own_slot().token = token;
  return current_cpu() == NO_CPU ? -1 : current_cpu();
}

/** The CPU of the thread with this token, or -1. */
export function cpu_of(token: u32): i32 {
  for (let cpu: u32 = 0; cpu < root.nr_cpus; ++cpu) {
    if (cpu_slot(cpu).state != CPU_FREE && cpu_slot(cpu).token == token) return cpu;
  }
  return -1;
}

/** Gives the instance's CPU back. */
export function detach_own(): void {
  const slot = own_slot();
  if (current_cpu() == NO_CPU || slot.generation != own_generation()) return;
  ++slot.generation;
  set_current_cpu(NO_CPU);
  atomic.store<u32>(changetype<usize>(slot) + STATE, CPU_FREE);
}

/** Gives a CPU whose thread is dead to whoever wants it. */
export function free_cpu(cpu: u32): void {
  atomic.store<u32>(changetype<usize>(cpu_slot(cpu)) + STATE, CPU_FREE);
}

/** In a memory that is a copy of another one: no CPU has a thread but this instance's. */
export function attach_again(cpu: u32): void {
  for (let other: u32 = 0; other < root.nr_cpus; ++other) {
    const slot = cpu_slot(other);
    slot.active = 0;
    slot.held = 0;
    slot.map = 0;
    slot.holds = 0;
    slot.state = other == cpu ? CPU_TAKEN : CPU_FREE;
    slot.journal_top = slot.journal_start;
    memory.fill(slot.block, 0, FRAME_SIZE);
  }
  set_current_cpu(cpu);
}

/** Moves the instance to another CPU: false when another thread has it. */
export function move_to_cpu(cpu: u32): bool {
  if (!ASC_FEATURE_THREADS) {
    set_current_cpu(cpu);
    return true;
  }
  if (cpu == current_cpu()) return true;
  const old = current_cpu();
  const slot = own_slot();
  if (!take(cpu)) return false;
  if (old != NO_CPU) {
    ++slot.generation;
    atomic.store<u32>(changetype<usize>(slot) + STATE, CPU_FREE);
  }
  return true;
}
if (CPU_TABLE & 63) ERROR("slots are cache lines");
