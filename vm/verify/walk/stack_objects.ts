import type { Walk } from "./context.ts";
import { NONE } from "./reg.ts";
import { invalid } from "./reject.ts";
import { DYNPTR, INVALID, SLOT_SIZE } from "./state.ts";
import type { Frame } from "./state.ts";

/** Stores over a dynptr end it and the slices that were taken from it; one that holds a reference may not be lost. */
export function destroyObjects(w: Walk, frame: Frame, first: number, last: number): void {
  for (let index = first; index <= last; index++) {
    const slot = frame.stack[index];
    if (slot?.object === undefined || slot.bytes[0] !== DYNPTR) continue;
    const { object } = slot;
    if (object.refId !== 0) invalid("cannot overwrite referenced dynptr");
    const other = object.isFirst ? index - 1 : index + 1;
    frame.stack[index] = { bytes: INVALID.repeat(SLOT_SIZE) };
    frame.stack[other] = { bytes: INVALID.repeat(SLOT_SIZE) };
    w.state.mapRegs((reg) => (reg.kind === "mem" && reg.number === object.id && object.id !== 0 ? NONE : reg));
  }
}
