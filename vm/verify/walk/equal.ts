import { R10 } from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { isScalar } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { sameScalar, within } from "./scalar.ts";
import { contains } from "./tnum.ts";
import { DYNPTR, EMPTY_SLOT, INVALID, ITER, MISC, SLOT_SIZE, SPILL, ZERO } from "./state.ts";
import type { Frame, Slot, State } from "./state.ts";

// Whether a state was judged before: everything that may happen from `cur` may happen from `old` too.

/** "covers": cur is a case of old. "exact": they are the same. "ranges": like covers, all numbers taken for precise (loops). */
export type Comparison = "covers" | "exact" | "ranges";

/** Which ids of the old state stand for which of the current one. */
class IdMap {
  readonly #pairs = new Map<number, number>();
  readonly #used = new Map<number, number>();

  matches(old: number, cur: number): boolean {
    if ((old === 0) !== (cur === 0)) return false;
    if (old === 0) return true;
    const known = this.#pairs.get(old);
    if (known !== undefined) return known === cur;
    if (this.#used.has(cur)) return false;
    this.#pairs.set(old, cur);
    this.#used.set(cur, old);
    return true;
  }

  /** The same for scalars, whose ids say that they are equal to others: one that says nothing matches a fresh one. */
  matchesScalar(old: number, cur: number): boolean {
    if (old === 0) return true;
    return this.matches(old, cur === 0 ? --this.#fresh : cur);
  }

  #fresh = 0;
}

export function statesEqual(w: Walk, old: State, cur: State, comparison: Comparison): boolean {
  if (old.frames.length !== cur.frames.length) return false;
  const ids = new IdMap();
  if (!sameReferences(old, cur, ids)) return false;
  for (let at = 0; at < old.frames.length; at++) {
    const a = old.frames[at];
    const b = cur.frames[at];
    if (a.callsite !== b.callsite) return false;
    const insn = at === old.frames.length - 1 ? old.insn : old.frames[at + 1].callsite;
    if (!sameFrame(w, a, b, insn, ids, comparison)) return false;
  }
  return true;
}

function sameReferences(old: State, cur: State, ids: IdMap): boolean {
  if (old.references.length !== cur.references.length || old.preemptDepth !== cur.preemptDepth || old.rcuDepth !== cur.rcuDepth) return false;
  return old.references.every((reference, at) => {
    const other = cur.references[at];
    return reference.kind === other.kind && reference.target === other.target && ids.matches(reference.id, other.id);
  });
}

function sameFrame(w: Walk, old: Frame, cur: Frame, insn: number, ids: IdMap, comparison: Comparison): boolean {
  if (old.callbackDepth > cur.callbackDepth && comparison === "covers") return false;
  const live = w.marks.live[insn];
  for (let number = 0; number < R10; number++) {
    if ((live & (1 << number)) !== 0 && !sameReg(old.regs[number], cur.regs[number], ids, comparison)) return false;
  }
  const slots = Math.max(old.stack.length, cur.stack.length);
  for (let at = 0; at < slots; at++) {
    if (old.stack[at] !== cur.stack[at] && !sameSlot(old.slot(at), cur.slot(at), ids, comparison)) return false;
    if (old.stack[at] === cur.stack[at] && old.stack[at]?.reg !== undefined && !sameReg(old.slot(at).reg as Reg, cur.slot(at).reg as Reg, ids, comparison)) return false;
  }
  return true;
}

function samePointer(old: Reg, cur: Reg): boolean {
  return old.kind === cur.kind && old.flags === cur.flags && old.map === cur.map && old.mapUid === cur.mapUid && old.size === cur.size && old.number === cur.number;
}

/** Whether the old register says no more than the current one. */
export function sameReg(old: Reg, cur: Reg, ids: IdMap, comparison: Comparison): boolean {
  if (comparison === "exact") {
    return samePointer(old, cur) && old.off === cur.off && old.range === cur.range && sameScalar(old.scalar, cur.scalar) && old.isLinked === cur.isLinked &&
      ids.matches(old.id, cur.id) && ids.matches(old.refId, cur.refId);
  }
  if (old.kind === "none") return true;
  if (old.kind !== cur.kind || old.flags !== cur.flags) return false;
  if (isScalar(old)) return sameNumber(old, cur, ids, comparison);
  switch (old.kind) {
    case "map_key": case "map_value": case "mem": case "buf": case "tp_buffer":
      return samePointer(old, cur) && old.off === cur.off && old.range === cur.range && within(old.scalar, cur.scalar) && contains(old.scalar.bits, cur.scalar.bits) &&
        ids.matches(old.id, cur.id) && ids.matches(old.refId, cur.refId);
    case "pkt": case "pkt_meta":
      if (old.range < 0 || cur.range < 0 ? old.range !== cur.range : old.range > cur.range) return false;
      return old.off === cur.off && ids.matches(old.id, cur.id) && within(old.scalar, cur.scalar) && contains(old.scalar.bits, cur.scalar.bits);
    default:
      return samePointer(old, cur) && old.off === cur.off && sameScalar(old.scalar, cur.scalar) && ids.matches(old.id, cur.id) && ids.matches(old.refId, cur.refId);
  }
}

function sameNumber(old: Reg, cur: Reg, ids: IdMap, comparison: Comparison): boolean {
  if (!old.precise && comparison === "covers") return true;
  if (old.isLinked !== cur.isLinked && old.id !== 0) return false;
  if (old.isLinked && old.off !== cur.off) return false;
  return within(old.scalar, cur.scalar) && contains(old.scalar.bits, cur.scalar.bits) && ids.matchesScalar(old.id, cur.id);
}

const hasObject = (letter: string): boolean => letter === DYNPTR || letter === ITER;

function sameSlot(old: Slot, cur: Slot, ids: IdMap, comparison: Comparison): boolean {
  if (old === EMPTY_SLOT && comparison !== "exact") return true;
  if (comparison === "exact" && old.bytes !== cur.bytes) return false;
  if (old.reg !== undefined && cur.reg !== undefined && old.bytes === cur.bytes) return sameReg(old.reg, cur.reg, ids, comparison);
  // A spilled number of which nothing is known is as good as bytes of which nothing is known.
  for (let i = 0; i < SLOT_SIZE; i++) {
    const a = old.bytes[i];
    const b = cur.bytes[i];
    if (a === INVALID || a === b && a !== SPILL && !hasObject(a)) continue;
    if (a === MISC && (b === INVALID || b === ZERO || (b === SPILL && cur.reg !== undefined && isScalar(cur.reg)))) continue;
    if (a === SPILL && b === SPILL) continue;
    if (a === SPILL && old.reg !== undefined && isScalar(old.reg) && !old.reg.precise && comparison === "covers" && (b === MISC || b === ZERO || b === INVALID)) continue;
    if (a === ZERO && b === SPILL && cur.reg !== undefined && cur.reg.kind === "scalar" && cur.reg.scalar.bits.mask === 0n && cur.reg.scalar.bits.value === 0n) continue;
    if (hasObject(a) && a === b && sameObject(old, cur, ids)) continue;
    return false;
  }
  if (old.reg !== undefined && cur.reg !== undefined) return sameReg(old.reg, cur.reg, ids, comparison);
  return true;
}

function sameObject(old: Slot, cur: Slot, ids: IdMap): boolean {
  const a = old.object;
  const b = cur.object;
  if (a === undefined || b === undefined) return a === b;
  return a.kind === b.kind && a.isFirst === b.isFirst && a.isReadonly === b.isReadonly && a.isDrained === b.isDrained && ids.matches(a.id, b.id) && ids.matches(a.refId, b.refId);
}
