// The call log of a kernel: every bpf(2) command as its caller gave it and as it was answered. Nothing of it runs unless
// somebody listens: then the core's door is another function.
import { Engine, Errno, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr, type MapShape } from "../abi/attr.ts";
import type { Core } from "../abi/core.ts";
import { commandName, errnoName } from "../errors.ts";
import type { ShapeOf } from "../abi/marshal.ts";

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

const notSupported = (): number => -Errno.ENOTSUPP;

/** Who listens to one core's calls. */
export class CallLog {
  readonly #core: Core;
  readonly #shapeOf: ShapeOf;
  readonly #listeners = new Set<CallListener>();

  constructor(core: Core, shapeOf: ShapeOf) {
    this.#core = core;
    this.#shapeOf = shapeOf;
  }

  /** Adds a listener; returns what removes it. One that is added twice is called twice. */
  add(listener: CallListener): () => void {
    if (typeof listener !== "function") throw new TypeError(`Cannot log calls: expected a function, got ${typeof listener}`);
    const own: CallListener = (call) => listener(call);
    this.#listeners.add(own);
    this.#core.bpf = this.#logged;
    this.#core.direct = false;
    this.#core.lookupU32 = notSupported;
    this.#core.lookupU128 = notSupported;
    this.#core.valueU32 = () => Engine.UNCLEAR;
    this.#core.lpmValueU32 = notSupported;
    this.#core.lastError = notSupported;
    this.#core.updateU32 = notSupported;
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#core.bpf = this.#core.exports.bpf;
      this.#core.direct = true;
      const { exports } = this.#core;
      this.#core.lookupU32 = exports.lookup_u32;
      this.#core.lookupU128 = exports.lookup_u128;
      this.#core.valueU32 = exports.value_u32;
      this.#core.lpmValueU32 = exports.lpm_value_u32;
      this.#core.lastError = exports.last_error;
      this.#core.updateU32 = exports.update_u32;
    };
  }

  readonly #logged = (cmd: number, attrPtr: number, size: number): number => {
    const core = this.#core;
    // Reading a map's sizes is a command too, and so is what listeners do: neither is logged.
    core.bpf = core.exports.bpf;
    try {
      const reader = new AttrReader(core, this.#shapeOf, cmd, attrPtr >>> 0, size >>> 0);
      const result = core.bpf(cmd, attrPtr, size);
      const error = result < 0 ? errnoName(result) : undefined;
      const { attr, out } = reader.finish(result);
      const call: BpfCall = { cmd, command: commandName(cmd), attr, out, size: size >>> 0, result, error };
      for (const listener of [...this.#listeners]) listener(call);
      return result;
    } finally {
      if (this.#listeners.size > 0) core.bpf = this.#logged;
    }
  };
}

/** Reads the attr of one call: what goes in before it, what comes out after. */
class AttrReader {
  readonly #core: Core;
  readonly #fields: readonly AttrField[];
  readonly #attrPtr: number;
  readonly #size: number;
  readonly #shape: MapShape | undefined;
  readonly #attr: BpfAttr = {};

  constructor(core: Core, shapeOf: ShapeOf, cmd: number, attrPtr: number, size: number) {
    this.#core = core;
    this.#attrPtr = attrPtr;
    this.#size = Math.min(size, Limit.ATTR_SIZE);
    const { fields, hasMapFd } = attrTable(cmd);
    // Nothing of a caller lies in the first page of memory, so an address there is a null pointer gone astray.
    const readable = attrPtr >= LOWEST && attrPtr + this.#size <= core.fresh().u8.length;
    this.#fields = readable ? fields : [];
    for (const field of this.#fields) this.#set(this.#attr, field, this.#word(field));
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
