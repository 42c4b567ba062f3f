import { Errno } from "../../assembly/uapi/constants.ts";

/** A negated errno as a helper leaves it in R0. */
export const failed = (errno: Errno): bigint => BigInt.asUintN(64, BigInt(-errno));

/** The low 32 bits of a register. */
export const u32Of = (register: bigint): number => Number(register & 0xffffffffn);

/** The low 32 bits of a register, signed. */
export const s32Of = (register: bigint): number => u32Of(register) | 0;
