import { Errno } from "../uapi/constants";
import { Fault } from "../uapi/fault";
import { readable } from "../mem/data";
import { data_arg } from "./args";
import { fault } from "./run";

// bpf_strtol, bpf_strtoul and bpf_strncmp.

/** Characters of a number that are looked at, its sign not counted. */
const DIGITS_MAX: u32 = 63;
const MINUS: u32 = 0x2d;

export function is_space(char: u32): bool {
  return char == 0x20 || char - 9 < 5 || char == 0xa0;
}

/** Value of a digit of any base up to 16; 16 or more for what is none. */
function digit(char: u32): u32 {
  if (char - 0x30 < 10) return char - 0x30;
  const letter = (char | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

@inline
function is_x(char: u32): bool {
  return (char | 0x20) == 0x78;
}

/** The character at an index of a text of `size` bytes; 0 behind it. */
@inline
function char_at(text: usize, size: u32, index: u32): u32 {
  return index < size ? load<u8>(text + index) : 0;
}

/**
 * Reads a number with the base in `flags`, and a minus if `signed`; stores it to `result`. Characters consumed; -EINVAL when
 * there is no number or the base is none of 0, 8, 10, 16; -ERANGE when it does not fit.
 */
function parse(buf: u64, buf_len: u64, flags: u64, res: u64, signed: bool): i32 {
  const size = <u32>buf_len;
  const from = data_arg(buf, size);
  const result = data_arg(res, 8);
  store<u64>(result, 0);
  let base = <u32>flags;
  if (flags != 0 && flags != 8 && flags != 10 && flags != 16) return -Errno.EINVAL;
  let at: u32 = 0;
  while (at < size && is_space(load<u8>(from + at))) ++at;
  const negative = char_at(from, size, at) == MINUS;
  if (negative && !signed) return -Errno.EINVAL;
  if (negative) ++at;
  const end = min<u32>(size, at + DIGITS_MAX);
  const zero_x = char_at(from, end, at) == 0x30 && is_x(char_at(from, end, at + 1));
  if (base == 0) {
    if (zero_x && digit(char_at(from, end, at + 2)) < 16) base = 16;
    else base = char_at(from, end, at) == 0x30 ? 8 : 10;
  }
  if (base == 16 && zero_x) at += 2;
  const first = at;
  let value: u64 = 0;
  let overflow = false;
  for (; at < end; ++at) {
    const next = digit(load<u8>(from + at));
    if (next >= base) break;
    if (value > (u64.MAX_VALUE - next) / base) overflow = true;
    value = value * base + next;
  }
  if (at == first) return -Errno.EINVAL;
  if (overflow) return -Errno.ERANGE;
  if (signed && value > (negative ? <u64>1 << 63 : <u64>i64.MAX_VALUE)) return -Errno.ERANGE;
  store<u64>(result, negative ? 0 - value : value);
  return at;
}

/** bpf_strtol. */
export function strtol(buf: u64, buf_len: u64, flags: u64, res: u64): u64 {
  return <i64>parse(buf, buf_len, flags, res, true);
}

/** bpf_strtoul. */
export function strtoul(buf: u64, buf_len: u64, flags: u64, res: u64): u64 {
  return <i64>parse(buf, buf_len, flags, res, false);
}

/** bpf_strncmp: -1, 0 or 1. The second string ends with a NUL or in data memory. */
export function strncmp(s1: u64, s1_size: u64, s2: u64): u64 {
  const size = <u32>s1_size;
  const a = data_arg(s1, size);
  const good = readable(s2, size, 0xff);
  for (let i: u32 = 0; i < size; ++i) {
    if (i >= good) fault(Fault.ARGUMENT);
    const left = load<u8>(a + i);
    const right = load<u8>(<usize>s2 + i);
    if (left != right) return left < right ? -1 : 1;
    if (!left) break;
  }
  return 0;
}
