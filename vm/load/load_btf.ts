import { Errno } from "../../assembly/uapi/constants.ts";
import { BtfAt } from "../../assembly/uapi/prog_constants.ts";
import { validateBtf } from "../btf/validate.ts";
import { readBtfLog } from "./attrs.ts";
import { writeRows } from "./btf_rows.ts";
import type { CoreMemory } from "./core_memory.ts";
import { giveLog } from "./log.ts";

/** Ends BTF_LOAD of the bytes that the core has begun with: an fd, or a negated errno. */
export function loadBtf(memory: CoreMemory, attrPtr: number, size: number): number {
  const { core } = memory;
  const btf = core.pending_object() >>> 0;
  const log = readBtfLog(memory, attrPtr, size);
  const verdict = validateBtf(memory.copy(memory.word(btf + BtfAt.DATA), memory.word(btf + BtfAt.SIZE)));
  const errno = giveLog(memory, log, verdict.log) || verdict.errno;
  const table = errno === 0 && verdict.types !== undefined ? writeRows(memory, verdict.types) : 0;
  if (errno !== 0 || verdict.types === undefined || table === 0) {
    core.btf_drop(btf);
    return -(errno || Errno.ENOMEM);
  }
  return core.btf_finish(btf, table, verdict.types.end);
}
