import { Errno } from "../../../assembly/uapi/constants.ts";
import type { InfoRecords, LoadHost } from "../../image.ts";
import { refuse, refuseUnended } from "./rule.ts";

const RECORD_BYTES_MAX = 252;

/** Whether records may have this size: at least the part that is known, whole words, not too long. */
export const isRecordSize = (size: number, known: number): boolean => size >= known && size <= RECORD_BYTES_MAX && size % 4 === 0;

/** Reads record `index`: its first `known` bytes. What a longer one has behind them must be zero. */
export function readRecord(host: LoadHost, records: InfoRecords, index: number, known: number, name: string): DataView {
  const address = records.address + BigInt(index) * BigInt(records.recordSize);
  // What lies behind the known part is looked at first.
  if (records.recordSize > known) {
    const rest = host.read(address + BigInt(known), records.recordSize - known);
    if (rest === undefined) refuse(Errno.EFAULT);
    if (rest.some((byte) => byte !== 0)) refuseUnended(Errno.E2BIG, `nonzero tailing record in ${name}`);
  }
  const bytes = host.read(address, known);
  if (bytes === undefined) refuse(Errno.EFAULT);
  return new DataView(bytes.buffer, bytes.byteOffset, known);
}
