import type { Walk } from "./context.ts";
import { UNKNOWN_REG } from "./reg.ts";
import { invalid } from "./reject.ts";
import { DYNPTR, INVALID } from "./state.ts";

/** A new reference, which must be released. */
export function acquireReference(w: Walk): number {
  const id = w.newId();
  w.state.references = [...w.state.references, { id, insn: w.at, kind: "pointer" }];
  return id;
}

/** Ends a reference: pointers that carry it are numbers from now on, dynptrs that hold it are gone. */
export function releaseReference(w: Walk, id: number): void {
  const { state } = w;
  if (!state.references.some((reference) => reference.id === id && reference.kind === "pointer")) invalid("release of a reference that is not held");
  state.references = state.references.filter((reference) => reference.id !== id);
  state.mapRegs((reg) => (reg.refId === id ? UNKNOWN_REG : reg));
  for (const { stack } of state.frames) {
    stack.forEach((slot, at) => {
      if (slot?.object?.refId === id && slot.bytes[0] === DYNPTR) stack[at] = { bytes: INVALID.repeat(8) };
    });
  }
}

/** Refuses to end, or to leave, while something is held. `what` names the instruction. */
export function checkNothingHeld(w: Walk, what: string, isEntry: boolean): void {
  const { references, rcuDepth, preemptDepth } = w.state;
  if (isEntry) {
    const leaked = references.filter(({ kind }) => kind === "pointer");
    if (leaked.length > 0) {
      invalid([...leaked.map(({ id, insn }) => `Unreleased reference id=${id} alloc_insn=${insn}`), `${what} would lead to reference leak`].join("\n"));
    }
    if (references.some(({ kind }) => kind === "lock")) invalid(`${what} cannot be used inside bpf_spin_lock-ed region`);
    if (rcuDepth > 0) invalid(`${what} cannot be used inside bpf_rcu_read_lock-ed region`);
    if (preemptDepth > 0) invalid(`${what} cannot be used inside bpf_preempt_disable-ed region`);
  }
}
