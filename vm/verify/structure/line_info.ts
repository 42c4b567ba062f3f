import { Errno } from "../../../assembly/uapi/constants.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadHost, LoadRequest } from "../../image.ts";
import type { Insn } from "../../insn/insn.ts";
import { isRecordSize, readRecord } from "./records.ts";
import { refuse } from "./rule.ts";
import type { FunctionShape } from "./structure.ts";

const { EINVAL } = Errno;
export const LINE_INFO_BYTES = 16;
const COUNT_MAX = Math.floor(0x7fffffff / LINE_INFO_BYTES);

/** Reads and checks line_info; gives the records as info reports them. */
export function readLineInfo(
  request: LoadRequest, host: LoadHost, types: BtfTypes, insns: readonly Insn[], functions: readonly FunctionShape[],
): Uint8Array {
  const { lineInfo } = request;
  if (lineInfo.count > COUNT_MAX || !isRecordSize(lineInfo.recordSize, LINE_INFO_BYTES)) refuse(EINVAL);
  const kept: Uint8Array[] = [];
  let previous = 0;
  /** The next function that has to have a record for its first instruction. */
  let next = 0;
  for (let index = 0; index < lineInfo.count; index++) {
    const view = readRecord(host, lineInfo, index, LINE_INFO_BYTES, "line_info");
    const offset = view.getUint32(0, true);
    if ((index > 0 && offset <= previous) || offset >= insns.length) {
      refuse(EINVAL, `Invalid line_info[${index}].insn_off:${offset} (prev_offset:${previous} prog->len:${insns.length})`);
    }
    if (insns[offset].code === 0) refuse(EINVAL, `Invalid insn code at line_info[${index}].insn_off`);
    if (!types.hasString(view.getUint32(8, true)) || !types.hasString(view.getUint32(4, true))) {
      refuse(EINVAL, `Invalid line_info[${index}].line_off or .file_name_off`);
    }
    if (next < functions.length) {
      if (offset === functions[next].start) next++;
      else if (functions[next].start < offset) refuse(EINVAL, `missing bpf_line_info for func#${next}`);
    }
    previous = offset;
    kept.push(new Uint8Array(view.buffer, view.byteOffset, LINE_INFO_BYTES));
  }
  if (next < functions.length) refuse(EINVAL, `missing bpf_line_info for ${functions.length - next} funcs starting from func#${next}`);
  const bytes = new Uint8Array(kept.length * LINE_INFO_BYTES);
  kept.forEach((record, index) => bytes.set(record, index * LINE_INFO_BYTES));
  return bytes;
}
