import { INSN_SIZE } from "./insn.ts";
import type { Insn } from "./insn.ts";
import * as op from "./opcodes.ts";

/** What stands behind an opcode in the text: who prints a program knows its maps, helpers and functions. */
export interface Names {
  /** A 64-bit immediate load's value. `low` and `high` are its two slots. */
  load64(low: Insn, high: Insn): string;
  /** What a call calls. */
  call(insn: Insn): string;
}

const ALU_SIGNS: Readonly<Record<number, string>> = {
  [op.ADD]: "+=", [op.SUB]: "-=", [op.MUL]: "*=", [op.DIV]: "/=", [op.OR]: "|=", [op.AND]: "&=", [op.LSH]: "<<=", [op.RSH]: ">>=",
  [op.MOD]: "%=", [op.XOR]: "^=", [op.MOV]: "=", [op.ARSH]: "s>>=",
};

const JUMP_SIGNS: Readonly<Record<number, string>> = {
  [op.JEQ]: "==", [op.JGT]: ">", [op.JGE]: ">=", [op.JSET]: "&", [op.JNE]: "!=", [op.JSGT]: "s>", [op.JSGE]: "s>=",
  [op.JLT]: "<", [op.JLE]: "<=", [op.JSLT]: "s<", [op.JSLE]: "s<=",
};

const LOCKED: Readonly<Record<number, string>> = { [op.ADD]: "+=", [op.OR]: "|=", [op.AND]: "&=", [op.XOR]: "^=" };

const FETCHES: Readonly<Record<number, string>> = {
  [op.ADD | op.FETCH]: "fetch_add", [op.OR | op.FETCH]: "fetch_or", [op.AND | op.FETCH]: "fetch_and", [op.XOR | op.FETCH]: "fetch_xor",
  [op.XCHG]: "xchg",
};

const SIZE_NAMES: Readonly<Record<number, string>> = { [op.W]: "32", [op.H]: "16", [op.B]: "8", [op.DW]: "64" };

export const hex2 = (value: number): string => value.toString(16).padStart(2, "0");

const signed = (value: number): string => (value < 0 ? `${value}` : `+${value}`);
/** Jump immediates are printed as unsigned hexadecimals. */
const unsignedHex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const sizeOf = ({ code }: Insn): string => SIZE_NAMES[code & op.SIZE_MASK];
const memory = (base: number, { off }: Insn): string => `(r${base} ${signed(off)})`;

/**
 * The text of one instruction, opcode in front: `(b7) r0 = 0`. `next` is the slot behind it, the second half of a 64-bit immediate load.
 * What has no text is `BUG_` and its opcode.
 */
export function insnText(insn: Insn, next: Insn | undefined, names: Names): string {
  const text = plainText(insn, next, names);
  return text === undefined ? `BUG_${hex2(insn.code)}` : `(${hex2(insn.code)}) ${text}`;
}

function plainText(insn: Insn, next: Insn | undefined, names: Names): string | undefined {
  switch (insn.code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
      return aluText(insn);
    case op.JMP:
    case op.JMP32:
      return jumpText(insn, names);
    case op.LD:
      return loadText(insn, next, names);
    case op.LDX:
      return ldxText(insn);
    default:
      return storeText(insn);
  }
}

function aluText(insn: Insn): string | undefined {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  const letter = wide ? "r" : "w";
  const operation = code & op.OP_MASK;
  if (operation === op.END) {
    const order = wide ? "bswap" : (code & op.SOURCE_MASK) === op.X ? "be" : "le";
    return `r${dst} = ${order}${imm} r${dst}`;
  }
  if (operation === op.NEG) return `${letter}${dst} = -${letter}${dst}`;
  const sign = ALU_SIGNS[operation];
  if (sign === undefined) return undefined;
  const isSignedDivision = (operation === op.DIV || operation === op.MOD) && off === 1;
  const head = `${letter}${dst} ${isSignedDivision ? "s" : ""}${sign} `;
  if ((code & op.SOURCE_MASK) === op.K) return `${head}${imm}`;
  if (operation === op.MOV && off === 1 && wide) return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
  const extends_ = operation === op.MOV && (off === 8 || off === 16 || (off === 32 && wide));
  return `${head}${extends_ ? `(s${off})` : ""}${letter}${src}`;
}

function jumpText(insn: Insn, names: Names): string | undefined {
  const { code, dst, src, off, imm } = insn;
  const wide = (code & op.CLASS_MASK) === op.JMP;
  const operation = code & op.OP_MASK;
  if (operation === op.CALL) return wide ? `call ${names.call(insn)}` : undefined;
  if (operation === op.EXIT) return wide ? "exit" : undefined;
  if (operation === op.JA) return wide ? `goto pc${signed(off)}` : `gotol pc${signed(imm)}`;
  if (operation === op.JCOND && wide && src === 0) return `may_goto pc${signed(off)}`;
  // What the kernel prints where no sign is known; the walk refuses these right after.
  const sign = JUMP_SIGNS[operation] ?? "(null)";
  const letter = wide ? "r" : "w";
  const value = (code & op.SOURCE_MASK) === op.X ? `${letter}${src}` : unsignedHex(imm);
  return `if ${letter}${dst} ${sign} ${value} goto pc${signed(off)}`;
}

function loadText(insn: Insn, next: Insn | undefined, names: Names): string | undefined {
  const { code, dst, src, imm } = insn;
  switch (code & op.MODE_MASK) {
    case op.ABS:
      return `r0 = *(u${sizeOf(insn)} *)skb[${imm}]`;
    case op.IND:
      return `r0 = *(u${sizeOf(insn)} *)skb[r${src} + ${imm}]`;
    case op.IMM:
      return (code & op.SIZE_MASK) === op.DW && next !== undefined ? `r${dst} = ${names.load64(insn, next)}` : undefined;
    default:
      return undefined;
  }
}

function ldxText(insn: Insn): string | undefined {
  const mode = insn.code & op.MODE_MASK;
  if (mode !== op.MEM && mode !== op.MEMSX) return undefined;
  return `r${insn.dst} = *(${mode === op.MEM ? "u" : "s"}${sizeOf(insn)} *)${memory(insn.src, insn)}`;
}

function storeText(insn: Insn): string | undefined {
  const { code, dst, src, imm } = insn;
  const mode = code & op.MODE_MASK;
  const isStx = (code & op.CLASS_MASK) === op.STX;
  const place = `*(u${sizeOf(insn)} *)${memory(dst, insn)}`;
  if (mode === op.MEM) return `${place} = ${isStx ? `r${src}` : imm}`;
  return mode === op.ATOMIC && isStx ? atomicText(insn, place) : undefined;
}

function atomicText(insn: Insn, place: string): string | undefined {
  const { code, dst, src, imm } = insn;
  const sign = LOCKED[imm];
  if (sign !== undefined) return `lock ${place} ${sign} r${src}`;
  const pointer = (base: number): string => `(u${sizeOf(insn)} *)${memory(base, insn)}`;
  const atomic = (code & op.SIZE_MASK) === op.DW ? "atomic64" : "atomic";
  const fetch = FETCHES[imm];
  if (fetch !== undefined) return `r${src} = ${atomic}_${fetch}(${pointer(dst)}, r${src})`;
  if (imm === op.CMPXCHG) return `r0 = ${atomic}_cmpxchg(${pointer(dst)}, r0, r${src})`;
  if (imm === op.LOAD_ACQ) return `r${dst} = load_acquire(${pointer(src)})`;
  return imm === op.STORE_REL ? `store_release(${pointer(dst)}, r${src})` : undefined;
}

/** The number that the two slots of a 64-bit immediate load hold. */
export const value64 = (low: Insn, high: Insn): bigint => (BigInt(high.imm >>> 0) << 32n) | BigInt(low.imm >>> 0);

/** Where the second half of a 64-bit immediate load is expected to follow. */
export const isLoad64 = ({ code }: Insn): boolean => code === (op.LD | op.IMM | op.DW);

/** Names of `bpftool prog dump xlated`: maps by id, functions by what `functionName` says of the slot that they start at. */
export function xlatedNames(helperName: (insn: Insn) => string, functionName: (insn: Insn) => string): Names {
  return {
    load64(low, high) {
      switch (low.src) {
        case op.PSEUDO_MAP_FD:
          return `map[id:${low.imm >>> 0}]`;
        case op.PSEUDO_MAP_VALUE:
          return `map[id:${low.imm >>> 0}][0]+${high.imm >>> 0}`;
        case op.PSEUDO_FUNC:
          return `subprog[${signed(low.imm)}]`;
        default:
          return `0x${value64(low, high).toString(16)}`;
      }
    },
    call: (insn) => (insn.src === op.PSEUDO_CALL ? `pc${signed(insn.off)}#${functionName(insn)}` : `${helperName(insn)}#${insn.imm}`),
  };
}

/** Names of the verifier's log: functions by distance, loads as the number that `value64Of` says is loaded. */
export function logNames(helperName: (insn: Insn) => string, value64Of: (low: Insn, high: Insn) => bigint = value64): Names {
  return {
    load64: (low, high) => `0x${value64Of(low, high).toString(16)}`,
    call: (insn) => (insn.src === op.PSEUDO_CALL ? `pc${signed(insn.imm)}` : `${helperName(insn)}#${insn.imm}`),
  };
}

/** One line of a disassembly. */
export interface Line {
  /** Index of the first slot. */
  readonly index: number;
  readonly text: string;
  /** Bytes of the instruction: 8, or 16 for a 64-bit immediate load. */
  readonly size: number;
}

/** Every instruction of a program, one line each. A 64-bit immediate load takes both of its slots. */
export function disassemble(insns: readonly Insn[], names: Names): Line[] {
  const lines: Line[] = [];
  for (let index = 0; index < insns.length; ) {
    const insn = insns[index];
    const slots = isLoad64(insn) && index + 1 < insns.length ? 2 : 1;
    lines.push({ index, text: insnText(insn, insns[index + 1], names), size: slots * INSN_SIZE });
    index += slots;
  }
  return lines;
}
