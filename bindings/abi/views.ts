// Typed views over a memory, and the addresses in it.

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

/** Typed views over one ArrayBuffer. Multi-byte elements are addressed by `ptr >>> log2(size)`, so pointers are aligned. */
export class Views {
  // Only declared: trick 5 of ARCHITECTURE.md.
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

  /** Makes the views of another buffer. */
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
