import * as op from "../../insn/opcodes.ts";
import { FLIPPED } from "./scalar_branch.ts";
import type { Reg } from "./reg.ts";
import type { State } from "./state.ts";

const PACKET_OFFSET_MAX = 0xffff;
/** `range` of a packet pointer that was found to be at the end, or beyond it. */
const AT_END = -1;
const BEYOND_END = -2;

/** The packet's first byte, which ends the metadata. */
const isStart = (reg: Reg): boolean => reg.kind === "pkt" && reg.off === 0 && reg.scalar.bits.mask === 0n && reg.scalar.bits.value === 0n;

const isEndOf = (pointer: Reg, end: Reg): boolean => (pointer.kind === "pkt" && end.kind === "pkt_end") || (pointer.kind === "pkt_meta" && isStart(end));

/** What earlier comparisons of a pointer with the end say of another one. */
export function decidePacket(condition: number, a: Reg, b: Reg): boolean | undefined {
  const isFlipped = a.kind === "pkt_end";
  if (!isFlipped && b.kind !== "pkt_end") return undefined;
  const { range } = isFlipped ? b : a;
  const seen = isFlipped ? FLIPPED[condition] : condition;
  if (range >= 0) return undefined;
  if (seen === op.JLE || seen === op.JGT) return range === BEYOND_END ? seen === op.JGT : undefined;
  return seen === op.JLT || seen === op.JGE ? seen === op.JGE : undefined;
}

/** In `state`, the pointer is at most the end (or below it): the bytes up to it are there. */
function proveBytes(state: State, { kind, off, id, scalar }: Reg, isBelow: boolean): void {
  if (off < 0 || (off === 0 && isBelow)) return;
  if (scalar.umax > BigInt(PACKET_OFFSET_MAX) || scalar.umax + BigInt(off) > BigInt(PACKET_OFFSET_MAX)) return;
  const range = isBelow ? off + 1 : off;
  state.mapRegs((reg) => (reg.kind === kind && reg.id === id && reg.range < range ? { ...reg, range } : reg));
}

/** In `state`, the pointer in a register is at the end or beyond it. */
function markEnd(state: State, number: number, isBeyond: boolean): void {
  const reg = state.frame.regs[number];
  if (reg.kind === "pkt") state.frame.regs[number] = { ...reg, range: isBeyond ? BEYOND_END : AT_END };
}

/** A comparison of a packet pointer with the packet's end. `untaken` and `taken` are the states after it. */
export function learnPacket(condition: number, untaken: State, taken: State, a: Reg, b: Reg, dst: number, src: number): void {
  const isPlain = isEndOf(a, b);
  if (!isPlain && !isEndOf(b, a)) return;
  const [pointer, number] = isPlain ? [a, dst] : [b, src];
  switch (isPlain ? condition : FLIPPED[condition]) {
    case op.JGT:
      proveBytes(untaken, pointer, false);
      return markEnd(taken, number, true);
    case op.JLT:
      proveBytes(taken, pointer, true);
      return markEnd(untaken, number, false);
    case op.JGE:
      proveBytes(untaken, pointer, true);
      return markEnd(taken, number, false);
    case op.JLE:
      proveBytes(taken, pointer, false);
      return markEnd(untaken, number, true);
  }
}
