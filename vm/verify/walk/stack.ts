import { STACK_SIZE } from "../../insn/opcodes.ts";
import { withScalarId } from "./alu.ts";
import type { Walk } from "./context.ts";
import { markPrecise } from "./precision.ts";
import { destroyObjects } from "./stack_objects.ts";
import { hasConstantOffset, isNullReg, isPointer, isScalar, offsetOf, offsetText, scalarReg, UNKNOWN_REG, ZERO_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, EACCES, EINVAL, invalid, Reject } from "./reject.ts";
import { truncate } from "./scalar.ts";
import { INVALID, MISC, SLOT_SIZE, SPILL, ZERO } from "./state.ts";
import type { Frame, Slot } from "./state.ts";

const VARIABLE_MAX = 1 << 29;

export type Access = "read" | "write";

/** The slot that holds the byte at a negative offset from the frame pointer, and the byte's place in it. */
export const slotOf = (offset: number): number => (-offset - 1) >> 3;
export const byteOf = (offset: number): number => offset & 7;

/** The extremes that an access may reach; refuses what may leave the frame. */
export function stackExtent(w: Walk, number: number, reg: Reg, off: number, size: number, access: Access): { min: number; max: number } {
  const words = access === "write" ? "write to" : "read from";
  let min: number;
  let max: number;
  if (hasConstantOffset(reg)) {
    min = offsetOf(reg) + off;
    max = min + size;
  } else {
    const { smin, smax } = reg.scalar;
    if (smax >= BigInt(VARIABLE_MAX) || smin <= BigInt(-VARIABLE_MAX)) denied(`invalid unbounded variable-offset ${words} stack R${number}`);
    min = reg.off + off + Number(smin);
    max = reg.off + off + Number(smax) + size;
  }
  const errno = min < -STACK_SIZE || min > -1 ? EACCES : max > 0 ? EINVAL : 0;
  if (errno !== 0) {
    throw new Reject(errno, hasConstantOffset(reg)
      ? `invalid ${words} stack R${number} off=${min} size=${size}`
      : `invalid variable-offset ${words} stack R${number} var_off=${offsetText(reg)} off=${reg.off + off} size=${size}`);
  }
  const { subprogram } = w.state.frames[reg.number];
  w.stackDepths[subprogram] = Math.max(w.stackDepths[subprogram], -min);
  return { min, max };
}

const bytesWith = (bytes: string, from: number, count: number, letter: string): string =>
  bytes.slice(0, from) + letter.repeat(count) + bytes.slice(from + count);

/** What is left of a slot of which a part is overwritten: a register that was spilled there is a number no more. */
const scrubbed = (slot: Slot): string => slot.bytes.replaceAll(SPILL, MISC);

/** Stores at a known offset. `value` is undefined for bytes of no known value. */
export function writeStack(w: Walk, pointer: Reg, at: number, size: number, number: number, value: Reg | undefined): void {
  const frame = w.state.frames[pointer.number];
  const index = slotOf(at);
  const start = byteOf(at);
  destroyObjects(w, frame, index, index);
  const slot = frame.slot(index);
  if (value !== undefined && isPointer(value)) {
    if (size !== SLOT_SIZE) denied("invalid size of register spill");
    if (frame !== w.frame && value.kind === "fp") invalid("cannot spill pointers to stack into stack frame of the caller");
    frame.stack[index] = { bytes: SPILL.repeat(SLOT_SIZE), reg: value };
  } else if (value !== undefined && start === 0) {
    frame.stack[index] = spillNumber(w, slot, size, number, value);
  } else {
    const isZero = value !== undefined && isNullReg(value);
    if (isZero && number >= 0) markPrecise(w, number);
    frame.stack[index] = { bytes: bytesWith(scrubbed(slot), start, size, isZero ? ZERO : MISC) };
  }
  w.note(pointer.number, index);
}

/** A number that is stored at the start of a slot is remembered whole. */
function spillNumber(w: Walk, slot: Slot, size: number, number: number, value: Reg): Slot {
  const fits = size === SLOT_SIZE || value.scalar.umax < 1n << BigInt(size * 8);
  let reg = value;
  if (fits && number >= 0) {
    reg = withScalarId(w, value);
    w.setReg(number, reg);
  } else if (!fits) {
    reg = { ...value, id: 0, off: 0, isLinked: false };
  }
  const rest = [...slot.bytes].slice(size).map((letter) => (letter === ZERO || letter === INVALID ? letter : MISC)).join("");
  return { bytes: SPILL.repeat(size) + rest, reg };
}

/** Stores somewhere in [min, max). */
export function writeStackAnywhere(w: Walk, pointer: Reg, min: number, max: number, number: number, value: Reg | undefined): void {
  const frame = w.state.frames[pointer.number];
  destroyObjects(w, frame, slotOf(max - 1), slotOf(min));
  const isZero = value !== undefined && isNullReg(value);
  let usesZero = false;
  for (let at = min; at < max; at++) {
    const index = slotOf(at);
    const slot = frame.slot(index);
    const letter = slot.bytes[byteOf(at)];
    const keepsSpill = isZero && letter === SPILL && slot.reg !== undefined && isNullReg(slot.reg);
    const keepsZero = isZero && letter === ZERO;
    usesZero ||= keepsSpill || keepsZero;
    if (!keepsSpill) frame.stack[index] = { bytes: bytesWith(scrubbed(slot), byteOf(at), 1, keepsZero ? ZERO : MISC) };
  }
  if (usesZero && number >= 0) markPrecise(w, number);
}

function checkReadable(slot: Slot, at: number, base: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const letter = slot.bytes[byteOf(at) + i];
    if (letter !== MISC && letter !== ZERO && letter !== INVALID && letter !== SPILL) denied(`invalid read from stack off ${base}+${i} size ${size}`);
  }
}

/** What a load of `size` bytes at a known offset gives. */
export function readStack(w: Walk, pointer: Reg, at: number, size: number): Reg {
  const frame = w.state.frames[pointer.number];
  const index = slotOf(at);
  const start = byteOf(at);
  const slot = frame.slot(index);
  w.note(pointer.number, index);
  if (slot.reg === undefined) {
    checkReadable(slot, at, at, size);
    return slot.bytes.slice(start, start + size) === ZERO.repeat(size) ? ZERO_REG : UNKNOWN_REG;
  }
  const spilled = slot.bytes.lastIndexOf(SPILL) + 1;
  if (size === SLOT_SIZE && spilled === SLOT_SIZE) {
    const reg = withScalarId(w, slot.reg);
    if (reg !== slot.reg) frame.stack[index] = { ...slot, reg };
    return reg;
  }
  if (!isScalar(slot.reg)) denied("invalid size of register fill");
  return readPartly(w, frame, index, at, size, spilled);
}

function readPartly(w: Walk, frame: Frame, index: number, at: number, size: number, spilled: number): Reg {
  const slot = frame.slot(index);
  const start = byteOf(at);
  let reg = slot.reg as Reg;
  if (start === 0 && size <= spilled) {
    if (size === 4 && spilled === 4 && reg.scalar.umax <= 0xffff_ffffn) {
      reg = withScalarId(w, reg);
      frame.stack[index] = { ...slot, reg };
    }
    const narrow = truncate(reg.scalar, size);
    return narrow === reg.scalar || reg.scalar.umax < 1n << BigInt(size * 8) ? { ...reg } : scalarReg(narrow);
  }
  checkReadable(slot, at, at, size);
  const read = slot.bytes.slice(start, start + size);
  if (read === SPILL.repeat(size) && isNullReg(reg)) return ZERO_REG;
  return read === ZERO.repeat(size) ? ZERO_REG : UNKNOWN_REG;
}

/** What a load from somewhere in [min, max) gives. */
export function readStackAnywhere(w: Walk, number: number, pointer: Reg, min: number, max: number): Reg {
  checkInitialized(w, number, pointer, min, max, false);
  const { stack } = w.state.frames[pointer.number];
  for (let at = min; at < max; at++) {
    if (stack[slotOf(at)]?.bytes[byteOf(at)] !== ZERO) return UNKNOWN_REG;
  }
  return ZERO_REG;
}

/** A helper, or a load at an unknown offset, reads [min, max); `isWritten` says that it may change the bytes. */
export function checkInitialized(w: Walk, number: number, pointer: Reg, min: number, max: number, isWritten: boolean): void {
  const frame = w.state.frames[pointer.number];
  for (let at = min; at < max; at++) {
    const index = slotOf(at);
    const slot = frame.slot(index);
    const letter = slot.bytes[byteOf(at)];
    if (letter !== MISC && letter !== ZERO && letter !== INVALID && letter !== SPILL) {
      if (hasConstantOffset(pointer)) denied(`invalid read from stack R${number} off ${min}+${at - min} size ${max - min}`);
      denied(`invalid read from stack R${number} var_off ${offsetText(pointer)}+${at - min} size ${max - min}`);
    }
    if (!isWritten || letter === MISC) continue;
    if (slot.reg !== undefined && letter === SPILL) frame.stack[index] = { bytes: scrubbed(slot) };
    else frame.stack[index] = { ...slot, bytes: bytesWith(slot.bytes, byteOf(at), 1, MISC) };
  }
}
