// Arithmetic as programs have it where WebAssembly would trap.

@inline
export function div_u64(a: u64, b: u64): u64 {
  return b ? a / b : 0;
}

@inline
export function mod_u64(a: u64, b: u64): u64 {
  return b ? a % b : a;
}

@inline
export function div_u32(a: u32, b: u32): u32 {
  return b ? a / b : 0;
}

@inline
export function mod_u32(a: u32, b: u32): u32 {
  return b ? a % b : a;
}

/** The smallest number divided by -1 is itself. */
export function div_s64(a: i64, b: i64): i64 {
  if (b == -1) return 0 - a;
  return b ? a / b : 0;
}

export function mod_s64(a: i64, b: i64): i64 {
  if (b == -1) return 0;
  return b ? a % b : a;
}

export function div_s32(a: i32, b: i32): i32 {
  if (b == -1) return 0 - a;
  return b ? a / b : 0;
}

export function mod_s32(a: i32, b: i32): i32 {
  if (b == -1) return 0;
  return b ? a % b : a;
}
