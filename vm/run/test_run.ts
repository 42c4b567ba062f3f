import { Errno } from "../../assembly/uapi/constants.ts";
import { checkCtxPointers } from "./caller_buffers.ts";
import type { CallerMemory, TestRunAnswer, TestRunAttr } from "./machine.ts";
import type { Runner } from "./runner.ts";
import { testRunFlowDissector, testRunNetfilter, testRunSkLookup } from "./test_run_other.ts";
import { testRunRawTracepoint, testRunSyscall } from "./test_run_raw.ts";
import { testRunSkb } from "./test_run_skb.ts";
import { testRunXdp } from "./test_run_xdp.ts";

/** What TEST_RUN must know of a program. */
export interface TestRunProgram {
  readonly type: number;
  readonly expectedAttachType: number;
  /** Bytes of the context that the program reads, up to the highest. */
  readonly ctxNeeded: number;
}

type TestRun = (runner: Runner, attr: TestRunAttr, caller: CallerMemory, program: TestRunProgram) => TestRunAnswer;

/** XDP programs for the maps of devices and CPUs run where those maps send a packet, so not here. */
const IN_MAP: readonly number[] = [33, 35];

const skb = (atNetwork: boolean, addresses = false): TestRun => (runner, attr, caller) =>
  testRunSkb(runner, attr, caller, { atNetwork, addresses });

const xdp: TestRun = (runner, attr, caller, { expectedAttachType }) =>
  IN_MAP.includes(expectedAttachType) ? { errno: Errno.EINVAL } : testRunXdp(runner, attr, caller);

/** TEST_RUN by program type; types that are not here have none. */
const TEST_RUNS: { readonly [type: number]: TestRun } = {
  1: skb(true), // SOCKET_FILTER
  3: skb(false), // SCHED_CLS
  4: skb(false), // SCHED_ACT
  6: xdp,
  8: skb(true, true), // CGROUP_SKB
  10: skb(true), // LWT_IN
  11: skb(true), // LWT_OUT
  12: skb(true), // LWT_XMIT
  17: (runner, attr, caller, { ctxNeeded }) => testRunRawTracepoint(runner, attr, caller, ctxNeeded),
  22: testRunFlowDissector,
  30: testRunSkLookup,
  31: (runner, attr, caller, { ctxNeeded }) => testRunSyscall(runner, attr, caller, ctxNeeded),
  32: testRunNetfilter,
};

/** EINVAL for contexts whose size or address is missing: TEST_RUN looks at these before the fd. */
export const checkTestRunAttr = checkCtxPointers;

/** BPF_PROG_TEST_RUN of a program, after `checkTestRunAttr` and the fd. ENOTSUPP for types that have none. */
export function testRun(runner: Runner, program: TestRunProgram, attr: TestRunAttr, caller: CallerMemory): TestRunAnswer {
  const run = TEST_RUNS[program.type];
  return run ? run(runner, attr, caller, program) : { errno: Errno.ENOTSUPP };
}
