// The memory of a ring buffer as a process that maps it sees it, in Linux as here:
//
//   page 0           page 1           from page 2 on
//   consumer u64     producer u64     records, contiguous even where one crosses the end of the ring
//
//   record           u32 size | busy bit 31 | discard bit 30     u32 the writer's own     payload, padded to 8
//
// Positions count bytes since the start and never turn back. As numbers they are exact for 2^53 bytes.
import { Limit, RingbufHdr } from "../../assembly/uapi/constants.ts";
import type { Core } from "../abi/core.ts";

const PRODUCER_AT: number = Limit.PAGE_SIZE;
const DATA_AT: number = 2 * Limit.PAGE_SIZE;
const TWO_32 = 2 ** 32;

/** Bytes that a record of `size` bytes takes in the ring. */
export function recordTotal(size: number): number {
  return (size + RingbufHdr.SIZE + 7) & ~7;
}

/** One ring's mapping. Its address is the map's for life; views are fetched anew for each access. */
export class RingMapping {
  readonly #core: Core;
  /** Address of page 0. */
  readonly ptr: number;
  /** Size of the ring in bytes, a power of two. */
  readonly size: number;

  constructor(core: Core, ptr: number, size: number) {
    this.#core = core;
    this.ptr = ptr;
    this.size = size;
  }

  get consumer(): number {
    return this.#position(this.ptr);
  }

  set consumer(position: number) {
    this.#setPosition(this.ptr, position);
  }

  get producer(): number {
    return this.#position(this.ptr + PRODUCER_AT);
  }

  set producer(position: number) {
    this.#setPosition(this.ptr + PRODUCER_AT, position);
  }

  /** Address of the record at a position. */
  recordPtr(position: number): number {
    return this.ptr + DATA_AT + ((position & (this.size - 1)) >>> 0);
  }

  /** First word of the record at an address. */
  header(recordPtr: number): number {
    return this.#core.fresh().u32[recordPtr >>> 2];
  }

  setHeader(recordPtr: number, word: number): void {
    this.#core.fresh().u32[recordPtr >>> 2] = word;
  }

  /** The payload of the record at an address, as a view over the ring itself. */
  payload(recordPtr: number, size: number): Uint8Array {
    return new Uint8Array(this.#core.memory.buffer, recordPtr + RingbufHdr.SIZE, size);
  }

  #position(ptr: number): number {
    const { u32 } = this.#core.fresh();
    return u32[ptr >>> 2] + u32[(ptr + 4) >>> 2] * TWO_32;
  }

  #setPosition(ptr: number, position: number): void {
    const { u32 } = this.#core.fresh();
    u32[ptr >>> 2] = position;
    u32[(ptr + 4) >>> 2] = position / TWO_32;
  }
}
