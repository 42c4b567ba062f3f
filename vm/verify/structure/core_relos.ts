import { Errno } from "../../../assembly/uapi/constants.ts";
import { CoreError, relocate } from "../../btf/core_relo.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadHost, LoadRequest } from "../../image.ts";
import { INSN_SIZE } from "../../insn/insn.ts";
import type { Insn } from "../../insn/insn.ts";
import { isRecordSize, readRecord } from "./records.ts";
import { refuse } from "./rule.ts";

const { EINVAL } = Errno;
const CORE_RELO_BYTES = 16;
const COUNT_MAX = Math.floor(0x7fffffff / CORE_RELO_BYTES);
/** What stands for a string that is not there. */
const NO_STRING = "<?>";

/** The instructions after the relocations that the attr asks for, against the kernel's own types. */
export function applyCoreRelos(request: LoadRequest, host: LoadHost, types: BtfTypes, kernel: BtfTypes | undefined): readonly Insn[] {
  const { coreRelos } = request;
  if (coreRelos.count === 0) return request.insns;
  if (coreRelos.count > COUNT_MAX || !isRecordSize(coreRelos.recordSize, CORE_RELO_BYTES)) refuse(EINVAL);
  const insns = [...request.insns];
  for (let index = 0; index < coreRelos.count; index++) {
    const view = readRecord(host, coreRelos, index, CORE_RELO_BYTES, "core_relo");
    const offset = view.getUint32(0, true);
    if (offset % INSN_SIZE !== 0 || offset / INSN_SIZE >= insns.length) {
      refuse(EINVAL, `Invalid core_relo[${index}].insn_off:${offset} prog->len:${insns.length}`);
    }
    const accessOffset = view.getUint32(8, true);
    const access = types.hasString(accessOffset) ? types.string(accessOffset) : NO_STRING;
    const relo = { insn: offset / INSN_SIZE, typeId: view.getUint32(4, true), access, kind: view.getUint32(12, true) };
    try {
      relocate({ name: "", insns, types }, relo, index, kernel === undefined ? [] : [kernel]);
    } catch (error) {
      if (error instanceof CoreError) refuse(error.errno, error.message);
      throw error;
    }
  }
  return insns;
}
