import { Fault } from "../uapi/fault";
import { data_arg } from "./args";
import { current_run, fault } from "./run";

// struct bpf_spin_lock, 4 bytes in a map value: 0, or who holds it. One thread runs programs one after the other, so a lock
// that an earlier run left behind, which a fault ended, is free. Where threads share the memory a lock is waited for.

const LOCK_SIZE: u32 = 4;
/** Tries of a thread that waits: a critical section is a few instructions long. */
const TRIES_MAX: u32 = 1 << 26;

/** bpf_spin_lock. */
export function spin_lock(lock: u64): u64 {
  const ptr = data_arg(lock, LOCK_SIZE);
  const number = current_run().number;
  if (load<u32>(ptr) == number) fault(Fault.LOCK_HELD);
  if (!ASC_FEATURE_THREADS) {
    store<u32>(ptr, number);
    return 0;
  }
  if (ptr & 3) fault(Fault.ARGUMENT);
  let tries: u32 = 0;
  while (atomic.cmpxchg<u32>(ptr, 0, number) != 0) if (++tries == TRIES_MAX) fault(Fault.LOCK_HELD);
  return 0;
}

/** bpf_spin_unlock. */
export function spin_unlock(lock: u64): u64 {
  const ptr = data_arg(lock, LOCK_SIZE);
  if (load<u32>(ptr) != current_run().number) fault(Fault.LOCK_FREE);
  if (ASC_FEATURE_THREADS && !(ptr & 3)) atomic.store<u32>(ptr, 0);
  else store<u32>(ptr, 0);
  return 0;
}

/** bpf_kptr_xchg: stores the new pointer and answers the old one. */
export function kptr_xchg(dst: u64, ptr: u64): u64 {
  const at = data_arg(dst, 8);
  if (ASC_FEATURE_THREADS && !(at & 7)) return atomic.xchg<u64>(at, ptr);
  const old = load<u64>(at);
  store<u64>(at, ptr);
  return old;
}
