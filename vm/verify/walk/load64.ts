import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { constantReg, NONE, pointer, scalarReg } from "./reg.ts";
import { invalid } from "./reject.ts";
import { unsignedOf } from "./scalar.ts";
import { sizeOf } from "./memory.ts";

/** 64-bit immediate loads, which take two slots. */
export function loadImmediate(w: Walk, insn: Insn): void {
  const { dst, off, code } = insn;
  if ((code & op.SIZE_MASK) !== op.DW) invalid("invalid BPF_LD_IMM insn");
  if (off !== 0) invalid("BPF_LD_IMM64 uses reserved fields");
  w.checkWritable(dst);
  const load = w.load64(w.at);
  switch (load.kind) {
    case "number":
      return w.setReg(dst, constantReg(load.value));
    case "map":
      return w.setReg(dst, pointer("map_ptr", { map: load.map }));
    case "value":
      return w.setReg(dst, pointer("map_value", { map: load.map, off: load.offset, id: load.map.btf === undefined ? 0 : w.newId() }));
    case "function": {
      const shape = w.structure.functions[load.index];
      if (w.structure.btf === undefined || shape.typeId === 0) invalid("missing btf func_info");
      if (shape.isGlobal) invalid("callback function not static");
      return w.setReg(dst, pointer("func", { number: load.index }));
    }
    default:
      return w.setReg(dst, pointer("ptr_", { number: load.typeId }));
  }
}

/** LD_ABS and LD_IND: loads from the packet of the context in R6. */
export function loadPacket(w: Walk, insn: Insn): void {
  const { code, dst, src, off } = insn;
  const isIndirect = (code & op.MODE_MASK) === op.IND;
  if (!w.context.allowsLdAbs) invalid("BPF_LD_[ABS|IND] instructions not allowed for this program type");
  if (dst !== 0 || off !== 0 || (code & op.SIZE_MASK) === op.DW || (!isIndirect && src !== 0)) invalid("BPF_LD_[ABS|IND] uses reserved fields");
  w.read(6);
  checkNothingHeld(w);
  if (w.reg(6).kind !== "ctx") invalid("at the time of BPF_LD_ABS|IND R6 != pointer to skb");
  if (isIndirect) w.read(src);
  for (let number = 0; number <= 5; number++) w.setReg(number, NONE);
  w.setReg(0, scalarReg(unsignedOf(sizeOf(code))));
}

/** The load may end the function: nothing may be held then. */
function checkNothingHeld(w: Walk): void {
  const { references, rcuDepth, preemptDepth } = w.state;
  if (references.some(({ kind }) => kind === "pointer")) invalid("BPF_LD_[ABS|IND] would lead to reference leak");
  if (references.some(({ kind }) => kind === "lock")) invalid("BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed region");
  if (rcuDepth > 0) invalid("BPF_LD_[ABS|IND] cannot be used inside bpf_rcu_read_lock-ed region");
  if (preemptDepth > 0) invalid("BPF_LD_[ABS|IND] cannot be used inside bpf_preempt_disable-ed region");
}
