// What map objects need of the kernel that they belong to. Kernel makes one and keeps it to itself: the map classes do not
// know Kernel, and nobody else can make a map object.
import type { Core } from "../abi/core.ts";
import type { BpfAttr } from "../abi/attr.ts";
import type { WasmMemory } from "../abi/host_types.ts";
import type { RawCalls } from "../abi/raw.ts";
import type { Bpffs } from "../bpffs.ts";
import type { OpenSpec } from "./description.ts";
import { Lifetimes } from "./lifetimes.ts";

/** The kernel of a map object, as its maps know it: the raw surface. It is the `Kernel` that the map was made by. */
export interface MapKernel {
  /** As `Kernel.bpf`. */
  bpf(cmd: number, attr: BpfAttr, size?: number): number;
  /** As `Kernel.bpf`. */
  bpf(cmd: number, attr: Uint8Array, size?: number): number;
  /** As `Kernel.bpf`. */
  bpf(cmd: number, attr: number, size?: number): number;
  /** As `Kernel.close`. */
  close(fd: number): number;
  /** As `Kernel.dup`. */
  dup(fd: number): number;
  /** As `Kernel.mmap`. */
  mmap(fd: number, options?: { writable?: boolean }): number;
  /** As `Kernel.alloc`. */
  alloc(size: number): number;
  /** As `Kernel.free`. */
  free(address: number): void;
  readonly bpffs: Bpffs;
  readonly memory: WasmMemory;
  readonly cpus: number;
  cpu: number;
}

/** Refuses who calls a map class with `new`: nobody else has a host. */
export function checkHost(host: unknown): void {
  if (!(host instanceof MapHost)) throw new TypeError("Cannot make a map with new: kernel.createMap makes one");
}

/** One kernel, for the map classes. */
export class MapHost {
  readonly core: Core;
  readonly raw: RawCalls;
  readonly kernel: MapKernel;
  /** `Kernel.openById`; answers a map object. */
  readonly openById: (id: number, spec: OpenSpec) => object;
  /** Which map object owns which fd. */
  readonly lifetimes: Lifetimes;
  /** The last map object of each type, closed or not: trick 9 of ARCHITECTURE.md. */
  readonly lastMaps: Map<string, object> = new Map();

  constructor(core: Core, raw: RawCalls, kernel: MapKernel, openById: MapHost["openById"]) {
    this.core = core;
    this.raw = raw;
    this.kernel = kernel;
    this.openById = openById;
    this.lifetimes = new Lifetimes(raw);
  }
}
