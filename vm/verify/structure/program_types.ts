/** Program types and flags whose structure is judged differently. */
export const SOCKET_FILTER = 1;
export const KPROBE = 2;
export const TRACEPOINT = 5;
export const PERF_EVENT = 7;
export const RAW_TRACEPOINT = 17;
export const RAW_TRACEPOINT_WRITABLE = 24;
export const TRACING = 26;
export const STRUCT_OPS = 27;
export const EXT = 28;
export const LSM = 29;
export const SYSCALL = 31;

/** prog_flags: the program may sleep. */
export const SLEEPABLE = 0x10;

/** expected_attach_type of TRACING programs. */
export const RAW_TP = 23;
export const FENTRY = 24;
export const MODIFY_RETURN = 26;
export const ITER = 28;

const TRACING_TYPES: ReadonlySet<number> = new Set([KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE]);

/** Types that run anywhere in the kernel, where locks could deadlock. */
export const isTracing = (type: number): boolean => TRACING_TYPES.has(type);
