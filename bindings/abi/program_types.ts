// The typed surface of programs, as far as a kernel knows it: what `kernel.loadProgram` takes and gives. The machine (vm/) makes it.
import type { ProgType } from "../../assembly/uapi/prog_constants.ts";

/** One slot of 8 bytes of a program. */
export interface ProgramInsn {
  /** The opcode. */
  code: number;
  /** Destination register. */
  dst: number;
  /** Source register; for some instructions the kind of the immediate. */
  src: number;
  /** Signed 16 bits. */
  off: number;
  /** Signed 32 bits. */
  imm: number;
}

/** The program types by their names in small letters, "xdp" or "sched_cls". */
export type ProgramTypeName = Lowercase<Exclude<keyof typeof ProgType, "UNSPEC" | "MAX">>;

/** Records of a program's BTF, as a compiler writes them. */
export interface ProgramRecords {
  /** The records, one behind the other. */
  records: Uint8Array;
  /** Bytes of one: 8 or more for functions, 16 or more for lines and relocations. */
  recordSize: number;
}

/** A program to load. */
export interface ProgramSpec {
  /** The type's name, or BPF_PROG_TYPE_…. */
  type: ProgramTypeName | number;
  /** The instructions, or their bytes. */
  insns: Uint8Array | readonly ProgramInsn[];
  /** At most 15 bytes of letters, digits, "_" and ".". */
  name?: string;
  /** The license, which decides whether helpers for GPL programs may be called. Default "GPL". */
  license?: string;
  /** BPF_CGROUP_INET_INGRESS and others, for the types that depend on it. */
  expectedAttachType?: number;
  /** BPF_F_STRICT_ALIGNMENT and others. */
  flags?: number;
  /** fd of the BTF object that the records below refer to. */
  btfFd?: number;
  /** Where functions begin, and their types. */
  funcInfo?: ProgramRecords;
  /** Source lines of instructions. */
  lineInfo?: ProgramRecords;
  /** Instructions that depend on the kernel's types. */
  coreRelos?: ProgramRecords;
  /** BTF type that the program attaches to. */
  attachBtfId?: number;
  /** Program, or BTF object, that the program attaches to. */
  attachFd?: number;
  /** fds that instructions name by their index; the program keeps all the maps among them. */
  fdArray?: readonly number[];
}

/** What Linux tells about a program (struct bpf_prog_info), under our spelling. */
export interface ProgramInfo {
  /** The type's name in small letters. */
  type: string;
  /** Its number, BPF_PROG_TYPE_…. */
  typeNumber: number;
  /** Id of the program, unique among its kernel's programs. */
  id: number;
  name: string;
  /** The first 8 bytes of the SHA-256 of its instructions, in hexadecimal digits. */
  tag: string;
  gplCompatible: boolean;
  /** When it was loaded, in nanoseconds since the machine started. */
  loadTime: bigint;
  /** Instructions that the verifier looked at. */
  verifiedInsns: number;
  /** Ids of the maps that it keeps. */
  mapIds: number[];
  /** Id of its BTF object, or 0. */
  btfId: number;
  /** Runs, and nanoseconds that they took, counted while BPF_ENABLE_STATS says so. */
  runCount: bigint;
  runTime: bigint;
}

/** What a run gets. */
export interface ProgramRunOptions {
  /** The packet, for the types that have one. */
  data?: Uint8Array;
  /** The context: struct xdp_md or __sk_buff as TEST_RUN takes it; for other types the bytes that R1 points to. */
  ctx?: Uint8Array;
  /** Runs, one after the other on the same packet and context; 1 by default. */
  repeat?: number;
  /** Flags of TEST_RUN. */
  flags?: number;
  /** The CPU to run on, for raw tracepoints with flag 1. */
  cpu?: number;
}

/** What a run leaves. */
export interface ProgramRun {
  /** Low half of R0. */
  retval: number;
  /** The packet, for the types that give one back. */
  data?: Uint8Array;
  /** The context, where one was given. */
  ctx?: Uint8Array;
  /** Nanoseconds of one run, on average. */
  durationNs: number;
  /** Lines of bpf_trace_printk. */
  trace: string[];
}

/** A loaded program. It owns an fd until it is closed. */
export interface Program {
  /** The program's fd; -1 once it is closed. */
  readonly fd: number;
  /** What Linux tells about it. Throws BpfError EBADF once it is closed. */
  info(): ProgramInfo;
  /** Gives the program a path in bpffs, which keeps it alive without an fd. Throws BpfError with the errors of BPF_OBJ_PIN. */
  pin(path: string): void;
  /**
   * Runs the program: as BPF_PROG_TEST_RUN does, and with the context alone for the types for which Linux has no such command.
   * Throws BpfError with the errors of BPF_PROG_TEST_RUN, EBADF once it is closed, and ProgramFault for a run that breaks a rule.
   */
  run(options?: ProgramRunOptions): ProgramRun;
  /** Closes the fd; the program goes with its last reference. Closing twice is fine. */
  close(): void;
}

/** What the machine needs of a kernel to make programs. */
export interface ProgramKernel {
  bpf(cmd: number, attr: object): number;
  close(fd: number): number;
  /** The error of a failed command; `log` is the verifier's. */
  failure(errno: number, cmd: number, subject: string, why?: string, log?: string): Error;
}
