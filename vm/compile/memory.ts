import { Fault } from "../helpers/fault.ts";
import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { BOTTOM, SCRATCH_I32 } from "./context.ts";
import type { Access, FunctionContext } from "./context.ts";
import { Holds, SPAN_MAX } from "./facts.ts";
import { changedBy } from "./loops.ts";
import { Op } from "./wasm.ts";

// Loads and stores. A program may touch data chunks only, so before an access the kinds of the chunks of its first and last
// byte are looked up, unless that was done for the same register already, or the access is to the frame. In loops a register
// has a window: an address from which on 64 KiB are known to be data, so that a pass costs one comparison. A window begins as
// the stack region, which is that large, and moves to the chunk that was found when an access is outside it.

const KIND_DATA = 3;
const CHUNK_SHIFT = 16;
const CHUNK_SIZE = 1 << CHUNK_SHIFT;
/** Slots that are looked at for accesses to check together. */
const GROUP_SLOTS = 32;

export function sizeOf(code: number): number {
  switch (code & op.SIZE_MASK) {
    case op.B:
      return 1;
    case op.H:
      return 2;
    case op.W:
      return 4;
    default:
      return 8;
  }
}

const LOADS: Readonly<Record<number, number>> = {
  [op.B]: Op.i64_load8_u, [op.H]: Op.i64_load16_u, [op.W]: Op.i64_load32_u, [op.DW]: Op.i64_load,
};
const SIGNED_LOADS: Readonly<Record<number, number>> = { [op.B]: Op.i64_load8_s, [op.H]: Op.i64_load16_s, [op.W]: Op.i64_load32_s };
const STORES: Readonly<Record<number, number>> = {
  [op.B]: Op.i64_store8, [op.H]: Op.i64_store16, [op.W]: Op.i64_store32, [op.DW]: Op.i64_store,
};

/** The wasm load that reads what a code's size says, zero-extended. */
export const loadOf = (code: number): number => LOADS[code & op.SIZE_MASK];
export const storeOf = (code: number): number => STORES[code & op.SIZE_MASK];

export function emitLoad(f: FunctionContext, { code, dst, src, off }: Insn, at: number): void {
  const offset = pushAddress(f, src, off, sizeOf(code), at);
  const isSigned = (code & op.MODE_MASK) === op.MEMSX;
  f.out.memory(isSigned ? SIGNED_LOADS[code & op.SIZE_MASK] : loadOf(code), offset);
  f.set(dst);
}

/** A store of a register or of a sign-extended immediate. */
export function emitStore(f: FunctionContext, { code, dst, src, off, imm }: Insn, at: number): void {
  const offset = pushAddress(f, dst, off, sizeOf(code), at);
  if ((code & op.CLASS_MASK) === op.ST) f.out.i64(imm);
  else f.get(src);
  f.out.memory(storeOf(code), offset);
}

/** Whether `size` bytes at register + off lie in the frame for certain; then the offset from R10, else undefined. */
function frameOffset(f: FunctionContext, base: number, off: number, size: number): number | undefined {
  if (base !== op.R10 && f.facts.holds(base) !== Holds.frame) return undefined;
  const from = base === op.R10 ? off : off + f.facts.value(base);
  return from >= -op.STACK_SIZE && from + size <= 0 ? from : undefined;
}

/**
 * Pushes an address at which `size` bytes may be accessed, and gives the offset that the wasm instruction adds to it. Ends the
 * run where they may not.
 */
export function pushAddress(f: FunctionContext, base: number, off: number, size: number, at: number): number {
  const inFrame = frameOffset(f, base, off, size);
  if (inFrame !== undefined) {
    f.out.get(BOTTOM);
    return op.STACK_SIZE + inFrame;
  }
  if (base === op.R10) {
    check(f, base, off, off + size, at);
  } else if (!f.facts.isChecked(base, off, off + size)) {
    const { from, to } = group(f, base, off, size, at);
    check(f, base, from, to, at);
    f.facts.check(base, from, to);
  }
  f.get32(base);
  // An address that passed lies far from both ends of the address space, so adding a small positive offset does not wrap.
  if (off >= 0) return off;
  f.out.i32(off);
  f.out.op(Op.i32_add);
  return 0;
}

/**
 * The bytes that the accesses from slot `at` on touch by way of one register, as far as nothing lies between them that could be
 * seen: all of them happen or the run ends, so one check will do. Which of them broke the rule is found out afterwards.
 */
function group(f: FunctionContext, base: number, off: number, size: number, at: number): { from: number; to: number } {
  const { insns, groups } = f.program;
  let from = off;
  let to = off + size;
  const accesses: Access[] = [{ insn: at, from, to }];
  for (let next = at; isPlainLoad(insns[next]) && next < at + GROUP_SLOTS; ) {
    if (changedBy(insns[next]) & (1 << base)) break;
    // On to the next load or store, over what cannot be seen from outside.
    do ++next; while (next < insns.length && next < f.blockStop && isQuiet(insns[next]) && !(changedBy(insns[next]) & (1 << base)));
    const insn = insns[next];
    if (next >= f.blockStop || insn === undefined || !isAccess(insn)) break;
    const by = isPlainLoad(insn) ? insn.src : insn.dst;
    const width = sizeOf(insn.code);
    if (by !== base) {
      if (by !== op.R10 || frameOffset(f, by, insn.off, width) === undefined) break;
      continue;
    }
    const wholeFrom = Math.min(from, insn.off);
    const wholeTo = Math.max(to, insn.off + width);
    if (wholeTo - wholeFrom > SPAN_MAX) break;
    from = wholeFrom;
    to = wholeTo;
    accesses.push({ insn: next, from: insn.off, to: insn.off + width });
  }
  if (accesses.length > 1) groups.set(at, accesses);
  return { from, to };
}

function isPlainLoad({ code }: Insn): boolean {
  return (code & op.CLASS_MASK) === op.LDX;
}

/** A load or a store; not an atomic operation. */
function isAccess({ code }: Insn): boolean {
  const kind = code & op.CLASS_MASK;
  return kind === op.LDX || ((kind === op.ST || kind === op.STX) && (code & op.MODE_MASK) === op.MEM);
}

/** An instruction that changes nothing but registers. */
function isQuiet({ code }: Insn): boolean {
  const kind = code & op.CLASS_MASK;
  return kind === op.ALU || kind === op.ALU64;
}

/** Ends the run unless the bytes from register + from up to register + to are the program's. */
function check(f: FunctionContext, base: number, from: number, to: number, at: number): void {
  const { out } = f;
  const window = base === op.R10 ? undefined : f.window(base);
  const tryWindow = window !== undefined && (f.inLoop || ((f.facts.windows >> base) & 1) === 1);
  if (tryWindow) {
    pushSum(f, base, from);
    out.get(window);
    out.op(Op.i32_sub);
    out.i32(CHUNK_SIZE - (to - from));
    out.op(Op.i32_gt_u);
    out.if();
  }
  pushSum(f, base, from);
  out.tee(SCRATCH_I32);
  pushKind(f);
  if (to - from > 1) {
    out.get(SCRATCH_I32);
    out.i32(to - from - 1);
    out.op(Op.i32_add);
    pushKind(f);
    // Only data's kind has the bits of 3, and the conjunction of two kinds has them only when both have.
    out.op(Op.i32_and);
  }
  out.i32(KIND_DATA);
  out.op(Op.i32_ne);
  out.if();
  out.get(SCRATCH_I32);
  out.setGlobal(f.program.imports.address);
  f.fault(Fault.ACCESS, at);
  out.end();
  if (window !== undefined) {
    out.get(SCRATCH_I32);
    out.i32(-CHUNK_SIZE);
    out.op(Op.i32_and);
    out.set(window);
    f.facts.windows |= 1 << base;
  }
  if (tryWindow) out.end();
}

/** Pushes the lower half of register + offset. */
function pushSum(f: FunctionContext, base: number, offset: number): void {
  f.get32(base);
  if (offset === 0) return;
  f.out.i32(offset);
  f.out.op(Op.i32_add);
}

/** Turns the address on the stack into the kind of its chunk. */
function pushKind({ out, program }: FunctionContext): void {
  out.i32(CHUNK_SHIFT);
  out.op(Op.i32_shr_u);
  out.memory(Op.i32_load8_u, program.chunkKinds);
}
