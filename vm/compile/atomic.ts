import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { SCRATCH_I32, SCRATCH_I64 } from "./context.ts";
import type { FunctionContext } from "./context.ts";
import { loadOf, pushAddress, sizeOf, storeOf } from "./memory.ts";
import { Op } from "./wasm.ts";

// Atomic operations, for a memory that no other thread shares: an ordinary load and store, so that any alignment will do.

const OPERATIONS: Readonly<Record<number, number>> = {
  [op.ADD]: Op.i64_add, [op.OR]: Op.i64_or, [op.AND]: Op.i64_and, [op.XOR]: Op.i64_xor,
};

export function emitAtomic(f: FunctionContext, insn: Insn, at: number): void {
  const { code, dst, src, off, imm } = insn;
  const { out } = f;
  const load = loadOf(code);
  const store = storeOf(code);
  if (imm === op.LOAD_ACQ) {
    out.memory(load, pushAddress(f, src, off, sizeOf(code), at));
    return f.set(dst);
  }
  const offset = pushAddress(f, dst, off, sizeOf(code), at);
  if (imm === op.STORE_REL) {
    f.get(src);
    return out.memory(store, offset);
  }
  // Narrow loads extend with zeros, as what is fetched does, and narrow stores take the lower half.
  out.tee(SCRATCH_I32);
  out.memory(load, offset);
  out.set(SCRATCH_I64);
  const pushResult = (push: () => void): void => {
    out.get(SCRATCH_I32);
    push();
    out.memory(store, offset);
  };
  if (imm === op.XCHG) {
    pushResult(() => f.get(src));
    out.get(SCRATCH_I64);
    return f.set(src);
  }
  if (imm === op.CMPXCHG) {
    out.get(SCRATCH_I64);
    if (sizeOf(code) === 8) {
      f.get(0);
    } else {
      f.get32(0);
      out.op(Op.i64_extend_i32_u);
    }
    out.op(Op.i64_eq);
    out.if();
    pushResult(() => f.get(src));
    out.end();
    out.get(SCRATCH_I64);
    return f.set(0);
  }
  pushResult(() => {
    out.get(SCRATCH_I64);
    f.get(src);
    out.op(OPERATIONS[imm & op.OP_MASK]);
  });
  if (imm & op.FETCH) {
    out.get(SCRATCH_I64);
    f.set(src);
  }
}
