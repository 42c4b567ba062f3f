import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { SCRATCH_I64, SINCE, TURNS } from "./context.ts";
import type { FunctionContext } from "./context.ts";
import { I32, Op } from "./wasm.ts";

// Conditions of jumps.

type Comparison = readonly [wide: number, narrow: number];

const COMPARISONS: Readonly<Record<number, Comparison>> = {
  [op.JEQ]: [Op.i64_eq, Op.i32_eq],
  [op.JNE]: [Op.i64_ne, Op.i32_ne],
  [op.JGT]: [Op.i64_gt_u, Op.i32_gt_u],
  [op.JGE]: [Op.i64_ge_u, Op.i32_ge_u],
  [op.JLT]: [Op.i64_lt_u, Op.i32_lt_u],
  [op.JLE]: [Op.i64_le_u, Op.i32_le_u],
  [op.JSGT]: [Op.i64_gt_s, Op.i32_gt_s],
  [op.JSGE]: [Op.i64_ge_s, Op.i32_ge_s],
  [op.JSLT]: [Op.i64_lt_s, Op.i32_lt_s],
  [op.JSLE]: [Op.i64_le_s, Op.i32_le_s],
};

/** The comparison that holds when the other does not. */
const OPPOSITE: Readonly<Record<number, number>> = {
  [op.JEQ]: op.JNE, [op.JNE]: op.JEQ, [op.JGT]: op.JLE, [op.JLE]: op.JGT, [op.JGE]: op.JLT, [op.JLT]: op.JGE,
  [op.JSGT]: op.JSLE, [op.JSLE]: op.JSGT, [op.JSGE]: op.JSLT, [op.JSLT]: op.JSGE,
};

/** Pushes whether the conditional jump is taken, or whether it is not, as an i32. */
export function pushCondition(f: FunctionContext, insn: Insn, taken: boolean): void {
  const { out } = f;
  const operation = insn.code & op.OP_MASK;
  const wide = (insn.code & op.CLASS_MASK) === op.JMP;
  if (operation === op.JCOND) {
    pushTimeIsUp(f);
    if (!taken) out.op(Op.i32_eqz);
    return;
  }
  const pushOperand = (): void => {
    if ((insn.code & op.SOURCE_MASK) === op.X) {
      if (wide) f.get(insn.src);
      else f.get32(insn.src);
    } else if (wide) out.i64(insn.imm);
    else out.i32(insn.imm);
  };
  if (wide) f.get(insn.dst);
  else f.get32(insn.dst);
  pushOperand();
  if (operation !== op.JSET) {
    const comparison = COMPARISONS[taken ? operation : OPPOSITE[operation]];
    out.op(wide ? comparison[0] : comparison[1]);
    return;
  }
  out.op(wide ? Op.i64_and : Op.i32_and);
  if (taken && wide) {
    out.i64(0);
    out.op(Op.i64_ne);
  } else if (!taken) {
    out.op(wide ? Op.i64_eqz : Op.i32_eqz);
  }
}

/** How long a function's may_goto loops may go on, and after how many turns the clock is asked. */
const MAY_GOTO_MS = 250;
const TURNS_PER_LOOK = 8192;

/** Pushes 1 when may_goto's time is over. The function's first one starts the clock. */
function pushTimeIsUp(f: FunctionContext): void {
  const { out } = f;
  out.get(TURNS);
  out.op(Op.if);
  out.byte(I32);
  out.get(TURNS);
  out.i32(1);
  out.op(Op.i32_sub);
  out.set(TURNS);
  out.i32(0);
  out.op(Op.else);
  out.i32(TURNS_PER_LOOK);
  out.set(TURNS);
  out.call(f.program.imports.clock);
  out.set(SCRATCH_I64);
  out.get(SINCE);
  out.op(Op.i64_eqz);
  out.if();
  out.get(SCRATCH_I64);
  out.set(SINCE);
  out.end();
  out.get(SCRATCH_I64);
  out.get(SINCE);
  out.op(Op.i64_sub);
  out.i64(MAY_GOTO_MS);
  out.op(Op.i64_ge_s);
  out.end();
}
