import { LOCK_TABLE } from "./root";
import {
  current_cpu, get_patience, get_sequence, get_tries, get_watched, is_alone, may_sleep, own_generation, own_slot, set_sequence, set_suspect,
  set_tries, set_watched,
} from "./cpu";
import { journal_begin, log_4, log_8 } from "./journal";

// Lock words, where threads share the memory. They are not part of what they lock: a map's address chooses some of a table
// of words, so that a map has none to be made, freed, or found in memory that is no longer the map's. Two maps may share
// one, which costs them time and nothing else, since a CPU has one lock at a time.
//
//   word   63 ··· 32    sequence: one more at every unlock
//          31           somebody sleeps until the lock is free
//          30 ··· 9     generation of the owner
//          8 ··· 0      CPU of the owner plus 1; 0 when it is free
//
// The owner writes, and readers take no lock: they note the sequence, read, and look again. So a lookup costs two loads
// more, and a lock two atomic instructions. A thread that waits spins for as long as most locks are held, then it sleeps.

const LOCKS: u32 = 1024;
const LOCK_SHIFT: usize = 6;
const OWNER_BITS: u32 = 9;
export const OWNER_MASK: u32 = (1 << OWNER_BITS) - 1;
const WAITERS: u32 = 1 << 31;

/** Looks at a lock that is taken before a thread sleeps: a few microseconds. */
const SPINS: u32 = 2000;
/** How long a sleep lasts in which nobody wakes the thread. */
const SLEEP_MS: u32 = 2;
/** How many a living owner never lasts, in looks, for threads that may not sleep. */
const SPINS_MAX: u32 = 60_000_000;
/** How often a lookup is tried before it asks the writers to wait. */
const TRIES_MAX: u32 = 64;

/** The lock word number `index` of a map. */
@inline
export function lock_word(map: usize, index: u32): usize {
  return LOCK_TABLE + (<usize>(((<u32>map * 0x9e3779b1) >> 22) + index & (LOCKS - 1)) << LOCK_SHIFT);
}

/** Address of the first of `count` lock words that follow each other, for a map. */
export function lock_words(map: usize, count: u32): usize {
  return LOCK_TABLE + (<usize>(((<u32>map * 0x9e3779b1) >> 8) % (LOCKS - count)) << LOCK_SHIFT);
}

/** The owner that this instance's CPU writes into a lock word; never 0. */
@inline
export function me(): u32 {
  return (current_cpu() + 1) | ((own_generation() << OWNER_BITS) & ~WAITERS);
}

/**
 * Takes a lock, under which a map's memory is written until the call ends: what is written then can be undone. A CPU that is
 * alone needs none. False when the owner seems dead: the call is to be done again, alone.
 */
export function lock_take(word: usize, map: usize): bool {
  if (is_alone()) return true;
  const slot = own_slot();
  slot.held = word;
  slot.map = map;
  let now = atomic.load<u64>(word);
  if (<u32>now != 0 || atomic.cmpxchg<u64>(word, now, now | me()) != now) {
    if (!lock_slowly(word)) {
      slot.held = 0;
      return false;
    }
  }
  if (slot.generation != own_generation()) give_and_wake(word), unreachable();
  journal_begin();
  return true;
}

/** Takes a lock if it is free. */
@inline
export function lock_try(word: usize, map: usize): bool {
  const slot = own_slot();
  const now = atomic.load<u64>(word);
  if (<u32>now) return false;
  slot.held = word;
  slot.map = map;
  if (atomic.cmpxchg<u64>(word, now, now | me()) == now) return true;
  slot.held = 0;
  return false;
}

/** Whether the lock was got; if not, its owner is to be looked at. */
function lock_slowly(word: usize): bool {
  let looks: u32 = 0;
  let sleeps: u32 = 0;
  let last: u64 = 0;
  let now = atomic.load<u64>(word);
  while (looks < SPINS_MAX && sleeps * SLEEP_MS <= get_patience()) {
    if (<u32>now == 0) {
      if (atomic.cmpxchg<u64>(word, now, now | me()) == now) return true;
    } else if ((now & ~(<u64>WAITERS)) != last) {
      // Whoever waits long waits for one owner.
      last = now & ~(<u64>WAITERS);
      sleeps = 0;
      looks = 0;
    } else if (++looks > SPINS && may_sleep()) {
      sleeps += sleep_at(word, <u32>now);
      looks = 0;
    }
    now = atomic.load<u64>(word);
  }
  set_suspect((<u32>now & OWNER_MASK) - 1);
  return false;
}

/** Sleeps until the owner wakes who waits; 1 when that took too long. */
function sleep_at(word: usize, owner: u32): u32 {
  if (!(owner & WAITERS) && atomic.cmpxchg<u32>(word, owner, owner | WAITERS) != owner) return 0;
  return u32(atomic.wait<i32>(word, owner | WAITERS, SLEEP_MS * 1_000_000) == AtomicWaitResult.TIMED_OUT);
}

/** Gives the lock back that lock_take took. */
@inline
export function lock_give(): void {
  const slot = own_slot();
  const word = slot.held;
  const now = atomic.load<u64>(word);
  const next = ((now >> 32) + 1) << 32;
  if (<u32>now != me() || atomic.cmpxchg<u64>(word, now, next) != now) give_and_wake(word);
  slot.held = 0;
}

/** The same with sleepers; never with another owner: that would be one who took this thread for dead. */
function give_and_wake(word: usize): void {
  const now = atomic.load<u64>(word);
  if ((<u32>now & ~WAITERS) != me()) unreachable();
  if (atomic.cmpxchg<u64>(word, now, ((now >> 32) + 1) << 32) != now) give_and_wake(word);
  else atomic.notify(word, -1);
}

/** A store that other threads see before this one reads on. */
@inline
export function store_shown<T>(ptr: usize, value: T): void {
  if (ASC_FEATURE_THREADS) {
    if (sizeof<T>() == 8) log_8(ptr, 0);
    else log_4(ptr, 0);
    atomic.store<T>(ptr, value);
  } else {
    store<T>(ptr, value);
  }
}

/** Frees the lock of a dead CPU, if it has one: by whoever is alone. */
export function lock_free_of(cpu: u32, word: usize): void {
  if (!word) return;
  const now = atomic.load<u64>(word);
  if ((<u32>now & OWNER_MASK) != cpu + 1) return;
  atomic.store<u64>(word, ((now >> 32) + 1) << 32);
  atomic.notify(word, -1);
}

/**
 * What a lookup reads from now on is good if read_again() says so in the end: it is what was there at one moment between two
 * changes under this lock.
 */
@inline
export function watch(word: usize): void {
  if (!ASC_FEATURE_THREADS || is_alone()) return;
  const now = atomic.load<u64>(word);
  set_watched(word);
  set_sequence(now);
  if (<u32>now != 0) wait_for(word);
}

function wait_for(word: usize): void {
  let looks: u32 = 0;
  let now = atomic.load<u64>(word);
  while (<u32>now != 0 && ++looks < SPINS) now = atomic.load<u64>(word);
  // Still taken: its sequence is no good, which read_again() finds out, and in the end the writers are asked to wait.
  set_sequence(<u32>now ? u64.MAX_VALUE : now);
}

/** Gives a lookup up whose answer lies under more than one lock. */
@inline
export function watch_fails(): void {
  if (!ASC_FEATURE_THREADS || is_alone()) return;
  set_watched(LOCK_TABLE);
  set_tries(TRIES_MAX);
}

/** Whether a lookup that may have read what was being written is to be done again. */
@inline
export function read_again(): bool {
  if (!ASC_FEATURE_THREADS || !get_watched()) return false;
  if (get_tries() < TRIES_MAX && atomic.load<u64>(get_watched()) == get_sequence()) return false;
  return tries_left();
}

function tries_left(): bool {
  if (get_tries() >= TRIES_MAX) return false;
  set_tries(get_tries() + 1);
  return true;
}

/** Whether a lookup was given up: the call is to be done again, alone. */
@inline
export function read_failed(): bool {
  return ASC_FEATURE_THREADS && get_tries() >= TRIES_MAX;
}
