// An attr in the core's memory as an object: what a log shows of a call.
import { Errno, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr, type MapShape } from "./attr.ts";
import type { Core } from "./core.ts";
import type { ShapeOf } from "./marshal.ts";

/** Nothing of a caller lies in the first page of memory, so an address there is a null pointer gone astray. */
const LOWEST = 65536;

/** Reads the attr of one call: what goes in before it, what comes out after. */
export class AttrReader {
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
    const { fields, hasMapFd } = attrTable(cmd, core.machine);
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
