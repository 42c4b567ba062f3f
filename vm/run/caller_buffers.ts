import { Errno } from "../../assembly/uapi/constants.ts";
import type { CallerMemory, TestRunAttr } from "./machine.ts";

// What every type's TEST_RUN does with the caller's buffers.

/** The most that a context may have, in bytes. */
const CTX_MAX = 4096;

/** EINVAL where a context's size comes without its address, or the other way round. */
export function checkCtxPointers(attr: TestRunAttr): number {
  if ((attr.ctxSizeIn !== 0) !== (attr.ctxIn !== 0n)) return Errno.EINVAL;
  if ((attr.ctxSizeOut !== 0) !== (attr.ctxOut !== 0n)) return Errno.EINVAL;
  return 0;
}

/**
 * The caller's context as a struct of `size` bytes: missing bytes are zero, further ones must be (E2BIG). Undefined when the
 * caller has neither ctx_in nor ctx_out; the errno when it cannot be had.
 */
export function readCtx(attr: TestRunAttr, caller: CallerMemory, size: number): Uint8Array | number | undefined {
  if (attr.ctxIn === 0n && attr.ctxOut === 0n) return undefined;
  const ctx = new Uint8Array(size);
  if (attr.ctxIn === 0n) return ctx;
  if (attr.ctxSizeIn > CTX_MAX) return Errno.E2BIG;
  const given = caller.read(attr.ctxIn, attr.ctxSizeIn);
  if (!given) return Errno.EFAULT;
  if (given.subarray(size).some((byte) => byte !== 0)) return Errno.E2BIG;
  ctx.set(given.subarray(0, size));
  return ctx;
}

/** Copies a result into a buffer of `room` bytes: 0, EFAULT, or ENOSPC when only its head fits. No buffer takes nothing. */
function copyOut(caller: CallerMemory, address: bigint, room: number, bytes: Uint8Array): number {
  if (address === 0n || room === 0) return 0;
  const head = bytes.subarray(0, room);
  if (head.length > 0 && !caller.write(address, head)) return Errno.EFAULT;
  return head.length < bytes.length ? Errno.ENOSPC : 0;
}

/** Copies the packet out: 0, EFAULT or ENOSPC. */
export const writeData = (attr: TestRunAttr, caller: CallerMemory, bytes: Uint8Array): number =>
  copyOut(caller, attr.dataOut, attr.dataSizeOut, bytes);

/** Copies the context out: 0, EFAULT or ENOSPC. */
export const writeCtx = (attr: TestRunAttr, caller: CallerMemory, bytes: Uint8Array): number =>
  copyOut(caller, attr.ctxOut, attr.ctxSizeOut, bytes);
