// A kernel: one instance of the core with its own memory, fds and ids, and the surfaces a caller reaches it through.
import { Cmd, Limit } from "../assembly/uapi/constants.ts";
import type { BpfAttr } from "./attr.ts";
import type { Core, Ptr } from "./core.ts";
import { MapInfos } from "./info.ts";
import { type KernelOptions, loadCore, loadCoreSync } from "./load.ts";
import { createMap, type MapFor, type MapSpec } from "./map/open.ts";
import { bpfObject } from "./marshal.ts";

/**
 * Linux's BPF maps in one WebAssembly instance. A sandbox: two kernels share nothing, and a kernel that is no longer
 * referenced is garbage like any object.
 *
 * @example
 * const kernel = await Kernel.load();
 * const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 1024 });
 */
export class Kernel {
  /** The instance behind this kernel; for the map classes. */
  readonly core: Core;
  /** The shapes of the maps behind the fds; for the map classes. */
  readonly infos: MapInfos;
  readonly #shapeOf = (fd: number) => this.infos.shape(fd);
  #cpu = 0;

  /** Kernels are made by `Kernel.load()` and `Kernel.loadSync()`. */
  constructor(core: Core) {
    this.core = core;
    this.infos = new MapInfos(core);
  }

  /**
   * Compiles the core where the runtime can do it without blocking, and starts a kernel.
   * Throws TypeError or RangeError for options out of range, and WebAssembly's own errors for bytes that are no core.
   */
  static async load(options?: KernelOptions): Promise<Kernel> {
    return new Kernel(await loadCore(options));
  }

  /** The same without waiting. Runtimes that forbid compiling (Workers) need the `module` option. */
  static loadSync(options?: KernelOptions): Kernel {
    return new Kernel(loadCoreSync(options));
  }

  /**
   * bpf(2). Returns 0 or more (a new fd, for example), or the negative errno; it does not throw for one.
   *
   * Three forms of `attr`:
   * - an object with the kernel's field names. Pointers are views (filled in place where the command writes), null or
   *   addresses; fields that the command writes (`count`, `next_id`, `info_len`) come back into the object. `size`
   *   defaults to the whole union. A field that the command does not have, a value of a wrong type or range and a view
   *   too short for the map are TypeError or RangeError before anything happens.
   * - the bytes of `union bpf_attr`; pointers in it are addresses in `memory`. `size` defaults to all of them; fewer
   *   bytes than `size` is a RangeError. What the core writes comes back into them, past `size` too where Linux does so.
   * - the address of the union in `memory`.
   */
  bpf(cmd: number, attr: BpfAttr, size?: number): number;
  bpf(cmd: number, attr: Uint8Array, size?: number): number;
  bpf(cmd: number, attr: number, size?: number): number;
  bpf(cmd: number, attr: BpfAttr | Uint8Array | number, size?: number): number {
    checkNumber("cmd", cmd, -(2 ** 31), 2 ** 32 - 1);
    if (size !== undefined) checkNumber("size", size, 0, 2 ** 32 - 1);
    if (typeof attr === "number") return this.#bpfAddress(cmd, attr, size ?? Limit.ATTR_SIZE);
    if (attr instanceof Uint8Array) return this.#bpfBytes(cmd, attr, size ?? attr.length);
    if (typeof attr !== "object" || attr === null || ArrayBuffer.isView(attr)) {
      throw new TypeError("Cannot call bpf: attr must be an object, a Uint8Array or an address");
    }
    const ret = bpfObject(this.core, this.#shapeOf, cmd, attr, size ?? Limit.ATTR_SIZE);
    return this.#note(cmd, ret, this.core.attrPtr, size ?? Limit.ATTR_SIZE);
  }

  #bpfAddress(cmd: number, address: number, size: number): number {
    checkNumber("attr", address, 0, 2 ** 32 - 1);
    const ret = this.core.bpf(cmd, address, size);
    return this.#note(cmd, ret, address, size);
  }

  #bpfBytes(cmd: number, bytes: Uint8Array, size: number): number {
    if (bytes.length < size) {
      throw new RangeError(`Cannot call bpf: size is ${size}, but attr has only ${bytes.length} bytes`);
    }
    const core = this.core;
    // bpf(2) looks at one page at most: a larger size is E2BIG before anything is read.
    const shown = bytes.length > Limit.PAGE_SIZE ? bytes.subarray(0, Limit.PAGE_SIZE) : bytes;
    core.copyIn(core.attrPtr, shown);
    const ret = core.bpf(cmd, core.attrPtr, size);
    core.copyOut(core.attrPtr, shown);
    return this.#note(cmd, ret, core.attrPtr, size);
  }

  /** What every raw command leaves behind: maps may have changed, and a new fd may stand for a map. */
  #note(cmd: number, ret: number, attrPtr: number, size: number): number {
    this.core.touch();
    if (cmd === Cmd.MAP_CREATE && ret >= 0) this.infos.created(ret, attrPtr, size);
    return ret;
  }

  /**
   * A zeroed, 8-aligned block of `size` bytes in `memory`, for the exact surface. Returns its address, or 0 when the
   * memory limit is reached. Addresses outside such blocks are EFAULT for bpf().
   */
  alloc(size: number): Ptr {
    checkNumber("size", size, 0, 2 ** 32 - 1);
    return this.core.alloc(size);
  }

  /** Gives a block of `alloc` back; 0 is ignored. */
  free(address: number): void {
    checkNumber("address", address, 0, 2 ** 32 - 1);
    this.core.free(address as Ptr);
  }

  /** The core's memory. Its `buffer` is another object after the memory has grown, and views over the old one are empty. */
  get memory(): WebAssembly.Memory {
    return this.core.memory;
  }

  /** close(2): 0, or -EBADF. Closing the last reference to a map frees it. */
  close(fd: number): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    this.infos.forget(fd);
    const ret = this.core.exports.close(fd);
    this.core.touch();
    return ret;
  }

  /** dup(2): the lowest free fd, for the same map with the same access; -EBADF or -EMFILE. */
  dup(fd: number): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    const copy = this.core.exports.dup(fd);
    if (copy >= 0) this.infos.copied(fd, copy);
    return copy;
  }

  /** mmap(2) of a whole map, read and write: the address of its elements in `memory`, or a negative errno. */
  mmap(fd: number): number {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    const ret = this.core.exports.mmap(fd);
    // Addresses use all 32 bits; as in C, the 4095 highest are error numbers.
    return ret < 0 && ret >= -4095 ? ret : ret >>> 0;
  }

  /** Number of possible CPUs. */
  get cpus(): number {
    return this.core.cpus;
  }

  /** The CPU that the caller runs on, from 0. It chooses per-CPU lists and slots. Setting one that does not exist is a RangeError. */
  get cpu(): number {
    return this.#cpu;
  }

  set cpu(cpu: number) {
    checkNumber("cpu", cpu, 0, this.cpus - 1);
    this.core.exports.set_cpu(cpu);
    this.#cpu = cpu;
  }

  /**
   * Makes a map and the object to use it with. Throws BpfError with the rule that the attributes break, and TypeError
   * or RangeError for specs of a wrong JS type.
   *
   * @example
   * const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
   */
  createMap<const S extends MapSpec>(spec: S): MapFor<S> {
    return createMap(this, spec);
  }
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== "number") throw new TypeError(`Cannot use ${name}: expected a number, got ${typeof value}`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot use ${name}: expected an integer from ${min} to ${max}, got ${value}`);
  }
}
