// BPF_MAP_TYPE_USER_RINGBUF: user space writes records, a program reads them. Both sides live here.
import { Errno, RingbufHdr } from "../../assembly/uapi/constants.ts";
import { ownBytesOf } from "../abi/bytes.ts";
import { type Core, NULL } from "../abi/core.ts";
import { BpfError, errnoName } from "../errors.ts";
import { BpfMap } from "./base.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { mapMemory } from "./mapping.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { RingMapping, recordTotal } from "./ring_layout.ts";
import { isRecordSize, recordSizeError, type RecordOwner, RingRecord } from "./ring_record.ts";

/** What `createMap` makes a user ring buffer from. `maxEntries` is its size in bytes: a power of two, 4096 or more. */
export interface UserRingBufferSpec extends CommonSpec {
  type: "user_ringbuf";
}

/** Largest sample that a program can be given, in bytes. */
const SAMPLE_SIZE_MAX = 0xffffff;
/** bpf_user_ringbuf_drain gives a program at most this many samples in one call. */
const SAMPLES_MAX = 128 * 1024;

/**
 * BPF_MAP_TYPE_USER_RINGBUF: a ring buffer in the other direction. `output`, `reserve`, `submit` and `discard` are user
 * space's side, written over the shared memory as a process does in Linux; `drain` is the program's side.
 *
 * @example
 * const commands = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096 });
 * commands.output(new Uint8Array([1, 2, 3]));
 * commands.drain((sample) => console.log(sample.length)); // 3
 */
export class UserRingBuffer extends BpfMap {
  /** Records that `output` and `reserve` of this object could not place since it was made. */
  dropped = 0;
  readonly #core: Core;
  readonly #host: MapHost;
  readonly #ringSize: number;
  readonly #owner: RecordOwner;
  #mapping: RingMapping | undefined;
  #draining = false;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#host = host;
    this.#core = host.core;
    this.#ringSize = description.maxEntries;
    this.#owner = {
      core: this.#core,
      open: () => this.open(),
      finish: (ptr, discard) => this.#finish(ptr, discard),
    };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "UserRingBuffer";
  }

  /** Largest record that fits, in bytes. */
  get recordSizeMax(): number {
    return Math.min(this.#ringSize - RingbufHdr.SIZE, SAMPLE_SIZE_MAX);
  }

  /**
   * Copies a record into the ring. Returns false, and counts the record in `dropped`, when there is no room. Throws
   * RangeError for a record that would not fit into the empty ring; BpfError EACCES or EPERM for a map that cannot be
   * mapped for writing (read-only fd, frozen).
   */
  output(data: ArrayBufferView): boolean {
    if (!ArrayBuffer.isView(data)) throw new TypeError(`Cannot output to ${this.subject()}: expected a view of bytes`);
    const bytes = ownBytesOf(data);
    const size = bytes.length;
    const mapping = this.#map();
    const record = this.#take(mapping, size);
    if (record === NULL) return false;
    this.#core.copyIn(record + RingbufHdr.SIZE, bytes, size);
    this.#publish(mapping, record, size);
    return true;
  }

  /**
   * Room for a record of `size` bytes that is written in place. The program stops at it until it is submitted or
   * discarded. Returns undefined, and counts the record in `dropped`, when there is no room. Throws as `output`.
   */
  reserve(size: number): RingRecord | undefined {
    const mapping = this.#map();
    const record = this.#take(mapping, size);
    if (record === NULL) return undefined;
    this.#publish(mapping, record, size | RingbufHdr.BUSY_BIT);
    return new RingRecord(this.#owner, record + RingbufHdr.SIZE, size);
  }

  /**
   * Calls `fn` with every sample that is there, in order, until there is none, `max` were read or `fn` returns false:
   * bpf_user_ringbuf_drain. Returns how many were read. `data` is a view over the ring itself, without a copy: it holds
   * the sample only until `fn` returns, and has length 0 if memory grows meanwhile. Throws BpfError EINVAL and E2BIG for
   * a ring whose memory makes no sense, and EBUSY when `fn` itself drains it.
   */
  drain(fn: (data: Uint8Array) => unknown, max: number = SAMPLES_MAX): number {
    const fd = this.openFd;
    const core = this.#core;
    if (this.#draining) throw this.#failure("bpf_user_ringbuf_drain", "drain", -Errno.EBUSY, "a drain of it is under way");
    let count = 0;
    while (count < max) {
      const ret = core.ring.userPeek(fd, core.scratchPtr);
      if (ret === -Errno.EAGAIN) continue;
      if (ret === -Errno.ENODATA) break;
      if (ret < 0 && ret >= -4095) throw this.#failure("bpf_user_ringbuf_drain", "drain", ret, PEEK_RULES[errnoName(ret)]);
      const size = core.fresh().u32[core.scratchPtr >>> 2];
      count++;
      this.#draining = true;
      let goOn: unknown;
      try {
        goOn = fn(new Uint8Array(core.memory.buffer, ret >>> 0, size));
      } finally {
        this.#draining = false;
        if (!this.closed) core.ring.userRelease(fd);
      }
      if (goOn === false || this.closed) break;
    }
    return count;
  }

  /** Bytes between the two positions: records, with their headers, that the program has not read yet. */
  get availableData(): number {
    const mapping = this.#map();
    return mapping.producer - mapping.consumer;
  }

  /** Bytes that the program has passed since the ring was made. */
  get consumerPosition(): number {
    return this.#map().consumer;
  }

  /** Bytes that user space has taken since the ring was made. */
  get producerPosition(): number {
    return this.#map().producer;
  }

  /** Size of the ring in bytes. */
  get size(): number {
    this.open();
    return this.#ringSize;
  }

  #map(): RingMapping {
    this.open();
    if (this.#mapping !== undefined) return this.#mapping;
    const ptr = mapMemory(this.#host, this.openFd, this.subject());
    return (this.#mapping = new RingMapping(this.#core, ptr, this.#ringSize));
  }

  /** Where the next record goes, if it has `size` bytes; NULL, and one more dropped, when there is no room. */
  #take(mapping: RingMapping, size: number): number {
    if (!isRecordSize(size, this.recordSizeMax)) throw recordSizeError(this.subject(), size, this.recordSizeMax);
    const at = mapping.producer;
    if (recordTotal(size) <= this.#ringSize - (at - mapping.consumer)) return mapping.recordPtr(at);
    this.dropped++;
    return NULL;
  }

  /** Writes the header of the record that `#take` found room for, and only then shows the record to the program. */
  #publish(mapping: RingMapping, record: number, header: number): void {
    mapping.setHeader(record, header);
    mapping.setHeader(record + 4, 0);
    mapping.producer += recordTotal(header & ~RingbufHdr.BUSY_BIT);
  }

  #finish(ptr: number, discard: boolean): void {
    const mapping = this.#map();
    const record = ptr - RingbufHdr.SIZE;
    const size = mapping.header(record) & ~RingbufHdr.BUSY_BIT;
    mapping.setHeader(record, discard ? size | RingbufHdr.DISCARD_BIT : size);
  }

  #failure(call: string, verb: string, errno: number, why: string = errnoName(errno)): BpfError {
    return new BpfError(errno, call, `Cannot ${verb} ${this.subject()}: ${why}`);
  }
}

const PEEK_RULES: { readonly [code: string]: string | undefined } = {
  EINVAL: "its producer position is not a multiple of 8, or a record runs past it",
  E2BIG: "a record is larger than the ring or than 16 MiB",
};
