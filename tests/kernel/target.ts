// What a script of operations runs on: the live kernel or the engine. The script names fds by slot, buffers by content
// and bad pointers by kind, so that nothing in it depends on the numbers one side happens to hand out.

/** Pointers no command may follow. `kernel` is an address in the upper half, which no process owns. */
export type BadPointer = "null" | "unmapped" | "private" | "kernel";

/** Bytes a command may read and write. `bytes` is fetched anew for each use: it dies when the memory behind it grows. */
export interface Region {
  readonly address: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A 64-bit address as the two u32 halves that an attr field holds. */
export interface Address {
  readonly low: number;
  readonly high: number;
}

export interface Target {
  readonly name: string;
  /** Number of possible CPUs, which decides the size of per-CPU values. */
  readonly cpus: number;
  /** The directory that stands for "@" in a script's paths: the root of this target's own bpffs. */
  readonly bpffs: string;
  /** Maps of other processes have ids here too. */
  readonly sharesIds: boolean;
  /** An fd that is open and no BPF object. */
  readonly plainFd: number;

  /** The bpf(2) call with the union in `attr`, which takes the command's writes back. Returns >= 0 or -errno. */
  bpf(cmd: number, attr: Uint8Array, size: number): number;
  /** The same call with the union at an address of the target's memory. */
  bpfAt(cmd: number, address: Address, size: number): number;
  close(fd: number): number;
  dup(fd: number): number;
  unlink(path: string): number;
  mkdir(path: string): number;
  rmdir(path: string): number;

  /** `size` bytes of the target's memory, kept until `dispose`. */
  region(size: number): Region;
  /** The same, with the last byte directly below an address that cannot be read. */
  edgeRegion(size: number): Region;
  badPointer(kind: BadPointer): Address;

  /** Waits until what the target frees in the background is gone. */
  settle(): void;
  dispose(): void;
}

export function addressOf(address: number): Address {
  return { low: address >>> 0, high: Math.floor(address / 0x100000000) >>> 0 };
}

/** What a kernel does not let a process follow, whatever it has mapped. */
export const kernelAddress: Address = { low: 0x00001000, high: 0xffff8000 };
