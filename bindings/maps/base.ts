// What every map class shares: one fd, closed once, and the errors of commands on it.
import { Cmd, ElemFlag, Errno } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import type { MapInfo } from "../abi/info.ts";
import { BpfError, closedError, commandError, errnoName } from "../errors.ts";
import { checkOptionNames } from "../abi/names.ts";
import { dispose } from "../dispose.ts";
import { denoInspect, type Facts, factsLine, nodeInspect, UNCLONABLE } from "../inspect.ts";
import type { MapDescription } from "./description.ts";
import { checkHost, type MapHost, type MapKernel } from "./host.ts";
import { OwnedFd } from "./owned_fd.ts";
import { isPinAt, pinsOf } from "./pins.ts";

/** Options of `set`. */
export interface SetOptions {
  /** `BPF_ANY` (default), `BPF_NOEXIST` or `BPF_EXIST`. */
  flags?: number;
}

/** Options of `get`. */
export interface GetOptions {
  /** elem_flags of the lookup: 0 (default) or BPF_F_LOCK, which is BpfError EINVAL for values without a bpf_spin_lock, as in Linux. */
  flags?: number;
}

/** How a class of maps is called to make an object. */
export type MapClass<M extends BpfMap> = new (host: MapHost, owned: OwnedFd, description: MapDescription) => M;

/** A map and the one fd that this object owns. The map lives as long as any fd, pin or outer map refers to it. */
export abstract class BpfMap {
  /** The type's lower-case name, "hash". */
  readonly type: string;
  /** The name given at creation, or the empty string. */
  readonly name: string;
  /** How many elements the map holds. */
  readonly maxEntries: number;
  /** map_flags as given at creation. */
  readonly flags: number;
  /** Makes `structuredClone` and `postMessage` refuse the object, with the reason. */
  readonly unclonable: symbol = UNCLONABLE;
  readonly #host: MapHost;
  readonly #owned: OwnedFd;
  readonly #description: MapDescription;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    checkHost(host);
    this.#host = host;
    this.#owned = owned;
    this.#description = description;
    this.type = description.type;
    this.name = description.name;
    this.maxEntries = description.maxEntries;
    this.flags = description.flags;
    host.lastMaps.set(description.type, this);
  }

  /**
   * Makes the object for the map behind `fd`, which from then on is the object's. If there can be none, the fd stays as it is.
   * `isShared` says that the caller has the fd, too.
   */
  static make<M extends BpfMap>(Class: MapClass<M>, host: MapHost, fd: number, description: MapDescription, isShared = false): M {
    const owned = new OwnedFd(fd, isShared);
    try {
      const map = new Class(host, owned, description);
      host.lifetimes.add(map, owned);
      return map;
    } catch (error) {
      owned.freeAll();
      throw error;
    }
  }

  /** The host and the description of a map object, for those who make others after it; undefined for what is none. */
  static inside(map: unknown): { host: MapHost; description: MapDescription } | undefined {
    return typeof map === "object" && map !== null && #host in map ? { host: map.#host, description: map.#description } : undefined;
  }

  /** The fd of a map object, for a command: it stays the object's alone. */
  static fdOf(map: BpfMap): number {
    return map.openFd;
  }

  /** The kernel that made this object. */
  get kernel(): MapKernel {
    return this.#host.kernel;
  }

  /** Whether the map's fd is closed, by `close`, `kernel.close(map.fd)` or the kernel's own end. */
  get closed(): boolean {
    return this.#owned.fd === -1;
  }

  /**
   * The map's fd, for the raw surface. It stays this object's: `kernel.dup(map.fd)` makes one of your own, and `kernel.close(map.fd)`
   * closes this object. From the first time that it was asked for it stays open when the object is collected.
   */
  get fd(): number {
    const fd = this.openFd;
    this.#owned.shared = true;
    return fd;
  }

  /** The fd, for the classes: nobody else gets it. */
  protected get openFd(): number {
    this.open();
    return this.#owned.fd;
  }

  /**
   * Closes the fd and frees this object's buffers. A second call does nothing; every other method then throws. `using` does it by
   * itself. What is collected unclosed is closed then, some time: do not count on when.
   */
  close(): void {
    if (!this.closed) this.#host.lifetimes.close(this.#owned.fd);
  }

  /** What the kernel knows of the map: its id, sizes, name and flags. */
  info(): MapInfo {
    const info = this.#host.raw.infos.read(this.openFd);
    if (typeof info === "number") throw this.failure(Cmd.OBJ_GET_INFO_BY_FD, info);
    return info;
  }

  /**
   * Forbids every later change of elements through system calls, on all fds and for ever. Throws BpfError EPERM when
   * the map is frozen already or the fd is read-only.
   */
  freeze(): void {
    this.run(Cmd.MAP_FREEZE, { map_fd: this.openFd });
  }

  /** Pins the map at a path of the kernel's bpffs, which keeps it alive without an fd. Throws BpfError as BPF_OBJ_PIN. */
  pin(path: string): void {
    this.run(Cmd.OBJ_PIN, { pathname: path, bpf_fd: this.openFd });
  }

  /** The paths at which the map is pinned, in order. Searches the whole bpffs: Linux tells a map nothing of its pins. */
  pins(): string[] {
    return pinsOf(this.#host.kernel.bpffs, this.info().id);
  }

  /** Whether the map is pinned: at `path`, or anywhere, for which see `pins`. */
  isPinned(path?: string): boolean {
    return path === undefined ? this.pins().length > 0 : isPinAt(this.#host.kernel.bpffs, this.info().id, path);
  }

  /**
   * Removes the map's pin at `path`, or all its pins, and returns how many those were. What is at `path` and is no pin of this
   * map stays.
   */
  unpin(path?: string): number {
    const { bpffs } = this.#host.kernel;
    const { id } = this.info();
    const paths = path === undefined ? pinsOf(bpffs, id) : isPinAt(bpffs, id, path) ? [path] : [];
    for (const each of paths) bpffs.unlink(each);
    return paths.length;
  }

  /**
   * Whether the map is frozen, by whichever fd. Info does not tell, in Linux either: an update of no elements by an fd of its own
   * does, which throws BpfError EMFILE when there is none.
   */
  get frozen(): boolean {
    const { raw } = this.#host;
    const fd = raw.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: this.info().id });
    if (fd < 0) throw this.failure(Cmd.MAP_GET_FD_BY_ID, fd);
    const ret = raw.bpf(Cmd.MAP_UPDATE_BATCH, { map_fd: fd, count: 0 });
    raw.close(fd);
    return ret === -Errno.EPERM;
  }

  /** Another object for the same map, with an fd of its own. */
  dup(): this {
    const { raw } = this.#host;
    const fd = raw.dup(this.openFd);
    if (fd < 0) throw new BpfError(fd, "dup", `Cannot duplicate ${this.subject()}: ${errnoName(fd)}`);
    try {
      return BpfMap.make(this.constructor as MapClass<this>, this.#host, fd, this.#description);
    } catch (error) {
      raw.close(fd);
      throw error;
    }
  }

  /** `close`, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** What `JSON.stringify` gives: facts about the map. Its elements are `[...map]`. */
  toJSON(): Facts {
    const { key, value, name, type, maxEntries } = this.#description;
    const fd = this.closed ? undefined : this.#owned.fd;
    return { type, name, key: key?.name, value: value?.name, maxEntries, flags: this.flags, fd, closed: this.closed || undefined };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "BpfMap";
  }

  /** `HashMap "flows" { key: u32, value: u64, maxEntries: 1024, fd: 3 }`. */
  [nodeInspect](): string {
    const { key, value, maxEntries, fd, closed } = this.toJSON();
    return factsLine(this[Symbol.toStringTag], this.name, { key, value, maxEntries, fd, closed });
  }

  /** What `Deno.inspect` and the console of Deno print. */
  [denoInspect](): string {
    return this[nodeInspect]();
  }

  /** Runs a command that has no answer but its errno. */
  protected run(cmd: number, attr: BpfAttr): void {
    const ret = this.#host.raw.bpf(cmd, attr);
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
  protected failure(cmd: number, errno: number, done?: number): BpfError {
    return commandError(errno, cmd, this.subject(), this.explain(cmd, errnoName(errno)), done);
  }

  /** What an error number means for this type, where the general sentence would say less. */
  protected explain(_cmd: number, _code: string): string | undefined {
    return undefined;
  }
}

const FLAGS: readonly string[] = ["flags"];

/** Element flags have 64 bits in Linux, but those beyond 32 are errors on every type. */
export function flagsOf(options: SetOptions | GetOptions): number {
  checkOptionNames("Cannot use flags", options, FLAGS);
  const flags = options.flags ?? ElemFlag.ANY;
  if (typeof flags !== "number") throw new TypeError(`Cannot use flags: expected a number, got ${typeof flags}`);
  if (flags >>> 0 !== flags) throw new RangeError(`Cannot use flags: expected an unsigned 32-bit number, got ${flags}`);
  return flags;
}
