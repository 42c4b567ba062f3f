// The instantiated core and the views over its memory. Memory growth detaches every view, so views live only here, in
// one `Views` object whose identity never changes: whoever needs memory keeps the object and calls `fresh()` first.
import { Limit } from "../../assembly/uapi/constants.ts";
import { Copy, loadBytes, storeBytes } from "./bytes.ts";
import { Wakeups } from "./wakeups.ts";

declare const ptrBrand: unique symbol;

/** An address in the core's memory (bytes from 0); `0` is the null pointer. */
export type Ptr = number & { readonly [ptrBrand]: "Ptr" };

/** The null pointer. */
export const NULL: Ptr = 0 as Ptr;

/** What lookups answer. An enum, because bundles write its members as literals; constants they read at every use. */
export enum Address {
  NULL = 0,
  /** From here up an address is a negative errno: no element lies in the last 64 KiB of the address space. */
  ERRNO_MIN = 0xffff0000,
}

/** What the core exports; see the core's own documentation for each function. u64 parameters are BigInts. */
export type CoreExports = {
  memory: WebAssembly.Memory;
  bpf(cmd: number, attrPtr: number, size: number): number;
  alloc(size: number): number;
  free(ptr: number): void;
  abi_version(): number;
  init(cpus: number, maxChunks: number, maxFds: number, seed: bigint): number;
  set_cpu(cpu: number): number;
  close(fd: number): number;
  dup(fd: number): number;
  lookup_elem(fd: number, keyPtr: number): number;
  lookup_u32(fd: number, key: number): number;
  lookup_u128(fd: number, key0: number, key1: number, key2: number, key3: number): number;
  value_u32(fd: number, key: number): number;
  last_error(): number;
  update_u32(fd: number, key: number, value: number, flags: number): number;
  update_elem(fd: number, keyPtr: number, valuePtr: number, flags: number): number;
  lookup_many(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number;
  lpm_value_u32(fd: number, address: number): number;
  lpm_match(fd: number, keyPtr: number, outKeyPtr: number, valuePtr: number): number;
  lpm_next(fd: number, keyPtr: number, outKeyPtr: number): number;
  mmap(fd: number, writable: number): number;
  bpffs_mkdir(pathPtr: number, mode: number): number;
  bpffs_rmdir(pathPtr: number): number;
  bpffs_unlink(pathPtr: number): number;
  bpffs_rename(fromPtr: number, toPtr: number): number;
  bpffs_stat(pathPtr: number, outPtr: number): number;
  bpffs_readdir(pathPtr: number, outPtr: number, size: number): number;
  ringbuf_reserve(fd: number, size: bigint, flags: bigint): number;
  ringbuf_submit(payloadPtr: number, flags: number): void;
  ringbuf_discard(payloadPtr: number, flags: number): void;
  ringbuf_output(fd: number, dataPtr: number, size: number, flags: number): number;
  ringbuf_peek(fd: number, mappingPtr: number, outPtr: number, count: number): number;
  ringbuf_query(fd: number, what: number): bigint;
  user_ringbuf_peek(fd: number, sizeOutPtr: number): number;
  user_ringbuf_release(fd: number): number;
  stats(outPtr: number): number;
  fail_next(what: number, after: number): number;
};

/** Typed views over one ArrayBuffer. Multi-byte elements are addressed by `ptr >>> log2(size)`, so pointers are aligned. */
export class Views {
  // Only declared: a field that is undefined for a moment is one of which V8 never again knows what it holds.
  declare u8: Uint8Array;
  declare u16: Uint16Array;
  declare u32: Uint32Array;
  declare i32: Int32Array;
  declare u64: BigUint64Array;
  declare i64: BigInt64Array;
  declare f64: Float64Array;

  constructor(buffer: ArrayBufferLike) {
    this.attach(buffer);
  }

  attach(buffer: ArrayBufferLike): void {
    // The element types cover only whole elements, and a Wasm memory is always a multiple of 8 bytes long.
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

// The bindings' own user block:
//
//   0      4096        4272          4400
//   attr   elem attr   info          scratch
//
const ELEM_OFFSET: number = Limit.PAGE_SIZE;
const INFO_OFFSET: number = ELEM_OFFSET + 176;
const SCRATCH_OFFSET: number = INFO_OFFSET + 128;
const SCRATCH_SIZE = 4096;

/** One instance of the core. Every surface shares it, so it also holds what they must agree on. */
export class Core {
  readonly exports: CoreExports;
  readonly memory: WebAssembly.Memory;
  readonly views: Views;
  /** Number of possible CPUs. */
  readonly cpus: number;
  /** The door. Every command of every surface goes through this property. */
  bpf: (cmd: number, attrPtr: number, size: number) => number;
  /**
   * LOOKUP_ELEM and walks may take the core's own exports instead of the door: no attr, no copy. False while calls are
   * logged, since a log of bpf() must show them.
   */
  direct = true;
  /** The export lookup_elem: the address of the value of the key at `keyPtr`, or a negative errno. */
  readonly lookup: (fd: number, keyPtr: number) => number;
  /** The export lookup_u32; answers -ENOTSUPP to everything while calls are logged. */
  lookupU32: (fd: number, key: number) => number;
  /** The export lookup_u128; answers -ENOTSUPP to everything while calls are logged. */
  lookupU128: (fd: number, key0: number, key1: number, key2: number, key3: number) => number;
  /** The export value_u32; unclear about everything while calls are logged. */
  valueU32: (fd: number, key: number) => number;
  /** The export lpm_value_u32; unclear about everything while calls are logged. */
  lpmValueU32: (fd: number, address: number) => number;
  /** The export last_error; -ENOTSUPP while calls are logged. */
  lastError: () => number;
  /** The export update_u32; answers -ENOTSUPP to everything while calls are logged. */
  updateU32: (fd: number, key: number, value: number, flags: number) => number;
  /** The export update_elem: UPDATE_ELEM without an attr. */
  readonly update: (fd: number, keyPtr: number, valuePtr: number, flags: number) => number;
  /** Changes whenever a command may have changed a map, which tells an iterator that its batch may be stale. */
  epoch = 0;
  /** The CPU that the caller runs on. */
  cpu: number;
  /** Gives the core a random seed, as long as it has none. */
  seedLater: (() => void) | undefined = undefined;
  /** Who waits for records of a ring buffer. */
  readonly wakeups: Wakeups = new Wakeups();
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

  constructor(exports: CoreExports, cpus: number, cpu: number, buildId: Uint8Array) {
    this.exports = exports;
    this.memory = exports.memory;
    this.cpus = cpus;
    this.cpu = cpu;
    this.buildId = buildId;
    this.bpf = exports.bpf;
    this.lookup = exports.lookup_elem;
    this.lookupU32 = exports.lookup_u32;
    this.lookupU128 = exports.lookup_u128;
    this.valueU32 = exports.value_u32;
    this.lpmValueU32 = exports.lpm_value_u32;
    this.lastError = exports.last_error;
    this.update = exports.update_elem;
    this.updateU32 = exports.update_u32;
    this.views = new Views(exports.memory.buffer);
    const block = this.alloc(SCRATCH_OFFSET + SCRATCH_SIZE);
    if (block === NULL) throw new RangeError("Cannot create kernel: maxMemoryBytes is too small for its own blocks");
    this.attrPtr = block;
    this.elemPtr = block + ELEM_OFFSET;
    this.infoPtr = block + INFO_OFFSET;
    this.scratchPtr = block + SCRATCH_OFFSET;
    this.fresh();
  }

  /** The views, attached anew when memory has grown since they were made. A detached view has length 0. */
  fresh(): Views {
    const views = this.views;
    if ((views.u8.length | 0) === 0) views.attach(this.memory.buffer);
    return views;
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

  /** Marks that a map may have changed. Wraps below 2^30 so that the number stays unboxed in every runtime. */
  touch(): void {
    this.epoch = (this.epoch + 1) & 0x3fffffff;
  }

  /** A zeroed, 8-aligned user block of `size` bytes for the bindings, or the null pointer when memory is exhausted. */
  alloc(size: number): Ptr {
    const ptr = (this.exports.alloc(size) >>> 0) as Ptr;
    if (ptr !== NULL) this.ownBlocks.set(ptr, size);
    return ptr;
  }

  /** Gives back a block of `alloc`. The null pointer is ignored. */
  free(ptr: Ptr): void {
    if (ptr === NULL) return;
    this.ownBlocks.delete(ptr);
    this.exports.free(ptr);
  }

  /** Copies the first `size` bytes of `view` (all of them, if left out) to `ptr`. */
  copyIn(ptr: number, view: ArrayBufferView, size: number = viewSize(view)): void {
    const bytes = bytesOf(view);
    storeBytes(this.fresh(), ptr, size === bytes.length || size <= Copy.BYTEWISE_MAX ? bytes : bytes.subarray(0, size), size);
  }

  /** Fills the first `size` bytes of `view` (all of them, if left out) from `ptr`. */
  copyOut(ptr: number, view: ArrayBufferView, size: number = viewSize(view)): void {
    loadBytes(this.fresh(), ptr, bytesOf(view), size);
  }
}

/**
 * `to.set(from)`. V8 finds a method so far up the prototypes again in each call. It calls straight what is a constant for
 * it: that of a function, since bundles turn those of modules into variables.
 */
export const setBytes: (to: Uint8Array, from: Uint8Array) => void = (() => {
  const { set } = Uint8Array.prototype;
  return (to: Uint8Array, from: Uint8Array): void => set.call(to, from);
})();

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

/** `byteLength`, which Node 20 does not inline; `length` it does. */
export function viewSize(view: ArrayBufferView): number {
  return view instanceof Uint8Array ? view.length : view.byteLength;
}

/** The bytes of any view, without a copy. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** `size` rounded up to a multiple of 8, the stride of values in the core. */
export function roundUp8(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Copies `size` bytes from one memory to another. */
export function copyBetween(from: Views, fromPtr: number, to: Views, toPtr: number, size: number): void {
  if (size > Copy.BYTEWISE_MAX) to.u8.set(from.u8.subarray(fromPtr, fromPtr + size), toPtr);
  else for (let i = 0; i < size; i++) to.u8[toPtr + i] = from.u8[fromPtr + i];
}
