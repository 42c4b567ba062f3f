import type { Walk } from "./context.ts";
import { hasConstantOffset, isScalar, NONE, offsetOf, pointer, RDONLY, UNKNOWN_REG, ZERO_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { acquireReference, releaseReference } from "./references.ts";
import { slotOf, stackExtent } from "./stack.ts";
import { INVALID, ITER } from "./state.ts";
import type { Slot } from "./state.ts";

// Functions of the kernel that programs may call by BTF id.

const EVERYWHERE = /^bpf_(iter_num_|dynptr_|str|rdonly_cast|rcu_read_|preempt_)/;

/** A call of a kernel function; gives the next instruction. */
export function callKernelFunction(w: Walk): number {
  const kernelFunction = w.structure.kernelFunctions.get(w.at);
  if (kernelFunction === undefined) invalid("invalid kernel function call not eliminated in verifier pass");
  const { name } = kernelFunction;
  if (!EVERYWHERE.test(name)) denied(`calling kernel function ${name} is not allowed`);
  const result = perform(w, name);
  for (let number = 0; number <= 5; number++) w.setReg(number, NONE);
  w.setReg(0, result);
  return w.at + 1;
}

function perform(w: Walk, name: string): Reg {
  switch (name) {
    case "bpf_iter_num_new": return newIterator(w);
    case "bpf_iter_num_next": return nextNumber(w);
    case "bpf_iter_num_destroy": return destroyIterator(w);
    case "bpf_preempt_disable":
      w.state.preemptDepth++;
      return NONE;
    case "bpf_preempt_enable":
      if (w.state.preemptDepth === 0) invalid("unmatched attempt to enable preemption (kernel function bpf_preempt_enable)");
      w.state.preemptDepth--;
      return NONE;
    case "bpf_rcu_read_lock":
      if (w.state.rcuDepth > 0) invalid("nested rcu read lock (kernel function bpf_rcu_read_lock)");
      w.state.rcuDepth++;
      return NONE;
    case "bpf_rcu_read_unlock":
      if (w.state.rcuDepth === 0) invalid("unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)");
      w.state.rcuDepth--;
      return NONE;
    default:
      return invalid(`kernel function ${name} is not supported`);
  }
}

function iteratorPlace(w: Walk): { slots: (Slot | undefined)[]; index: number } {
  const reg = w.read(1);
  if (reg.kind !== "fp") invalid("arg#0 expected pointer to an iterator on stack");
  if (!hasConstantOffset(reg)) invalid("iter has to be at a constant offset");
  const at = offsetOf(reg);
  if (at % 8 !== 0) invalid(`cannot pass in iter at an offset=${at}`);
  return { slots: w.state.frames[reg.number].stack, index: slotOf(at) };
}

function newIterator(w: Walk): Reg {
  const { slots, index } = iteratorPlace(w);
  stackExtent(w, 1, w.reg(1), 0, 8, "write");
  for (const number of [2, 3]) if (!isScalar(w.read(number))) invalid(`R${number} is not a scalar`);
  if (slots[index]?.bytes[0] === ITER) invalid("expected uninitialized iter_num as arg #0");
  const refId = acquireReference(w);
  slots[index] = { bytes: ITER.repeat(8), object: { kind: "iter_num", id: refId, refId, isFirst: true, isDrained: false, depth: 0 } };
  return UNKNOWN_REG;
}

function liveIterator(w: Walk): { slots: (Slot | undefined)[]; index: number; slot: Slot } {
  const place = iteratorPlace(w);
  const slot = place.slots[place.index];
  if (slot?.object?.kind !== "iter_num" || slot.bytes[0] !== ITER) invalid("expected an initialized iter_num as arg #0");
  return { ...place, slot };
}

/** The next number, or NULL where there is none: both ways are walked. */
function nextNumber(w: Walk): Reg {
  const { slots, index, slot } = liveIterator(w);
  const object = slot.object as NonNullable<Slot["object"]>;
  const memory = pointer("mem", { flags: RDONLY, size: 4, refId: object.refId });
  if (object.isDrained !== true) {
    const active = w.push(w.at + 1);
    const frame = active.frames[w.reg(1).number];
    frame.stack[index] = { ...slot, object: { ...object, depth: (object.depth ?? 0) + 1 } };
    for (let number = 0; number <= 5; number++) active.frame.regs[number] = NONE;
    active.frame.regs[0] = memory;
  }
  slots[index] = { ...slot, object: { ...object, isDrained: true } };
  return ZERO_REG;
}

function destroyIterator(w: Walk): Reg {
  const { slots, index, slot } = liveIterator(w);
  slots[index] = { bytes: INVALID.repeat(8) };
  releaseReference(w, slot.object?.refId ?? 0);
  return NONE;
}
