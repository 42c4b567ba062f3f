// The call log of a kernel: every bpf(2) command as its caller gave it and as it was answered. Nothing of it runs unless
// somebody listens: then the core has another door (door.ts).
import { Cmd, Engine, Errno, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr, type MapShape } from "../abi/attr.ts";
import { Address, type Core } from "../abi/core.ts";
import { Door } from "../abi/door.ts";
import { LogBlock, SavedBlocks } from "../abi/log_block.ts";
import type { ShapeOf } from "../abi/marshal.ts";
import { commandName, errnoName } from "../errors.ts";

/** One call of bpf(2). */
export interface BpfCall {
  /** The command's number. */
  cmd: number;
  /** Its name, "BPF_MAP_UPDATE_ELEM". */
  command: string;
  /**
   * The fields that the command has, as the caller gave them. A pointer is a copy of the bytes behind it (those the core
   * wrote, where the command writes), a path a string, null the null pointer, and a number an address that nothing can
   * be said about: because it is not valid, the fd is no map, or the command failed before it wrote.
   */
  attr: BpfAttr;
  /** The scalar fields that the core wrote: `count`, `next_id`, `info_len`. */
  out: BpfAttr;
  /** The third argument: bytes of the attr. */
  size: number;
  /** 0 or more, or the negative errno. */
  result: number;
  /** The name of the errno, undefined for a call that succeeded. */
  error: string | undefined;
}

/** What `onCall` takes. */
export type CallListener = (call: BpfCall) => void;

const LOWEST = 65536;

/** Who listens to one core's calls. */
export class CallLog {
  readonly #core: Core;
  readonly #shapeOf: ShapeOf;
  readonly #listeners = new Set<CallListener>();
  readonly #door: Door;
  readonly #block: LogBlock;

  constructor(core: Core, shapeOf: ShapeOf) {
    this.#core = core;
    this.#shapeOf = shapeOf;
    this.#block = new LogBlock(core);
    this.#door = this.#loggedDoor();
  }

  /** Adds a listener; returns what removes it. One that is added twice is called twice. */
  add(listener: CallListener): () => void {
    if (typeof listener !== "function") throw new TypeError(`Cannot log calls: expected a function, got ${typeof listener}`);
    const own: CallListener = (call) => listener(call);
    this.#listeners.add(own);
    this.#core.door = this.#door;
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#core.door = this.#core.direct;
      this.#block.free();
    };
  }

  /**
   * What is logged is what a call stands for; what runs is the same export as without a log, so that the answer is the same.
   * Exports that take numbers decline, and their callers then take those that take addresses.
   */
  #loggedDoor(): Door {
    const { direct } = this.#core;
    const declined = (): number => -Errno.ENOTSUPP;
    return new Door({
      bpf: (cmd, attrPtr, size) => this.#report(cmd, attrPtr, size, () => direct.bpf(cmd, attrPtr, size)),
      lookup: (fd, keyPtr) => this.#lookup(fd, keyPtr),
      lookupU32: declined,
      lookupU128: declined,
      valueU32: () => Engine.UNCLEAR,
      lastError: declined,
      update: (fd, keyPtr, valuePtr, flags) => {
        const attr = this.#block.attr(fd, keyPtr, valuePtr, flags);
        return this.#report(Cmd.MAP_UPDATE_ELEM, attr, LogBlock.ELEM_SIZE, () => direct.update(fd, keyPtr, valuePtr, flags));
      },
      updateU32: declined,
      lookupMany: (fd, keysPtr, valuesPtr, count, foundPtr) => this.#lookupMany(fd, keysPtr, valuesPtr, count, foundPtr),
      lpmValueU32: declined,
      lpmMatch: (fd, keyPtr, outKeyPtr, valuePtr) => {
        const attr = this.#block.attr(fd, keyPtr, valuePtr, 0);
        return this.#report(Cmd.MAP_LOOKUP_ELEM, attr, LogBlock.ELEM_SIZE, () => direct.lpmMatch(fd, keyPtr, outKeyPtr, valuePtr));
      },
      lpmNext: (fd, keyPtr, outKeyPtr) => {
        const attr = this.#block.attr(fd, keyPtr, outKeyPtr, 0);
        return this.#report(Cmd.MAP_GET_NEXT_KEY, attr, LogBlock.NEXT_KEY_SIZE, () => direct.lpmNext(fd, keyPtr, outKeyPtr));
      },
    });
  }

  /** The value is copied out of the map: a listener may delete the element before the caller has read it. */
  #lookup(fd: number, keyPtr: number): number {
    const size = this.#shapeOf(fd)?.valueSize ?? 0;
    const valuePtr = this.#block.room(size);
    let answer = 0;
    this.#report(Cmd.MAP_LOOKUP_ELEM, this.#block.attr(fd, keyPtr, valuePtr, 0), LogBlock.ELEM_SIZE, () => {
      answer = this.#core.direct.lookup(fd, keyPtr) >>> 0;
      if (answer >= Address.ERRNO_MIN) return answer | 0;
      this.#core.fresh().u8.copyWithin(valuePtr, answer, answer + size);
      answer = valuePtr;
      return 0;
    });
    return answer;
  }

  /** A LOOKUP_ELEM for each key. */
  #lookupMany(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number {
    const { keySize, valueSize } = this.#shapeOf(fd) ?? { keySize: 0, valueSize: 0 };
    let hits = 0;
    for (let i = 0; i < count; i++) {
      const [keyPtr, valuePtr] = [keysPtr + i * keySize, valuesPtr + i * valueSize];
      const ret = this.#report(Cmd.MAP_LOOKUP_ELEM, this.#block.attr(fd, keyPtr, valuePtr, 0), LogBlock.ELEM_SIZE, () => {
        const found = this.#core.direct.lookupMany(fd, keyPtr, valuePtr, 1, foundPtr + i);
        return found < 0 ? found : found === 1 ? 0 : -Errno.ENOENT;
      });
      if (ret === 0) hits++;
      else if (ret !== -Errno.ENOENT) return ret;
    }
    return hits;
  }

  /** Runs a command and tells the listeners what it was and what came of it. */
  #report(cmd: number, attrPtr: number, size: number, run: () => number): number {
    const reader = new AttrReader(this.#core, this.#shapeOf, cmd, attrPtr >>> 0, size >>> 0);
    const result = run();
    const error = result < 0 ? errnoName(result) : undefined;
    const { attr, out } = reader.finish(result);
    this.#tell({ cmd, command: commandName(cmd), attr, out, size: size >>> 0, result, error }, reader.addresses);
    return result;
  }

  /**
   * Calls the listeners by the direct door: what they do is not logged. They may use the map whose command this is, and close
   * it; so the blocks that its caller is about to read are put back as they were, and none is freed before.
   */
  #tell(call: BpfCall, addresses: readonly number[]): void {
    const core = this.#core;
    const saved = new SavedBlocks(core, addresses);
    core.door = core.direct;
    try {
      core.keepBlocks(() => {
        for (const listener of [...this.#listeners]) listener(call);
      });
    } finally {
      saved.putBack();
      if (this.#listeners.size > 0) core.door = this.#door;
    }
  }
}

/** Reads the attr of one call: what goes in before it, what comes out after. */
class AttrReader {
  readonly #core: Core;
  readonly #fields: readonly AttrField[];
  readonly #attrPtr: number;
  readonly #size: number;
  readonly #shape: MapShape | undefined;
  readonly #attr: BpfAttr = {};
  /** The attr's address and those in it. */
  readonly addresses: number[];

  constructor(core: Core, shapeOf: ShapeOf, cmd: number, attrPtr: number, size: number) {
    this.#core = core;
    this.#attrPtr = attrPtr;
    this.#size = Math.min(size, Limit.ATTR_SIZE);
    const { fields, hasMapFd } = attrTable(cmd);
    // Nothing of a caller lies in the first page of memory, so an address there is a null pointer gone astray.
    const readable = attrPtr >= LOWEST && attrPtr + this.#size <= core.fresh().u8.length;
    this.#fields = readable ? fields : [];
    for (const field of this.#fields) this.#set(this.#attr, field, this.#word(field));
    const isAddress = ({ kind }: AttrField): boolean => kind === "ptr" || kind === "path";
    this.addresses = [attrPtr, ...this.#fields.filter(isAddress).map(({ name }) => Number(this.#attr[name]))];
    this.#shape = hasMapFd && readable ? shapeOf(this.#attr.map_fd as number) : undefined;
    for (const field of this.#fields) if (!this.#isOut(field)) this.#deref(field, this.#attr);
  }

  finish(result: number): { attr: BpfAttr; out: BpfAttr } {
    const attr = this.#attr;
    const out: BpfAttr = {};
    for (const field of this.#fields) {
      if (field.out && field.kind !== "ptr") this.#set(out, field, this.#word(field));
    }
    // Batches report how many elements they did even where they fail; ENOENT says that the end was reached.
    const wrote = result >= 0 || (out.count !== undefined && out.count > 0 && result === -Errno.ENOENT);
    for (const field of this.#fields) {
      if (wrote && field.kind === "ptr" && this.#isOut(field)) this.#deref(field, { ...attr, ...out });
    }
    return { attr, out };
  }

  /** Whether the core writes behind this pointer. A bloom filter only looks at the value that it is asked for. */
  #isOut({ kind, out }: AttrField): boolean {
    return kind === "ptr" && out && this.#shape?.type !== MapType.BLOOM_FILTER;
  }

  #set(attr: BpfAttr, { name }: AttrField, value: unknown): void {
    (attr as Record<string, unknown>)[name] = value;
  }

  /** A field's bytes as a number, those past the attr's size as zero; a name as a string. */
  #word({ offset, kind }: AttrField): number | bigint | string {
    const { u8 } = this.#core.fresh();
    const bytes = new Uint8Array(Limit.OBJ_NAME_LEN);
    const end = this.#attrPtr + Math.min(offset + bytes.length, this.#size);
    if (this.#attrPtr + offset < end) bytes.set(u8.subarray(this.#attrPtr + offset, end));
    const view = new DataView(bytes.buffer);
    if (kind === "name") return latin1(bytes);
    if (kind === "s32") return view.getInt32(0, true);
    if (kind === "u32" || kind === "fd") return kind === "fd" ? view.getUint32(0, true) | 0 : view.getUint32(0, true);
    const wide = view.getBigUint64(0, true);
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }

  /** Replaces a pointer by what lies there, as far as that can be known. */
  #deref(field: AttrField, attr: BpfAttr): void {
    const ptr = this.#attr[field.name];
    if (field.kind !== "ptr" && field.kind !== "path") return;
    if (ptr === 0) return this.#set(this.#attr, field, null);
    const { u8 } = this.#core.fresh();
    if (typeof ptr !== "number" || ptr >= u8.length) return;
    if (field.kind === "path") return this.#set(this.#attr, field, utf8(u8.slice(ptr, ptr + Limit.PATH_MAX)));
    const bytes = field.bytes?.(attr, this.#shape) ?? 0;
    const size = field.name === "info" ? Math.min(bytes, Limit.INFO_SIZE) : bytes;
    if (size > 0 && ptr + size <= u8.length) this.#set(this.#attr, field, u8.slice(ptr, ptr + size));
  }
}

function upToNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(upToNul(bytes));
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...upToNul(bytes));
}
