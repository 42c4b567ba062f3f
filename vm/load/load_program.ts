import { Errno, Limit } from "../../assembly/uapi/constants.ts";
import { ProgLimit, ProgramAt } from "../../assembly/uapi/prog_constants.ts";
import type { Code, LoadHost, LoadRequest, Verdict } from "../image.ts";
import { decodeInsns } from "../insn/insn.ts";
import { type LoadAttr, readLoadAttr } from "./attrs.ts";
import type { CoreMemory } from "./core_memory.ts";
import { isGplCompatible } from "./license.ts";
import { KernelHost } from "./load_host.ts";
import { giveLog } from "./log.ts";
import { nameOf } from "./map_facts.ts";
import { writeImage } from "./program_image.ts";

/** What judges programs: vm/verify. */
export type Verify = (request: LoadRequest, host: LoadHost) => Verdict;

/** What PROG_LOAD made. */
export interface Loaded {
  readonly fd: number;
  readonly id: number;
  readonly code: Code;
}

/**
 * Ends PROG_LOAD of the program that the core has begun: has it verified, gives the caller his log, and makes it an object. A
 * negated errno when it is refused.
 */
export function loadProgram(
  memory: CoreMemory, verify: Verify, attrPtr: number, size: number, loadTime: bigint,
): Loaded | number {
  const { core } = memory;
  const program = core.pending_object() >>> 0;
  const attr = readLoadAttr(memory, attrPtr, size);
  const request = requestOf(memory, program, attr);
  let verdict: Verdict;
  try {
    verdict = verify(request, new KernelHost(memory, attr));
  } catch (error) {
    core.prog_drop(program);
    throw error;
  }
  const { code } = verdict;
  const errno = giveLog(memory, attr.log, verdict.log) || verdict.errno;
  if (errno !== 0 || code === undefined) {
    core.prog_drop(program);
    return -(errno || Errno.EINVAL);
  }
  const image = writeImage(memory, verdict, code, { gpl: request.gpl, attachBtfId: request.attachBtfId, loadTime });
  if (image === 0) {
    core.prog_drop(program);
    return -Errno.ENOMEM;
  }
  const fd = core.prog_finish(program, image);
  if (fd < 0) return fd;
  return { fd, id: memory.word(program + ProgramAt.ID), code };
}

function requestOf(memory: CoreMemory, program: number, attr: LoadAttr): LoadRequest {
  const word = (at: number): number => memory.word(program + at);
  const bytes = word(ProgramAt.INSN_COUNT) * ProgLimit.INSN_SIZE;
  const insns = word(ProgramAt.INSNS);
  return {
    type: word(ProgramAt.TYPE),
    expectedAttachType: word(ProgramAt.EXPECTED_ATTACH_TYPE),
    flags: word(ProgramAt.FLAGS),
    name: nameOf(memory.copy(program + ProgramAt.NAME, Limit.OBJ_NAME_LEN)),
    gpl: isGplCompatible(nameOf(memory.copy(insns + bytes, ProgLimit.LICENSE_MAX + 1))),
    insns: decodeInsns(memory.copy(insns, bytes)),
    btfFd: attr.btfFd,
    attachBtfId: attr.attachBtfId,
    attachFd: attr.attachFd,
    funcInfo: attr.funcInfo,
    lineInfo: attr.lineInfo,
    coreRelos: attr.coreRelos,
    hasFdArray: attr.fdArray !== 0n,
    fdArrayCount: attr.fdArrayCount,
    logLevel: attr.log.level,
  };
}
