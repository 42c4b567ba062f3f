// The engine as a target, through the exact surface of the bindings: attr bytes, and addresses in the core's memory.

import { exportsOf } from "../../bindings/abi/internals.ts";
import type { Kernel } from "../../bindings/index.ts";
import { Errno } from "./abi.ts";
import { addressOf, kernelAddress } from "./target.ts";
import type { Address, BadPointer, Region, Target } from "./target.ts";

/** The unit in which the core's memory is of one kind; a user pointer is valid up to the end of the last user chunk. */
const CHUNK_SIZE = 65536;

/** An address in chunk 0, which is never handed out. */
const UNMAPPED = 4096 + 64;

/** A number that is no command, which is found out only after the union has been read. */
const NO_COMMAND = 1000;

/** As many buffers of one operation can end at an unreadable address. */
const EDGE_COUNT = 8;

const PATH_SIZE_MAX = 8192;

/** The core's file system calls, which the virtual bpffs is made of. */
interface BpffsExports {
  bpffs_mkdir(pathPtr: number, mode: number): number;
  bpffs_rmdir(pathPtr: number): number;
  bpffs_unlink(pathPtr: number): number;
}

export class EngineTarget implements Target {
  readonly name = "engine";
  readonly cpus: number;
  readonly bpffs = "/sys/fs/bpf";
  readonly sharesIds = false;
  readonly plainFd = 0;
  #kernel: Kernel;
  #blocks: number[] = [];
  #edges: number[] | undefined;
  #path: Region;
  #private: Address;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.cpus = kernel.cpus;
    this.#path = this.region(PATH_SIZE_MAX);
    this.#private = addressOf(this.#findPrivate());
  }

  bpf(cmd: number, attr: Uint8Array, size: number): number {
    if (size <= attr.length) return this.#kernel.bpf(cmd, attr, size);
    // The surface wants as many bytes as the size says; beyond one page the core looks at none of them.
    const whole = new Uint8Array(size > CHUNK_SIZE ? CHUNK_SIZE : size);
    whole.set(attr);
    const ret = size > CHUNK_SIZE ? this.bpfAt(cmd, this.badPointer("unmapped"), size) : this.#kernel.bpf(cmd, whole, size);
    attr.set(whole.subarray(0, attr.length));
    return ret;
  }

  bpfAt(cmd: number, address: Address, size: number): number {
    // The surface takes addresses of the core's memory only; a kernel address is as far outside as one can be.
    return this.#kernel.bpf(cmd, address.high === 0 ? address.low : 0xffff8000, size);
  }

  close(fd: number): number {
    return this.#kernel.close(fd);
  }

  dup(fd: number): number {
    return this.#kernel.dup(fd);
  }

  unlink(path: string): number {
    return this.#withPath(path, (exports, pathPtr) => exports.bpffs_unlink(pathPtr));
  }

  mkdir(path: string): number {
    return this.#withPath(path, (exports, pathPtr) => exports.bpffs_mkdir(pathPtr, 0o755));
  }

  rmdir(path: string): number {
    return this.#withPath(path, (exports, pathPtr) => exports.bpffs_rmdir(pathPtr));
  }

  region(size: number): Region {
    return this.#region(this.#alloc(size), size);
  }

  edgeRegion(size: number): Region {
    this.#edges ??= this.#makeEdges();
    const edge = this.#edges.pop();
    if (edge === undefined) throw new Error("the engine target has no edge region left");
    return this.#region(edge - size, size);
  }

  badPointer(kind: BadPointer): Address {
    if (kind === "null") return { low: 0, high: 0 };
    if (kind === "kernel") return kernelAddress;
    return kind === "private" ? this.#private : addressOf(UNMAPPED);
  }

  settle(): void {}

  dispose(): void {
    for (const block of this.#blocks) this.#kernel.free(block);
    this.#blocks = [];
  }

  /**
   * Ends of blocks with an unreadable chunk behind them: of a row of one-chunk blocks every second is given back, the
   * first and the last not. Only a small block could be put into such a hole, and the target has its small blocks by now.
   */
  #makeEdges(): number[] {
    const row = Array.from({ length: 2 * EDGE_COUNT + 1 }, () => this.#alloc(CHUNK_SIZE));
    row.sort((a, b) => a - b).forEach((block, index) => index % 2 === 1 && this.#free(block));
    const ends = row.filter((_, index) => index % 2 === 0 && index < 2 * EDGE_COUNT).map((block) => block + CHUNK_SIZE);
    if (ends.some((end) => end % CHUNK_SIZE !== 0 || this.#isReadable(end))) {
      throw new Error("a block of the engine does not end at an unreadable address");
    }
    return ends;
  }

  /** An address of the engine's own state: the lowest chunk but the first that no command may touch. */
  #findPrivate(): number {
    let address = CHUNK_SIZE;
    while (this.#isReadable(address)) address += CHUNK_SIZE;
    return address + 64;
  }

  #isReadable(address: number): boolean {
    return this.#kernel.bpf(NO_COMMAND, address, 1) !== -Errno.EFAULT;
  }

  #alloc(size: number): number {
    const address = this.#kernel.alloc(size);
    if (address === 0) throw new Error(`the engine has no ${size} bytes of user memory`);
    this.#blocks.push(address);
    return address;
  }

  #free(block: number): void {
    this.#kernel.free(block);
    this.#blocks = this.#blocks.filter((other) => other !== block);
  }

  #region(address: number, size: number): Region {
    const memory = this.#kernel.memory;
    let bytes = new Uint8Array(memory.buffer, address, size);
    return {
      address,
      size,
      get bytes() {
        if (bytes.length === 0 || bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer, address, size);
        return bytes;
      },
    };
  }

  #withPath(path: string, call: (exports: BpffsExports, pathPtr: number) => number): number {
    this.#path.bytes.set(new TextEncoder().encode(path + "\0"));
    return call(exportsOf(this.#kernel) as unknown as BpffsExports, this.#path.address);
  }
}
