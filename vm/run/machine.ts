// What a run needs of the kernel that the program is loaded into, and of its caller.

/** The core's memory, as a run uses it. Every address that a program gives goes through `isData`. */
export interface Machine {
  /** All of the memory; another object after memory has grown. */
  bytes(): Uint8Array;
  view(): DataView;
  /** A block of data memory, filled with zeros; 0 when there is none. */
  allocData(size: number): number;
  freeData(address: number): void;
  /** Whether `size` bytes from `address` lie in data memory. */
  isData(address: number, size: number): boolean;
  /** Entries of the map with this address; traps as a helper of the core does when there is no such map. */
  maxEntries(map: bigint): number;
  readonly cpus: number;
  /** The CPU that the caller runs on; setting it moves the caller there. */
  cpu: number;
}

/** Memory of whoever called bpf(2). */
export interface CallerMemory {
  /** A copy of the bytes, or undefined where they cannot be read. */
  read(address: bigint, size: number): Uint8Array | undefined;
  /** False where they cannot be written; then nothing was. */
  write(address: bigint, bytes: Uint8Array): boolean;
}

/** The fields of TEST_RUN's attr, each read once. */
export interface TestRunAttr {
  readonly dataSizeIn: number;
  readonly dataSizeOut: number;
  readonly dataIn: bigint;
  readonly dataOut: bigint;
  readonly repeat: number;
  readonly ctxSizeIn: number;
  readonly ctxSizeOut: number;
  readonly ctxIn: bigint;
  readonly ctxOut: bigint;
  readonly flags: number;
  readonly cpu: number;
  readonly batchSize: number;
}

/** What TEST_RUN answers. A field that is left out is not stored in the attr. */
export interface TestRunAnswer {
  /** 0 or the errno, positive. ENOSPC comes with results. */
  readonly errno: number;
  readonly retval?: number;
  readonly dataSizeOut?: number;
  readonly ctxSizeOut?: number;
  /** Nanoseconds of one run, on average. */
  readonly duration?: number;
}
