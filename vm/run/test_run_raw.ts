import { Errno } from "../../assembly/uapi/constants.ts";
import type { CallerMemory, TestRunAnswer, TestRunAttr } from "./machine.ts";
import type { Runner } from "./runner.ts";

// TEST_RUN of the types whose context is bytes of the caller.

/** Twelve arguments of 8 bytes. */
const TRACEPOINT_CTX_MAX = 96;
const RUN_ON_CPU = 1;
const SYSCALL_CTX_MAX = 65535;

const hasData = (attr: TestRunAttr): boolean =>
  attr.dataIn !== 0n || attr.dataOut !== 0n || attr.dataSizeIn !== 0 || attr.dataSizeOut !== 0;

/** A run on a copy of the caller's context; `after` gets what the program left there. */
function runOn(runner: Runner, attr: TestRunAttr, caller: CallerMemory, after: (ctx: Uint8Array) => number): TestRunAnswer {
  const ctx = attr.ctxSizeIn ? caller.read(attr.ctxIn, attr.ctxSizeIn) : new Uint8Array(0);
  if (!ctx) return { errno: Errno.EFAULT };
  const address = runner.machine.allocData(Math.max(8, ctx.length));
  if (!address) return { errno: Errno.ENOMEM };
  try {
    runner.machine.bytes().set(ctx, address);
    const { retval } = runner.repeat({}, address, 1);
    return { errno: after(runner.machine.bytes().slice(address, address + ctx.length)), retval };
  } finally {
    runner.machine.freeData(address);
  }
}

/** TEST_RUN of a raw tracepoint: the context is its arguments; `ctxNeeded` are the bytes that the program reads of them. */
export function testRunRawTracepoint(runner: Runner, attr: TestRunAttr, caller: CallerMemory, ctxNeeded: number): TestRunAnswer {
  if (hasData(attr) || attr.ctxOut !== 0n || attr.repeat !== 0 || attr.batchSize !== 0) return { errno: Errno.EINVAL };
  if (attr.ctxSizeIn < ctxNeeded || attr.ctxSizeIn > TRACEPOINT_CTX_MAX) return { errno: Errno.EINVAL };
  const onCpu = (attr.flags & RUN_ON_CPU) !== 0;
  if (!onCpu && attr.cpu !== 0) return { errno: Errno.EINVAL };
  if (onCpu && attr.cpu >= runner.machine.cpus) return { errno: Errno.ENXIO };
  return runner.onCpu(onCpu ? attr.cpu : undefined, () => runOn(runner, attr, caller, () => 0));
}

/** TEST_RUN of a syscall program: the context is written back where it came from. */
export function testRunSyscall(runner: Runner, attr: TestRunAttr, caller: CallerMemory, ctxNeeded: number): TestRunAnswer {
  if (hasData(attr) || attr.ctxOut !== 0n || attr.repeat !== 0 || attr.flags !== 0 || attr.batchSize !== 0) return { errno: Errno.EINVAL };
  if (attr.ctxSizeIn < ctxNeeded || attr.ctxSizeIn > SYSCALL_CTX_MAX) return { errno: Errno.EINVAL };
  return runOn(runner, attr, caller, (ctx) => (ctx.length === 0 || caller.write(attr.ctxIn, ctx) ? 0 : Errno.EFAULT));
}
