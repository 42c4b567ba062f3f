import { Errno } from "../../../assembly/uapi/constants.ts";
import * as kinds from "../../btf/kinds.ts";
import { parseBtf } from "../../btf/header.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadHost, LoadRequest } from "../../image.ts";
import type { Extent } from "./functions.ts";
import { isRecordSize, readRecord } from "./records.ts";
import { refuse, refuseUnended } from "./rule.ts";
import type { FunctionShape, ProgramBtf } from "./structure.ts";

const { EINVAL, EACCES, ENOMEM } = Errno;
export const FUNC_INFO_BYTES = 8;
/** Bytes that the kernel allocates at most for such records. */
const BYTES_MAX = 0x7fffffff;

/** A record of func_info. */
export interface FunctionRecord {
  readonly offset: number;
  readonly typeId: number;
}

/** The BTF behind prog_btf_fd. */
export function programBtf(request: LoadRequest, host: LoadHost): ProgramBtf {
  const object = host.object(request.btfFd);
  if (typeof object === "number") refuse(-object);
  if (object.kind !== "btf") refuse(EINVAL);
  if (object.btf.kernel === true) refuse(EACCES);
  const types = parseBtf(object.btf.bytes);
  if (types === undefined) refuse(EINVAL);
  return { facts: object.btf, types };
}

/** Reads the records and checks them against the types; not yet against the functions. */
export function readFuncInfo(request: LoadRequest, host: LoadHost, types: BtfTypes): FunctionRecord[] {
  const { funcInfo } = request;
  if (!isRecordSize(funcInfo.recordSize, FUNC_INFO_BYTES)) refuse(EINVAL, `invalid func info rec size ${funcInfo.recordSize}`);
  if (funcInfo.count * FUNC_INFO_BYTES > BYTES_MAX) refuse(ENOMEM);
  const records: FunctionRecord[] = [];
  for (let index = 0; index < funcInfo.count; index++) {
    const view = readRecord(host, funcInfo, index, FUNC_INFO_BYTES, "func info");
    const record = { offset: view.getUint32(0, true), typeId: view.getUint32(4, true) };
    checkOffset(record.offset, records.at(-1)?.offset);
    if (types.kind(record.typeId) !== kinds.FUNC) refuseUnended(EINVAL, `invalid type id ${record.typeId} in func info`);
    records.push(record);
  }
  return records;
}

function checkOffset(offset: number, previous: number | undefined): void {
  if (previous === undefined) {
    if (offset !== 0) refuseUnended(EINVAL, `nonzero insn_off ${offset} for the first func info record`);
  } else if (offset <= previous) {
    refuseUnended(EINVAL, `same or smaller insn offset (${offset}) than previous func info record (${previous})`);
  }
}

/** Functions without BTF: what needs BTF must not be in any but the entry. */
export function functionsWithoutInfo(extents: readonly Extent[]): FunctionShape[] {
  return extents.map((extent, index) => {
    if (index > 0 && extent.hasLdAbs) refuse(EINVAL, "LD_ABS is not allowed in subprogs without BTF");
    if (index > 0 && extent.hasTailCall) refuse(EINVAL, "tail_call is not allowed in subprogs without BTF");
    return { ...extent, typeId: 0, name: "", isGlobal: false };
  });
}

/** Functions with their types. */
export function functionsWithInfo(extents: readonly Extent[], records: readonly FunctionRecord[], types: BtfTypes): FunctionShape[] {
  if (records.length !== extents.length) refuse(EINVAL, "number of funcs in func_info doesn't match number of subprogs");
  return extents.map((extent, index) => {
    const { offset, typeId } = records[index];
    if (offset !== extent.start) refuse(EINVAL, "func_info BTF section doesn't match subprog layout in BPF program");
    if (index > 0 && !returnsScalar(types, typeId)) {
      if (extent.hasLdAbs) refuse(EINVAL, "LD_ABS is only allowed in functions that return 'int'.");
      if (extent.hasTailCall) refuse(EINVAL, "tail_call is only allowed in functions that return 'int'.");
    }
    const isGlobal = index > 0 && types.vlen(typeId) === kinds.LINKAGE_GLOBAL;
    return { ...extent, typeId, name: types.name(typeId), isGlobal };
  });
}

function returnsScalar(types: BtfTypes, func: number): boolean {
  const kind = types.kind(types.skipModifiers(types.sizeOrType(types.sizeOrType(func))));
  return kind === kinds.INT || kinds.isEnumKind(kind);
}

/** The records as info reports them. */
export function funcInfoBytes(records: readonly FunctionRecord[]): Uint8Array {
  const bytes = new Uint8Array(records.length * FUNC_INFO_BYTES);
  const view = new DataView(bytes.buffer);
  records.forEach(({ offset, typeId }, index) => {
    view.setUint32(index * FUNC_INFO_BYTES, offset, true);
    view.setUint32(index * FUNC_INFO_BYTES + 4, typeId, true);
  });
  return bytes;
}
