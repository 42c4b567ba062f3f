import * as op from "../../insn/opcodes.ts";
import { S64_MIN } from "./bits.ts";
import type { Walk } from "./context.ts";
import { OPERATORS } from "./alu.ts";
import { isConstantReg, isMaybeNull, isNullReg, isPacket, typeName, UNKNOWN_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { aluScalars } from "./scalar_alu.ts";

/** Offsets of pointers lie in (-2^29, 2^29). */
const OFFSET_MAX = 1 << 29;

/** Pointers that nothing may be added to. */
const FIXED: ReadonlySet<string> = new Set(["map_ptr", "pkt_end", "sock", "sock_common", "tcp_sock", "xdp_sock", "func"]);

interface Arithmetic {
  readonly dst: number;
  readonly operation: number;
  readonly wide: boolean;
  /** The pointer is the second operand. */
  readonly isFlipped: boolean;
}

function checkOffset(pointer: Reg, number: Reg): void {
  const isKnown = isConstantReg(number);
  const value = BigInt.asIntN(64, number.scalar.bits.value);
  const { smin } = number.scalar;
  const limit = BigInt(OFFSET_MAX);
  const kind = typeName(pointer);
  if (isKnown && (value >= limit || value <= -limit)) invalid(`math between ${kind} pointer and ${value} is not allowed`);
  if (pointer.off >= OFFSET_MAX || pointer.off <= -OFFSET_MAX) invalid(`${kind} pointer offset ${pointer.off} is not allowed`);
  if (smin === S64_MIN) invalid(`math between ${kind} pointer and register with unbounded min value is not allowed`);
  if (smin >= limit || smin <= -limit) invalid(`value ${smin} makes ${kind} pointer be out of bounds`);
}

/** dst = pointer op number. */
export function adjustPointer(w: Walk, arithmetic: Arithmetic, pointer: Reg, number: Reg): Reg {
  const { dst, operation, wide, isFlipped } = arithmetic;
  // The kernel lets the difference be taken, as of any two numbers.
  if (!wide && operation === op.SUB) return UNKNOWN_REG;
  if (!wide) denied(`R${dst} 32-bit pointer arithmetic prohibited`);
  if (isMaybeNull(pointer)) denied(`R${dst} pointer arithmetic on ${typeName(pointer)} prohibited, null-check it first`);
  const isNothing = pointer.kind === "map_ptr" && operation === op.ADD && isNullReg(number);
  if (FIXED.has(pointer.kind) && !isNothing) denied(`R${dst} pointer arithmetic on ${typeName(pointer)} prohibited`);
  if (pointer.kind === "flow_keys" && !isConstantReg(number)) denied(`R${dst} pointer arithmetic on ${typeName(pointer)} prohibited`);
  const offset = BigInt.asIntN(64, number.scalar.bits.value);
  checkOffset(pointer, number);
  if (operation !== op.ADD && operation !== op.SUB) {
    const sign = OPERATORS[operation];
    if (operation === op.AND || operation === op.OR || operation === op.XOR) denied(`R${dst} bitwise operator ${sign} on pointer prohibited`);
    denied(`R${dst} pointer arithmetic with ${sign} operator prohibited`);
  }
  if (operation === op.SUB) {
    if (isFlipped) denied(`R${dst} tried to subtract pointer from scalar`);
    if (pointer.kind === "fp") denied(`R${dst} subtraction from stack pointer prohibited`);
  }
  const result = isConstantReg(number) && fits(pointer, operation === op.SUB ? -offset : offset)
    ? { ...pointer, off: pointer.off + Number(operation === op.SUB ? -offset : offset) }
    : addVariable(w, operation, pointer, number);
  return checkResult(result);
}

const fits = (pointer: Reg, by: bigint): boolean => {
  const sum = BigInt(pointer.off) + by;
  return sum === BigInt.asIntN(32, sum);
};

/** The variable part changes: packet pointers get an id of their own, and forget what comparisons proved. */
function addVariable(w: Walk, operation: number, pointer: Reg, number: Reg): Reg {
  const scalar = aluScalars(operation, pointer.scalar, number.scalar, true);
  if (!isPacket(pointer)) return { ...pointer, scalar };
  const keepsRange = operation === op.SUB && number.scalar.smin >= 0n;
  return { ...pointer, scalar, id: w.newId(), range: keepsRange ? pointer.range : 0 };
}

function checkResult(reg: Reg): Reg {
  const limit = BigInt(OFFSET_MAX);
  const { smin } = reg.scalar;
  const kind = typeName(reg);
  if (reg.scalar.bits.mask === 0n) {
    const value = BigInt.asIntN(64, reg.scalar.bits.value);
    if (value >= limit || value <= -limit) invalid(`math between ${kind} pointer and ${value} is not allowed`);
  }
  if (reg.off >= OFFSET_MAX || reg.off <= -OFFSET_MAX) invalid(`${kind} pointer offset ${reg.off} is not allowed`);
  if (smin === S64_MIN) invalid(`math between ${kind} pointer and register with unbounded min value is not allowed`);
  if (smin >= limit || smin <= -limit) invalid(`value ${smin} makes ${kind} pointer be out of bounds`);
  return reg;
}
