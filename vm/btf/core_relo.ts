import { Errno } from "../../assembly/uapi/constants.ts";
import { isLoad64, value64 } from "../insn/disasm.ts";
import type { Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { Core, essentialName, matchSpec, parseSpec } from "./core_spec.ts";
import type { Spec } from "./core_spec.ts";
import { coreValue } from "./core_value.ts";
import type { CoreValue } from "./core_value.ts";
import * as kinds from "./kinds.ts";
import type { BtfTypes } from "./types.ts";

/** A CO-RE relocation record. */
export interface CoreRelo {
  /** The instruction, in slots. */
  readonly insn: number;
  /** Root type in the program's BTF. */
  readonly typeId: number;
  /** Access string, in the program's strings. */
  readonly access: string;
  readonly kind: number;
}

/** A relocation that cannot be done: a positive errno and what a log says. */
export class CoreError extends Error {
  readonly errno: number;

  constructor(errno: number, text: string) {
    super(text);
    this.errno = errno;
  }
}

const { EINVAL, ERANGE } = Errno;
/** A call that no kernel has: an instruction that must not be reached. */
export const POISON_CALL = 0xbad2310;
const OFF_MAX = 0x7fff;
const SIZE_BITS: Readonly<Record<number, number>> = { 1: op.B, 2: op.H, 4: op.W, 8: op.DW };

const ABSENT_IS_ZERO: readonly number[] = [
  Core.FIELD_EXISTS, Core.TYPE_EXISTS, Core.TYPE_SIZE, Core.TARGET_TYPE_ID, Core.ENUM_VALUE_EXISTS, Core.TYPE_MATCHES,
];

/** What a relocation is applied to. */
export interface CoreProgram {
  /** For messages. */
  readonly name: string;
  readonly insns: Insn[];
  readonly types: BtfTypes;
}

/** Applies one relocation to a program in place. `number` is the record's place; `targets` are looked into in order. */
export function relocate(program: CoreProgram, relo: CoreRelo, number: number, targets: readonly BtfTypes[]): void {
  const { typeId, access, kind } = relo;
  const { types } = program;
  const label = `prog '${program.name}': relo #${number}`;
  if (typeId !== 0 && !types.has(typeId)) throw new CoreError(EINVAL, `relo #${number}: bad type id ${typeId}`);
  if (kind !== Core.LOCAL_TYPE_ID && essentialName(types.name(typeId)) === "") {
    throw new CoreError(EINVAL, `target candidate search failed for ${typeId}`);
  }
  const spec = parseSpec(types, typeId, access, kind);
  if (spec === undefined) {
    const type = `[${typeId}] ${kinds.KIND_NAMES[types.kind(typeId)]} ${types.name(typeId)}`;
    throw new CoreError(EINVAL, `${label}: parsing ${type} + ${access} failed: -22`);
  }
  const isElement = spec.steps.length > 1 && spec.member === undefined;
  if (isElement && kind >= Core.SIGNED && kind <= Core.RSHIFT_U64) {
    throw new CoreError(EINVAL, `prog '${program.name}': relo ${kind} at insn #${relo.insn} can't be applied to array access`);
  }
  const own = coreValue(spec, kind);
  const target = kind === Core.LOCAL_TYPE_ID ? own : targetValue(spec, kind, label, targets);
  patch(program.insns, relo, own, target, label);
}

/** What all matching candidates agree on; undefined where there is none. */
function targetValue(local: Spec, kind: number, label: string, targets: readonly BtfTypes[]): CoreValue | undefined {
  let chosen: { spec: Spec; value: CoreValue | undefined } | undefined;
  for (const types of targets) {
    for (const root of candidates(local, types)) {
      const spec = matchSpec(local, types, root, kind);
      if (spec === undefined) continue;
      const value = coreValue(spec, kind);
      if (chosen === undefined) {
        chosen = { spec, value };
      } else if (spec.bitOffset !== chosen.spec.bitOffset) {
        throw new CoreError(EINVAL, `${label}: field offset ambiguity: ${spec.bitOffset} != ${chosen.spec.bitOffset}`);
      } else if (value?.value !== chosen.value?.value) {
        throw new CoreError(EINVAL, `${label}: relocation decision ambiguity: ${decision(value)} != ${decision(chosen.value)}`);
      }
    }
    // Modules are asked only for what the kernel itself does not have.
    if (chosen !== undefined) break;
  }
  return chosen?.value;
}

const decision = (value: CoreValue | undefined): string => (value === undefined ? "failure 0" : `success ${value.value}`);

/** Types of the same kind whose names are the same but for flavours. */
function candidates(local: Spec, types: BtfTypes): number[] {
  const wanted = essentialName(local.types.name(local.root));
  if (wanted === "") return [];
  const kind = local.types.kind(local.root);
  return types.essentialIds(wanted, essentialName).filter((id) => {
    const other = types.kind(id);
    return other === kind || (kinds.isEnumKind(other) && kinds.isEnumKind(kind));
  });
}

function patch(insns: Insn[], relo: CoreRelo, own: CoreValue | undefined, target: CoreValue | undefined, label: string): void {
  const { insn: index, kind } = relo;
  const insn = insns[index];
  const value = target?.value ?? (ABSENT_IS_ZERO.includes(kind) ? 0n : undefined);
  if (value === undefined) return poison(insns, index);
  const check = (what: string, held: bigint): void => {
    if (own?.comparable !== true || held === own.value) return;
    throw new CoreError(EINVAL, `${label}: unexpected insn #${index} (${what}) value: got ${held}, exp ${own.value} -> ${value}`);
  };
  switch (insn.code & op.CLASS_MASK) {
    case op.ALU:
    case op.ALU64:
      if ((insn.code & op.SOURCE_MASK) !== op.K) throw new CoreError(EINVAL, "");
      check("ALU/ALU64", BigInt(insn.imm));
      insns[index] = { ...insn, imm: Number(BigInt.asIntN(32, value)) };
      return;
    case op.LDX:
    case op.ST:
    case op.STX:
      check("LDX/ST/STX", BigInt(insn.off));
      if (value > BigInt(OFF_MAX)) throw new CoreError(ERANGE, `${label}: insn #${index} (LDX/ST/STX) value too big: ${value}`);
      return patchAccess(insns, index, Number(value), own, target, label);
    case op.LD: {
      const high = insns[index + 1];
      if (!isLoad64(insn) || insn.src !== 0 || insn.off !== 0 || high === undefined || high.code !== 0) {
        throw new CoreError(EINVAL, `${label}: insn #${index} (LDIMM64) has unexpected form`);
      }
      check("LDIMM64", BigInt.asIntN(64, value64(insn, high)));
      insns[index] = { ...insn, imm: Number(BigInt.asIntN(32, value)) };
      insns[index + 1] = { ...high, imm: Number(BigInt.asIntN(32, value >> 32n)) };
      return;
    }
    default: {
      const [code, src, dst, off, imm] = [insn.code, insn.src, insn.dst, insn.off, insn.imm].map((word) => `0x${(word >>> 0).toString(16)}`);
      const fields = `code:${code}, src:${src}, dst:${dst}, off:${off}, imm:${imm}`;
      throw new CoreError(EINVAL, `${label}: trying to relocate unrecognized insn #${index}, ${fields}`);
    }
  }
}

/** The offset of a memory access, and its size where the field has another in the target: for unsigned numbers and pointers. */
function patchAccess(insns: Insn[], index: number, off: number, own: CoreValue | undefined, target: CoreValue | undefined, label: string): void {
  const insn = insns[index];
  const after = target?.fieldBytes;
  if (after === undefined || own?.fieldBytes === undefined || own.fieldBytes === after) {
    insns[index] = { ...insn, off };
    return;
  }
  if (own.isUnsigned !== true || target?.isUnsigned !== true) return poison(insns, index);
  const size = SIZE_BITS[after];
  if (size === undefined) throw new CoreError(EINVAL, `${label}: insn #${index} (LDX/ST/STX) invalid new mem size: ${after}`);
  insns[index] = { ...insn, off, code: (insn.code & ~op.SIZE_MASK) | size };
}

/** Makes an instruction one that no program may reach. */
function poison(insns: Insn[], index: number): void {
  const call = { code: op.JMP | op.CALL, dst: 0, src: 0, off: 0, imm: POISON_CALL };
  if (isLoad64(insns[index]) && index + 1 < insns.length) insns[index + 1] = call;
  insns[index] = call;
}
