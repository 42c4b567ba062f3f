import { Errno } from "../uapi/constants";
import { readable } from "../mem/data";
import { data_arg } from "./args";
import { TextWriter } from "./text";
import { is_space } from "./strings";
import { RUN_REGION_SIZE } from "../mem/frame";
import { Run, TEXT_SIZE, text_ptr } from "./run";

// bpf_snprintf, and the text of bpf_trace_printk and bpf_trace_vprintk. A conversion is % flags width length letter:
//
//   flags   any of - + space 0        width   digits, the first not 0        length   l, ll
//   d i u x X   numbers: 32 bits, or 64 with l or ll        c   a byte        s   address of a string        %%
//   p           address, hashed; px as it is; pK hashed; pB ps pS as 0x and digits; pi4 pI4 pi6 pI6 address of an IP address;
//               pks pus address of a string
//
// Anything else is -EINVAL, as is a byte that cannot be printed, or a conversion without an argument.

const ARGS_MAX: u32 = 12;
/** A string that is printed with %s ends here at the latest. */
const STRING_MAX: u32 = 512;
const NO_KIND: u32 = 0xff;

const PERCENT: u32 = 0x25;

/** How a conversion is printed. */
const LEFT: u32 = 1;
const PLUS: u32 = 2;
const BLANK: u32 = 4;
const ZERO: u32 = 8;

@inline
function flag_of(char: u32): u32 {
  return char == 0x2d ? LEFT : char == 0x2b ? PLUS : char == 0x20 ? BLANK : char == 0x30 ? ZERO : 0;
}

@inline
function is_digit(char: u32): bool {
  return char - 0x30 < 10;
}

function is_alnum(char: u32): bool {
  return is_digit(char) || (char | 0x20) - 0x61 < 26;
}

function is_printable(char: u32): bool {
  return (char >= 0x20 && char != 0x7f) || is_space(char);
}

/** The byte at an address; NUL from `end` on, since what is written may be the format itself. */
@inline
function char_before(end: usize, at: usize): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** Writes a text of the format from `fmt` up to a NUL, at the latest `end`, and the arguments. 0 or -EINVAL. */
function format(writer: TextWriter, fmt: usize, end: usize, args: usize, count: u32): i32 {
  let used: u32 = 0;
  let at = fmt;
  for (let char = char_before(end, at++); char; char = char_before(end, at++)) {
    if (!is_printable(char)) return -Errno.EINVAL;
    if (char != PERCENT) {
      writer.put(char);
      continue;
    }
    char = char_before(end, at++);
    if (char == PERCENT) {
      writer.put(PERCENT);
      continue;
    }
    let flags: u32 = 0;
    for (; flag_of(char); char = char_before(end, at++)) flags |= flag_of(char);
    let width: u32 = 0;
    for (; is_digit(char); char = char_before(end, at++)) width = min<u32>(width * 10 + (char - 0x30), 0xffff);
    if (!char || used == count) return -Errno.EINVAL;
    const arg = load<u64>(args + (used++ << 3));
    writer.begin(width, flags & LEFT ? true : false);
    if (char == 0x70) {
      const next = put_pointer(writer, at, end, arg, flags);
      if (!next) return -Errno.EINVAL;
      at = next;
    } else if (char == 0x73) {
      put_string(writer, arg);
    } else if (char == 0x63) {
      writer.put(<u8>arg);
    } else {
      let longs: u32 = 0;
      for (; char == 0x6c && longs < 2; char = char_before(end, at++)) ++longs;
      if (!put_number(writer, char, longs ? arg : <u32>arg, longs != 0, flags, width)) return -Errno.EINVAL;
    }
    writer.end();
  }
  return 0;
}

/** Prints a number by its letter; false for a letter that is none. */
function put_number(writer: TextWriter, letter: u32, value: u64, is_long: bool, flags: u32, width: u32): bool {
  const hex = (letter | 0x20) == 0x78;
  const signed = letter == 0x64 || letter == 0x69;
  if (!hex && !signed && letter != 0x75) return false;
  const number = signed ? (is_long ? <i64>value : <i64>(<i32>value)) : 0;
  const sign: u32 = !signed ? 0 : number < 0 ? 0x2d : flags & PLUS ? 0x2b : flags & BLANK ? 0x20 : 0;
  const digits_min = flags & ZERO && !(flags & LEFT) ? (sign && width ? width - 1 : width) : 0;
  if (sign) writer.put(sign);
  writer.number(number < 0 ? 0 - number : value, hex ? 16 : 10, digits_min, letter == 0x58);
  return true;
}

function put_string(writer: TextWriter, address: u64): void {
  const good = readable(address, STRING_MAX, NO_KIND);
  for (let i: u32 = 0; i < good; ++i) {
    const char = load<u8>(<usize>address + i);
    if (!char) return;
    writer.put(char);
  }
}

/** Prints what stands behind %p; where the format goes on, or 0 for an extension that does not exist. */
function put_pointer(writer: TextWriter, at: usize, end: usize, arg: u64, flags: u32): usize {
  const char = char_before(end, at);
  const second = char_before(end, at + 1);
  if ((char == 0x6b || char == 0x75) && second == 0x73) {
    put_string(writer, arg);
    return at + 2;
  }
  if ((char | 0x20) == 0x69) {
    if (second != 0x34 && second != 0x36) return 0;
    put_ip(writer, arg, second == 0x34 ? 4 : 16, char == 0x49);
    return at + 2;
  }
  if (char == 0x78) writer.number(arg, 16, writer.width && !(flags & ZERO) ? 1 : 16, false);
  else if (char == 0x42 || (char | 0x20) == 0x73) {
    writer.put(0x30);
    writer.put(0x78);
    writer.number(arg, 16, 1, false);
  } else if (char == 0x4b || !char || !is_alnum(char)) writer.number(hashed(arg), 16, writer.width ? 1 : 16, false);
  else return 0;
  // Letters behind the extension belong to it, and say nothing.
  while (is_alnum(char_before(end, at))) ++at;
  return at;
}

/** A number that stands for an address without giving it away. */
function hashed(address: u64): u64 {
  if (!address) return 0;
  let z = address * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  return (z ^ (z >> 27)) >> 32;
}

/** An address in network order: i4 with three digits a byte, I4 without; i6 32 digits, I6 with colons. Zeros where it cannot be read. */
function put_ip(writer: TextWriter, address: u64, size: u32, separated: bool): void {
  const there = readable(address, size, NO_KIND) == size;
  for (let i: u32 = 0; i < size; ++i) {
    const byte: u32 = there ? load<u8>(<usize>address + i) : 0;
    if (size == 4) {
      if (i) writer.put(0x2e);
      writer.number(byte, 10, separated ? 1 : 3, false);
    } else {
      if (separated && i && !(i & 1)) writer.put(0x3a);
      writer.number(byte, 16, 2, false);
    }
  }
}

/** Whether `size` bytes hold a NUL. */
function has_nul(from: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; ++i) if (!load<u8>(from + i)) return true;
  return false;
}

/** bpf_snprintf: bytes that the whole text takes with its NUL, or -EINVAL. As many as fit are written, with a NUL. */
export function snprintf(str: u64, str_size: u64, fmt: u64, data: u64, data_len: u64): u64 {
  const size = <u32>str_size;
  const to = data_arg(str, size);
  const args_size = <u32>data_len;
  if (args_size & 7 || args_size > ARGS_MAX * 8) return <i64>-Errno.EINVAL;
  const args = data_arg(data, args_size);
  const good = readable(fmt, TEXT_SIZE, NO_KIND);
  if (!has_nul(<usize>fmt, good)) return <i64>-Errno.EINVAL;
  const writer = new_writer(to, size);
  const error = format(writer, <usize>fmt, <usize>fmt + good, args, args_size >> 3);
  if (error) return <i64>error;
  writer.terminate();
  return <u64>writer.length + 1;
}

/** The text of bpf_trace_vprintk at text_ptr(): its length, or -EINVAL. */
export function trace_vformat(fmt: u64, fmt_size: u64, data: u64, data_len: u64): u64 {
  const args_size = <u32>data_len;
  if (args_size & 7 || args_size > ARGS_MAX * 8) return <i64>-Errno.EINVAL;
  return trace(fmt, <u32>fmt_size, data_arg(data, args_size), args_size >> 3);
}

/** The text of bpf_trace_printk at text_ptr(): its length, or -EINVAL. */
export function trace_format(fmt: u64, fmt_size: u64, arg1: u64, arg2: u64, arg3: u64): u64 {
  const args = text_ptr() + TEXT_SIZE;
  store<u64>(args, arg1);
  store<u64>(args, arg2, 8);
  store<u64>(args, arg3, 16);
  return trace(fmt, <u32>fmt_size, args, 3);
}

function trace(fmt: u64, fmt_size: u32, args: usize, count: u32): u64 {
  const from = data_arg(fmt, fmt_size);
  if (!has_nul(from, fmt_size)) return <i64>-Errno.EINVAL;
  const writer = new_writer(text_ptr(), TEXT_SIZE);
  const error = format(writer, from, from + fmt_size, args, count);
  if (error) return <i64>error;
  writer.terminate();
  return min<u32>(writer.length, TEXT_SIZE - 1);
}

/** The one writer: a text is made from its beginning to its end before the next. */
function new_writer(to: usize, size: u32): TextWriter {
  const writer = changetype<TextWriter>(text_ptr() + TEXT_SIZE + ARGS_SIZE);
  writer.to = to;
  writer.size = size;
  writer.length = 0;
  writer.width = 0;
  return writer;
}
/** The arguments of bpf_trace_printk stand between the text and the writer. */
const ARGS_SIZE: usize = 24;
if (offsetof<Run>() + TEXT_SIZE + ARGS_SIZE + offsetof<TextWriter>() > RUN_REGION_SIZE) ERROR("the writer does not fit into its region of the frame");
