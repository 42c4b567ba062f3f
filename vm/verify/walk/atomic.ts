import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { accessMemory, load, sizeOf, store } from "./memory.ts";
import { isPointer, typeName, UNKNOWN_REG, scalarReg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { unsignedOf } from "./scalar.ts";
import { sameKind } from "./access_kinds.ts";

const READ_MODIFY_WRITE: ReadonlySet<number> = new Set([
  op.ADD, op.ADD | op.FETCH, op.AND, op.AND | op.FETCH, op.OR, op.OR | op.FETCH, op.XOR, op.XOR | op.FETCH, op.XCHG, op.CMPXCHG,
]);

/** Kinds of memory that the kernel has no atomic accesses to. */
const REFUSED: ReadonlySet<string> = new Set(["ctx", "pkt", "pkt_meta", "flow_keys", "sock", "sock_common", "tcp_sock", "xdp_sock"]);

/** STX with mode ATOMIC. */
export function atomic(w: Walk, insn: Insn): void {
  const { imm, code, off } = insn;
  if (imm === op.LOAD_ACQ) {
    checkKind(w, insn.src);
    return load(w, { ...insn, code: (code & ~op.MODE_MASK) | op.MEM, imm: 0 }, true);
  }
  if (imm === op.STORE_REL) {
    checkKind(w, insn.dst);
    return store(w, { ...insn, code: (code & ~op.MODE_MASK) | op.MEM, imm: 0 }, true);
  }
  if (!READ_MODIFY_WRITE.has(imm)) invalid(`BPF_ATOMIC uses invalid atomic opcode ${(imm >>> 0).toString(16).padStart(2, "0")}`);
  const size = sizeOf(code);
  if (size !== 4 && size !== 8) invalid("invalid atomic operand size");
  readModifyWrite(w, insn, size, off);
}

function checkKind(w: Walk, number: number): void {
  const reg = w.read(number);
  if (REFUSED.has(reg.kind)) denied(`BPF_ATOMIC stores into R${number} ${typeName(reg)} is not allowed`);
}

function readModifyWrite(w: Walk, { dst, src, imm }: Insn, size: number, off: number): void {
  w.read(src);
  w.read(dst);
  if (imm === op.CMPXCHG) w.read(0);
  checkKind(w, dst);
  const result = imm === op.CMPXCHG ? 0 : (imm & op.FETCH) !== 0 ? src : -1;
  if (result >= 0) w.checkWritable(result);
  // The old value of the memory, judged as a load and then as a store.
  const old = accessMemory(w, { number: dst, off, size, isWrite: false, valueNumber: result, isAtomic: true });
  const reg = w.reg(dst);
  accessMemory(w, { number: dst, off, size, isWrite: true, valueNumber: -1, isAtomic: true });
  sameKind(w, reg);
  if (result < 0) return;
  const isWholePointer = isPointer(old);
  w.setReg(result, isWholePointer ? UNKNOWN_REG : size === 4 ? scalarReg(unsignedOf(4)) : UNKNOWN_REG);
}
