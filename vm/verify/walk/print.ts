import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX } from "./bits.ts";
import { isPacket, isScalar, typeName } from "./reg.ts";
import type { Reg } from "./reg.ts";
import type { Scalar } from "./scalar.ts";
import { MISC, SPILL } from "./state.ts";
import type { Frame, State } from "./state.ts";
import { isUnknown, tnumText } from "./tnum.ts";

// States as the log prints them.

/** Numbers of 16 bits in decimal, others in hex, as 64-bit ones. */
export function numberText(value: bigint | number): string {
  const number = BigInt(value);
  return number >= -32768n && number <= 32767n ? `${number}` : `0x${BigInt.asUintN(64, number).toString(16)}`;
}

function boundsText(s: Scalar): string[] {
  const bounds: readonly (readonly [string, bigint, boolean])[] = [
    ["smin", s.smin, s.smin === S64_MIN], ["smax", s.smax, s.smax === S64_MAX], ["umin", s.umin, s.umin === 0n], ["umax", s.umax, s.umax === U64_MAX],
    ["smin32", BigInt(s.s32min), s.s32min === S32_MIN], ["smax32", BigInt(s.s32max), s.s32max === S32_MAX],
    ["umin32", BigInt(s.u32min), s.u32min === 0], ["umax32", BigInt(s.u32max), s.u32max === U32_MAX],
  ];
  const kept = bounds.filter(([, , isLimit]) => !isLimit);
  const texts: string[] = [];
  const used = new Set<string>();
  for (const [name, value] of kept) {
    if (used.has(name)) continue;
    const equal = kept.filter(([other, otherValue]) => !used.has(other) && otherValue === value).map(([other]) => other);
    for (const other of equal) used.add(other);
    texts.push(`${equal.join("=")}=${numberText(value)}`);
  }
  return texts;
}

function scalarText(reg: Reg): string {
  const { scalar, precise } = reg;
  const mark = precise ? "P" : "";
  if (scalar.bits.mask === 0n) return `${mark}${numberText(scalar.smin)}`;
  const parts = [...(reg.id === 0 ? [] : [`id=${reg.id}${reg.isLinked ? `+${reg.off}` : ""}`]), ...boundsText(scalar)];
  if (!isUnknown(scalar.bits)) parts.push(`var_off=${tnumText(scalar.bits)}`);
  return `${mark}scalar(${parts.join(",")})`;
}

/** A register as the log prints it. */
export function regText(reg: Reg): string {
  if (isScalar(reg)) return scalarText(reg);
  if (reg.kind === "fp" && reg.scalar.bits.mask === 0n) return `fp${reg.off}`;
  const parts: string[] = [];
  if (reg.id !== 0) parts.push(`id=${reg.id}`);
  if (reg.refId !== 0) parts.push(`ref_obj_id=${reg.refId}`);
  if (reg.map !== undefined) {
    if (reg.map.name !== "") parts.push(`map=${reg.map.name}`);
    parts.push(`ks=${reg.map.keySize}`, `vs=${reg.map.valueSize}`);
  }
  if (reg.off !== 0) parts.push(`off=${reg.off}`);
  if (isPacket(reg)) parts.push(`r=${reg.range < 0 ? numberText(BigInt.asUintN(64, BigInt(reg.range))) : reg.range}`);
  if (reg.kind === "mem") parts.push(`sz=${reg.size}`);
  if (reg.scalar.bits.mask !== 0n) parts.push(...boundsText(reg.scalar), `var_off=${tnumText(reg.scalar.bits)}`);
  return `${typeName(reg)}(${parts.join(",")})`;
}

/** The registers and slots of one frame. */
export function printFrame(state: State, { regs, stack, index }: Frame): string {
  const parts = regs.flatMap((reg, number) => (reg.kind === "none" ? [] : [`R${number}=${regText(reg)}`]));
  stack.forEach((slot, at) => {
    if (slot === undefined || /^\?+$/.test(slot.bytes)) return;
    const name = `fp-${(at + 1) * 8}`;
    // Highest address first.
    const letters = [...slot.bytes].reverse().join("");
    parts.push(slot.reg === undefined ? `${name}=${letters}` : `${name}=${letters.replaceAll(SPILL, "").replaceAll(MISC, "m")}${regText(slot.reg)}`);
  });
  if (state.references.length > 0) parts.push(`refs=${state.references.map(({ id }) => id).join(",")}`);
  return `${index > 0 ? `frame${index}: ` : ""}${parts.join(" ")}`;
}
