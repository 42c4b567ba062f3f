import type { Insn } from "./insn/insn.ts";

// What the parts of vm/ hand to each other: PROG_LOAD gives a LoadRequest to the verifier, whose Verdict goes to an engine.

/** What the verifier and the engines know of a map. */
export interface MapFacts {
  /** The map's address in the core: what a register holds that "points to the map", and what helpers take. */
  readonly address: number;
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly frozen: boolean;
  /** Address of the first value, for maps whose values programs address directly (ARRAY); else 0. */
  readonly values: number;
  /** Bytes from one value to the next, for such maps. */
  readonly valueStride: number;
  /** The map that inner maps are like, for maps of maps. */
  readonly inner?: MapFacts;
  /** The BTF that describes keys and values. */
  readonly btf?: BtfFacts;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** Of a map that one program may use: the SHA-256 of that program, computed as its tag is. */
  readonly exclusiveHash?: Uint8Array;
}

/** A BTF object: its id in the core and its bytes. Whoever needs types parses them (vm/btf). */
export interface BtfFacts {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Whether it is the kernel's own: no program's types. */
  readonly kernel?: boolean;
}

/** What a descriptor of the program stands for. Negative: the negated errno of fdget (-EBADF). */
export type ObjectFacts =
  | { readonly kind: "map"; readonly map: MapFacts }
  | { readonly kind: "program"; readonly type: number; readonly address: number }
  | { readonly kind: "btf"; readonly btf: BtfFacts }
  | { readonly kind: "other" };

/** A program as PROG_LOAD gave it, after the checks of the attr that come before the log exists. All bytes are copies. */
export interface LoadRequest {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly flags: number;
  readonly name: string;
  readonly gpl: boolean;
  readonly insns: readonly Insn[];
  readonly btfFd: number;
  readonly attachBtfId: number;
  /** 0 when no attach_btf_obj_fd or attach_prog_fd was given. */
  readonly attachFd: number;
  readonly funcInfo: InfoRecords;
  readonly lineInfo: InfoRecords;
  readonly coreRelos: InfoRecords;
  /** attr.fd_array, 0 when absent; read through `host.fdAt`. */
  readonly hasFdArray: boolean;
  readonly fdArrayCount: number;
  readonly logLevel: number;
}

/** An array of records of the attr: count and record size as given, read through `host.records`. */
export interface InfoRecords {
  readonly count: number;
  readonly recordSize: number;
  /** The caller's address of the records. */
  readonly address: bigint;
}

/** What the verifier asks the kernel that the program is loaded into. */
export interface LoadHost {
  /** What an fd stands for, or a negated errno. */
  object(fd: number): ObjectFacts | number;
  /** Entry `index` of attr.fd_array as an s32, or undefined where the caller's memory cannot be read. */
  fdAt(index: number): number | undefined;
  /** Bytes of the caller's memory, or undefined where they cannot be read. */
  read(address: bigint, size: number): Uint8Array | undefined;
  readonly cpus: number;
  /** The kernel's own BTF, where there is one: what kfuncs, kernel variables, attach_btf_id and CO-RE relocations refer to. */
  readonly kernelBtf?: BtfFacts;
  /** Bytes of the values of a map whose values never change (frozen and read-only), for loads that the verifier works out. */
  mapBytes?(map: MapFacts, offset: number, size: number): Uint8Array | undefined;
}

/** One function of a program: the slots from `start` up to `end`. Function 0 is the program's entry. */
export interface Subprogram {
  readonly start: number;
  readonly end: number;
  /** Bytes of stack that it uses. */
  readonly stackDepth: number;
}

/** The value of a 64-bit immediate load after its fd, index or function was resolved, by the index of its first slot. */
export type Immediates = ReadonlyMap<number, bigint>;

/** What an engine runs. It relies on nothing in here being right but the shapes. */
export interface Code {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly insns: readonly Insn[];
  readonly subprograms: readonly Subprogram[];
  /** Map addresses, addresses of values, and function numbers (FUNC_BASE + index of the subprogram). */
  readonly immediates: Immediates;
  /** The maps that the program names, in the order of map_ids. */
  readonly maps: readonly MapFacts[];
}

/** What a register holds that "points to a function": no address of memory has this form. */
export const FUNC_BASE = 0x1_0000_0000n;

/** The verifier's answer. */
export interface Verdict {
  /** 0, or the errno (positive) that PROG_LOAD answers. */
  readonly errno: number;
  /** The whole text of the log at the level that was asked for, footer included, without the NUL. */
  readonly log: string;
  /** The footer's count of instructions. */
  readonly verifiedInsns: number;
  /** What an engine runs: there when errno is 0. */
  readonly code?: Code;
  /** BTF, function and line records for info, as stored. */
  readonly btf?: BtfFacts;
  readonly funcInfo?: Uint8Array;
  readonly lineInfo?: Uint8Array;
  /** Bytes of the context that the program reads, up to the highest: what TEST_RUN must be given by some types. */
  readonly ctxNeeded?: number;
}

/** A program that can be run. Both engines make these. */
export interface Executable {
  /** Runs the entry function with R1 = ctx (an address in data memory, or 0) and gives R0. Throws ProgramFault. */
  run(ctx: number): bigint;
}

/** A run that broke a rule which the engine checks itself. */
export interface FaultFacts {
  /** Index of the slot. */
  readonly insn: number;
  readonly reason: string;
  /** R0 to R10 where the engine knows them. */
  readonly registers?: readonly bigint[];
}
