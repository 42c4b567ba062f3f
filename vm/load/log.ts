import { Errno } from "../../assembly/uapi/constants.ts";
import { LogLevel } from "../../assembly/uapi/prog_constants.ts";
import type { CoreMemory } from "./core_memory.ts";

/** Where the caller wants a log, as the attr says. The core has checked that the three go together. */
export interface LogRequest {
  readonly level: number;
  readonly size: number;
  readonly buffer: bigint;
  /** Address of the attr's field that takes the size of the whole log, or 0 when the attr is too short for it. */
  readonly trueSizeAt: number;
}

/**
 * Gives the caller his log: 0, or ENOSPC when its end, or with LogLevel.FIXED its beginning, is all that had room, or EFAULT. Either
 * is the result of the whole command.
 */
export function giveLog(memory: CoreMemory, { level, size, buffer, trueSizeAt }: LogRequest, text: string): number {
  if (level === 0) return 0;
  const bytes = encode(text);
  if (trueSizeAt !== 0 && !memory.writeWord(trueSizeAt, bytes.length)) return Errno.EFAULT;
  if (size === 0) return 0;
  const isShort = bytes.length > size;
  if (!memory.write(buffer, isShort ? shortened(bytes, size, (level & LogLevel.FIXED) !== 0) : bytes)) return Errno.EFAULT;
  return isShort ? Errno.ENOSPC : 0;
}

/** The text's bytes with the NUL. */
function encode(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  return ended;
}

function shortened(bytes: Uint8Array, size: number, isHead: boolean): Uint8Array {
  if (!isHead) return bytes.slice(bytes.length - size);
  const head = bytes.slice(0, size);
  head[size - 1] = 0;
  return head;
}
