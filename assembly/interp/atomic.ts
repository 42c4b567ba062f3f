import { AtomicOp } from "../uapi/insn";
import { InterpRun } from "./state";

// Atomic operations on data memory. One thread runs programs, so they are ordinary accesses; where threads share the memory
// they are atomic when they are aligned, as WebAssembly has them.

/** What an operation leaves in memory. */
function result(operation: i32, old: u64, operand: u64): u64 {
  switch (operation & ~AtomicOp.FETCH) {
    case AtomicOp.ADD: return old + operand;
    case AtomicOp.OR: return old | operand;
    case AtomicOp.AND: return old & operand;
    case AtomicOp.XOR: return old ^ operand;
  }
  return operand;
}

/** 8 bytes. The fetched value goes to the source register, of CMPXCHG to R0. */
export function atomic64(run: InterpRun, at: usize, operation: i32, src: usize): void {
  const operand = load<u64>(src);
  const expected = run.r0;
  let old = load<u64>(at);
  for (;;) {
    const replaced = operation == AtomicOp.CMPXCHG && old != expected ? old : result(operation, old, operand);
    const seen = exchange64(at, old, replaced);
    if (seen == old) break;
    old = seen;
  }
  if (operation == AtomicOp.CMPXCHG) run.r0 = old;
  else if (operation & AtomicOp.FETCH) store<u64>(src, old);
}

/** 4 bytes. What is fetched is zero-extended. */
export function atomic32(run: InterpRun, at: usize, operation: i32, src: usize): void {
  const operand = <u32>load<u64>(src);
  const expected = <u32>run.r0;
  let old = load<u32>(at);
  for (;;) {
    const replaced = operation == AtomicOp.CMPXCHG && old != expected ? old : <u32>result(operation, old, operand);
    const seen = exchange32(at, old, replaced);
    if (seen == old) break;
    old = seen;
  }
  if (operation == AtomicOp.CMPXCHG) run.r0 = old;
  else if (operation & AtomicOp.FETCH) store<u64>(src, old);
}

/** Stores `value` where `old` stands, and says what stood there. */
@inline
function exchange64(at: usize, old: u64, value: u64): u64 {
  if (ASC_FEATURE_THREADS && !(at & 7)) return atomic.cmpxchg<u64>(at, old, value);
  store<u64>(at, value);
  return old;
}

@inline
function exchange32(at: usize, old: u32, value: u32): u32 {
  if (ASC_FEATURE_THREADS && !(at & 3)) return atomic.cmpxchg<u32>(at, old, value);
  store<u32>(at, value);
  return old;
}
