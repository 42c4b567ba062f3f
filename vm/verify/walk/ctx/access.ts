import type { Walk } from "../context.ts";
import { findField } from "./context.ts";
import { hasConstantOffset, offsetText, pointer, UNKNOWN_REG } from "../reg.ts";
import type { Reg } from "../reg.ts";
import { denied } from "../reject.ts";
import type { MemoryAccess } from "../memory.ts";

/** Loads and stores of context fields. */
export function accessContext(w: Walk, { number, off, size, isWrite, isSigned }: MemoryAccess, reg: Reg): Reg {
  if (reg.off < 0) denied(`negative offset ctx ptr R${number} off=${reg.off} disallowed`);
  if (reg.off !== 0) denied(`dereference of modified ctx ptr R${number} off=${reg.off} disallowed`);
  if (!hasConstantOffset(reg) || reg.scalar.bits.value !== 0n) denied(`variable ctx access var_off=${offsetText(reg)} disallowed`);
  const { context } = w;
  if (context.plain !== undefined) {
    const { plain } = context;
    const isInside = off >= plain.min && off + size <= plain.size && off % size === 0;
    if (!isInside || (isWrite && !plain.write)) denied(`invalid bpf_context access off=${off} size=${size}`);
    return UNKNOWN_REG;
  }
  const found = off < 0 ? undefined : findField(context, off, size, isWrite, w.request.expectedAttachType);
  // A pointer cannot be loaded with its sign extended.
  if (found === undefined || (isSigned === true && found.kind !== undefined)) denied(`invalid bpf_context access off=${off} size=${size}`);
  if (isWrite || found.kind === undefined) return UNKNOWN_REG;
  const flags = found.flags ?? 0;
  return pointer(found.kind, { flags, id: flags === 0 ? 0 : w.newId() });
}
