import type { Walk } from "./context.ts";
import { isScalar } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { constant } from "./scalar.ts";
import { aluScalars } from "./scalar_alu.ts";
import { ADD } from "../../insn/opcodes.ts";
import type { LinkedPlace, State } from "./state.ts";

// Scalars with one id are equal, or differ by a constant: what a comparison says of one holds for all.

/** Places of a step that are remembered. */
const PLACES_MAX = 6;

/** Where scalars with this id live. */
export function linkedPlaces(w: Walk, ids: readonly number[]): LinkedPlace[] {
  const places: LinkedPlace[] = [];
  const isWanted = (reg: Reg | undefined): boolean => reg !== undefined && isScalar(reg) && reg.id !== 0 && ids.includes(reg.id);
  w.state.frames.forEach(({ regs, stack }, frame) => {
    for (let place = 0; place < 10; place++) if (isWanted(regs[place])) places.push({ frame, place });
    stack.forEach((slot, at) => {
      if (isWanted(slot?.reg)) places.push({ frame, place: -1 - at });
    });
  });
  return places.slice(0, PLACES_MAX);
}

/** Gives the scalars that are linked to `known` what is known of it. */
export function spreadScalar(state: State, known: Reg): void {
  if (known.id === 0) return;
  state.mapRegs((reg) => {
    if (reg === known || !isScalar(reg) || reg.id !== known.id) return reg;
    if (reg.isLinked === known.isLinked && (!reg.isLinked || reg.off === known.off) || reg.off === known.off) {
      return { ...known, off: reg.off, isLinked: reg.isLinked, precise: reg.precise };
    }
    const difference = constant(BigInt(reg.off - known.off));
    return { ...reg, scalar: aluScalars(ADD, known.scalar, difference, true) };
  });
}
