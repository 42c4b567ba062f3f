import type { MapFacts } from "../../image.ts";
import { constant, UNBOUNDED, ZERO_SCALAR } from "./scalar.ts";
import type { Scalar } from "./scalar.ts";
import { tnumText } from "./tnum.ts";

/** What a register holds, by the name that the log uses. */
export type Kind =
  | "none" | "scalar" | "ctx" | "map_ptr" | "map_value" | "map_key" | "fp" | "pkt" | "pkt_meta" | "pkt_end" | "flow_keys"
  | "sock" | "sock_common" | "tcp_sock" | "xdp_sock" | "tp_buffer" | "ptr_" | "mem" | "buf" | "func" | "dynptr_ptr";

/** Attributes of pointers, which prefix or follow the kind's name. */
export const MAYBE_NULL = 1;
export const RDONLY = 2;
export const RINGBUF = 4;
export const UNTRUSTED = 8;
export const TRUSTED = 16;
export const PERCPU = 32;
export const RCU = 64;
export const USER = 128;
export const ALLOC = 256;

/** A register or spilled register. Registers never change: an instruction puts another one in their place. */
export interface Reg {
  readonly kind: Kind;
  readonly flags: number;
  /** Constant part of a pointer's offset. For scalars, distance from the scalar that `id` was given to. */
  readonly off: number;
  /** The number; for pointers, the variable part of the offset. */
  readonly scalar: Scalar;
  /** Scalars that are equal, pointers that are NULL together, or packet pointers with one variable offset share an id. 0: alone. */
  readonly id: number;
  /** The reference that must be released, or that the pointer was taken from. */
  readonly refId: number;
  /** Bytes behind a packet pointer that comparisons with the end have proved. */
  readonly range: number;
  readonly map: MapFacts | undefined;
  /** Tells the values of one inner map from those of another. */
  readonly mapUid: number;
  /** Bytes of "mem". */
  readonly size: number;
  /** Frame of "fp"; subprogram of "func"; BTF type of "ptr_". */
  readonly number: number;
  /** Whether the walk relied on a scalar's value. */
  readonly precise: boolean;
  /** Whether `id` names a scalar that differs by `off`. */
  readonly isLinked: boolean;
}

const base = (kind: Kind, scalar: Scalar): Reg => ({
  kind, flags: 0, off: 0, scalar, id: 0, refId: 0, range: 0, map: undefined, mapUid: 0, size: 0, number: 0, precise: false, isLinked: false,
});

export const NONE: Reg = Object.freeze(base("none", UNBOUNDED));
export const UNKNOWN_REG: Reg = Object.freeze(base("scalar", UNBOUNDED));
export const ZERO_REG: Reg = Object.freeze(base("scalar", ZERO_SCALAR));

export const scalarReg = (scalar: Scalar): Reg => base("scalar", scalar);
export const constantReg = (value: bigint): Reg => base("scalar", constant(value));

/** A pointer at offset 0. */
export const pointer = (kind: Kind, fields: Partial<Reg> = {}): Reg => ({ ...base(kind, ZERO_SCALAR), ...fields });

export const isScalar = (reg: Reg): boolean => reg.kind === "scalar";
export const isPointer = (reg: Reg): boolean => reg.kind !== "scalar" && reg.kind !== "none";
export const isConstantReg = (reg: Reg): boolean => reg.kind === "scalar" && reg.scalar.bits.mask === 0n;
export const isNullReg = (reg: Reg): boolean => isConstantReg(reg) && reg.scalar.bits.value === 0n;
export const isPacket = ({ kind }: Reg): boolean => kind === "pkt" || kind === "pkt_meta";
export const isMaybeNull = (reg: Reg): boolean => (reg.flags & MAYBE_NULL) !== 0;
export const hasConstantOffset = (reg: Reg): boolean => reg.scalar.bits.mask === 0n;

/** The whole offset of a pointer whose variable part is known. */
export const offsetOf = (reg: Reg): number => reg.off + Number(BigInt.asIntN(64, reg.scalar.bits.value));

/** Kind and attributes as the log prints them. */
export function typeName({ kind, flags }: Pick<Reg, "kind" | "flags">): string {
  if (kind === "none") return "?";
  const prefixes = [
    [RDONLY, "rdonly_"], [RINGBUF, "ringbuf_"], [USER, "user_"], [PERCPU, "percpu_"], [UNTRUSTED, "untrusted_"], [TRUSTED, "trusted_"], [RCU, "rcu_"],
  ] as const;
  const prefix = prefixes.map(([flag, word]) => ((flags & flag) !== 0 ? word : "")).join("");
  const suffix = (flags & MAYBE_NULL) === 0 ? "" : kind === "ptr_" ? "or_null_" : "_or_null";
  return prefix + kind + suffix;
}

export const offsetText = (reg: Reg): string => tnumText(reg.scalar.bits);
