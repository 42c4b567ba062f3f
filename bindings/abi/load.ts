// Compiles and starts the core. Nothing runs at import time, in the bundles not even the loader's own code; the compiled
// default module is kept, since it is immutable and a second kernel should not pay for compiling it again.
import { instantiate, instantiateSync } from "@assemblyscript/loader";
import { Limit } from "../../assembly/uapi/constants.ts";
import { Core, type CoreExports, type CoreParts } from "./core.ts";
import type { WasmMemory, WasmModule } from "./host_types.ts";
import type { Machine, Programs } from "./machine.ts";
import { checkOptionNames } from "./names.ts";
import { defaultSource } from "./source.ts";
import { attachThread, checkSharing, guardedExports, importsOf, sharedMemory } from "./threads.ts";
import type { SharedCore } from "./thread_types.ts";

/** Options of `Kernel.load()` and `Kernel.loadSync()`. */
export interface KernelOptions {
  /** Number of possible CPUs, 1 to 256. It sizes per-CPU values and LRU batches. Default 1. */
  cpus?: number;
  /** Limit of the core's memory in bytes; beyond it commands answer ENOMEM. Default and maximum: 4 GiB - 64 KiB. */
  maxMemoryBytes?: number;
  /** Limit of open file descriptors; beyond it commands answer EMFILE. Default 65536. */
  maxFds?: number;
  /** Seed of every hash, an unsigned 64-bit number. Default: random, drawn for the first map: nobody can construct collisions. */
  seed?: number | bigint;
  /**
   * The bytes of `kernel.snapshot()`, or of a state file of the command line, which holds one: the kernel goes on from
   * there, with its maps, fds, ids and pins. CPUs, limits and
   * seed are the snapshot's own, so `cpus`, `maxMemoryBytes`, `maxFds` and `seed` cannot be given with it.
   */
  snapshot?: ArrayBufferView | ArrayBufferLike;
  /**
   * The bytes of `kernel.dump()`, of this version or an older one: the kernel begins with the maps and pins in it. CPUs are
   * the dump's unless `cpus` says otherwise. Throws DumpError for what is no dump, and for one that cannot be made here.
   */
  dump?: Uint8Array;
  /**
   * The core for memory that threads share, from `bpf-maps/shared`: other threads then attach to the kernel, each as one of its
   * `cpus`. `maxMemoryBytes` is reserved as address space only.
   */
  shared?: SharedCore;
  /** The bytes of the core, for hosts that bring their own instead of the inlined ones. */
  wasm?: ArrayBufferView | ArrayBufferLike;
  /** The compiled core, for runtimes that may not compile bytes. Wins over `wasm`. */
  module?: WasmModule;
  /** `programs` of "bpf-maps/programs": the kernel has programs and BTF, too. `wasm` or `module` must be the core for that. */
  programs?: Programs;
}

/** What a snapshot is restored by; the core's memory must not have been used yet. Throws for what is no snapshot of this build. */
export type Restore = (
  snapshot: ArrayBufferView | ArrayBufferLike,
  build: { id: Uint8Array; abiVersion: number },
  machine: { restored?(cpu: number): void; memory: WasmMemory; free(ptr: number): void; munmap(address: number): number; addresses_release(): number; set_cpu(cpu: number): unknown },
) => { cpus: number; cpu: number };

/** Size of the unit the core's memory grows by, in bytes: one Wasm page. */
const CHUNK_SIZE = 65536;

/** 0, 1 and 2 are open in every process, so with fewer there would be no map. */
const FDS_MIN = 4;

/** More pages than this a 32-bit memory of 4 GiB - 64 KiB does not have. */
const CHUNKS_MAX = 65535;

let defaultModule: WebAssembly.Module | undefined;

/** Compiles (asynchronously, off the main thread where the runtime can) and starts a core. */
export async function loadCore(options: KernelOptions = {}, restore: Restore): Promise<Core> {
  const settings = checkOptions(options);
  const source = sourceOf(options);
  if (options.shared !== undefined) {
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source as BufferSource);
    return startShared(module, settings, restore);
  }
  const machine = options.programs?.machine();
  const { module, instance } = isForeign(source) ? await foreignCore(source, machine) : await instantiateLater(source, machine);
  remember(options, module);
  return start(module, instance, settings, restore, { machine });
}

/** Compiles and starts a core without waiting, for runtimes and places that allow it. */
export function loadCoreSync(options: KernelOptions = {}, restore: Restore): Core {
  const settings = checkOptions(options);
  const source = sourceOf(options);
  if (options.shared !== undefined) {
    return startShared(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource), settings, restore);
  }
  const machine = options.programs?.machine();
  const { module, instance } = isForeign(source) ? foreignCoreSync(source, machine) : instantiateSync<CoreExports>(source, machine?.imports);
  remember(options, module);
  return start(module, instance, settings, restore, { machine });
}

/**
 * The loader's own asynchronous way begins by asking whether it was given a `Response`, and in Node the mention of that
 * name loads all of fetch, which takes many times what the core takes. So bytes are compiled here.
 */
async function instantiateLater(source: BufferSource | WebAssembly.Module, machine: Machine | undefined): Promise<Started> {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  try {
    return instantiateSync<CoreExports>(module, machine?.imports);
  } catch {
    // A place may forbid that; and what is no core is refused in the words of the asynchronous way.
    return instantiate<CoreExports>(module, machine?.imports);
  }
}

interface Started {
  module: WebAssembly.Module;
  instance: WebAssembly.Instance;
}

/**
 * A compiled module of another realm, which the loader would take for bytes: test runners and edge runtimes compile outside
 * of the realm that they run code in. WebAssembly itself takes it, and the core imports nothing that the loader would have to bring.
 */
function isForeign(source: BufferSource | WebAssembly.Module): source is WebAssembly.Module {
  return !(source instanceof WebAssembly.Module) && Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
}

const foreignCoreSync = (module: WebAssembly.Module, machine: Machine | undefined): Started => ({
  module,
  instance: new WebAssembly.Instance(module, machine?.imports),
});

const foreignCore = async (module: WebAssembly.Module, machine: Machine | undefined): Promise<Started> => ({
  module,
  instance: await WebAssembly.instantiate(module, machine?.imports),
});

interface Settings {
  snapshot?: ArrayBufferView | ArrayBufferLike;
  cpus: number;
  maxChunks: number;
  maxFds: number;
  /** Left out to draw one when it is needed. */
  seed?: bigint;
}

/** Every option by name; the type makes it complete. */
const OPTIONS: Record<keyof KernelOptions, true> = {
  cpus: true,
  maxMemoryBytes: true,
  maxFds: true,
  seed: true,
  snapshot: true,
  dump: true,
  shared: true,
  wasm: true,
  module: true,
  programs: true,
};

function checkOptions(options: KernelOptions): Settings {
  checkOptionNames("Cannot load kernel", options, Object.keys(OPTIONS));
  checkHost();
  if (options.shared !== undefined) {
    checkSharing("load");
    for (const name of ["programs", "wasm", "module"] as const) {
      if (options[name] !== undefined) throw new TypeError(`Cannot load kernel: ${name} cannot be given with shared, which has a core of its own`);
    }
  }
  const { snapshot } = options;
  for (const name of ["cpus", "maxMemoryBytes", "maxFds", "seed"] as const) {
    if (snapshot !== undefined && options[name] !== undefined) {
      throw new TypeError(`Cannot load kernel: ${name} cannot be given with a snapshot, which has its own`);
    }
  }
  const { cpus = 1, maxMemoryBytes = CHUNKS_MAX * CHUNK_SIZE, maxFds = 0, seed } = options;
  checkInteger("cpus", cpus, 1, Limit.NR_CPUS);
  checkInteger("maxMemoryBytes", maxMemoryBytes, CHUNK_SIZE, 2 ** 32);
  if (options.maxFds !== undefined) checkInteger("maxFds", maxFds, FDS_MIN, 2 ** 31 - 1);
  const maxChunks = Math.min(Math.floor(maxMemoryBytes / CHUNK_SIZE), CHUNKS_MAX);
  return { snapshot, cpus, maxChunks, maxFds, seed: seed === undefined ? undefined : checkSeed(seed) };
}

function checkSeed(seed: unknown): bigint {
  const wide = typeof seed === "number" && Number.isSafeInteger(seed) ? BigInt(seed) : seed;
  if (typeof wide !== "bigint") {
    throw new TypeError(`Cannot load kernel: seed must be a bigint or a safe integer: current value is ${String(seed)}`);
  }
  if (BigInt.asUintN(64, wide) !== wide) {
    throw new RangeError(`Cannot load kernel: seed must fit 64 unsigned bits: current value is ${wide}`);
  }
  return wide;
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot load kernel: ${name} must be a number: current value is ${String(value)}`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot load kernel: ${name} must be an integer from ${min} to ${max}: current value is ${value}`);
  }
}

/** Says what a bare host lacks before something fails for the want of it. */
function checkHost(): void {
  if (typeof WebAssembly === "object") return;
  throw new TypeError("Cannot load kernel: this host has no WebAssembly");
}

/** 64 random bits. */
function randomSeed(): bigint {
  if (typeof crypto !== "object") {
    throw new TypeError("Cannot draw the seed of a kernel: this host has no crypto: give Kernel.load() a seed");
  }
  // Pages that did not come through https have no UUIDs. Elsewhere one is cheaper than the first getRandomValues() of a
  // process, for which Node loads a checker of arguments. Its third and fourth group are not all random.
  if (typeof crypto.randomUUID !== "function") return crypto.getRandomValues(new BigUint64Array(1))[0];
  const [first, second, , , last] = crypto.randomUUID().split("-");
  return BigInt(`0x${first}${second}${last.slice(8)}`);
}

function sourceOf(options: KernelOptions): BufferSource | WebAssembly.Module {
  if (options.shared !== undefined) return options.shared.source() as BufferSource | WebAssembly.Module;
  const own = (options.module as WebAssembly.Module | undefined) ?? (options.wasm as BufferSource | undefined);
  return own ?? (options.programs?.source() as BufferSource | WebAssembly.Module | undefined) ?? defaultModule ?? defaultSource();
}

function remember(options: KernelOptions, module: WebAssembly.Module): void {
  if (options.module !== undefined || options.wasm !== undefined) return;
  if (options.programs !== undefined) options.programs.remember(module);
  else defaultModule = module;
}

/** The id that the build wrote into the module; empty for a module whose custom sections were stripped. */
function buildIdOf(module: WebAssembly.Module): Uint8Array {
  const [section] = WebAssembly.Module.customSections(module, "build_id");
  // The id's length comes first, in a byte.
  return new Uint8Array(section ?? 0).subarray(1, 17);
}

function startShared(module: WebAssembly.Module, settings: Settings, restore: Restore): Core {
  const memory = sharedMemory(settings.maxChunks);
  const instance = new WebAssembly.Instance(module, importsOf(memory));
  const exports = guardedExports(instance.exports, memory as unknown as WasmMemory);
  if (attachThread(exports, 0) < 0) throw noRoom();
  return start(module, { exports }, settings, restore, { sharedModule: module });
}

const noRoom = (): RangeError => new RangeError("Cannot create kernel: maxMemoryBytes is too small for its own blocks");

function start(module: WebAssembly.Module, instance: { readonly exports: Record<string, unknown> }, settings: Settings, restore: Restore, parts: CoreParts): Core {
  // The loader wraps each export in a function with rest arguments. The bare exports cost no allocation per call.
  const exports = instance.exports as unknown as CoreExports;
  const buildId = buildIdOf(module);
  if (settings.snapshot !== undefined) {
    const { cpus, cpu } = restore(settings.snapshot, { id: buildId, abiVersion: exports.abi_version() }, exports);
    return new Core(exports, cpus, cpu, buildId, parts);
  }
  const { cpus, maxChunks, maxFds } = settings;
  // The first map of a shared kernel may be another thread's.
  const seed = settings.seed ?? (parts.sharedModule === undefined ? undefined : randomSeed());
  const init = (from: bigint): number => exports.init(cpus, maxChunks, maxFds, from);
  const ret = init(seed ?? 0n);
  if (ret < 0) throw new RangeError(`Cannot load kernel: the core refused its options (errno ${-ret})`);
  const core = new Core(exports, cpus, 0, buildId, parts);
  if (seed === undefined) {
    core.seedLater = () => {
      init(randomSeed());
      exports.set_cpu(core.cpu);
    };
  }
  return core;
}
