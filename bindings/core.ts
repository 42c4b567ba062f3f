// The instantiated core and the views over its memory. Memory growth detaches every view, so views live only here, in
// one `Views` object whose identity never changes: whoever needs memory keeps the object and calls `fresh()` first.

declare const ptrBrand: unique symbol;

/** An address in the core's memory (bytes from 0); `0` is the null pointer. */
export type Ptr = number & { readonly [ptrBrand]: "Ptr" };

/** The null pointer. */
export const NULL: Ptr = 0 as Ptr;

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
  lookup_many(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number;
  mmap(fd: number): number;
};

/** Typed views over one ArrayBuffer. Multi-byte elements are addressed by `ptr >>> log2(size)`, so pointers are aligned. */
export class Views {
  u8!: Uint8Array;
  u16!: Uint16Array;
  u32!: Uint32Array;
  i32!: Int32Array;
  u64!: BigUint64Array;
  i64!: BigInt64Array;
  f64!: Float64Array;

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

/** A view copies fewer bytes than this faster one by one than through `set` and `subarray`. */
const BYTEWISE_MAX = 48;

/** Size in bytes of the block that carries attr bytes into the core: the largest size bpf(2) looks at. */
const ATTR_BLOCK_SIZE = 4096;

/** Size in bytes of the block for small key, value and path copies of the raw surface. */
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
  /** Changes whenever a command may have changed a map, which tells an iterator that its batch may be stale. */
  epoch = 0;
  /** A user block for attr bytes, 4096 bytes. */
  readonly attrPtr: Ptr;
  /** A user block for small copies, `scratchSize` bytes; larger ones are allocated for one call. */
  readonly scratchPtr: Ptr;
  readonly scratchSize: number = SCRATCH_SIZE;

  constructor(exports: CoreExports, cpus: number) {
    this.exports = exports;
    this.memory = exports.memory;
    this.cpus = cpus;
    this.bpf = exports.bpf;
    this.views = new Views(exports.memory.buffer);
    this.attrPtr = this.alloc(ATTR_BLOCK_SIZE);
    this.scratchPtr = this.alloc(SCRATCH_SIZE);
    if (this.attrPtr === NULL || this.scratchPtr === NULL) {
      throw new RangeError("Cannot create kernel: maxMemoryBytes is too small for its own blocks");
    }
    this.fresh();
  }

  /** The views, attached anew when memory has grown since they were made. A detached view has length 0. */
  fresh(): Views {
    const views = this.views;
    if (views.u8.length === 0) views.attach(this.memory.buffer);
    return views;
  }

  /** Marks that a map may have changed. Wraps below 2^30 so that the number stays unboxed in every runtime. */
  touch(): void {
    this.epoch = (this.epoch + 1) & 0x3fffffff;
  }

  /** A zeroed, 8-aligned user block of `size` bytes, or the null pointer when memory is exhausted. */
  alloc(size: number): Ptr {
    return (this.exports.alloc(size) >>> 0) as Ptr;
  }

  /** Gives back a block of `alloc`. The null pointer is ignored. */
  free(ptr: Ptr): void {
    if (ptr !== NULL) this.exports.free(ptr);
  }

  /** Copies the bytes of `view` to `ptr`. */
  copyIn(ptr: number, view: ArrayBufferView): void {
    const u8 = this.fresh().u8;
    const bytes = bytesOf(view);
    const size = bytes.length;
    if (size > BYTEWISE_MAX) u8.set(bytes, ptr);
    else for (let i = 0; i < size; i++) u8[ptr + i] = bytes[i];
  }

  /** Fills the first `size` bytes of `view` (all of them, if left out) from `ptr`. */
  copyOut(ptr: number, view: ArrayBufferView, size: number = view.byteLength): void {
    const u8 = this.fresh().u8;
    const bytes = bytesOf(view);
    if (size > BYTEWISE_MAX) bytes.set(u8.subarray(ptr, ptr + size));
    else for (let i = 0; i < size; i++) bytes[i] = u8[ptr + i];
  }
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
  if (size > BYTEWISE_MAX) to.u8.set(from.u8.subarray(fromPtr, fromPtr + size), toPtr);
  else for (let i = 0; i < size; i++) to.u8[toPtr + i] = from.u8[fromPtr + i];
}
