// Walking an LPM trie in its order. LOOKUP_BATCH goes on after the key in in_batch, but from the first key again when that
// one has been deleted. So a walk uses it while nothing has changed; after a change it asks once for the key that follows
// its place in the order, which needs no key to be there.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { PREFIX_DATA, readPrefixlen, writePrefixlen } from "../codecs/prefix.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "../abi/core.ts";
import { BATCH_COUNT_FIRST, BATCH_COUNT_MAX, batchCapacity } from "./buckets.ts";
import type { BatchSource } from "./element_walk.ts";

// The block of a trie's batches:
//
//   0          64        64 + k    64 + 2k   …        k = round_up(key_size, 8)
//   batch attr in_batch  out_batch keys      values
const ATTR_SIZE = 56;
const IN_BATCH = 64;

/** Reads the elements of one trie. Its block is scratch for one call; what a walk must remember is in the walk itself. */
export class LpmReader {
  readonly core: Core;
  readonly keySize: number;
  readonly valueSize: number;
  readonly #fd: number;
  readonly #fail: (cmd: number, errno: number) => Error;
  #block: Ptr = NULL;
  #capacity: number;

  constructor(core: Core, fd: number, keySize: number, valueSize: number, fail: (cmd: number, errno: number) => Error) {
    this.core = core;
    this.#fd = fd;
    this.keySize = keySize;
    this.valueSize = valueSize;
    this.#fail = fail;
    this.#capacity = batchCapacity(keySize, valueSize);
  }

  /** Where the key lies from which the next read goes on. */
  get cursorPtr(): number {
    if (this.#block === NULL) this.#allocate();
    return this.#block + IN_BATCH;
  }

  get keysPtr(): number {
    return this.#block + IN_BATCH + 2 * roundUp8(this.keySize);
  }

  get valuesPtr(): number {
    return this.keysPtr + roundUp8(this.#capacity * this.keySize);
  }

  /** Reads up to `want` elements behind the cursor, which is the key of an element, or from the first. Returns how many. */
  read(fromStart: boolean, want: number): number {
    const inBatch = fromStart ? NULL : this.cursorPtr;
    if (this.#block === NULL) this.#allocate();
    const { u32 } = this.core.fresh();
    const at = this.#block >>> 2;
    u32[at] = inBatch;
    u32[at + 2] = this.#block + IN_BATCH + roundUp8(this.keySize);
    u32[at + 4] = this.keysPtr;
    u32[at + 6] = this.valuesPtr;
    u32[at + 8] = Math.min(want, this.#capacity);
    u32[at + 9] = this.#fd;
    const ret = this.core.bpf(Cmd.MAP_LOOKUP_BATCH, this.#block, ATTR_SIZE);
    if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, ret);
    return u32[at + 8];
  }

  /** Reads the one element that follows the cursor's place, or with `atCursor` the cursor's own if it is there. */
  readOne(atCursor: boolean): number {
    const { exports } = this.core;
    const { cursorPtr, keysPtr, valuesPtr } = this;
    const { u32 } = this.core.fresh();
    if (atCursor) {
      const ret = exports.lpm_match(this.#fd, cursorPtr, keysPtr, valuesPtr);
      if (ret === 0 && u32[keysPtr >>> 2] === u32[cursorPtr >>> 2]) return 1;
      if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_ELEM, ret);
    }
    const ret = exports.lpm_next(this.#fd, cursorPtr, keysPtr);
    if (ret === -Errno.ENOENT) return 0;
    if (ret !== 0) throw this.#fail(Cmd.MAP_GET_NEXT_KEY, ret);
    const found = exports.lpm_match(this.#fd, keysPtr, keysPtr, valuesPtr);
    if (found !== 0) throw this.#fail(Cmd.MAP_LOOKUP_ELEM, found);
    return 1;
  }

  /** Near the memory limit a smaller batch may still find room. */
  #allocate(): void {
    for (; this.#capacity >= 1; this.#capacity = Math.floor(this.#capacity / 2)) {
      const keys = roundUp8(this.#capacity * this.keySize);
      this.#block = this.core.alloc(IN_BATCH + 2 * roundUp8(this.keySize) + keys + this.#capacity * this.valueSize);
      if (this.#block !== NULL) return;
    }
    this.#capacity = 1;
    throw this.#fail(Cmd.MAP_LOOKUP_BATCH, -Errno.ENOMEM);
  }

  release(): void {
    this.core.free(this.#block);
    this.#block = NULL;
  }
}

/** The batches of one walk over a trie, or over the prefixes that one of them covers. */
export class LpmSource implements BatchSource {
  done = false;
  readonly #reader: LpmReader;
  /** The key of the prefix whose part of the trie this is about. */
  readonly #under: Uint8Array | undefined;
  readonly #batch: number | undefined;
  #want: number;
  /** The last key that was read, from which the walk goes on. */
  #cursor: Uint8Array | undefined;

  constructor(reader: LpmReader, under?: Uint8Array, batch?: number) {
    this.#reader = reader;
    this.#under = under;
    this.#batch = batch;
    this.#want = batch ?? BATCH_COUNT_FIRST;
  }

  get keysPtr(): number {
    return this.#reader.keysPtr;
  }

  get valuesPtr(): number {
    return this.#reader.valuesPtr;
  }

  read(changed: boolean): number {
    const count = this.#read(changed);
    if (count === 0) {
      this.done = true;
      return 0;
    }
    const { core, keysPtr, keySize } = this.#reader;
    const { u8 } = core.fresh();
    this.#cursor ??= new Uint8Array(keySize);
    this.#cursor.set(u8.subarray(keysPtr + (count - 1) * keySize, keysPtr + count * keySize));
    return this.#under === undefined ? count : this.#cutOff(this.#under, u8, count);
  }

  /** Reads from the cursor on, by batch where the cursor's element is sure to be there. */
  #read(changed: boolean): number {
    const reader = this.#reader;
    const cursor = this.#cursor;
    if (cursor === undefined && this.#under === undefined) return reader.read(true, this.#want);
    const start = cursor ?? firstUnder(this.#under!);
    // The block must be there before the views are used: making it may grow memory.
    const ptr = reader.cursorPtr;
    reader.core.fresh().u8.set(start, ptr);
    if (cursor === undefined) return reader.readOne(true);
    if (changed) return reader.readOne(false);
    this.#want = this.#batch ?? BATCH_COUNT_MAX;
    return reader.read(false, this.#want);
  }

  /** In the trie's order the prefixes under one follow each other, so the first one that is not under it is the end. */
  #cutOff(under: Uint8Array, u8: Uint8Array, count: number): number {
    const { keysPtr, keySize } = this.#reader;
    for (let i = 0; i < count; i++) {
      if (covers(under, u8, keysPtr + i * keySize)) continue;
      this.done = true;
      return i;
    }
    return count;
  }
}

/** The place in the order in front of all that a prefix covers: its bits, then zeros to the full length. */
function firstUnder(under: Uint8Array): Uint8Array {
  const key = under.slice();
  const bits = (key.length - PREFIX_DATA) * 8;
  for (let bit = readPrefixlen(under, 0); bit < bits; bit++) key[PREFIX_DATA + (bit >> 3)] &= ~(0x80 >> (bit & 7));
  writePrefixlen(key, 0, bits);
  return key;
}

/** Whether the key at `ptr` is under the prefix `under`, or is that prefix. */
function covers(under: Uint8Array, u8: Uint8Array, ptr: number): boolean {
  const prefixlen = readPrefixlen(under, 0);
  if (readPrefixlen(u8, ptr) < prefixlen) return false;
  const whole = prefixlen >> 3;
  for (let i = PREFIX_DATA; i < PREFIX_DATA + whole; i++) if (u8[ptr + i] !== under[i]) return false;
  const rest = prefixlen & 7;
  return rest === 0 || ((u8[ptr + PREFIX_DATA + whole] ^ under[PREFIX_DATA + whole]) & (0xff00 >> rest) & 0xff) === 0;
}
