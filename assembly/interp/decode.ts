import { Errno } from "../uapi/constants";
import { Class, InsnBits, JmpOp, LdMode, AluOp, AtomicOp, Size } from "../uapi/insn";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc } from "../mem/heap";
import { err_ptr } from "../map/map";
import { ENTRY_SIZE, Entry, IMAGE_ENTRIES, Image, SRC_IMM, entry_at, functions_ptr } from "./image";
import { Op } from "./op";

// From the bytes of a program to entries. Any bytes may come: what is no instruction, and what would write R10, becomes INVALID,
// and a jump that leaves the program leads to OUTSIDE. So the interpreter checks no register and no target.

const INSN_SIZE: usize = 8;
const INSNS_MAX: u32 = 1 << 20;
const R10: u32 = 10;

/** A slot, taken apart. */
@inline
function code_of(insn: usize): u32 {
  return load<u8>(insn);
}

@inline
function off_of(insn: usize): i32 {
  return load<i16>(insn, 2);
}

@inline
function imm_of(insn: usize): i32 {
  return load<i32>(insn, 4);
}

/**
 * The image of `count` slots at `insns`, whose 64-bit immediates are resolved, and of `nr_functions` functions that begin
 * at the slots whose indexes are at `functions`. An errno pointer: EINVAL for a count, ENOMEM.
 */
export function decode(insns: usize, count: u32, functions: usize, nr_functions: u32): usize {
  if (count == 0 || count > INSNS_MAX || nr_functions > count) return err_ptr(Errno.EINVAL);
  const size = IMAGE_ENTRIES + <usize>(count + 1) * ENTRY_SIZE + <usize>nr_functions * 4;
  const image = heap_alloc(size, KIND_PRIVATE);
  if (!image) return err_ptr(Errno.ENOMEM);
  changetype<Image>(image).count = count;
  changetype<Image>(image).nr_functions = nr_functions;
  for (let index: u32 = 0; index < count; ++index) {
    const entry = changetype<Entry>(entry_at(image, index));
    entry.op = <u16>decode_insn(image, insns, index, entry);
  }
  changetype<Entry>(entry_at(image, count)).op = <u16>Op.OUTSIDE;
  for (let i: u32 = 0; i < nr_functions; ++i) {
    store<u32>(functions_ptr(image) + (<usize>i << 2), <u32>target(image, load<u32>(functions + (<usize>i << 2))));
  }
  return image;
}

/** The entry of a slot, or the one behind the last for an index outside. */
function target(image: usize, index: i64): usize {
  const count = changetype<Image>(image).count;
  return entry_at(image, index >= 0 && index < <i64>count ? <u32>index : count);
}

/** Fills the fields of a slot's entry and gives its operation. */
function decode_insn(image: usize, insns: usize, index: u32, entry: Entry): u32 {
  const insn = insns + <usize>index * INSN_SIZE;
  const code = code_of(insn);
  const dst: u32 = load<u8>(insn, 1) & 15;
  const src: u32 = load<u8>(insn, 1) >> 4;
  const imm = imm_of(insn);
  entry.dst = <u8>(dst << 3);
  entry.src = <u8>(src << 3);
  entry.off = off_of(insn);
  entry.imm = imm;
  if (dst > R10) return Op.INVALID;
  switch (code & InsnBits.CLASS) {
    case Class.LD: return decode_load_imm(image, insns, index, entry, code, dst, src);
    case Class.LDX: return src > R10 || dst == R10 ? Op.INVALID : decode_load(code);
    case Class.ST:
      if ((code & InsnBits.MODE) != LdMode.MEM) return Op.INVALID;
      entry.src = <u8>SRC_IMM;
      return Op.STX8 + size_log(code);
    case Class.STX: return src > R10 ? Op.INVALID : decode_store(entry, code, dst, src, imm);
    case Class.ALU:
    case Class.ALU64: return decode_alu(entry, code, dst, src, imm);
  }
  return decode_jump(image, index, entry, code, src, imm);
}

/** Log of the bytes of a memory access. */
@inline
function size_log(code: u32): u32 {
  switch (code & InsnBits.SIZE) {
    case Size.B: return 0;
    case Size.H: return 1;
    case Size.W: return 2;
  }
  return 3;
}

function decode_load_imm(image: usize, insns: usize, index: u32, entry: Entry, code: u32, dst: u32, src: u32): u32 {
  const mode = code & InsnBits.MODE;
  if (mode == LdMode.ABS || mode == LdMode.IND) {
    const size = size_log(code);
    if (size == 3 || src > R10) return Op.INVALID;
    entry.off = 1 << size;
    return mode == LdMode.ABS ? Op.LD_ABS : Op.LD_IND;
  }
  if (mode != LdMode.IMM || size_log(code) != 3 || dst == R10) return Op.INVALID;
  if (index + 1 >= changetype<Image>(image).count) return Op.INVALID;
  const high = insns + <usize>(index + 1) * INSN_SIZE;
  if (code_of(high)) return Op.INVALID;
  entry.imm = <i64>((<u64>(<u32>imm_of(high)) << 32) | <u32>entry.imm);
  return Op.IMM64;
}

function decode_load(code: u32): u32 {
  const mode = code & InsnBits.MODE;
  const size = size_log(code);
  if (mode == LdMode.MEM) return Op.LDX8 + size;
  return mode == LdMode.MEMSX && size < 3 ? Op.LDSX8 + size : Op.INVALID;
}

function decode_store(entry: Entry, code: u32, dst: u32, src: u32, imm: i32): u32 {
  const mode = code & InsnBits.MODE;
  const size = size_log(code);
  if (mode == LdMode.MEM) return Op.STX8 + size;
  if (mode != LdMode.ATOMIC) return Op.INVALID;
  // Loads and stores that are in order are in order here, too.
  if (imm == AtomicOp.STORE_REL) return Op.STX8 + size;
  if (imm == AtomicOp.LOAD_ACQ) return dst == R10 ? Op.INVALID : Op.LDX8 + size;
  if (size < 2) return Op.INVALID;
  switch (imm) {
    case AtomicOp.ADD:
    case AtomicOp.OR:
    case AtomicOp.AND:
    case AtomicOp.XOR: break;
    case AtomicOp.ADD | AtomicOp.FETCH:
    case AtomicOp.OR | AtomicOp.FETCH:
    case AtomicOp.AND | AtomicOp.FETCH:
    case AtomicOp.XOR | AtomicOp.FETCH:
    case AtomicOp.XCHG:
      if (src == R10) return Op.INVALID;
      break;
    case AtomicOp.CMPXCHG: break;
    default: return Op.INVALID;
  }
  return size == 3 ? Op.ATOMIC64 : Op.ATOMIC32;
}

function decode_alu(entry: Entry, code: u32, dst: u32, src: u32, imm: i32): u32 {
  const operation = code & InsnBits.OP;
  const wide = (code & InsnBits.CLASS) == Class.ALU64;
  const by_register = (code & InsnBits.SOURCE) != 0;
  if (dst == R10) return Op.INVALID;
  if (operation == AluOp.END) return decode_end(wide, by_register, imm);
  if (by_register && src > R10) return Op.INVALID;
  if (!by_register) entry.src = <u8>SRC_IMM;
  const off = entry.off;
  if (operation == AluOp.MOV && off) {
    if (!by_register) return Op.INVALID;
    if (off == 8) return wide ? Op.MOVSX8 : Op.MOVSX8_32;
    if (off == 16) return wide ? Op.MOVSX16 : Op.MOVSX16_32;
    return off == 32 && wide ? Op.MOVSX32 : Op.INVALID;
  }
  if (off == 1 && operation == AluOp.DIV) return wide ? Op.SDIV64 : Op.SDIV32;
  if (off == 1 && operation == AluOp.MOD) return wide ? Op.SMOD64 : Op.SMOD32;
  if (off || operation > <u32>AluOp.ARSH) return Op.INVALID;
  return (operation >> 4) + (wide ? Op.ADD64 : Op.ADD32);
}

/** le and be of class ALU, where the source bit says be; bswap of ALU64, where it must be 0. */
function decode_end(wide: bool, by_register: bool, imm: i32): u32 {
  if (wide && by_register) return Op.INVALID;
  const swaps = wide || by_register;
  if (imm == 16) return swaps ? Op.BSWAP16 : Op.ZEXT16;
  if (imm == 32) return swaps ? Op.BSWAP32 : Op.ZEXT32;
  if (imm == 64) return swaps ? Op.BSWAP64 : Op.NOP;
  return Op.INVALID;
}

function decode_jump(image: usize, index: u32, entry: Entry, code: u32, src: u32, imm: i32): u32 {
  const operation = code & InsnBits.OP;
  const wide = (code & InsnBits.CLASS) == Class.JMP;
  const by_register = (code & InsnBits.SOURCE) != 0;
  const next = <i64>index + 1;
  if (operation == JmpOp.CALL) {
    if (!wide || by_register) return Op.INVALID;
    if (src == 0) return Op.CALL_HELPER;
    if (src != 1) return Op.INVALID;
    entry.off = <i32>target(image, next + imm);
    return Op.CALL_FUNCTION;
  }
  if (operation == JmpOp.EXIT) return wide && !by_register ? Op.EXIT : Op.INVALID;
  // gotol has its distance in the immediate.
  entry.off = <i32>target(image, next + (operation == JmpOp.JA && !wide ? imm : entry.off));
  if (operation == JmpOp.JA) return by_register ? Op.INVALID : Op.JA;
  if (operation == JmpOp.JCOND) return wide && !by_register && src == 0 ? Op.MAY_GOTO : Op.INVALID;
  if (operation > <u32>JmpOp.JSLE) return Op.INVALID;
  if (by_register && src > R10) return Op.INVALID;
  if (!by_register) entry.src = <u8>SRC_IMM;
  // CALL and EXIT leave a gap of two.
  const number = (operation >> 4) - (operation > <u32>JmpOp.EXIT ? 2 : 0);
  return number + (wide ? Op.JA : Op.JEQ32 - 1);
}
