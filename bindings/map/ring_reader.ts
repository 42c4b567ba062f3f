// The reader's side of a ring buffer. One call of the core copies the next few records to a block of ours; they are good
// for as long as the consumer position is where we left it, whoever else reads. The position itself moves on record by
// record, as it does for any reader of the memory.
import { Errno, RingbufHdr, RingSlot } from "../../assembly/uapi/constants.ts";
import type { Core, Ptr } from "../core.ts";
import { type RingMapping, recordTotal } from "./ring_layout.ts";

/** Bytes of the block that a reader works in. */
export const READER_BLOCK_SIZE: number = RingSlot.COUNT * RingSlot.SIZE;

/** Reads one ring, for one map object. */
export class RingReader {
  readonly #core: Core;
  readonly #mapping: RingMapping;
  // Numbers from the start: of a field that is undefined for a moment V8 never again knows what it holds.
  #fd = 0;
  #mappingPtr = 0;
  #blockPtr = 0;
  readonly #peek: (fd: number, mappingPtr: number, outPtr: number, count: number) => number;
  /** For each slot the size of a record and a view of that size: made anew only for another size, and when memory grows. */
  readonly #sizes: number[] = Array.from({ length: RingSlot.COUNT }, () => 0);
  readonly #views: Uint8Array[] = Array.from({ length: RingSlot.COUNT }, () => new Uint8Array(0));
  /** The consumer position in memory, halves of a u64. */
  #position: Int32Array = new Int32Array(0);
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

  /** Payload size of the next record in bytes; -ENODATA when there is none or it is unfinished; another negative errno. */
  next(): number {
    const position = this.#position;
    const slot = this.#slot;
    // Without words memory has grown.
    if (slot < this.#found && (position.length | 0) !== 0 && position[0] === this.#low && position[1] === this.#high) {
      return this.#sizes[slot];
    }
    return this.#lookAhead();
  }

  /** The record that `next` found, `size` bytes: a view that is good until the next call of this reader or growth of memory. */
  data(size: number): Uint8Array {
    return size + RingbufHdr.SIZE > RingSlot.SIZE ? this.#mapping.payload(this.#mapping.recordPtr(this.#low), size) : this.#views[this.#slot];
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
    if ((this.#position.length | 0) === 0) this.#refresh();
    this.pass(size);
  }

  /** Makes the views anew, after memory has grown. */
  #refresh(): Int32Array {
    for (let slot = 0; slot < RingSlot.COUNT; slot++) this.#view(slot, this.#sizes[slot]);
    return (this.#position = new Int32Array(this.#core.memory.buffer, this.#mappingPtr, 2));
  }

  #slotPtr(slot: number): number {
    return this.#blockPtr + slot * RingSlot.SIZE;
  }

  #view(slot: number, size: number): void {
    this.#sizes[slot] = size;
    if (size + RingbufHdr.SIZE > RingSlot.SIZE) return;
    this.#views[slot] = new Uint8Array(this.#core.memory.buffer, this.#slotPtr(slot) + RingbufHdr.SIZE, size);
  }

  /** Fills the slots anew and answers as `next`. */
  #lookAhead(): number {
    this.#slot = 0;
    this.#found = 0;
    let found: number;
    do found = this.#peek(this.#fd, this.#mappingPtr, this.#blockPtr, RingSlot.COUNT);
    while (found === -Errno.EAGAIN);
    if (found <= 0) return found === 0 ? -Errno.ENODATA : found;
    if ((this.#position.length | 0) === 0) this.#refresh();
    const words = this.#core.fresh().i32;
    for (let slot = 0; slot < found; slot++) {
      const size = words[this.#slotPtr(slot) >>> 2];
      if (size !== this.#sizes[slot]) this.#view(slot, size);
    }
    this.#low = this.#position[0];
    this.#high = this.#position[1];
    this.#found = found;
    return this.#sizes[0];
  }
}
