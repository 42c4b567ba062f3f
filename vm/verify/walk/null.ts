import { mapFieldsOf } from "./map_values.ts";
import { isMaybeNull, MAYBE_NULL, pointer, ZERO_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import type { State } from "./state.ts";

/** All pointers that are NULL together with `tested` turn out to be NULL, or not. */
export function learnNull(state: State, tested: Reg, isNull: boolean): void {
  const { id, refId } = tested;
  // A reference that was not given needs no release.
  if (isNull && refId !== 0 && refId === id) state.references = state.references.filter((reference) => reference.id !== id);
  state.mapRegs((reg) => (isMaybeNull(reg) && reg.id === id ? resolved(reg, isNull) : reg));
}

function resolved(reg: Reg, isNull: boolean): Reg {
  if (isNull) return ZERO_REG;
  const flags = reg.flags & ~MAYBE_NULL;
  if (reg.kind === "map_value" && reg.map?.inner !== undefined) return pointer("map_ptr", { map: reg.map.inner, mapUid: reg.id });
  if (reg.kind === "map_value" && reg.map?.type === XSKMAP) return pointer("xdp_sock");
  if (reg.kind === "map_value" && (reg.map?.type === SOCKMAP || reg.map?.type === SOCKHASH)) return { ...pointer("sock"), refId: reg.refId, id: reg.id };
  return { ...reg, flags, id: mapFieldsOf(reg) ? reg.id : 0 };
}

const XSKMAP = 17;
const SOCKMAP = 15;
const SOCKHASH = 18;
