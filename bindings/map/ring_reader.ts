// The reader's side of a ring buffer. One call of the core copies the next few records to a block of ours; they are good
// for as long as the consumer position is where we left it, whoever else reads. The position itself moves on record by
// record, as it does for any reader of the memory.
import { Errno, RingbufHdr, RingSlot } from "../../assembly/uapi/constants.ts";
import type { Core, Ptr } from "../core.ts";
import { type RingMapping, recordTotal } from "./ring_layout.ts";

/** Bytes of the block that a reader works in. */
export const READER_BLOCK_SIZE: number = RingSlot.COUNT * RingSlot.SIZE;

const NOTHING: Uint8Array = new Uint8Array(0);

/** Reads one ring, for one map object. */
export class RingReader {
  readonly #core: Core;
  readonly #mapping: RingMapping;
  // Numbers from the start: of a field that is undefined for a moment V8 never again knows what it holds.
  #fd = 0;
  #mappingPtr = 0;
  #blockPtr = 0;
  readonly #peek: (fd: number, mappingPtr: number, outPtr: number, count: number) => number;
  /** For each slot a view of the record that was there last, made anew only for another size; undefined for long records. */
  readonly #views: (Uint8Array | undefined)[] = Array.from({ length: RingSlot.COUNT }, () => NOTHING);
  /** The consumer position in memory, halves of a u64. */
  #position: Int32Array = new Int32Array(0);
  /** Why `next` found nothing: -ENODATA when there is no record or it is unfinished; another negative errno. */
  error = 0;
  /** How many slots have records, and which of them is next. */
  #found = 0;
  #slot = 0;
  /** Position of the next record: the halves of the u64, signed so that no runtime boxes them. */
  #low = 0;
  #high = 0;

  /** The mapping must be of the map behind the fd; the block has READER_BLOCK_SIZE bytes. */
  constructor(core: Core, fd: number, mapping: RingMapping, blockPtr: Ptr) {
    this.#core = core;
    this.#fd = fd;
    this.#mapping = mapping;
    this.#mappingPtr = mapping.ptr;
    this.#blockPtr = blockPtr;
    this.#peek = core.exports.ringbuf_peek;
  }

  /**
   * The next record, a view that is good until the next call of this reader or growth of memory; undefined when there is
   * none, about which `error` says more.
   */
  next(): Uint8Array | undefined {
    const position = this.#position;
    const slot = this.#slot;
    // Without words memory has grown.
    if (slot < this.#found && (position.length | 0) !== 0 && position[0] === this.#low && position[1] === this.#high) {
      return this.#views[slot] ?? this.#longRecord();
    }
    return this.#lookAhead();
  }

  /** Moves the consumer position past the record that `next` found, whose size was `size`. */
  pass(size: number): void {
    const total = recordTotal(size);
    const low = (this.#low + total) | 0;
    const position = this.#position;
    position[0] = low;
    this.#low = low;
    if (low >>> 0 < total) this.#high = (this.#high + 1) | 0;
    position[1] = this.#high;
    this.#slot++;
  }

  /** `pass`, after memory may have grown. */
  passLater(size: number): void {
    if ((this.#position.length | 0) === 0) this.#attach();
    this.pass(size);
  }

  /** Gives up all views and what they show, after memory has grown. */
  #attach(): void {
    this.#found = 0;
    this.#views.fill(NOTHING);
    this.#position = new Int32Array(this.#core.memory.buffer, this.#mapping.ptr, 2);
  }

  /** The record at the consumer position, whose slot has its header only. */
  #longRecord(): Uint8Array {
    const { i32 } = this.#core.fresh();
    return this.#mapping.payload(this.#mapping.recordPtr(this.#low), i32[this.#slotPtr(this.#slot) >>> 2]);
  }

  #slotPtr(slot: number): number {
    return this.#blockPtr + slot * RingSlot.SIZE;
  }

  /** Fills the slots anew and answers as `next`. */
  #lookAhead(): Uint8Array | undefined {
    this.#slot = 0;
    this.#found = 0;
    let found: number;
    do found = this.#peek(this.#fd, this.#mappingPtr, this.#blockPtr, RingSlot.COUNT);
    while (found === -Errno.EAGAIN);
    if (found <= 0) {
      this.error = found === 0 ? -Errno.ENODATA : found;
      return undefined;
    }
    if ((this.#position.length | 0) === 0) this.#attach();
    const words = this.#core.fresh().i32;
    for (let slot = 0; slot < found; slot++) {
      const ptr = this.#slotPtr(slot);
      const size = words[ptr >>> 2];
      const view = this.#views[slot];
      if (view === undefined || (view.length | 0) !== size) this.#views[slot] = this.#view(ptr, size);
    }
    this.#low = this.#position[0];
    this.#high = this.#position[1];
    this.#found = found;
    return this.#views[0] ?? this.#longRecord();
  }

  #view(slotPtr: number, size: number): Uint8Array | undefined {
    if (size + RingbufHdr.SIZE > RingSlot.SIZE) return undefined;
    return new Uint8Array(this.#core.memory.buffer, slotPtr + RingbufHdr.SIZE, size);
  }
}
