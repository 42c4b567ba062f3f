// BPF_MAP_TYPE_RINGBUF: programs write records, user space reads them. Both sides live here.
import { Cmd, Errno, RingbufFlag } from "../../assembly/uapi/constants.ts";
import { isBytes, ownBytesOf } from "../abi/bytes.ts";
import { type Core, setBytes } from "../abi/core.ts";
import type { AbortSignalLike } from "../abi/host_types.ts";
import { checkOptionNames } from "../abi/names.ts";
import { OwnBlock } from "../abi/own_block.ts";
import type { Wakeups } from "../abi/wakeups.ts";
import { BpfError, errnoName } from "../errors.ts";
import { BpfMap } from "./base.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { mapMemory } from "./mapping.ts";
import type { Held, OwnedFd } from "./owned_fd.ts";
import { RingMapping, recordTotal } from "./ring_layout.ts";
import { READER_BLOCK_SIZE, RingReader } from "./ring_reader.ts";
import { checkSignal, RecordIterator, type RecordSource } from "./ring_records.ts";
import { RingWait } from "./ring_wait.ts";
import { isRecordSize, recordSizeError, type RecordOwner, RingRecord, type WakeupOptions, wakeupFlags } from "./ring_record.ts";

/** What `createMap` makes a ring buffer from. `maxEntries` is its size in bytes: a power of two, 4096 or more. */
export interface RingBufferSpec extends CommonSpec {
  type: "ringbuf";
}

/** Options of `records`. */
export interface RecordsOptions {
  /** Ends the wait: the iteration then throws the signal's reason. */
  signal?: AbortSignalLike;
}

/** Wakes the iterators that wait for a map, which then see that its object is closed. Made here: in there it would refer to the object. */
function waker(wakeups: Wakeups, id: number): Held {
  return { free: () => wakeups.wake(id) };
}

/** Bytes that always stay free, so that full and empty differ. */
const GAP = 8;

/**
 * BPF_MAP_TYPE_RINGBUF: a queue of records of any size, in the order in which they were reserved. `output`, `reserve`,
 * `submit` and `discard` are the program's side, with the helpers' rules; the rest is the reader's side, over the same
 * memory that a reader maps in Linux. A ring that is full refuses records; it never overwrites one.
 *
 * All readers of a map share one position: each record goes to one of them. Other objects of the same map (`dup`,
 * `openById`) are readers and writers of the same ring.
 *
 * @example
 * const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
 * ring.output(new TextEncoder().encode("hello"));
 * for await (const record of ring) {
 *   console.log(new TextDecoder().decode(record)); // hello
 *   break;
 * }
 */
export class RingBuffer extends BpfMap implements AsyncIterable<Uint8Array> {
  /** Records that `output` and `reserve` of this object could not place since it was made. Linux leaves counting to programs. */
  dropped = 0;
  readonly #core: Core;
  readonly #host: MapHost;
  readonly #id: number;
  readonly #owner: RecordOwner;
  readonly #source: RecordSource;
  readonly #wakeups: Wakeups;
  readonly #readBlock: OwnBlock;
  #reader: RingReader | undefined;
  #wait: RingWait | undefined;
  /** What the word that readers of a shared kernel sleep on was when the ring was found to be empty. */
  #word = 0;
  readonly #output: (fd: number, dataPtr: number, size: number, flags: number) => number;
  /** The scratch block; of length 0 once memory has grown. */
  #scratch: Uint8Array = new Uint8Array(0);
  // Numbers from the start: trick 5 of ARCHITECTURE.md.
  #scratchPtr = 0;
  /** Longest record that `output` need not look at twice. */
  #shortMax = 0;
  /** For records that are longer than the scratch block. */
  #block: OwnBlock | undefined;
  readonly #owned: OwnedFd;
  readonly #ringSize: number;
  /** recordSizeMax. */
  #sizeMax = 0;
  /** What may read at once: undefined before the first read and while a drain is under way. Of a closed map it finds nothing. */
  #ready: RingReader | undefined;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#host = host;
    this.#core = host.core;
    this.#id = this.info().id;
    const readBlock = owned.hold(OwnBlock.allocate(this.#core, READER_BLOCK_SIZE));
    if (readBlock === undefined) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#readBlock = readBlock;
    this.#wakeups = this.#core.wakeups;
    this.#owned = owned;
    owned.hold(waker(this.#wakeups, this.#id));
    this.#ringSize = description.maxEntries;
    this.#sizeMax = description.maxEntries - GAP - recordTotal(0);
    this.#output = this.#core.ring.output;
    this.#scratchPtr = this.#core.scratchPtr;
    this.#shortMax = Math.min(this.#sizeMax, this.#core.scratchSize);
    this.#owner = {
      core: this.#core,
      open: () => this.open(),
      finish: (ptr, discard, flags) => this.#finish(ptr, discard, flags),
    };
    this.#source = {
      closed: () => this.closed,
      consume: () => {
        this.#word = this.#waiting()?.word ?? 0;
        return this.consume();
      },
      wait: (wake) => this.#waiting()?.wake(this.#word, this.#wakeups, this.#id, wake) ?? this.#wakeups.wait(this.#id, wake),
    };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "RingBuffer";
  }

  /** Largest record that fits, in bytes. */
  get recordSizeMax(): number {
    return this.#sizeMax;
  }

  /**
   * Copies a record into the ring: bpf_ringbuf_output. Returns false, and counts the record in `dropped`, when there is
   * no room. Throws RangeError for a record that would not fit into the empty ring, where Linux says EAGAIN for ever;
   * BpfError EINVAL for flags other than BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP.
   */
  output(data: ArrayBufferView, options?: WakeupOptions): boolean {
    if (data === undefined || data === null) return this.#outputAny(data, options);
    // What most records are. The length first: trick 6 of ARCHITECTURE.md.
    const size = (data as Uint8Array).length | 0;
    const scratch = this.#scratch;
    const plain = options === undefined && isBytes(data);
    if (!plain || size >>> 0 > this.#shortMax || (scratch.length | 0) === 0) return this.#outputAny(data, options);
    setBytes(scratch, data);
    const ret = this.#output(this.#owned.fd, this.#scratchPtr, size, 0);
    if (ret < 0) return this.#refused(ret);
    if (ret !== 0 && this.#wakeups.maps !== 0) this.#wakeups.wake(this.#id);
    return true;
  }

  /**
   * Room for a record of `size` bytes that is written in place: bpf_ringbuf_reserve. Readers wait at it until it is
   * submitted or discarded. Returns undefined, and counts the record in `dropped`, when there is no room. Throws
   * RangeError as `output`.
   */
  reserve(size: number): RingRecord | undefined {
    const fd = this.openFd;
    if (!isRecordSize(size, this.recordSizeMax)) throw recordSizeError(this.subject(), size, this.recordSizeMax);
    const ptr = this.#core.ring.reserve(fd, size);
    if (ptr !== 0) return new RingRecord(this.#owner, ptr, size);
    this.dropped++;
    return undefined;
  }

  /**
   * Calls `fn` with every record that is there, in order, until there is none, `max` were read or `fn` returns false.
   * Returns how many were read. `data` is a view over memory that later records use again, so that reading makes no
   * garbage: it holds the record only until `fn` returns, and has length 0 if memory grows meanwhile. A record counts as
   * read when `fn` returns or throws. Throws BpfError EACCES or EPERM for a map that cannot be mapped for reading
   * (read-only fd, frozen), and EBUSY when `fn` itself reads from the ring.
   */
  drain(fn: (data: Uint8Array) => unknown, max: number = Infinity): number {
    const reader = this.#ready === undefined ? this.#beginRead() : this.#ready;
    // Its fd is -1 once the object is closed, which `fn` may do. `closed` is a method of all map classes: trick 2 of ARCHITECTURE.md.
    const owned = this.#owned;
    let count = 0;
    this.#ready = undefined;
    try {
      while (count < max) {
        const data = reader.next();
        if (data === undefined) {
          this.#checkNone(reader);
          break;
        }
        count++;
        let goOn: unknown;
        try {
          goOn = fn(data);
        } finally {
          if (owned.fd !== -1) reader.passLater();
        }
        if (goOn === false || owned.fd === -1) break;
      }
    } finally {
      if (owned.fd !== -1) this.#ready = reader;
    }
    return count;
  }

  /** Reads one record and returns a copy of it, or undefined when there is none. Throws as `drain`. */
  consume(): Uint8Array | undefined {
    const reader = this.#ready === undefined ? this.#beginRead() : this.#ready;
    const data = reader.next();
    if (data === undefined) return this.#checkNone(reader);
    const copy = new Uint8Array(data);
    reader.pass();
    return copy;
  }

  /**
   * Reads one record into the front of `out` and returns how many bytes it has, or undefined, with `out` left alone, when
   * there is none. Throws RangeError, with nothing read, for a view shorter than the record, and as `drain` besides.
   *
   * @example
   * const record = new Uint8Array(ring.recordSizeMax);
   * for (let size = ring.consumeInto(record); size !== undefined; size = ring.consumeInto(record)) {
   *   console.log(record.subarray(0, size));
   * }
   */
  consumeInto(out: ArrayBufferView): number | undefined {
    if (out === undefined || out === null) throw this.#noView("read from");
    const room = (out as Uint8Array).length | 0;
    if (!isBytes(out)) return this.consumeInto(this.#bytes("read from", out));
    const reader = this.#ready === undefined ? this.#beginRead() : this.#ready;
    const data = reader.next();
    if (data === undefined) return this.#checkNone(reader);
    if (reader.size > room) this.#checkRoom(reader.size, out.length);
    setBytes(out, data);
    reader.pass();
    return reader.size;
  }

  /**
   * Waits until there is a record to read, or `timeoutMs` have gone by, and then drains: ring_buffer__poll. Returns how many
   * were read; 0 means that the time is over. `onDone` is told of the end of a batch. Blocks the thread, which browsers allow in
   * workers alone (TypeError); in a kernel that is not shared nobody could write meanwhile. Throws as `drain` besides.
   */
  poll(fn: (data: Uint8Array) => unknown, timeoutMs: number = Infinity, onDone?: (count: number) => void): number {
    const wait = this.#waiting();
    for (let left = timeoutMs; ; ) {
      const word = wait?.word ?? 0;
      const count = this.drain(fn);
      if (count !== 0) onDone?.(count);
      if (count !== 0 || wait === undefined || !(left > 0)) return count;
      if (!wait.block(word, left)) left = 0;
    }
  }

  /** Where readers of a shared kernel sleep; undefined for a kernel of one thread. */
  #waiting(): RingWait | undefined {
    if (this.#core.sharedModule === undefined) return undefined;
    const reader = this.#ready === undefined ? this.#beginRead() : this.#ready;
    return (this.#wait ??= new RingWait(this.#core, this.openFd, reader.mappingPtr));
  }

  /**
   * Reads records as they come, each a copy of its own, waiting for a wakeup where there is none. Ends when the map
   * object is closed and with the iterator's `return`, also while `next` waits; throws the reason of `signal` when that is
   * aborted. A record that was not asked for stays in the ring. Throws as `drain` besides.
   *
   * @example
   * const stop = new AbortController();
   * setTimeout(() => stop.abort(), 100);
   * try {
   *   for await (const record of ring.records({ signal: stop.signal })) console.log(record.length);
   * } catch (error) {
   *   if (!stop.signal.aborted) throw error;
   * }
   */
  records(options: RecordsOptions = {}): AsyncIterableIterator<Uint8Array> {
    this.open();
    checkOptionNames(`Cannot read from ${this.subject()}`, options, ["signal"]);
    return new RecordIterator(this.#source, checkSignal(this.subject(), options.signal));
  }

  /** The same as `records`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this.records();
  }

  /** Bytes between the two positions: records, with their headers, that are not read yet, finished or not. */
  get availableData(): number {
    return this.#query(RingbufFlag.AVAIL_DATA);
  }

  /** Bytes that readers have passed since the ring was made. */
  get consumerPosition(): number {
    return this.#query(RingbufFlag.CONS_POS);
  }

  /** Bytes that writers have taken since the ring was made. */
  get producerPosition(): number {
    return this.#query(RingbufFlag.PROD_POS);
  }

  /** Size of the ring in bytes. */
  get size(): number {
    return this.#query(RingbufFlag.RING_SIZE);
  }

  #finish(ptr: number, discard: boolean, flags: number): void {
    const { ring } = this.#core;
    const wake = discard ? ring.discard(ptr, flags) : ring.submit(ptr, flags);
    if (wake !== 0) this.#wakeups.wake(this.#id);
  }

  /** The reader, for a read that may begin. */
  #beginRead(): RingReader {
    this.open();
    if (this.#reader !== undefined) throw this.#failure("", "read from", -Errno.EBUSY, "a drain of it is under way");
    return (this.#ready = this.#openReader());
  }

  #openReader(): RingReader {
    const ptr = mapMemory(this.#host, this.openFd, this.subject());
    const mapping = new RingMapping(this.#core, ptr, this.#ringSize);
    return (this.#reader = this.#owned.hold(new RingReader(this.#core, this.#owned.fd, mapping, this.#readBlock.ptr)));
  }

  /** Undefined, for a reader that found no record. */
  #checkNone({ size }: RingReader): undefined {
    this.open();
    if (size !== -Errno.ENODATA) throw this.#failure("", "read from", size);
    return undefined;
  }

  #checkRoom(size: number, room: number): void {
    if (size <= room) return;
    throw new RangeError(`Cannot read from ${this.subject()}: the record has ${size} bytes, the view ${room}`);
  }

  #query(what: RingbufFlag): number {
    return this.#core.ring.query(this.openFd, what);
  }

  #bytes(verb: string, view: ArrayBufferView): Uint8Array {
    if (!ArrayBuffer.isView(view)) throw this.#noView(verb);
    return ownBytesOf(view);
  }

  /** `output` of anything that may be given. */
  #outputAny(data: ArrayBufferView, options: WakeupOptions | undefined): boolean {
    this.open();
    const flags = wakeupFlags(options);
    const bytes = this.#bytes("output to", data);
    const size = bytes.length >>> 0;
    this.open();
    if (size > this.#sizeMax) throw recordSizeError(this.subject(), size, this.#sizeMax);
    const ret = this.#output(this.#owned.fd, this.#stage(bytes, size), size, flags);
    if (ret < 0) return this.#refused(ret);
    if (ret !== 0) this.#wakeups.wake(this.#id);
    return true;
  }

  #noView(verb: string): TypeError {
    return new TypeError(`Cannot ${verb} ${this.subject()}: expected a view of bytes`);
  }

  /** False, for a record that the core did not take for want of room. */
  #refused(errno: number): boolean {
    this.open();
    if (errno !== -Errno.EAGAIN) throw this.#failure("bpf_ringbuf_output", "output to", errno);
    this.dropped++;
    return false;
  }

  /** Copies the bytes of a record to a user block. */
  #stage(bytes: Uint8Array, size: number): number {
    const block = this.#blockFor(size);
    this.#core.copyIn(block, bytes, size);
    if ((this.#scratch.length | 0) === 0) {
      this.#scratch = new Uint8Array(this.#core.memory.buffer, this.#scratchPtr, this.#core.scratchSize);
    }
    return block;
  }

  /** A user block of `size` bytes for what goes out. */
  #blockFor(size: number): number {
    if (size <= this.#core.scratchSize) return this.#core.scratchPtr;
    if (this.#block !== undefined && size <= this.#block.size) return this.#block.ptr;
    this.#owned.drop(this.#block);
    this.#block = this.#owned.hold(OwnBlock.allocate(this.#core, size));
    if (this.#block === undefined) throw this.#failure("bpf_ringbuf_output", "output to", -Errno.ENOMEM);
    return this.#block.ptr;
  }

  #failure(call: string, verb: string, errno: number, why: string = errnoName(errno)): BpfError {
    return new BpfError(errno, call, `Cannot ${verb} ${this.subject()}: ${why}`);
  }
}
