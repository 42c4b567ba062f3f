import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import type { ProgramKernel, ProgramRun, ProgramRunOptions } from "../../bindings/abi/program_types.ts";
import type { Runs } from "../run/runner.ts";

/** What a run needs of the machine. */
export interface RunMachine {
  /** Calls `body` and gives the lines that programs trace meanwhile. */
  traced(body: () => void): string[];
  /** Runs the program with an id on a context alone, which is changed in place. */
  runOnCtx(id: number, ctx: Uint8Array, repeat: number): Runs;
}

/** Types whose context TEST_RUN gives back in a buffer of its own: XDP, socket buffers, flow dissectors, socket lookups. */
const CTX_OUT_TYPES: readonly number[] = [1, 3, 4, 6, 8, 10, 11, 12, 22, 30];
/** Room for what helpers may add to a packet. */
const GROWTH = 17000;
const CTX_MAX = 4096;

/** `Program.run`. */
export function runProgram(
  kernel: ProgramKernel,
  machine: RunMachine,
  { fd, id, type, subject }: { fd: number; id: number; type: number; subject: string },
  { data, ctx, repeat = 1, flags = 0, cpu = 0 }: ProgramRunOptions,
): ProgramRun {
  const dataOut = data && new Uint8Array(data.length + GROWTH);
  const ctxOut = ctx && CTX_OUT_TYPES.includes(type) ? new Uint8Array(CTX_MAX) : undefined;
  const ctxIn = ctx?.slice();
  const attr = {
    prog_fd: fd, retval: 0, duration: 0, flags, cpu, repeat: repeat === 1 ? 0 : repeat,
    ...(data && { data_in: data, data_size_in: data.length, data_out: dataOut, data_size_out: dataOut?.length ?? 0 }),
    ...(ctxIn && { ctx_in: ctxIn, ctx_size_in: ctxIn.length }),
    ...(ctxOut && { ctx_out: ctxOut, ctx_size_out: ctxOut.length }),
  };
  let ret = 0;
  let runs: Runs | undefined;
  const trace = machine.traced(() => {
    ret = kernel.bpf(Cmd.PROG_TEST_RUN, attr);
    if (ret === -Errno.ENOTSUPP && !data && ctxIn) runs = machine.runOnCtx(id, ctxIn, repeat);
  });
  if (runs !== undefined) return { retval: runs.retval, ctx: ctxIn, durationNs: runs.duration, trace };
  if (ret < 0) throw kernel.failure(ret, Cmd.PROG_TEST_RUN, subject);
  const sizes = attr as { data_size_out?: number; ctx_size_out?: number };
  return {
    retval: attr.retval,
    ...(dataOut && { data: dataOut.slice(0, sizes.data_size_out) }),
    ...(ctxIn && { ctx: ctxOut ? ctxOut.slice(0, sizes.ctx_size_out) : ctxIn }),
    durationNs: attr.duration,
    trace,
  };
}
