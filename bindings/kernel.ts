// A kernel: one instance of the core with its own memory, fds and ids, and the surfaces a caller reaches it through.
import { Cmd } from "../assembly/uapi/constants.ts";
import type { AttrOf, BpfAttr } from "./abi/attr.ts";
import { Core, type Ptr, refusing } from "./abi/core.ts";
import type { WasmMemory } from "./abi/host_types.ts";
import type { MapInfo } from "./abi/info.ts";
import { keepCore } from "./abi/internals.ts";
import { type KernelOptions, loadCore, loadCoreSync } from "./abi/load.ts";
import { checkOptionNames } from "./abi/names.ts";
import type { Program, ProgramSpec } from "./abi/program_types.ts";
import { checkNumber, RawCalls } from "./abi/raw.ts";
import type { KernelHandle } from "./abi/thread_types.ts";
import { attachCore, attachCoreSync, handleOf, requireShared } from "./abi/threads.ts";
import { reapAtExit, type WorkerLike } from "./abi/worker_exit.ts";
import { describe } from "./abi/words.ts";
import { Bpffs } from "./bpffs.ts";
import { loadProgram } from "./programs.ts";
import { type BpfError, closedError, commandError } from "./errors.ts";
import { dispose } from "./dispose.ts";
import { type Facts, Shown } from "./inspect.ts";
import type { OpenSpec } from "./maps/description.ts";
import { MapHost, type MapKernel } from "./maps/host.ts";
import { checkOpenSpec, createMap, type ExactOpenSpec, type ExactSpec, mapOfFd, type MapFor, type OpenedFor, openMap } from "./maps/open.ts";
import type { MapSpec } from "./maps/specs.ts";
import { CallLog, type CallListener } from "./testing/call_log.ts";
import { takeDump, type UnreadListener } from "./testing/dump.ts";
import { coreOptions, withDump } from "./testing/dump_options.ts";
import { restoreDump } from "./testing/restore.ts";
import { restore, takeSnapshot } from "./testing/snapshot.ts";
import { failNext, type KernelStats, readStats } from "./testing/test_kit.ts";

/**
 * Linux's BPF maps in one WebAssembly instance. A sandbox: two kernels share nothing, and a kernel that is no longer
 * referenced is garbage like any object.
 *
 * @example
 * const kernel = await Kernel.load();
 * const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 1024 });
 */
export class Kernel extends Shown implements MapKernel {
  #core: Core;
  #raw: RawCalls;
  #host: MapHost;
  #bpffs: Bpffs | undefined;
  #callLog: CallLog | undefined;
  #closed = false;

  /** Kernels are made by `Kernel.load()` and `Kernel.loadSync()`. */
  private constructor(core: Core) {
    super();
    if (!(core instanceof Core)) throw new TypeError("Cannot make a kernel with new: Kernel.load() or Kernel.loadSync() makes one");
    this.#core = core;
    this.#raw = new RawCalls(core);
    this.#host = new MapHost(core, this.#raw, this, (id, spec) => this.openById(id, spec));
    keepCore(this, core);
  }

  /**
   * Compiles the core where the runtime can do it without blocking, and starts a kernel.
   * Throws TypeError or RangeError for options out of range, and WebAssembly's own errors for bytes that are no core.
   */
  static async load(options?: KernelOptions): Promise<Kernel> {
    return withDump(new Kernel(await loadCore(coreOptions(options), restore)), options?.dump);
  }

  /** The same without waiting. Runtimes that forbid compiling (Workers) need the `module` option. */
  static loadSync(options?: KernelOptions): Kernel {
    return withDump(new Kernel(loadCoreSync(coreOptions(options), restore)), options?.dump);
  }

  /**
   * In another thread: the kernel that a handle of `share()` stands for. The thread is then one of its CPUs, which it gives back
   * by `detach()`: all threads have the same maps, fds, ids and pins. Throws RangeError when every CPU has a thread.
   *
   * @example
   * import { shared } from "bpf-maps/shared";
   * const kernel = await Kernel.load({ shared, cpus: 2 });
   * // In a worker that was sent kernel.share() by postMessage:
   * const sameKernel = await Kernel.attach(kernel.share());
   */
  static async attach(handle: KernelHandle): Promise<Kernel> {
    return new Kernel(await attachCore(handle));
  }

  /** The same without waiting. */
  static attachSync(handle: KernelHandle): Kernel {
    return new Kernel(attachCoreSync(handle));
  }

  /**
   * What another thread attaches by: it can be sent by `postMessage`. Given the worker that it is for, in Node, what that worker
   * held is freed by itself when it exits, however it ends; elsewhere `reap` does it, or whoever comes upon something that a dead
   * thread has locked, after 100 ms (in Node 2 s). Throws TypeError for a kernel that was loaded without `shared`.
   */
  share(worker?: WorkerLike): KernelHandle {
    return handleOf(this.#core, worker === undefined ? 0 : reapAtExit(requireShared(this.#core, "share"), worker));
  }

  /**
   * Ends this thread's part in a shared kernel: its map objects are closed and its CPU is free for another thread. The kernel
   * itself lives on as long as a thread has it. Later calls throw. Throws TypeError for a kernel that is not shared.
   */
  detach(): void {
    if (this.#closed) return;
    requireShared(this.#core, "detach");
    this.#end("this thread has detached from it");
  }

  #end(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.lifetimes.closeAll();
    if (this.#core.sharedModule !== undefined) this.#core.detach();
    const error = (): BpfError => closedError("kernel", why);
    this.#core.shut(error);
    this.#core = refusing(error);
    this.#raw = refusing(error);
    this.#host = refusing(error);
    this.#bpffs = undefined;
    this.#callLog = undefined;
  }

  /**
   * After the thread on a CPU was terminated: what it was doing is finished or undone, its locks are freed, records that it
   * had reserved in ring buffers are discarded, and the CPU is free. False when no other thread has the CPU. If the thread lives after
   * all, its next call throws. Throws TypeError for a kernel that is not shared.
   */
  reap(cpu: number): boolean {
    requireShared(this.#core, "reap");
    checkNumber("cpu", cpu, 0, this.cpus - 1);
    return this.#core.reap(cpu) === 0;
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
  bpf<C extends number>(cmd: C, attr: AttrOf<C> | Uint8Array | number, size?: number): number;
  bpf(cmd: number, attr: BpfAttr | Uint8Array | number, size?: number): number {
    return this.#raw.bpf(cmd, attr, size);
  }

  /**
   * A zeroed, 8-aligned block of `size` bytes in `memory`, for the exact surface. Returns its address, or 0 when the
   * memory limit is reached. Addresses outside such blocks are EFAULT for bpf().
   */
  alloc(size: number): Ptr {
    checkNumber("size", size, 0, 2 ** 32 - 1);
    return this.#core.allocUser(size);
  }

  /** Gives a block of `alloc` back; 0 is ignored. */
  free(address: number): void {
    checkNumber("address", address, 0, 2 ** 32 - 1);
    this.#core.freeUser(address);
  }

  /** The core's memory. Its `buffer` is another object after the memory has grown, and views over the old one are empty. */
  get memory(): WasmMemory {
    return this.#core.memory;
  }

  /**
   * close(2): 0, or -EBADF. Closing the last reference to a map frees it; a map object that owns the fd is closed with it.
   *
   * Without an argument it closes the kernel: all its map objects, and itself. Every later use throws BpfError EBADF; the memory
   * goes with the objects. A second call does nothing. `using kernel = …` does it by itself.
   */
  close(fd: number): number;
  close(): void;
  close(fd?: number): number | void {
    if (arguments.length > 0) return this.#raw.close(fd as number);
    this.#end("it is closed");
  }

  /** True once `close()` was called, or this thread detached. */
  get closed(): boolean {
    return this.#closed;
  }

  /** `close()`, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** dup(2): the lowest free fd, for the same map with the same access; -EBADF or -EMFILE. */
  dup(fd: number): number {
    return this.#raw.dup(fd);
  }

  /**
   * mmap(2) of a whole map, for reading and, unless told otherwise, writing: the address of an array's elements or of a
   * ring buffer's pages in `memory`, or a negative errno. The mapping keeps the map, as an fd does, until `munmap`; a map
   * object's `close` ends those that were made with its fd. A writable one keeps the map from being frozen (-EBUSY).
   */
  mmap(fd: number, options: { writable?: boolean } = {}): number {
    checkOptionNames("Cannot mmap", options, ["writable"]);
    const { writable = true } = options;
    if (typeof writable !== "boolean") throw new TypeError(`Cannot mmap: writable must be true or false: current value is ${describe(writable)}`);
    return this.#raw.mmap(fd, writable);
  }

  /** munmap(2): ends one mapping at an address that `mmap` answered: 0, or -EINVAL. The last reference to a map frees it. */
  munmap(address: number): number {
    return this.#raw.munmap(address);
  }

  /** Number of possible CPUs. */
  get cpus(): number {
    return this.#core.cpus;
  }

  /** The CPU that the caller runs on, from 0. It chooses per-CPU lists and slots. Setting one that does not exist is a RangeError. */
  get cpu(): number {
    return this.#core.cpu;
  }

  /** Moves the caller to another CPU. */
  set cpu(cpu: number) {
    checkNumber("cpu", cpu, 0, this.cpus - 1);
    this.#core.useCpu(cpu);
  }

  /**
   * Makes a map and the object to use it with. Throws BpfError with the rule that the attributes break, and TypeError
   * or RangeError for specs of a wrong JS type.
   *
   * @example
   * const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
   */
  createMap<const S extends MapSpec>(spec: ExactSpec<S>): MapFor<S> {
    return createMap<S>(this.#host, spec);
  }

  /**
   * Opens a map by its id, with a new fd. Without codecs, keys and values are bytes; with `type`, the map must be of it
   * and the result has that type's class. Throws BpfError ENOENT when no map has the id, RangeError for codecs of
   * another size than the map's.
   *
   * @example
   * const id = flows.info().id;
   * const sameFlows = kernel.openById(id, { type: "hash", key: u32, value: u64 });
   */
  openById<const S extends OpenSpec>(id: number, spec?: ExactOpenSpec<S>): OpenedFor<S> {
    checkNumber("id", id, 0, 2 ** 32 - 1);
    checkOpenSpec(spec);
    const fd = this.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: id, open_flags: spec?.flags });
    if (fd < 0) throw commandError(fd, Cmd.MAP_GET_FD_BY_ID, `map ${id}`);
    return openMap<S>(this.#host, fd, spec);
  }

  /** Opens the map that is pinned at `path`, with a new fd. As `openById`, with the errors of BPF_OBJ_GET. */
  openPinned<const S extends OpenSpec>(path: string, spec?: ExactOpenSpec<S>): OpenedFor<S> {
    checkOpenSpec(spec);
    const fd = this.bpf(Cmd.OBJ_GET, { pathname: path, file_flags: spec?.flags });
    if (fd < 0) throw commandError(fd, Cmd.OBJ_GET, `"${path}"`);
    return openMap<S>(this.#host, fd, spec);
  }

  /**
   * The object for an fd that is open already, from the raw surface or a snapshot. It takes the fd over and closes it.
   * As `openById`, with BpfError EBADFD or EINVAL for an fd that is no map; an fd that is refused stays open.
   *
   * @example
   * const again = Kernel.loadSync({ snapshot: kernel.snapshot() });
   * const sameFlows = again.openFd(flows.fd, { type: "hash", key: u32, value: u64 });
   */
  openFd<const S extends OpenSpec>(fd: number, spec?: ExactOpenSpec<S>): OpenedFor<S> {
    checkNumber("fd", fd, -(2 ** 31), 2 ** 32 - 1);
    checkOpenSpec(spec);
    return mapOfFd<S>(this.#host, fd, spec, true);
  }

  /**
   * Verifies a program and loads it. Only in a kernel that was loaded with `programs`; elsewhere TypeError. Throws BpfError, whose
   * `log` says what the verifier objects to, and TypeError or RangeError for specs of a wrong JS type.
   *
   * @example
   * import { assembleBytes, programs } from "bpf-maps/programs";
   * const kernel = await Kernel.load({ programs });
   * const pass = kernel.loadProgram({ type: "xdp", insns: assembleBytes("r0 = 2; exit") });
   */
  loadProgram(spec: ProgramSpec): Program {
    return loadProgram(this.#core.machine, this, spec);
  }

  /** What is known of every map that is alive, in the order of their ids. */
  maps(): MapInfo[] {
    const maps: MapInfo[] = [];
    const attr = { start_id: 0, next_id: 0 };
    while (this.bpf(Cmd.MAP_GET_NEXT_ID, attr) === 0) {
      const fd = this.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: attr.next_id });
      if (fd < 0) throw commandError(fd, Cmd.MAP_GET_FD_BY_ID, `map ${attr.next_id}`);
      const info = this.#raw.infos.read(fd);
      this.close(fd);
      if (typeof info === "object") maps.push(info);
      attr.start_id = attr.next_id;
    }
    return maps;
  }

  /** The virtual tree under `/sys/fs/bpf` that pins live in. */
  get bpffs(): Bpffs {
    if (this.#closed) throw closedError("kernel");
    return (this.#bpffs ??= new Bpffs(this.#core));
  }

  /**
   * The whole kernel as bytes: maps, fds, ids, pins, the blocks of `alloc` and the failure that is armed.
   * `Kernel.load({ snapshot })` makes a kernel that goes on from here. Map objects are JavaScript's and no part of it,
   * but their fds are: `openFd` makes objects for them. A snapshot is read only by the same build of the core; it holds
   * what the maps hold, and it is to be trusted as far as whoever wrote it. Linux has nothing like it.
   *
   * @example
   * const before = kernel.snapshot();
   * const again = Kernel.loadSync({ snapshot: before });
   */
  snapshot(): Uint8Array {
    this.#core.ensureSeed();
    return this.#core.atOneMoment(() => takeSnapshot(this.#core));
  }

  /**
   * Every map and pin as lines of JSON, which `Kernel.load({ dump })` of this and every later version reads, unlike a
   * snapshot; docs/dump.md describes them. What user space cannot read is not in it: the records of ring buffers, the bits
   * of bloom filters, the elements of frozen queues, which element of an LRU map was used last, and who holds which fd. Map
   * ids are given anew. `unread` is told of each map that this leaves without its elements, or out.
   *
   * @example
   * const again = Kernel.loadSync({ dump: kernel.dump() });
   */
  dump(unread?: UnreadListener): Uint8Array {
    return takeDump(this, unread);
  }

  /**
   * Makes the maps and pins of a dump beside what there is. A map that neither a pin nor another map holds keeps an fd.
   * Throws DumpError for what is no dump, and for one that does not fit, with nothing of it left.
   */
  restore(dump: Uint8Array): void {
    restoreDump(this, dump);
  }

  /** What the kernel holds: for leak checks and tests. */
  stats(): KernelStats {
    return readStats(this.#core);
  }

  /**
   * Calls `fn` after every bpf(2) command of this kernel, of the raw surface and of the map classes; returns a function
   * that stops it. `formatCall` prints a call as strace does. Map classes do without bpf(2) where they can; their calls are
   * reported as what they stand for: `get` and every key of `getMany` as LOOKUP_ELEM, `set` as UPDATE_ELEM, the walks of an LPM
   * trie as LOOKUP_BATCH and GET_NEXT_KEY. Commands that `fn` itself runs are not reported, nor is what is no bpf(2) command in
   * Linux: close, dup, mmap, bpffs, ring records. What `fn` throws reaches the command's caller. Costs nothing when nobody listens.
   *
   * @example
   * const calls: string[] = [];
   * const stop = kernel.onCall((call) => calls.push(formatCall(call)));
   * flows.set(1, 2n);
   * stop();
   */
  onCall(fn: CallListener): () => void {
    this.#callLog ??= new CallLog(this.#core, this.#raw.shapeOf);
    return this.#callLog.add(fn);
  }

  /**
   * Makes one later operation fail, for tests of error paths: "ENOMEM" the next allocation for maps, "EMFILE" the next
   * fd, in both cases after `after` more that succeed. Arming again replaces what was armed. Allocations of the caller's
   * own (`alloc`, map objects) never fail this way. Throws TypeError and RangeError for other arguments.
   *
   * @example
   * kernel.failNext("ENOMEM");
   * kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_ARRAY, key_size: 4, value_size: 8, max_entries: 1 }); // -12
   */
  failNext(code: "ENOMEM" | "EMFILE", options: { after?: number } = {}): void {
    checkOptionNames(`Cannot fail with ${code}`, options, ["after"]);
    failNext(this.#core, code, options.after ?? 0);
  }

  /** What `JSON.stringify` gives: facts about the kernel. */
  toJSON(): Facts {
    if (this.#closed) return { closed: true };
    const { objects, openFds, memoryBytes } = this.stats();
    return { maps: objects, fds: openFds, cpus: this.cpus, memoryBytes };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "Kernel";
  }
}
