import * as op from "../../insn/opcodes.ts";
import { alu } from "./alu.ts";
import { atomic } from "./atomic.ts";
import { call } from "./call.ts";
import type { Walk } from "./context.ts";
import { exit } from "./exit.ts";
import { conditionalJump, jump } from "./jump.ts";
import { loadImmediate, loadPacket } from "./load64.ts";
import { load, store } from "./memory.ts";
import { endPath } from "./prune.ts";
import type { Checkpoints } from "./prune.ts";
import { E2BIG, EFAULT, invalid, Reject } from "./reject.ts";
import { INSNS_MAX } from "../log.ts";

/** Paths that may wait at once. */
const PENDING_MAX = 8192;

/** What comes after an instruction; undefined where the path ends. */
function step(w: Walk): number | undefined {
  const insn = w.insns[w.at];
  const { code } = insn;
  switch (code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
      alu(w, insn);
      return w.at + 1;
    case op.LDX:
      load(w, insn);
      return w.at + 1;
    case op.STX:
      if ((code & op.MODE_MASK) === op.ATOMIC) atomic(w, insn);
      else store(w, insn);
      return w.at + 1;
    case op.ST:
      store(w, insn);
      return w.at + 1;
    case op.LD:
      if ((code & op.MODE_MASK) !== op.IMM) {
        loadPacket(w, insn);
        return w.at + 1;
      }
      loadImmediate(w, insn);
      return w.at + 2;
  }
  w.jumps++;
  switch (code & op.OP_MASK) {
    case op.CALL: return call(w, insn);
    case op.JA: return jump(w, insn);
    case op.EXIT: return exit(w, insn);
    default: return conditionalJump(w, insn);
  }
}

/** Walks every path from the state that `w` is in. */
export function explore(w: Walk, checkpoints: Checkpoints): void {
  for (;;) {
    const next = walkInsn(w, checkpoints);
    if (next !== undefined) {
      w.previous = w.at;
      w.at = next;
      continue;
    }
    endPath(w.state);
    const pending = w.pending.pop();
    if (pending === undefined) return;
    w.state = pending.state;
    w.at = pending.insn;
    w.previous = pending.previous;
    if (!w.log.all) w.log.cut(pending.logMark);
  }
}

function walkInsn(w: Walk, checkpoints: Checkpoints): number | undefined {
  w.step = undefined;
  if (w.at >= w.insns.length) invalid(`invalid insn idx ${w.at} insn_cnt ${w.insns.length}`);
  if (++w.processed > INSNS_MAX) throw new Reject(E2BIG, `BPF program is too large. Processed ${w.processed} insn`);
  w.state.lastInsn = w.previous;
  if (w.marks.prune[w.at] !== 0 && checkpoints.visit(w)) return undefined;
  if (w.marks.jump[w.at] !== 0) w.note();
  const next = step(w);
  if (w.pending.length > PENDING_MAX) throw new Reject(EFAULT, `The sequence of ${w.pending.length} jumps is too complex.`);
  return next;
}
