/** Instruction classes: the low three bits of an opcode. */
export const CLASS_MASK = 0x07;
export const LD = 0x00;
export const LDX = 0x01;
export const ST = 0x02;
export const STX = 0x03;
export const ALU = 0x04;
export const JMP = 0x05;
export const JMP32 = 0x06;
export const ALU64 = 0x07;

/** Sizes of memory accesses. */
export const SIZE_MASK = 0x18;
export const W = 0x00;
export const H = 0x08;
export const B = 0x10;
export const DW = 0x18;

/** Modes of memory accesses. */
export const MODE_MASK = 0xe0;
export const IMM = 0x00;
export const ABS = 0x20;
export const IND = 0x40;
export const MEM = 0x60;
export const MEMSX = 0x80;
export const ATOMIC = 0xc0;

/** Operand of ALU and JMP instructions: an immediate or a register. */
export const SOURCE_MASK = 0x08;
export const K = 0x00;
export const X = 0x08;

/** Operations of ALU and JMP instructions. */
export const OP_MASK = 0xf0;
export const ADD = 0x00;
export const SUB = 0x10;
export const MUL = 0x20;
export const DIV = 0x30;
export const OR = 0x40;
export const AND = 0x50;
export const LSH = 0x60;
export const RSH = 0x70;
export const NEG = 0x80;
export const MOD = 0x90;
export const XOR = 0xa0;
export const MOV = 0xb0;
export const ARSH = 0xc0;
export const END = 0xd0;

export const JA = 0x00;
export const JEQ = 0x10;
export const JGT = 0x20;
export const JGE = 0x30;
export const JSET = 0x40;
export const JNE = 0x50;
export const JSGT = 0x60;
export const JSGE = 0x70;
export const CALL = 0x80;
export const EXIT = 0x90;
export const JLT = 0xa0;
export const JLE = 0xb0;
export const JSLT = 0xc0;
export const JSLE = 0xd0;
export const JCOND = 0xe0;

/** Operations of atomic instructions, in imm. */
export const FETCH = 0x01;
export const XCHG = 0xe1;
export const CMPXCHG = 0xf1;
export const LOAD_ACQ = 0x100;
export const STORE_REL = 0x110;

/** What a 64-bit immediate load (LD | IMM | DW) loads, in src. */
export const PSEUDO_MAP_FD = 1;
export const PSEUDO_MAP_VALUE = 2;
export const PSEUDO_BTF_ID = 3;
export const PSEUDO_FUNC = 4;
export const PSEUDO_MAP_IDX = 5;
export const PSEUDO_MAP_IDX_VALUE = 6;

/** Whom a call calls, in src. */
export const HELPER_CALL = 0;
export const PSEUDO_CALL = 1;
export const PSEUDO_KFUNC_CALL = 2;

/** The frame pointer, which no instruction may write. */
export const R10 = 10;
/** Bytes of stack that a function has below its frame pointer. */
export const STACK_SIZE = 512;
/** Function calls that may be under way at once, the main function's frame included. */
export const FRAMES_MAX = 8;
/** Tail calls that one run may make. */
export const TAIL_CALLS_MAX = 33;
