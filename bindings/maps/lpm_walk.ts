// Walking an LPM trie in its order. LOOKUP_BATCH goes on after the key in in_batch, but from the first key again when that
// one has been deleted. So a walk uses it while nothing has changed; after a change it asks once for the key that follows
// its place in the order, which needs no key to be there.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { BATCH_COUNT_MAX, BatchBlock, batchCapacity } from "../abi/batch_block.ts";
import { type Core, setBytes } from "../abi/core.ts";
import { PREFIX_DATA, readPrefixlen, writePrefixlen } from "../codecs/prefix.ts";
import { BATCH_COUNT_FIRST } from "./buckets.ts";
import type { Batch, BatchSource } from "./element_walk.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** Reads the elements of one trie. Its block is scratch for one call; what a walk must remember is in the walk itself. */
export class LpmReader {
  readonly core: Core;
  readonly keySize: number;
  readonly #owned: OwnedFd;
  readonly #valueSize: number;
  readonly #fail: (cmd: number, errno: number) => Error;
  #block: BatchBlock | undefined;

  constructor(core: Core, owned: OwnedFd, keySize: number, valueSize: number, fail: (cmd: number, errno: number) => Error) {
    this.core = core;
    this.#owned = owned;
    this.keySize = keySize;
    this.#valueSize = valueSize;
    this.#fail = fail;
  }

  /** The block. A read goes on from the key at its `inPtr`, and it is good until the next read. */
  get block(): BatchBlock {
    return (this.#block ??= this.#allocate());
  }

  /** Reads up to `want` elements behind the cursor, which is the key of an element, or from the first. */
  read(fromStart: boolean, want: number): Batch {
    const { block } = this;
    const ret = block.lookup(fromStart, Math.min(want, block.capacity));
    if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, ret);
    return block;
  }

  /** Reads the one element that follows the cursor's place, or with `atCursor` the cursor's own if it is there. */
  readOne(atCursor: boolean): Batch {
    const { door } = this.core;
    const { inPtr, keysPtr, valuesPtr } = this.block;
    if (atCursor) {
      const ret = door.lpmMatch(this.#owned.fd, inPtr, keysPtr, valuesPtr);
      const { u8 } = this.core.fresh();
      if (ret === 0 && readPrefixlen(u8, keysPtr) === readPrefixlen(u8, inPtr)) return { keysPtr, valuesPtr, count: 1 };
      if (ret !== 0 && ret !== -Errno.ENOENT) throw this.#fail(Cmd.MAP_LOOKUP_ELEM, ret);
    }
    const ret = door.lpmNext(this.#owned.fd, inPtr, keysPtr);
    if (ret === -Errno.ENOENT) return { keysPtr, valuesPtr, count: 0 };
    if (ret !== 0) throw this.#fail(Cmd.MAP_GET_NEXT_KEY, ret);
    const found = door.lpmMatch(this.#owned.fd, keysPtr, keysPtr, valuesPtr);
    if (found !== 0) throw this.#fail(Cmd.MAP_LOOKUP_ELEM, found);
    return { keysPtr, valuesPtr, count: 1 };
  }

  #allocate(): BatchBlock {
    const { keySize } = this;
    const shape = { fd: this.#owned.fd, keySize, valueSize: this.#valueSize, cursorSize: keySize };
    const block = this.#owned.hold(BatchBlock.allocate(this.core, shape, batchCapacity(keySize + this.#valueSize)));
    if (block === undefined) throw this.#fail(Cmd.MAP_LOOKUP_BATCH, -Errno.ENOMEM);
    return block;
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

  read(changed: boolean): Batch {
    const batch = this.#read(changed);
    const { keysPtr, valuesPtr, count } = batch;
    if (count === 0) {
      this.done = true;
      return batch;
    }
    const { core, keySize } = this.#reader;
    const { u8 } = core.fresh();
    this.#cursor ??= new Uint8Array(keySize);
    this.#cursor.set(u8.subarray(keysPtr + (count - 1) * keySize, keysPtr + count * keySize));
    if (this.#under === undefined) return batch;
    return { keysPtr, valuesPtr, count: this.#cutOff(this.#under, u8, keysPtr, count) };
  }

  /** Reads from the cursor on, by batch where the cursor's element is sure to be there. */
  #read(changed: boolean): Batch {
    const reader = this.#reader;
    const cursor = this.#cursor;
    if (cursor === undefined && this.#under === undefined) return reader.read(true, this.#want);
    const start = cursor ?? firstUnder(this.#under!);
    // The block must be there before the views are used: making it may grow memory.
    const { inPtr } = reader.block;
    setBytes(reader.core.fresh().u8, start, inPtr);
    if (cursor === undefined) return reader.readOne(true);
    if (changed) return reader.readOne(false);
    this.#want = this.#batch ?? BATCH_COUNT_MAX;
    return reader.read(false, this.#want);
  }

  /** In the trie's order the prefixes under one follow each other, so the first one that is not under it is the end. */
  #cutOff(under: Uint8Array, u8: Uint8Array, keysPtr: number, count: number): number {
    const { keySize } = this.#reader;
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
