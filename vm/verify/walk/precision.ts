import type { Walk } from "./context.ts";
import type { State } from "./state.ts";

/** The walk relies on the value of a register's number: states in which it differs are no more the same. */
export function markPrecise(w: Walk, number: number): void {
  const reg = w.state.frame.regs[number];
  if (reg.kind !== "scalar" || reg.precise) return;
  w.state.frame.regs[number] = { ...reg, precise: true };
}

/** Until the way back is followed, every number of a checkpoint counts as relied on. */
export function forgetPrecision(state: State): void {
  state.mapRegs((reg) => (reg.kind === "scalar" && !reg.precise ? { ...reg, precise: true } : reg));
}

export function spreadPrecision(_w: Walk, _old: State): void {}
