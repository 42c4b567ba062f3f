import type { Walk } from "../context.ts";
import { hasConstantOffset, offsetOf } from "../reg.ts";
import type { Reg } from "../reg.ts";
import { invalid } from "../reject.ts";
import { mapFields } from "../regions.ts";

/** bpf_spin_lock and bpf_spin_unlock: one lock at a time, released by the pointer that it was taken through. */
export function checkLock(w: Walk, reg: Reg, number: number, isLock: boolean): void {
  if (!hasConstantOffset(reg)) invalid(`R${number} doesn't have constant offset. bpf_spin_lock has to be at the constant offset`);
  const { map } = reg;
  if (map === undefined) invalid(`R${number} has no lock`);
  if (map.btf === undefined) invalid(`map '${map.name}' has to have BTF in order to use bpf_spin_lock`);
  const field = mapFields(w, map).find(({ kind }) => kind === "bpf_spin_lock");
  if (field === undefined) invalid(`map '${map.name}' has no valid bpf_spin_lock`);
  if (field.offset !== offsetOf(reg)) invalid(`off ${offsetOf(reg)} doesn't point to 'struct bpf_spin_lock' that is at ${field.offset}`);
  const { state } = w;
  const held = state.references.filter(({ kind }) => kind === "lock");
  if (isLock) {
    if (held.length > 0) invalid("Locking two bpf_spin_locks are not allowed");
    state.references = [...state.references, { id: reg.id, insn: w.at, kind: "lock", target: map }];
    return;
  }
  if (held.length === 0) invalid("bpf_spin_unlock without taking a lock");
  const last = held[held.length - 1];
  if (last.id !== reg.id || last.target !== map) invalid("bpf_spin_unlock of different lock");
  state.references = state.references.filter((reference) => reference !== last);
}
