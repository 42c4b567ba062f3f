// The instruction set's numbers, as far as the core decodes instructions (vm/insn/opcodes.ts has them for vm/).

/** The parts of an opcode byte. */
export enum InsnBits {
  CLASS = 0x07,
  SIZE = 0x18,
  MODE = 0xe0,
  SOURCE = 0x08,
  OP = 0xf0,
}

export enum Class {
  LD = 0,
  LDX = 1,
  ST = 2,
  STX = 3,
  ALU = 4,
  JMP = 5,
  JMP32 = 6,
  ALU64 = 7,
}

export enum Size {
  W = 0x00,
  H = 0x08,
  B = 0x10,
  DW = 0x18,
}

export enum LdMode {
  IMM = 0x00,
  ABS = 0x20,
  IND = 0x40,
  MEM = 0x60,
  MEMSX = 0x80,
  ATOMIC = 0xc0,
}

export enum AluOp {
  DIV = 0x30,
  MOD = 0x90,
  MOV = 0xb0,
  ARSH = 0xc0,
  END = 0xd0,
}

export enum JmpOp {
  JA = 0x00,
  CALL = 0x80,
  EXIT = 0x90,
  JSLE = 0xd0,
  JCOND = 0xe0,
}

export enum AtomicOp {
  ADD = 0x00,
  FETCH = 0x01,
  OR = 0x40,
  AND = 0x50,
  XOR = 0xa0,
  XCHG = 0xe1,
  CMPXCHG = 0xf1,
  LOAD_ACQ = 0x100,
  STORE_REL = 0x110,
}
