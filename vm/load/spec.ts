import { Limit } from "../../assembly/uapi/constants.ts";
import { ProgLimit, ProgType } from "../../assembly/uapi/prog_constants.ts";
import type { AttrOf } from "../../bindings/abi/attr.ts";
import type { ProgramRecords, ProgramSpec } from "../../bindings/abi/program_types.ts";
import type { Cmd } from "../../assembly/uapi/constants.ts";
import { encodeInsns } from "../insn/insn.ts";

/**
 * The attr of PROG_LOAD for a spec, which is read once. Throws TypeError or RangeError for a field of a wrong type or range, and for a
 * field that there is not.
 */
export function attrOfSpec(spec: ProgramSpec): AttrOf<Cmd.PROG_LOAD> {
  if (typeof spec !== "object" || spec === null) throw new TypeError(`Cannot load program: expected an object, got ${String(spec)}`);
  for (const key of Object.keys(spec)) {
    if (!FIELDS.includes(key as keyof ProgramSpec)) {
      throw new TypeError(`Cannot load program: unknown field ${JSON.stringify(key)}: there are ${FIELDS.join(", ")}`);
    }
  }
  const { type, insns, name = "", license = "GPL", expectedAttachType, flags, btfFd, funcInfo, lineInfo, coreRelos } = spec;
  const { attachBtfId, attachFd, fdArray } = spec;
  const code = insnBytes(insns);
  if (typeof name !== "string" || name.length >= Limit.OBJ_NAME_LEN) {
    throw new TypeError(`Cannot load program: name must be a string of at most ${Limit.OBJ_NAME_LEN - 1} characters: current value is ${String(name)}`);
  }
  if (typeof license !== "string") throw new TypeError(`Cannot load program: license must be a string: current value is ${String(license)}`);
  const functions = recordsOf("funcInfo", funcInfo);
  const lines = recordsOf("lineInfo", lineInfo);
  const relocations = recordsOf("coreRelos", coreRelos);
  return {
    prog_type: typeNumber(type),
    insns: code,
    insn_cnt: code.length / ProgLimit.INSN_SIZE,
    license,
    prog_name: name,
    expected_attach_type: expectedAttachType,
    prog_flags: flags,
    prog_btf_fd: btfFd,
    func_info: functions.records,
    func_info_cnt: functions.count,
    func_info_rec_size: functions.recordSize,
    line_info: lines.records,
    line_info_cnt: lines.count,
    line_info_rec_size: lines.recordSize,
    core_relos: relocations.records,
    core_relo_cnt: relocations.count,
    core_relo_rec_size: relocations.recordSize,
    attach_btf_id: attachBtfId,
    attach_prog_fd: attachFd,
    fd_array: fdArray && Int32Array.from(fdArray),
    fd_array_cnt: fdArray?.length,
  };
}

/** Every field by name; the type makes it complete. */
const FIELDS = Object.keys({
  type: true, insns: true, name: true, license: true, expectedAttachType: true, flags: true, btfFd: true, funcInfo: true, lineInfo: true,
  coreRelos: true, attachBtfId: true, attachFd: true, fdArray: true,
} satisfies Record<keyof ProgramSpec, true>) as (keyof ProgramSpec)[];

function typeNumber(type: unknown): number {
  if (typeof type === "number") return type;
  const number = typeof type === "string" ? (ProgType as unknown as Record<string, unknown>)[type.toUpperCase()] : undefined;
  if (typeof number !== "number" || type !== String(type).toLowerCase()) {
    throw new TypeError(`Cannot load program: type must be the name of a program type, or its number: current value is ${String(type)}`);
  }
  return number;
}

function insnBytes(insns: unknown): Uint8Array {
  const bytes = Array.isArray(insns) ? encodeInsns(insns) : insns;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Cannot load program: insns must be a Uint8Array or an array of instructions");
  if (bytes.length % ProgLimit.INSN_SIZE === 0) return bytes;
  throw new RangeError(`Cannot load program: insns have ${bytes.length} bytes, which are no whole instructions of ${ProgLimit.INSN_SIZE}`);
}

interface Records {
  records: Uint8Array | null;
  count: number;
  recordSize: number;
}

function recordsOf(name: string, given: ProgramRecords | undefined): Records {
  if (given === undefined) return { records: null, count: 0, recordSize: 0 };
  const { records, recordSize } = given;
  if (!(records instanceof Uint8Array)) throw new TypeError(`Cannot load program: ${name}.records must be a Uint8Array`);
  const count = records.length / recordSize;
  if (Number.isInteger(count)) return { records, count, recordSize };
  throw new RangeError(`Cannot load program: ${name} has ${records.length} bytes, which are no whole records of ${recordSize}`);
}
