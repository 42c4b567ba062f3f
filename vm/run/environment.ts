// What a program can ask of the world around it. Everything here can be replaced, so that runs can be repeated exactly.

/** The world as programs see it: clocks, randomness, who runs, where text goes. */
export interface Environment {
  /** CLOCK_MONOTONIC in nanoseconds: bpf_ktime_get_ns, the coarse clock, timers. */
  monotonic(): bigint;
  /** CLOCK_BOOTTIME in nanoseconds. */
  boottime(): bigint;
  /** CLOCK_TAI in nanoseconds. */
  tai(): bigint;
  /** 32 random bits. */
  random(): number;
  /** Thread id and process id of the current task. */
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  /** Name of the current task, of which 15 bytes are seen. */
  readonly comm: string;
  readonly cgroupId: bigint;
  readonly numaNode: number;
  /** Takes a sample of bpf_perf_event_output for a CPU. False, or no such function: nobody reads, and the helper answers ENOENT. */
  perfSample?(cpu: number, sample: Uint8Array): boolean;
  /** A line of bpf_trace_printk. */
  trace(text: string): void;
}

/** Ticks a second of jiffies64. */
export const HZ = 1000n;
/** TAI is ahead of UTC by these seconds. */
const TAI_OFFSET = 37n * 1_000_000_000n;
const NS_PER_MS = 1e6;

declare const performance: { now(): number; readonly timeOrigin: number } | undefined;

const sinceStart = (): bigint =>
  BigInt(Math.round((typeof performance === "undefined" ? Date.now() : performance.now()) * NS_PER_MS));

/** The machine's clocks and randomness, and a task of root's that is called "bpf-maps". */
export const defaultEnvironment: Environment = {
  monotonic: sinceStart,
  boottime: sinceStart,
  tai: () => BigInt(Date.now()) * 1_000_000n + TAI_OFFSET,
  random: () => Math.floor(Math.random() * 2 ** 32),
  pid: 1,
  tgid: 1,
  uid: 0,
  gid: 0,
  comm: "bpf-maps",
  cgroupId: 1n,
  numaNode: 0,
  trace: () => {},
};
