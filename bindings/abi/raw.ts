// The raw and the exact surface: bpf(2), close(2), dup(2) and mmap(2) on the core's fds. The map classes use them, too.
import { Cmd, Limit } from "../../assembly/uapi/constants.ts";
import type { BpfAttr, MapShape } from "./attr.ts";
import { isBytes, ownBytesOf } from "./bytes.ts";
import type { Core } from "./core.ts";
import { MapInfos } from "./info.ts";
import { bpfObject } from "./marshal.ts";
import { bpfElem, GENERAL } from "./marshal_elem.ts";

/** The calls on one core, and what they remember of the maps behind its fds. See `Kernel` for what each takes. */
export class RawCalls {
  readonly core: Core;
  readonly infos: MapInfos;
  readonly shapeOf: (fd: number) => MapShape | undefined;
  /** Told of every fd before it is closed. */
  onClose: (fd: number) => void = () => {};
  /** What was mapped with an fd, and how often, `own` of them by the map classes: all mappings of a map have one address. */
  readonly #mapped: Map<number, { readonly address: number; count: number; own: number }> = new Map();

  constructor(core: Core) {
    this.core = core;
    this.infos = new MapInfos(core);
    this.shapeOf = (fd) => this.infos.shape(fd);
  }

  bpf(cmd: number, attr: BpfAttr | Uint8Array | number, size?: number): number {
    // The element commands first: they are called in loops, and they refuse nothing themselves.
    if (size === undefined && typeof attr === "object" && attr !== null && !ArrayBuffer.isView(attr)) {
      const ret = bpfElem(this.core, this.shapeOf, cmd, attr);
      if (ret !== GENERAL) return ret;
    }
    checkNumber("cmd", cmd, -(2 ** 31), 2 ** 32 - 1);
    if (size !== undefined) checkNumber("size", size, 0, 2 ** 32 - 1);
    if (cmd === Cmd.MAP_CREATE) this.core.ensureSeed();
    if (typeof attr === "number") return this.#bpfAddress(cmd, attr, size ?? Limit.ATTR_SIZE);
    if (isBytes(attr)) return this.#bpfBytes(cmd, attr, size);
    if (typeof attr !== "object" || attr === null || ArrayBuffer.isView(attr)) {
      throw new TypeError("Cannot call bpf: attr must be an object, a Uint8Array or an address");
    }
    const ret = bpfObject(this.core, this.shapeOf, cmd, attr, size ?? Limit.ATTR_SIZE);
    return this.#note(cmd, ret, this.core.attrPtr, size ?? Limit.ATTR_SIZE);
  }

  #bpfAddress(cmd: number, address: number, size: number): number {
    checkNumber("attr", address, 0, 2 ** 32 - 1);
    const ret = this.core.door.bpf(cmd, address, size);
    return this.#note(cmd, ret, address, size);
  }

  #bpfBytes(cmd: number, attr: Uint8Array, wanted: number | undefined): number {
    const bytes = ownBytesOf(attr);
    const size = wanted ?? bytes.length;
    if (bytes.length < size) {
      throw new RangeError(`Cannot call bpf: size is ${size}, but attr has only ${bytes.length} bytes`);
    }
    const core = this.core;
    // bpf(2) looks at one page at most: a larger size is E2BIG before anything is read.
    const shown = Math.min(bytes.length, Limit.PAGE_SIZE);
    core.copyIn(core.attrPtr, bytes, shown);
    const ret = core.door.bpf(cmd, core.attrPtr, size);
    core.copyOut(core.attrPtr, bytes, shown);
    return this.#note(cmd, ret, core.attrPtr, size);
  }

  /** What every other raw command leaves behind: maps may have changed, and a new fd may stand for a map. */
  #note(cmd: number, ret: number, attrPtr: number, size: number): number {
    this.core.door.touch();
    if (cmd === Cmd.MAP_CREATE && ret >= 0) this.infos.created(ret, attrPtr, size);
    return ret;
  }

  close(fd: number): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    this.onClose(fd);
    this.infos.forget(fd);
    // The caller's mappings stay, and are nobody's but his.
    this.#unmap(fd, this.#mapped.get(fd)?.own ?? 0);
    this.#mapped.delete(fd);
    const ret = this.core.close(fd);
    this.core.door.touch();
    return ret;
  }

  dup(fd: number): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    const copy = this.core.dup(fd);
    if (copy >= 0) this.infos.copied(fd, copy);
    return copy;
  }

  /** `own` for the map classes, whose mappings end with the fd. */
  mmap(fd: number, writable: boolean, own = false): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    const address = this.core.mmap(fd, writable);
    if (address < 0) return address;
    const mapped = this.#mapped.get(fd);
    if (mapped === undefined) this.#mapped.set(fd, { address, count: 1, own: own ? 1 : 0 });
    else {
      mapped.count++;
      if (own) mapped.own++;
    }
    return address;
  }

  munmap(address: number): number {
    checkNumber("address", address, 1, 2 ** 32 - 1);
    const ret = this.core.munmap(address);
    if (ret !== 0) return ret;
    this.core.door.touch();
    for (const [fd, mapped] of this.#mapped) {
      if (mapped.address !== address) continue;
      if (--mapped.count === 0) this.#mapped.delete(fd);
      else mapped.own = Math.min(mapped.own, mapped.count);
      break;
    }
    return 0;
  }

  /** Ends the mappings that were made with an fd; for the map classes. */
  unmapAll(fd: number): void {
    this.#unmap(fd, this.#mapped.get(fd)?.count ?? 0);
    this.#mapped.delete(fd);
  }

  #unmap(fd: number, count: number): void {
    const mapped = this.#mapped.get(fd);
    for (let left = count; mapped !== undefined && left > 0; left--) this.core.munmap(mapped.address);
  }
}

/** Refuses what is not an integer of a range. */
export function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== "number") throw new TypeError(`Cannot use ${name}: expected a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot use ${name}: expected an integer from ${min} to ${max}, got ${value}`);
  }
}
