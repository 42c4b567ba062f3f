import { Errno } from "../../assembly/uapi/constants.ts";
import * as kinds from "./kinds.ts";
import { basicLine, BtfError, memberLine, sectionVarLine, typeLine } from "./log.ts";
import { isIdentifier, isSectionName } from "./names.ts";
import { typeBytes } from "./types.ts";
import type { BtfTypes } from "./types.ts";

// The rules that a type can be judged by alone, before any reference is followed. Each check gives the lines that the log
// has for the type, or throws BtfError with what the log ends in.

const { EINVAL, ENOTSUPP } = Errno;
/** Bits of `info` that have a meaning: vlen, kind, kind_flag. */
const INFO_MASK = 0x9f00ffff;
/** Bits of an INT's word that have a meaning. */
const INT_MASK = 0x0fffffff;
const INT_BITS_MAX = 128;
const ENUM_BYTES_MAX = 8;
const FLOAT_SIZES = [2, 4, 8, 12, 16];
const ENCODINGS = [0, kinds.INT_SIGNED, kinds.INT_CHAR, kinds.INT_BOOL];

const bytesOf = (bits: number): number => Math.ceil(bits / 8);

/** Breaks off: the type's line with the rule behind it. */
function broken(types: BtfTypes, id: number, rule: string, errno: number = EINVAL): never {
  throw new BtfError(errno, `${typeLine(types, id)} ${rule}\n`);
}

function requireNoItems(types: BtfTypes, id: number): void {
  if (types.vlen(id) !== 0) broken(types, id, "vlen != 0");
}

function requireNoFlag(types: BtfTypes, id: number): void {
  if (types.kindFlag(id)) broken(types, id, "Invalid btf_info kind_flag");
}

function requireNoName(types: BtfTypes, id: number): void {
  if (types.nameOffset(id) !== 0) broken(types, id, "Invalid name");
}

function requireIdentifier(types: BtfTypes, id: number): void {
  if (!isIdentifier(types, types.nameOffset(id))) broken(types, id, "Invalid name");
}

/** A type without a name, or with an identifier. */
function requireNoNameOrIdentifier(types: BtfTypes, id: number): void {
  if (types.nameOffset(id) !== 0) requireIdentifier(types, id);
}

type Check = (types: BtfTypes, id: number, lines: string[]) => void;

function checkInt(types: BtfTypes, id: number, lines: string[]): void {
  requireNoItems(types, id);
  requireNoFlag(types, id);
  const word = types.word(types.startOf(id) + kinds.TYPE_BYTES);
  if ((word & ~INT_MASK) !== 0) throw new BtfError(EINVAL, `${basicLine(types, id)} Invalid int_data:${word.toString(16)}\n`);
  const { encoding, offset, bits } = types.int(id);
  if (bits + offset > INT_BITS_MAX) broken(types, id, "nr_bits exceeds 128");
  if (bytesOf(bits + offset) > types.sizeOrType(id)) broken(types, id, "nr_bits exceeds type_size");
  if (!ENCODINGS.includes(encoding)) broken(types, id, "Unsupported encoding", ENOTSUPP);
  lines.push(typeLine(types, id));
}

function checkReference(types: BtfTypes, id: number, lines: string[]): void {
  const kind = types.kind(id);
  requireNoItems(types, id);
  if (kind !== kinds.TYPE_TAG) requireNoFlag(types, id);
  if (types.sizeOrType(id) > kinds.TYPE_ID_MAX) broken(types, id, "Invalid type_id");
  if (kind === kinds.TYPEDEF) requireIdentifier(types, id);
  else if (kind !== kinds.TYPE_TAG) requireNoName(types, id);
  else if (types.name(id) === "") broken(types, id, "Invalid name");
  lines.push(typeLine(types, id));
}

function checkFwd(types: BtfTypes, id: number, lines: string[]): void {
  requireNoItems(types, id);
  if (types.sizeOrType(id) !== 0) broken(types, id, "type != 0");
  requireIdentifier(types, id);
  lines.push(typeLine(types, id));
}

function checkArray(types: BtfTypes, id: number, lines: string[]): void {
  requireNoName(types, id);
  requireNoItems(types, id);
  requireNoFlag(types, id);
  if (types.sizeOrType(id) !== 0) broken(types, id, "size != 0");
  const { type, indexType } = types.array(id);
  if (type === 0 || type > kinds.TYPE_ID_MAX) broken(types, id, "Invalid elem");
  if (indexType === 0 || indexType > kinds.TYPE_ID_MAX) broken(types, id, "Invalid index");
  lines.push(typeLine(types, id));
}

function checkStruct(types: BtfTypes, id: number, lines: string[]): void {
  requireNoNameOrIdentifier(types, id);
  lines.push(typeLine(types, id));
  const isUnion = types.kind(id) === kinds.UNION;
  let lastOffset = 0;
  for (const member of types.members(id)) {
    const line = memberLine(types, id, member);
    const brokenMember = (rule: string): never => {
      throw new BtfError(EINVAL, `${line} ${rule}\n`);
    };
    if (!types.hasString(member.nameOffset)) brokenMember(`Invalid member name_offset:${member.nameOffset}`);
    if (member.nameOffset !== 0 && !isIdentifier(types, member.nameOffset)) brokenMember("Invalid name");
    if (member.type === 0 || member.type > kinds.TYPE_ID_MAX) brokenMember("Invalid type_id");
    if (isUnion && member.bitOffset !== 0) brokenMember("Invalid member bits_offset");
    if (member.bitOffset < lastOffset) brokenMember("Invalid member bits_offset");
    if (bytesOf(member.bitOffset) > types.sizeOrType(id)) brokenMember("Member bits_offset exceeds its struct size");
    lines.push(line);
    lastOffset = member.bitOffset;
  }
}

function checkEnum(types: BtfTypes, id: number, lines: string[]): void {
  const size = types.sizeOrType(id);
  if (size === 0 || size > ENUM_BYTES_MAX || (size & (size - 1)) !== 0) broken(types, id, "Unexpected size");
  requireNoNameOrIdentifier(types, id);
  lines.push(typeLine(types, id));
  for (let index = 0; index < types.vlen(id); index++) {
    const nameOffset = types.enumNameOffset(id, index);
    if (!types.hasString(nameOffset)) throw new BtfError(EINVAL, `\tInvalid name_offset:${nameOffset}`);
    if (!isIdentifier(types, nameOffset)) throw new BtfError(EINVAL, `${typeLine(types, id)} Invalid name\n`);
    lines.push(`\t${types.string(nameOffset)} val=${types.enumValue(id, index)}`);
  }
}

function checkFunc(types: BtfTypes, id: number, lines: string[]): void {
  requireIdentifier(types, id);
  if (types.vlen(id) > kinds.LINKAGE_GLOBAL) broken(types, id, "Invalid func linkage");
  requireNoFlag(types, id);
  lines.push(typeLine(types, id));
}

function checkProto(types: BtfTypes, id: number, lines: string[]): void {
  requireNoName(types, id);
  requireNoFlag(types, id);
  lines.push(typeLine(types, id));
}

function checkVar(types: BtfTypes, id: number, lines: string[]): void {
  requireNoItems(types, id);
  requireNoFlag(types, id);
  requireIdentifier(types, id);
  const type = types.sizeOrType(id);
  if (type === 0 || type > kinds.TYPE_ID_MAX) broken(types, id, "Invalid type_id");
  if (types.linkage(id) > kinds.LINKAGE_GLOBAL) broken(types, id, "Linkage not supported");
  lines.push(typeLine(types, id));
}

function checkDatasec(types: BtfTypes, id: number, lines: string[]): void {
  const size = types.sizeOrType(id);
  if (size === 0) broken(types, id, "size == 0");
  requireNoFlag(types, id);
  if (!isSectionName(types, types.nameOffset(id))) broken(types, id, "Invalid name");
  lines.push(typeLine(types, id));
  let end = 0;
  for (const variable of types.sectionVars(id)) {
    const line = sectionVarLine(variable);
    const brokenVar = (rule: string): never => {
      throw new BtfError(EINVAL, `${line} ${rule}\n`);
    };
    if (variable.type === 0 || variable.type > kinds.TYPE_ID_MAX) brokenVar("Invalid type_id");
    if (variable.offset < end || variable.offset >= size) brokenVar("Invalid offset");
    if (variable.size === 0 || variable.size > size) brokenVar("Invalid size");
    end = variable.offset + variable.size;
    if (end > size) brokenVar("Invalid offset+size");
    lines.push(line);
  }
}

function checkFloat(types: BtfTypes, id: number, lines: string[]): void {
  requireNoItems(types, id);
  requireNoFlag(types, id);
  if (!FLOAT_SIZES.includes(types.sizeOrType(id))) broken(types, id, "Invalid type_size");
  lines.push(typeLine(types, id));
}

function checkDeclTag(types: BtfTypes, id: number, lines: string[]): void {
  if (types.name(id) === "") broken(types, id, "Invalid value");
  requireNoItems(types, id);
  if (types.component(id) < -1) broken(types, id, "Invalid component_idx");
  lines.push(typeLine(types, id));
}

const CHECKS: Readonly<Record<number, Check>> = {
  [kinds.INT]: checkInt, [kinds.PTR]: checkReference, [kinds.ARRAY]: checkArray, [kinds.STRUCT]: checkStruct, [kinds.UNION]: checkStruct,
  [kinds.ENUM]: checkEnum, [kinds.FWD]: checkFwd, [kinds.TYPEDEF]: checkReference, [kinds.VOLATILE]: checkReference,
  [kinds.CONST]: checkReference, [kinds.RESTRICT]: checkReference, [kinds.FUNC]: checkFunc, [kinds.FUNC_PROTO]: checkProto,
  [kinds.VAR]: checkVar, [kinds.DATASEC]: checkDatasec, [kinds.FLOAT]: checkFloat, [kinds.DECL_TAG]: checkDeclTag,
  [kinds.TYPE_TAG]: checkReference, [kinds.ENUM64]: checkEnum,
};

/** Checks the next type, which starts at `start`, adds it, and gives where the one behind it starts. */
export function checkType(types: BtfTypes, start: number, lines: string[]): number {
  const left = types.sections.typesEnd - start;
  const id = types.end;
  if (left < kinds.TYPE_BYTES) throw new BtfError(EINVAL, `[${id}] meta_left:${left} meta_needed:${kinds.TYPE_BYTES}`);
  const info = types.word(start + 4);
  const kind = (info >>> 24) & 0x1f;
  if ((info & ~INFO_MASK) !== 0) throw new BtfError(EINVAL, `[${id}] Invalid btf_info:${info.toString(16)}`);
  if (kind === 0 || kind > kinds.KIND_MAX) throw new BtfError(EINVAL, `[${id}] Invalid kind:${kind}`);
  types.add(start);
  const nameOffset = types.nameOffset(id);
  if (!types.hasString(nameOffset)) throw new BtfError(EINVAL, `[${id}] Invalid name_offset:${nameOffset}`);
  const bytes = typeBytes(kind, types.vlen(id));
  const itemsLeft = left - kinds.TYPE_BYTES;
  const itemsNeeded = bytes - kinds.TYPE_BYTES;
  if (itemsLeft < itemsNeeded) {
    throw new BtfError(EINVAL, `${basicLine(types, id)} meta_left:${itemsLeft} meta_needed:${itemsNeeded}\n`);
  }
  CHECKS[kind](types, id, lines);
  return start + bytes;
}
