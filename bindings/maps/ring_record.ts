// A record that is reserved and not yet shown to the reader.
import type { Core } from "../abi/core.ts";
import { checkOptionNames } from "../abi/names.ts";
import { denoInspect, type Facts, factsLine, nodeInspect, UNCLONABLE } from "../inspect.ts";

// Runtimes without Symbol.dispose get the symbol that compilers use for `using` there.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Options of `submit`, `discard` and `output`. */
export interface WakeupOptions {
  /**
   * 0 wakes a reader that waits if it has read all records before this one; BPF_RB_FORCE_WAKEUP always does, and
   * BPF_RB_NO_WAKEUP never, as in Linux.
   */
  flags?: number;
}

/** What a record needs of the ring that it lies in. */
export interface RecordOwner {
  core: Core;
  /** Throws if the map was closed. */
  open(): void;
  /** Ends the record whose payload is at `ptr`. */
  finish(ptr: number, discard: boolean, flags: number): void;
}

/**
 * Room for one record, to be written in place. Readers stop at it until it is submitted or discarded, so do one of the
 * two soon; nothing does it for a record that is dropped.
 *
 * @example
 * const record = ring.reserve(8);
 * if (record !== undefined) {
 *   record.data.set([1, 2, 3, 4, 5, 6, 7, 8]);
 *   record.submit();
 * }
 */
export class RingRecord {
  /** Makes `structuredClone` and `postMessage` refuse the object, with the reason. */
  readonly unclonable: symbol = UNCLONABLE;
  readonly #owner: RecordOwner;
  readonly #ptr: number;
  readonly #size: number;
  #data: Uint8Array;
  #done = "";

  constructor(owner: RecordOwner, ptr: number, size: number) {
    if (typeof owner?.finish !== "function") throw new TypeError("Cannot make a record with new: the reserve of a ring buffer makes one");
    this.#owner = owner;
    this.#ptr = ptr;
    this.#size = size;
    this.#data = new Uint8Array(owner.core.memory.buffer, ptr, size);
  }

  /**
   * The record's bytes, writable; what they hold at first is undefined. Read the property again after anything that may
   * create, update or open maps: when memory grows, a view taken before has length 0 and writes to it are lost. Throws
   * once the record is submitted or discarded, or its map closed.
   */
  get data(): Uint8Array {
    this.#check("use");
    const buffer = this.#owner.core.memory.buffer;
    if (this.#data.buffer !== buffer) this.#data = new Uint8Array(buffer, this.#ptr, this.#size);
    return this.#data;
  }

  /** Shows the record to the reader. Throws when the record is submitted or discarded already, or its map closed. */
  submit(options?: WakeupOptions): void {
    this.#finish("submit", "submitted", false, options);
  }

  /** Gives the record up; the reader skips it. Throws as `submit`. */
  discard(options?: WakeupOptions): void {
    this.#finish("discard", "discarded", true, options);
  }

  /** `discard`, unless the record is submitted or discarded or its map closed, for `using`. */
  [dispose](): void {
    try {
      this.#check("discard");
    } catch {
      return;
    }
    this.discard();
  }

  /** What `JSON.stringify` gives: facts about the record. Its bytes are `data`. */
  toJSON(): Facts {
    return { size: this.#size, state: this.#done === "" ? "reserved" : this.#done };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "RingRecord";
  }

  /** `RingRecord { size: 8, state: reserved }`. */
  [nodeInspect](): string {
    return factsLine("RingRecord", "", this.toJSON());
  }

  /** What `Deno.inspect` and the console of Deno print. */
  [denoInspect](): string {
    return this[nodeInspect]();
  }

  #check(verb: string): void {
    if (this.#done !== "") throw new Error(`Cannot ${verb} record: it is ${this.#done}`);
    this.#owner.open();
  }

  #finish(verb: string, done: string, discard: boolean, options: WakeupOptions | undefined): void {
    this.#check(verb);
    const flags = wakeupFlags(options);
    this.#done = done;
    this.#owner.finish(this.#ptr, discard, flags);
  }
}

/** The flags of `options`, checked for being a number that the core can judge. */
export function wakeupFlags(options: WakeupOptions | undefined): number {
  if (options === undefined) return 0;
  checkOptionNames("Cannot end a record", options, ["flags"]);
  const flags = options.flags ?? 0;
  if (typeof flags !== "number") throw new TypeError(`Cannot use flags: expected a number, got ${typeof flags}`);
  if (flags >>> 0 !== flags) throw new RangeError(`Cannot use flags: expected an unsigned 32-bit number, got ${flags}`);
  return flags;
}

/** Whether a record of `size` bytes would fit into an empty ring, which takes up to `sizeMax`. */
export function isRecordSize(size: number, sizeMax: number): boolean {
  return Number.isInteger(size) && size >= 0 && size <= sizeMax;
}

/** The error for a size that is none: a record that never fits is a mistake, not a full ring. */
export function recordSizeError(subject: string, size: number, sizeMax: number): Error {
  if (typeof size !== "number") return new TypeError(`Cannot reserve in ${subject}: size must be a number, got ${typeof size}`);
  return new RangeError(`Cannot reserve in ${subject}: a record has 0 to ${sizeMax} bytes: current value is ${size}`);
}
