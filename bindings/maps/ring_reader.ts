// The reader's side of a ring buffer. One call of the core copies the next few records to a block of ours; they are good
// for as long as the consumer position is where we left it, whoever else reads. The position itself moves on record by
// record, as it does for any reader of the memory.
import { Errno, RingbufHdr, RingSlot } from "../../assembly/uapi/constants.ts";
import type { Core, Ptr } from "../abi/core.ts";
import { type RingMapping, recordTotal } from "./ring_layout.ts";

/** Bytes of the block that a reader works in. */
export const READER_BLOCK_SIZE: number = RingSlot.COUNT * RingSlot.SIZE;

const NOTHING: Uint8Array = new Uint8Array(0);

/** Reads one ring, for one map object. */
export class RingReader {
  /** Payload size of the record that `next` found, in bytes; if it found none, why: -ENODATA, or another negative errno. */
  size = 0;
  readonly #core: Core;
  readonly #mapping: RingMapping;
  readonly #peek: (fd: number, mappingPtr: number, outPtr: number, count: number) => number;
  // Numbers from the start: trick 5 of ARCHITECTURE.md.
  #fd = 0;
  #blockPtr = 0;
  /** Memory in words, and where among them the consumer position lies. */
  #words: Int32Array = new Int32Array(0);
  #positionAt = 0;
  /** For each slot a view of the short record that was there last: made anew only for another size, and when memory grows. */
  readonly #views: Uint8Array[] = Array.from({ length: RingSlot.COUNT }, () => NOTHING);
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
    this.#blockPtr = blockPtr;
    this.#positionAt = mapping.ptr >>> 2;
    this.#peek = core.ring.peek;
  }

  /** Where the ring is mapped. */
  get mappingPtr(): number {
    return this.#mapping.ptr;
  }

  /**
   * The next record, `size` bytes: a view that is good until the next call of this reader or growth of memory. Undefined
   * when there is none or it is unfinished.
   */
  next(): Uint8Array | undefined {
    const words = this.#words;
    const at = this.#positionAt;
    const slot = this.#slot;
    // Without words memory has grown.
    if (slot < this.#found && (words.length | 0) !== 0 && words[at] === this.#low && words[at + 1] === this.#high) {
      const size = words[(this.#blockPtr + slot * RingSlot.SIZE) >>> 2];
      const view = this.#views[slot];
      this.size = size;
      return (view.length | 0) === size ? view : this.#viewAnew(slot, size);
    }
    return this.#lookAhead();
  }

  /** Moves the consumer position past the record that `next` found just now. */
  pass(): void {
    const total = recordTotal(this.size);
    const low = (this.#low + total) | 0;
    this.#words[this.#positionAt] = low;
    this.#low = low;
    this.#slot++;
    if (low >>> 0 < total) this.#words[this.#positionAt + 1] = this.#high = (this.#high + 1) | 0;
  }

  /** `pass`, after others may have moved the position, and memory may have grown. */
  passLater(): void {
    if ((this.#words.length | 0) === 0) this.#attach();
    this.#words[this.#positionAt + 1] = this.#high;
    this.pass();
  }

  /** The fd is closed: what was read ahead is gone, and the core finds nothing more. */
  free(): void {
    this.#fd = -1;
    this.#found = 0;
  }

  /** Fills the slots anew and answers as `next`. */
  #lookAhead(): Uint8Array | undefined {
    this.#slot = 0;
    this.#found = 0;
    let found: number;
    do found = this.#peek(this.#fd, this.#mapping.ptr, this.#blockPtr, RingSlot.COUNT);
    while (found === -Errno.EAGAIN);
    if (found <= 0) {
      this.size = found === 0 ? -Errno.ENODATA : found;
      return undefined;
    }
    if ((this.#words.length | 0) === 0) this.#attach();
    this.#low = this.#words[this.#positionAt];
    this.#high = this.#words[this.#positionAt + 1];
    this.#found = found;
    return this.next();
  }

  /** Gives up all views, after memory has grown. */
  #attach(): void {
    this.#views.fill(NOTHING);
    this.#words = this.#core.fresh().i32;
  }

  /** A view of the record in a slot; of a long one the slot has only the header, and the record lies in the ring. */
  #viewAnew(slot: number, size: number): Uint8Array {
    if (size + RingbufHdr.SIZE > RingSlot.SIZE) return this.#mapping.payload(this.#mapping.recordPtr(this.#low), size);
    const ptr = this.#blockPtr + slot * RingSlot.SIZE + RingbufHdr.SIZE;
    return (this.#views[slot] = new Uint8Array(this.#core.memory.buffer, ptr, size));
  }
}
