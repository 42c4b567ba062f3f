// The instantiated core and the views over its memory. Memory growth detaches every view, so views live only here, in
// one `Views` object whose identity never changes: whoever needs memory keeps the object and calls `fresh()` first.
import { Limit } from "../../assembly/uapi/constants.ts";
import { loadBytes, storeBytes } from "./bytes.ts";
import { directCalls, Door, type DoorCalls } from "./door.ts";
import { type CoreExports, type PinCalls, pinCalls, type ProgramExports, type RingCalls, ringCalls } from "./exports.ts";
import type { WasmMemory, WasmModule } from "./host_types.ts";
import type { Machine } from "./machine.ts";
import { NULL, type Ptr, Views } from "./views.ts";
import { Wakeups } from "./wakeups.ts";

export type { CoreExports } from "./exports.ts";
export { bytesOf, copyBetween, isBytes, roundUp8, setBytes } from "./bytes.ts";
export { Address, NULL, Views } from "./views.ts";
export type { Ptr } from "./views.ts";

// The bindings' own user block:
//
//   0      4096        4272          4400      8496
//   attr   elem attr   info          scratch   two paths
//
const ELEM_OFFSET: number = Limit.PAGE_SIZE;
const INFO_OFFSET: number = ELEM_OFFSET + 176;
const SCRATCH_OFFSET: number = INFO_OFFSET + 128;
const SCRATCH_SIZE = 4096;
const PATH_OFFSET: number = SCRATCH_OFFSET + SCRATCH_SIZE;

/** The largest size of a block. */
const SIZE_MAX: number = 2 ** 32 - 1;

/** The largest error number that an address can be told from. */
const ERRNO_MAX = 4095;

/** Counts that the core keeps of what is alive. */
const STATS_COUNT = 8;
/** Which of them is the number of chunks in use, of 64 KiB each. */
const STATS_CHUNKS_USED = 6;
const CHUNK_SIZE = 65536;

/** Where the core counts the chunks of its memory (assembly/mem/root.ts), in words. */
const NR_CHUNKS_AT = (4096 + 16) / 4;

/** One instance of the core. Every surface shares it, so it also holds what they must agree on. */
/** What only some cores have. */
export interface CoreParts {
  /** What runs programs. */
  machine?: Machine;
  /** The compiled core, where other threads may attach to its memory. */
  sharedModule?: WasmModule;
}

export class Core {
  readonly memory: WasmMemory;
  readonly views: Views;
  /** Number of possible CPUs. */
  readonly cpus: number;
  /** Every command of every surface goes through it. */
  readonly door: Door;
  readonly ring: RingCalls;
  /** The calls on the virtual bpffs. */
  pins: PinCalls;
  readonly #exports: CoreExports;
  /** What runs programs, if there is one. */
  readonly machine: Machine | undefined;
  /** Whether blocks that are given back are kept, and those that were. */
  #holding = false;
  readonly #held: Ptr[] = [];
  /** The CPU that the caller runs on. */
  cpu: number;
  /** Whether the thread has given its CPU back. */
  isGone = false;
  /** Gives the core a random seed, as long as it has none. */
  seedLater: (() => void) | undefined = undefined;
  /** Who waits for records of a ring buffer. */
  readonly wakeups: Wakeups = new Wakeups();
  /** The module of a core whose memory threads share. */
  readonly sharedModule: WasmModule | undefined;
  /** What the build of the core calls itself; empty if it says nothing. */
  readonly buildId: Uint8Array;
  /**
   * Blocks that the bindings hold for their objects, with their sizes. Not part of a snapshot, because those objects
   * are not; what the caller allocates is his own and is not among them.
   */
  readonly ownBlocks: Map<Ptr, number> = new Map();
  /** For attr bytes, one page: more of an attr bpf(2) never looks at. */
  readonly attrPtr: number;
  /** For the attr of an element command; its bytes past the four fields stay zero for ever. */
  readonly elemPtr: number;
  /** For OBJ_GET_INFO_BY_FD: its attr, 16 bytes, and a struct bpf_map_info. */
  readonly infoPtr: number;
  /** For small copies, `scratchSize` bytes; larger ones are allocated for one call. */
  readonly scratchPtr: number;
  readonly scratchSize: number = SCRATCH_SIZE;
  /** For the paths of bpffs calls, two of PATH_MAX bytes: a kernel whose memory is full can be emptied. */
  readonly pathPtr: Ptr;

  constructor(exports: CoreExports, cpus: number, cpu: number, buildId: Uint8Array, { machine, sharedModule }: CoreParts = {}) {
    this.#exports = exports;
    this.machine = machine;
    this.memory = exports.memory;
    this.cpus = cpus;
    this.cpu = cpu;
    this.buildId = buildId;
    this.sharedModule = sharedModule;
    const calls = directCalls(exports, machine);
    if (sharedModule !== undefined) this.#seeAnswers(calls);
    this.door = new Door(calls);
    this.ring = ringCalls(exports);
    this.pins = pinCalls(exports);
    this.views = new Views(exports.memory.buffer);
    const block = this.alloc(PATH_OFFSET + 2 * Limit.PATH_MAX);
    if (block === NULL) throw new RangeError("Cannot create kernel: maxMemoryBytes is too small for its own blocks");
    this.attrPtr = block;
    this.elemPtr = block + ELEM_OFFSET;
    this.infoPtr = block + INFO_OFFSET;
    this.scratchPtr = block + SCRATCH_OFFSET;
    this.pathPtr = (block + PATH_OFFSET) as Ptr;
    this.fresh();
    machine?.attach(exports as ProgramExports, cpus);
  }

  /** What `core` was instantiated to; for the files of this folder, and for tests of the core itself. */
  static exportsOf(core: Core): CoreExports {
    return core.#exports;
  }

  /**
   * The views, attached anew when memory has grown since they were made. A detached view has length 0; those over shared memory
   * are not detached, but shorter than it then.
   */
  fresh(): Views {
    const views = this.views;
    if ((views.u8.length | 0) === 0) views.attach(this.memory.buffer);
    else if (this.sharedModule !== undefined && views.u32[NR_CHUNKS_AT] * CHUNK_SIZE !== views.u8.length) views.attach(this.memory.buffer);
    return views;
  }

  /** Sees to it that the views reach as far as the addresses that lookups answer: other threads let shared memory grow. */
  #seeAnswers(calls: DoorCalls): void {
    const { lookup, lookupU32, lookupU128 } = calls;
    const seen = (address: number): number => {
      if (address >>> 0 >= this.views.u8.length) this.fresh();
      return address;
    };
    calls.lookup = (fd, keyPtr) => seen(lookup(fd, keyPtr));
    calls.lookupU32 = (fd, key) => seen(lookupU32(fd, key));
    calls.lookupU128 = (fd, key0, key1, key2, key3) => seen(lookupU128(fd, key0, key1, key2, key3));
  }

  /**
   * Sees to it that hashes have a seed: before a map is created, and before a snapshot. Not earlier, since loading a
   * runtime's cryptography takes longer than loading the core, and workers may not draw random numbers while they start.
   */
  ensureSeed(): void {
    const seed = this.seedLater;
    if (seed === undefined) return;
    seed();
    this.seedLater = undefined;
  }

  /**
   * A zeroed, 8-aligned user block of `size` bytes for the bindings, or the null pointer when memory is exhausted. `size` is a
   * sum that may exceed 32 bits: no memory has so many.
   */
  alloc(size: number): Ptr {
    if (this.#held.length > 0) this.settle();
    const ptr = this.allocUser(size);
    if (ptr !== NULL) this.ownBlocks.set(ptr, size);
    return ptr;
  }

  /** The same for the caller, whose block is not among the bindings' own. */
  allocUser(size: number): Ptr {
    const ptr = (size > SIZE_MAX ? NULL : this.#exports.alloc(size) >>> 0) as Ptr;
    if (this.sharedModule !== undefined) this.fresh();
    return ptr;
  }

  /** Gives back a block of `alloc`. The null pointer is ignored. */
  free(ptr: Ptr): void {
    if (ptr === NULL) return;
    if (this.#holding) {
      this.#held.push(ptr);
      return;
    }
    this.ownBlocks.delete(ptr);
    this.#exports.free(ptr);
  }

  /** Gives back a block of `allocUser`. An address that is none is ignored, as are the bindings' own blocks. */
  freeUser(ptr: number): void {
    if (!this.ownBlocks.has(ptr as Ptr)) this.#exports.free(ptr);
  }

  /**
   * While `fn` runs, own blocks that are given back stay as they are: who called `fn` in the middle of a command can go on
   * reading them. They are freed before the next allocation.
   */
  keepBlocks(fn: () => void): void {
    this.settle();
    this.#holding = true;
    try {
      fn();
    } finally {
      this.#holding = false;
    }
  }

  /** Frees what `keepBlocks` has kept. */
  settle(): void {
    if (this.#holding) return;
    for (const ptr of this.#held.splice(0)) this.free(ptr);
  }

  /** From now on commands and calls on bpffs throw what `error` makes; blocks can still be freed. */
  shut(error: () => Error): void {
    this.door.shut(error);
    this.pins = refusing(error);
  }

  /** close(2). */
  close(fd: number): number {
    const ret = this.#exports.close(fd);
    this.machine?.sweep();
    return ret;
  }

  /** dup(2). */
  dup(fd: number): number {
    return this.#exports.dup(fd);
  }

  /** munmap(2) of one mapping at an address: 0, or -EINVAL. */
  munmap(address: number): number {
    return this.#exports.munmap(address);
  }

  /** mmap(2) of a whole map: its address as a u32, or a negative errno. */
  mmap(fd: number, writable: boolean): number {
    const ret = this.#exports.mmap(fd, writable ? 1 : 0);
    if (this.sharedModule !== undefined) this.fresh();
    // Addresses use all 32 bits; as in C, the 4095 highest are error numbers.
    return ret < 0 && ret >= -ERRNO_MAX ? ret : ret >>> 0;
  }

  /** Chooses the CPU that the caller runs on, which must exist. */
  useCpu(cpu: number): void {
    if (this.#exports.set_cpu(cpu) < 0) throw new RangeError(`Cannot use cpu: another thread runs on CPU ${cpu}`);
    this.cpu = cpu;
  }

  /** The CPU of the thread with this token: -EINVAL when it has none. */
  cpuOf(token: number): number {
    return this.#exports.thread_cpu!(token);
  }

  /** Frees the CPU of a thread that is dead: 0, or -EINVAL. */
  reap(cpu: number): number {
    return this.#exports.reap!(cpu);
  }

  /** Gives the CPU back. */
  detach(): void {
    if (this.isGone) return;
    this.#exports.detach!();
    this.isGone = true;
  }

  /** Runs `fn` while all other threads wait outside of the core. */
  atOneMoment<T>(fn: () => T): T {
    if (this.sharedModule === undefined) return fn();
    // Nothing may be called meanwhile.
    this.settle();
    this.#exports.stop!();
    try {
      return fn();
    } finally {
      this.#exports.go!();
    }
  }

  /** The version of the core's binary interface. */
  abiVersion(): number {
    return this.#exports.abi_version();
  }

  /** The core's eight counts of what is alive; see testing/test_kit.ts. */
  stats(): BigUint64Array {
    this.settle();
    this.machine?.sweep();
    // The attr block is free between commands, and large enough.
    this.#exports.stats(this.attrPtr);
    const at = this.attrPtr >>> 3;
    return this.fresh().u64.slice(at, at + STATS_COUNT);
  }

  /** Clears what calls have left in the core's working space: a snapshot shall have none of it. */
  clearFrame(): void {
    this.#exports.clear_frame();
  }

  /** Bytes of the memory that are in use, counted in chunks. */
  usedBytes(): number {
    return Number(this.stats()[STATS_CHUNKS_USED]) * CHUNK_SIZE;
  }

  /** Arms one failure: 0 of an allocation, 1 of an fd, after `after` that succeed. */
  failNext(what: number, after: number): void {
    this.#exports.fail_next(what, after);
  }

  /** Copies the first `size` bytes of `bytes`, which is no shorter, to `ptr`. */
  copyIn(ptr: number, bytes: Uint8Array, size: number): void {
    storeBytes(this.fresh(), ptr, bytes, size);
  }

  /** Fills the first `size` bytes of `bytes` from `ptr`. */
  copyOut(ptr: number, bytes: Uint8Array, size: number): void {
    loadBytes(this.fresh(), ptr, bytes, size);
  }
}

/** Stands for an object that is not to be used any more: reading any of its properties throws. */
export function refusing<T extends object>(error: () => Error): T {
  return new Proxy({} as T, {
    get() {
      throw error();
    },
  });
}

/** The bytes of one block, as a view that is kept until memory grows: for copies without a `subarray` each. */
export class Window {
  readonly #core: Core;
  readonly #ptr: number;
  readonly #size: number;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(core: Core, ptr: number, size: number) {
    this.#core = core;
    this.#ptr = ptr;
    this.#size = size;
  }

  get bytes(): Uint8Array {
    if ((this.#bytes.length | 0) === 0) this.#bytes = new Uint8Array(this.#core.memory.buffer, this.#ptr, this.#size);
    return this.#bytes;
  }
}
