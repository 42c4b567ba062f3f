// Copying and comparing short runs of bytes. The bulk instructions cost more than a few plain loads below 64 bytes, so
// the sizes that keys and values really have are done by hand; this is the only file that knows it.

/** Copies `size` bytes; the ranges do not overlap, or are the same. */
export function copy_bytes(to: usize, from: usize, size: u32): void {
  copy_bytes_inline(to, from, size);
}

/** The same, where a lookup or an update copies its value. */
@inline
export function copy_bytes_inline(to: usize, from: usize, size: u32): void {
  if (size == 4) store<u32>(to, load<u32>(from));
  else if (size == 8) store<u64>(to, load<u64>(from));
  else if (size == 16) v128.store(to, v128.load(from));
  else memory.copy(to, from, size);
}

/** Up to 64 bytes plain loads were the faster in every run, at 128 neither; from 256 on the bulk instruction, which leaves the module, was. */
const RUN_MAX: u32 = 128;

/**
 * The same for runs of any length, such as records, to user memory, to a frame, or to where nobody looks yet: nothing of that
 * needs to be undone (journal.ts). The ranges do not overlap.
 */
export function copy_run_unlogged(to: usize, from: usize, size: u32): void {
  if (size > RUN_MAX) {
    memory.copy(to, from, size);
    return;
  }
  const end = from + size;
  if (size >= 16) {
    // The last 16 bytes reach back over some that are copied already.
    const last = to + size - 16;
    while (from < end - 16) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
    v128.store(last, v128.load(end - 16));
    return;
  }
  if (size & 8) {
    store<u64>(to, load<u64>(from));
    from += 8;
    to += 8;
  }
  if (size & 4) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
  while (from < end) {
    store<u8>(to, load<u8>(from));
    ++from;
    ++to;
  }
}

/** Whether `size` bytes at both places are the same. */
@inline
export function equal_bytes(a: usize, b: usize, size: u32): bool {
  if (size == 4) return load<u32>(a) == load<u32>(b);
  if (size == 8) return load<u64>(a) == load<u64>(b);
  if (size == 16) return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
  return equal_long(a, b, size);
}

function equal_long(a: usize, b: usize, size: u32): bool {
  const end = a + size;
  while (a + 8 <= end) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  while (a < end) {
    if (load<u8>(a) != load<u8>(b)) return false;
    ++a;
    ++b;
  }
  return true;
}

/** Whether `size` bytes from `from` on are zero. It counts bytes, since an end address may not fit into 32 bits. */
export function all_zero(from: usize, size: u32): bool {
  for (; size >= 8; size -= 8) {
    if (load<u64>(from)) return false;
    from += 8;
  }
  for (; size; --size) {
    if (load<u8>(from)) return false;
    ++from;
  }
  return true;
}

@inline
export function round_up_8(size: u64): u64 {
  return (size + 7) & ~7;
}

/** Smallest power of two that is not below `value` (1 .. 2^31). */
@inline
export function round_up_pow2(value: u32): u32 {
  return value <= 1 ? 1 : 1 << (32 - clz(value - 1));
}

// To memory that nobody else can reach yet, so that nothing needs to be undone (journal.ts): not inlined, for the name says it.

/** Clears memory that has just been taken. */
export function zero_unlogged(ptr: usize, size: usize): void {
  memory.fill(ptr, 0, size);
}

/** Copies to memory that has just been taken. */
export function copy_unlogged(to: usize, from: usize, size: usize): void {
  memory.copy(to, from, size);
}
