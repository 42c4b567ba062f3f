import { Limit } from "../../assembly/uapi/constants.ts";
import type { InfoRecords } from "../image.ts";
import type { TestRunAttr } from "../run/machine.ts";
import type { CoreMemory } from "./core_memory.ts";
import type { LogRequest } from "./log.ts";

// union bpf_attr of the commands that the machine ends, read from the core's copy: every field once, whatever becomes of the
// caller's own attr in the meantime.

/** What of PROG_LOAD's attr the core leaves to the machine. */
export interface LoadAttr {
  readonly log: LogRequest;
  readonly btfFd: number;
  readonly attachBtfId: number;
  readonly attachFd: number;
  readonly funcInfo: InfoRecords;
  readonly lineInfo: InfoRecords;
  readonly coreRelos: InfoRecords;
  readonly fdArray: bigint;
  readonly fdArrayCount: number;
}

/** Offsets of the fields that hold the true size of a log. */
const LOAD_TRUE_SIZE = 140;
const BTF_TRUE_SIZE = 28;

/** The core's copy of the attr of the command that is pending. */
const viewOf = (memory: CoreMemory): DataView => new DataView(memory.copy(memory.core.pending_attr(), Limit.ATTR_SIZE).buffer);

const wide = (view: DataView, at: number): bigint => view.getBigUint64(at, true);
const word = (view: DataView, at: number): number => view.getUint32(at, true);

/** A field of the caller's attr is written where the caller's size says that he has it. */
const trueSizeAt = (attrPtr: number, size: number, offset: number): number => (size >= offset + 4 ? attrPtr + offset : 0);

export function readLoadAttr(memory: CoreMemory, attrPtr: number, size: number): LoadAttr {
  const view = viewOf(memory);
  const records = (count: number, recordSize: number, address: number): InfoRecords => ({
    count: word(view, count), recordSize: word(view, recordSize), address: wide(view, address),
  });
  return {
    log: { level: word(view, 24), size: word(view, 28), buffer: wide(view, 32), trueSizeAt: trueSizeAt(attrPtr, size, LOAD_TRUE_SIZE) },
    btfFd: view.getInt32(72, true),
    attachBtfId: word(view, 108),
    attachFd: view.getInt32(112, true),
    funcInfo: records(88, 76, 80),
    lineInfo: records(104, 92, 96),
    coreRelos: records(116, 136, 128),
    fdArray: wide(view, 120),
    fdArrayCount: word(view, 148),
  };
}

export function readBtfLog(memory: CoreMemory, attrPtr: number, size: number): LogRequest {
  const view = viewOf(memory);
  return { level: word(view, 24), size: word(view, 20), buffer: wide(view, 8), trueSizeAt: trueSizeAt(attrPtr, size, BTF_TRUE_SIZE) };
}

export function readTestRunAttr(memory: CoreMemory): TestRunAttr {
  const view = viewOf(memory);
  return {
    dataSizeIn: word(view, 8),
    dataSizeOut: word(view, 12),
    dataIn: wide(view, 16),
    dataOut: wide(view, 24),
    repeat: word(view, 32),
    ctxSizeIn: word(view, 40),
    ctxSizeOut: word(view, 44),
    ctxIn: wide(view, 48),
    ctxOut: wide(view, 56),
    flags: word(view, 64),
    cpu: word(view, 68),
    batchSize: word(view, 72),
  };
}

/** Where TEST_RUN's results stand in the caller's attr. They are written whatever its size. */
export const TestRunOut = { retval: 4, dataSizeOut: 12, duration: 36, ctxSizeOut: 44 } as const;
