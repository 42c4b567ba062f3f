import { CHUNK_SIZE, CPU_TABLE, root } from "./root";
import {
  CPUS_MAX, CPU_DEAD, CPU_FREE, CpuSlot, NO_CPU, check_generation, cpu_slot, current_cpu, get_journal_next, get_patience, get_suspect, is_alone,
  may_sleep, own_generation, own_slot, set_alone, set_suspect, set_tries, set_watched,
} from "./cpu";
import { journal_begin, journal_end, roll_back } from "./journal";
import { OWNER_MASK, lock_free_of, lock_give, lock_try, me } from "./lock";

// How calls of threads share the core. A call runs in one of two sections:
//
//   shared   any number of CPUs at once. What only reads needs nothing else; what writes takes locks (lock.ts), and is
//            written for it.
//   alone    all other CPUs are outside of the core. Everything may be done as if there were no threads.
//
// So an operation is either written for threads or done alone, and a map type that does not know of threads is right. An
// operation that finds in the shared section that it must be alone answers RESTART before it has changed anything.
//
//   gate         0, or the CPU that is alone, or is about to be       a CPU that enters says so in its slot, and then looks
//   slot.active  0 outside of the core                                at the gate; who closes the gate looks at the slots
//
// Nothing that other CPUs may be reading is freed, moved or given to somebody else but alone. So no reader needs a lock to be
// sure that what an fd refers to is still there.
//
// Death. A CPU that stays in the core without a sign of life, or does not open the gate, is taken for dead by whoever waits
// for it: its generation goes up, so that it leaves the core at its next look if it lives after all; what it has begun is
// undone (journal.ts), its lock is freed, and the CPU is there for another thread once map/repair.ts has seen to its maps.

@unmanaged
class Gate {
  /** The CPU that is alone, as in a lock word; 0 for none. With the sequence it is one word, which goes up whenever the gate opens. */
  owner: u32;
  sequence: u32;
  /** Threads that sleep until the gate opens. */
  sleepers: u32;
  /** CPUs whose maps are still to be looked after. */
  nr_dead: u32;
}
const GATE: usize = CPU_TABLE + CHUNK_SIZE / 2;
const SLEEPERS: usize = GATE + offsetof<Gate>("sleepers");
/** Nobody is woken here: for sleeps of a certain length. */
const NOTHING: usize = GATE + 64;

/** A call answers it instead of an errno when it must be done again, alone. No errno of Linux is so large. */
export const RESTART: i32 = 4095;

const SPINS: u32 = 2000;
/** A sleep in which nobody wakes the thread: one millisecond of its patience. */
const SLEEP_NS: i64 = 1_000_000;
const SPINS_MAX: u32 = 60_000_000;

@inline
function gate(): Gate {
  return changetype<Gate>(GATE);
}

// Calls that come before all others in number read, or take their one lock, without a word to the others: a store that must be
// seen before the next load costs a lookup the cache misses of the next one that would be under way meanwhile. They note the
// gate's sequence, and look again before they follow an address that they have read, and when they have what they want. Memory
// never shrinks, so what they read may be wrong, and is then thrown away, but is always there.

/** The gate's word. */
@inline
export function gate_word(): u64 {
  return atomic.load<u64>(GATE);
}

@inline
export function is_open(gate: u64): bool {
  return <u32>gate == 0;
}

/** Whether nobody has been alone since. */
@inline
export function is_still_open(gate: u64): bool {
  return atomic.load<u64>(GATE) == gate;
}

/**
 * Enters the shared section and takes a free lock, in one: false, with nothing done, when the lock is not free or somebody has
 * been alone since the gate had this word.
 */
@inline
export function enter_locked(gate: u64, word: usize, map: usize): bool {
  const slot = own_slot();
  if (slot.generation != own_generation()) return false;
  slot.active = 1;
  set_watched(0);
  set_tries(0);
  if (lock_try(word, map)) {
    if (is_still_open(gate)) {
      journal_begin();
      return true;
    }
    lock_give();
  }
  slot.active = 0;
  return false;
}

/** Enters the shared section. */
@inline
export function enter(): void {
  if (!ASC_FEATURE_THREADS) return;
  check_generation();
  atomic.store<u32>(changetype<usize>(own_slot()), 1);
  set_watched(0);
  set_tries(0);
  if (atomic.load<u32>(GATE)) enter_slowly();
}

function enter_slowly(): void {
  for (;;) {
    check_generation();
    const owner = atomic.load<u32>(GATE);
    if (!owner) return;
    atomic.store<u32>(changetype<usize>(own_slot()), 0);
    if (wait_at_gate(owner)) {
      // Its owner was dead.
      wait_until_alone();
      open_gate();
    }
    atomic.store<u32>(changetype<usize>(own_slot()), 1);
  }
}

/** Leaves whatever section the call is in. */
@inline
export function leave(): void {
  if (!ASC_FEATURE_THREADS) return;
  if (get_journal_next()) end_section();
  own_slot().active = 0;
}

function end_section(): void {
  check_generation();
  journal_end();
  if (is_alone()) {
    set_alone(0);
    open_gate();
  } else if (own_slot().held) {
    lock_give();
  }
}

/** Enters the section in which all others are outside. */
export function enter_alone(): void {
  if (!ASC_FEATURE_THREADS) return;
  check_generation();
  for (;;) {
    const owner = atomic.cmpxchg<u32>(GATE, 0, me());
    if (!owner || wait_at_gate(owner)) break;
  }
  // It may have slept, and been taken for dead meanwhile.
  if (own_slot().generation != own_generation()) open_gate(), unreachable();
  own_slot().active = 1;
  wait_until_alone();
  set_watched(0);
  set_tries(0);
  set_alone(1);
  journal_begin();
}

/** From the shared section to being alone, in two steps: between them anything may happen. */
export function leave_and_enter_alone(): void {
  leave();
  enter_alone();
}

/** Whether an answer says that the call is to be done again, alone; then the caller is alone. */
@inline
export function restarts(answer: i32): bool {
  if (!ASC_FEATURE_THREADS || answer != -RESTART) return false;
  leave_and_enter_alone();
  return true;
}

/** A sign of life, in loops that may last. */
@inline
export function still_alive(): void {
  if (!ASC_FEATURE_THREADS) return;
  check_generation();
  const slot = own_slot();
  slot.active = (slot.active + 2) | 1;
}

function open_gate(): void {
  const now = atomic.load<u64>(GATE);
  // Another owner would be one who took this thread for dead.
  if (<u32>now != me() || atomic.cmpxchg<u64>(GATE, now, ((now >> 32) + 1) << 32) != now) unreachable();
  if (atomic.load<u32>(SLEEPERS)) atomic.notify(GATE, -1);
}

/** Waits until another CPU opens the gate: false. Or it seems dead, and then the gate is this CPU's: true. */
function wait_at_gate(owner: u32): bool {
  const cpu = (owner & OWNER_MASK) - 1;
  const its = cpu_slot(cpu);
  let sign = atomic.load<u32>(changetype<usize>(its));
  let looks: u32 = 0;
  let sleeps: u32 = 0;
  while (atomic.load<u32>(GATE) == owner) {
    if (get_suspect() != cpu) {
      const now = atomic.load<u32>(changetype<usize>(its));
      if (now != sign) {
        sign = now;
        looks = 0;
        sleeps = 0;
      }
      if (++looks < SPINS) continue;
      if (!may_sleep()) {
        if (looks < SPINS_MAX) continue;
      } else {
        atomic.add<u32>(SLEEPERS, 1);
        const woken = atomic.wait<i32>(GATE, owner, SLEEP_NS);
        atomic.sub<u32>(SLEEPERS, 1);
        if (woken != AtomicWaitResult.TIMED_OUT || ++sleeps < get_patience()) continue;
      }
    }
    if (atomic.cmpxchg<u32>(GATE, owner, me()) != owner) return false;
    bury(cpu);
    return true;
  }
  return false;
}

/** Waits until all others are outside: one that stays inside without a sign of life is taken for dead. */
function wait_until_alone(): void {
  const cpus = root.nr_cpus;
  for (let cpu: u32 = 0; cpu < cpus; ++cpu) {
    if (cpu == current_cpu()) continue;
    if (atomic.load<u32>(changetype<usize>(cpu_slot(cpu)))) wait_outside(cpu);
    else if (cpu == get_suspect() && cpu_slot(cpu).held) bury(cpu);
  }
  set_suspect(NO_CPU);
}

function wait_outside(cpu: u32): void {
  const its = changetype<usize>(cpu_slot(cpu));
  let now = atomic.load<u32>(its);
  let sign = now;
  let looks: u32 = 0;
  let sleeps: u32 = 0;
  while (get_suspect() != cpu && sleeps <= get_patience() && looks < SPINS_MAX) {
    if (!now) return;
    if (now != sign) {
      sign = now;
      looks = 0;
      sleeps = 0;
    }
    ++looks;
    if (looks > SPINS && may_sleep()) {
      atomic.wait<i32>(NOTHING, 0, SLEEP_NS);
      ++sleeps;
      still_alive();
    } else if (!(looks & 0xff)) {
      still_alive();
    }
    now = atomic.load<u32>(its);
  }
  if (now) bury(cpu);
}

/** Undoes what a dead CPU has begun, and frees what it holds: by the owner of the gate. May be done again. */
function bury(cpu: u32): void {
  const slot = cpu_slot(cpu);
  atomic.add<u32>(changetype<usize>(slot) + offsetof<CpuSlot>("generation"), 1);
  roll_back(slot);
  lock_free_of(cpu, slot.held);
  slot.held = 0;
  slot.state = CPU_DEAD;
  atomic.add<u32>(GATE + offsetof<Gate>("nr_dead"), 1);
  atomic.store<u32>(changetype<usize>(slot), 0);
}

/** A CPU whose thread is known to be dead: to be called alone. False when it is no other thread's. */
export function bury_known(cpu: u32): bool {
  if (cpu >= root.nr_cpus || cpu == current_cpu() || cpu_slot(cpu).state == CPU_FREE) return false;
  if (cpu_slot(cpu).state != CPU_DEAD) bury(cpu);
  return true;
}

/** In a memory that is a copy of another one: nobody is alone, and nobody sleeps. */
export function open_gate_anew(): void {
  gate().owner = 0;
  gate().sleepers = 0;
}

/** Whether the maps of dead CPUs are to be looked after. */
@inline
export function any_buried(): bool {
  return ASC_FEATURE_THREADS && gate().nr_dead != 0;
}

/** They have been. */
export function none_buried(): void {
  gate().nr_dead = 0;
}

if (<usize>CPUS_MAX * 64 + 64 > CHUNK_SIZE / 2) ERROR("the gate lies among the slots");
