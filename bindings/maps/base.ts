/// <reference lib="esnext.disposable" preserve="true" />
// What every map class shares: one fd, closed once, and the errors of commands on it.
import { Cmd, ElemFlag } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import type { Codec } from "../codecs/codec.ts";
import type { Core, Views } from "../abi/core.ts";
import { BpfError, closedError, commandError, errnoName } from "../errors.ts";
import type { MapInfo } from "../abi/info.ts";
import type { Kernel } from "../kernel.ts";
import type { InnerDescription } from "./map_in_map.ts";

// Runtimes without Symbol.dispose get the symbol that compilers use for `using` there.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Options of every spec; those that have no meaning for a type are refused with the errno Linux gives. */
export interface CommonSpec {
  /** How many elements the map holds; bytes for ring buffers. */
  maxEntries: number;
  /** Up to 15 letters, digits, "_" and ".". */
  name?: string;
  /** map_flags, `BPF_F_…`. */
  flags?: number;
  /** numa_node; sets BPF_F_NUMA_NODE. */
  numaNode?: number;
  /** map_extra: hash functions of a bloom filter. */
  mapExtra?: number | bigint;
}

/** What a map class is made from: the map behind the fd. */
export interface MapDescription {
  /** The type's lower-case name, "hash". */
  type: string;
  name: string;
  maxEntries: number;
  flags: number;
  /** Undefined for types without keys. */
  key: Codec<any> | undefined;
  /** Undefined for types without values (ring buffers). */
  value: Codec<any> | undefined;
  /** Of maps of maps. */
  inner?: InnerDescription;
}

/** Options of `set`. */
export interface SetOptions {
  /** `BPF_ANY` (default), `BPF_NOEXIST` or `BPF_EXIST`. */
  flags?: number;
}

/** A map and the one fd that this object owns. The map lives as long as any fd, pin or outer map refers to it. */
export abstract class BpfMap {
  readonly kernel: Kernel;
  /** The type's lower-case name, "hash". */
  readonly type: string;
  /** The name given at creation, or the empty string. */
  readonly name: string;
  /** How many elements the map holds. */
  readonly maxEntries: number;
  /** map_flags as given at creation. */
  readonly flags: number;
  // Only declared, as those of Views are.
  protected declare readonly core: Core;
  protected declare readonly views: Views;
  /** True once `close` was called. */
  closed = false;
  readonly #fd: number;
  readonly #description: MapDescription;

  protected constructor(kernel: Kernel, fd: number, description: MapDescription) {
    this.kernel = kernel;
    this.core = kernel.core;
    this.views = kernel.core.views;
    this.#fd = fd;
    this.#description = description;
    this.type = description.type;
    this.name = description.name;
    this.maxEntries = description.maxEntries;
    this.flags = description.flags;
    kernel.lastMaps.set(description.type, this);
  }

  /** What this object was made from; for the map classes. */
  get description(): MapDescription {
    return this.#description;
  }

  /** The map's fd, for the raw surface. It stays this object's: `kernel.dup(map.fd)` makes one of your own. */
  get fd(): number {
    this.open();
    return this.#fd;
  }

  /** Closes the fd and frees this object's buffers. A second call does nothing; every other method then throws. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.kernel.close(this.#fd);
    this.release();
  }

  /** What the kernel knows of the map: its id, sizes, name and flags. */
  info(): MapInfo {
    const info = this.kernel.infos.read(this.fd);
    if (typeof info === "number") throw this.failure(Cmd.OBJ_GET_INFO_BY_FD, info);
    return info;
  }

  /**
   * Forbids every later change of elements through system calls, on all fds and for ever. Throws BpfError EPERM when
   * the map is frozen already or the fd is read-only.
   */
  freeze(): void {
    this.run(Cmd.MAP_FREEZE, { map_fd: this.fd });
  }

  /** Pins the map at a path of the kernel's bpffs, which keeps it alive without an fd. Throws BpfError as BPF_OBJ_PIN. */
  pin(path: string): void {
    this.run(Cmd.OBJ_PIN, { pathname: path, bpf_fd: this.fd });
  }

  /** Another object for the same map, with an fd of its own. */
  dup(): this {
    const fd = this.kernel.dup(this.fd);
    if (fd < 0) throw new BpfError(fd, "dup", `Cannot duplicate ${this.subject()}: ${errnoName(fd)}`);
    const Class = this.constructor as new (kernel: Kernel, fd: number, description: MapDescription) => this;
    return new Class(this.kernel, fd, this.#description);
  }

  /** `close`, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** Frees what the class holds in the core's memory. */
  protected abstract release(): void;

  /** Runs a command that has no answer but its errno. */
  protected run(cmd: number, attr: BpfAttr): void {
    const ret = this.kernel.bpf(cmd, attr);
    if (ret < 0) throw this.failure(cmd, ret);
  }

  /** Throws if the map was closed. */
  protected open(): void {
    if (this.closed) throw closedError(this.subject());
  }

  /** How messages call this map. */
  protected subject(): string {
    return this.name === "" ? `${this.type} map` : `map "${this.name}"`;
  }

  /** The error of a command that returned `errno`. */
  protected failure(cmd: number, errno: number): BpfError {
    return commandError(errno, cmd, this.subject(), this.explain(cmd, errnoName(errno)));
  }

  /** What an error number means for this type, where the general sentence would say less. */
  protected explain(_cmd: number, _code: string): string | undefined {
    return undefined;
  }
}

/** Element flags have 64 bits in Linux, but those beyond 32 are errors on every type. */
export function flagsOf(options: SetOptions): number {
  const flags = options.flags ?? ElemFlag.ANY;
  if (typeof flags !== "number") throw new TypeError(`Cannot use flags: expected a number, got ${typeof flags}`);
  if (flags >>> 0 !== flags) throw new RangeError(`Cannot use flags: expected an unsigned 32-bit number, got ${flags}`);
  return flags;
}
