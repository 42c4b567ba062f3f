import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";

// Which slots are instructions. The verifier lets nothing else pass; an engine has to know for itself, because its safety does
// not rest on the verifier. A field that an instruction has no use for may hold anything.

/** Whether the slot is an instruction that can be run, as far as the slot alone tells. */
export function isValid(insn: Insn): boolean {
  switch (insn.code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
      return isAlu(insn);
    case op.JMP:
    case op.JMP32:
      return isJump(insn);
    case op.LD:
      return isLoadImmediate(insn);
    case op.LDX:
      return isTarget(insn.dst) && isRegister(insn.src) && isLoad(insn.code);
    case op.ST:
      return isRegister(insn.dst) && (insn.code & op.MODE_MASK) === op.MEM;
    default:
      return isRegister(insn.dst) && isRegister(insn.src) && ((insn.code & op.MODE_MASK) === op.MEM || isAtomic(insn));
  }
}

const isRegister = (register: number): boolean => register <= op.R10;
/** A register that instructions may write. */
const isTarget = (register: number): boolean => register < op.R10;

function isAlu({ code, dst, src, off, imm }: Insn): boolean {
  const wide = (code & op.CLASS_MASK) === op.ALU64;
  const fromRegister = (code & op.SOURCE_MASK) === op.X;
  if (!isTarget(dst)) return false;
  switch (code & op.OP_MASK) {
    case op.NEG:
      return !fromRegister && off === 0;
    case op.END:
      return off === 0 && !(wide && fromRegister) && (imm === 16 || imm === 32 || imm === 64);
    case op.MOV:
      if (!fromRegister) return off === 0;
      return isRegister(src) && (off === 0 || off === 8 || off === 16 || (wide && off === 32));
    case op.DIV:
    case op.MOD:
      return (off === 0 || off === 1) && (!fromRegister || isRegister(src));
    default:
      return (code & op.OP_MASK) < op.END && off === 0 && (!fromRegister || isRegister(src));
  }
}

function isJump({ code, dst, src }: Insn): boolean {
  const wide = (code & op.CLASS_MASK) === op.JMP;
  const fromRegister = (code & op.SOURCE_MASK) === op.X;
  switch (code & op.OP_MASK) {
    case op.JA:
      return !fromRegister;
    case op.CALL:
      return wide && !fromRegister && src <= op.PSEUDO_KFUNC_CALL;
    case op.EXIT:
      return wide && !fromRegister;
    case op.JCOND:
      return wide && !fromRegister && src === 0;
    default:
      return (code & op.OP_MASK) < op.JCOND && isRegister(dst) && (!fromRegister || isRegister(src));
  }
}

function isLoadImmediate({ code, dst, src }: Insn): boolean {
  const size = code & op.SIZE_MASK;
  switch (code & op.MODE_MASK) {
    case op.IMM:
      return size === op.DW && isTarget(dst);
    case op.ABS:
      return size !== op.DW;
    case op.IND:
      return size !== op.DW && isRegister(src);
    default:
      return false;
  }
}

function isLoad(code: number): boolean {
  const mode = code & op.MODE_MASK;
  return mode === op.MEM || (mode === op.MEMSX && (code & op.SIZE_MASK) !== op.DW);
}

function isAtomic({ code, dst, src, imm }: Insn): boolean {
  if ((code & op.MODE_MASK) !== op.ATOMIC) return false;
  if (imm === op.LOAD_ACQ) return isTarget(dst);
  if (imm === op.STORE_REL) return true;
  const size = code & op.SIZE_MASK;
  if (size !== op.W && size !== op.DW) return false;
  switch (imm) {
    case op.ADD:
    case op.OR:
    case op.AND:
    case op.XOR:
    case op.CMPXCHG:
      return true;
    case op.ADD | op.FETCH:
    case op.OR | op.FETCH:
    case op.AND | op.FETCH:
    case op.XOR | op.FETCH:
    case op.XCHG:
      return isTarget(src);
    default:
      return false;
  }
}
