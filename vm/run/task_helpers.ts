import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import { HZ } from "./environment.ts";
import { bufferOf, type HostHelper } from "./run.ts";

const NS_PER_TICK = 1_000_000_000n / HZ;
const pair = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** Clocks, randomness, and who runs. */
export const taskHelpers: { readonly [name: string]: HostHelper } = {
  ktime_get_ns: ({ environment }) => environment.monotonic(),
  ktime_get_coarse_ns: ({ environment }) => environment.monotonic(),
  ktime_get_boot_ns: ({ environment }) => environment.boottime(),
  ktime_get_tai_ns: ({ environment }) => environment.tai(),
  jiffies64: ({ environment }) => environment.monotonic() / NS_PER_TICK,
  get_prandom_u32: ({ environment }) => BigInt(environment.random() >>> 0),
  get_numa_node_id: ({ environment }) => BigInt(environment.numaNode),
  get_current_pid_tgid: ({ environment }) => pair(environment.tgid, environment.pid),
  get_current_uid_gid: ({ environment }) => pair(environment.gid, environment.uid),
  get_current_cgroup_id: ({ environment }) => environment.cgroupId,
  get_current_comm: (run, to, size) => {
    const length = u32Of(size);
    if (length === 0) return failed(Errno.EINVAL);
    const buffer = bufferOf(run, to, length);
    buffer.fill(0);
    buffer.set(new TextEncoder().encode(run.environment.comm).subarray(0, Math.min(15, length - 1)));
    return 0n;
  },
};
