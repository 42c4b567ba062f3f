import { ObjectAt } from "../../assembly/uapi/prog_constants.ts";
import type { HelperExports } from "../helpers/exports.ts";
import type { ProgramExports } from "../../bindings/abi/exports.ts";

const KIND_DATA = 3;
const KIND_USER = 4;
const CHUNK_SHIFT = 16;

/** The memory of a kernel's core: what its caller, its programs and the core itself have in it. */
export class CoreMemory {
  readonly core: ProgramExports;
  readonly cpus: number;
  #view: DataView;
  #bytes: Uint8Array;

  constructor(core: ProgramExports, cpus: number) {
    this.core = core;
    this.cpus = cpus;
    this.#view = new DataView(core.memory.buffer);
    this.#bytes = new Uint8Array(core.memory.buffer);
  }

  /** All of the memory; another object after it has grown. */
  bytes(): Uint8Array {
    const { buffer } = this.core.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  view(): DataView {
    const { buffer } = this.core.memory;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }

  /** The CPU that the caller runs on; setting it moves the caller there. */
  get cpu(): number {
    return this.core.this_cpu();
  }

  set cpu(cpu: number) {
    this.core.set_cpu(cpu);
  }

  word(address: number): number {
    return this.view().getUint32(address, true);
  }

  /** A copy of bytes of the core's own. */
  copy(address: number, size: number): Uint8Array {
    return this.bytes().slice(address, address + size);
  }

  /** The kind of an object, ObjectKind or another one. */
  kindOf(object: number): number {
    return this.word(object + ObjectAt.KIND);
  }

  /** A block of data memory, filled with zeros; 0 when there is none. */
  allocData(size: number): number {
    return this.core.data_alloc(size) >>> 0;
  }

  freeData(address: number): void {
    this.core.data_free(address);
  }

  /** Entries of the map with this address; traps as a helper of the core does when there is no such map. */
  maxEntries(map: bigint): number {
    return (this.core as unknown as HelperExports).map_max_entries(map) >>> 0;
  }

  /** Whether `size` bytes from `address` lie in data memory, which programs may touch. */
  isData(address: number, size: number): boolean {
    return this.#isOfKind(address, size, KIND_DATA);
  }

  /** A copy of bytes of the caller's, or undefined where they cannot be read. */
  read(address: bigint, size: number): Uint8Array | undefined {
    if (size === 0) return new Uint8Array(0);
    return this.#isUser(address, size) ? this.copy(Number(address), size) : undefined;
  }

  /** Stores bytes in the caller's memory: false where that cannot be written; then nothing was. */
  write(address: bigint, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    if (!this.#isUser(address, bytes.length)) return false;
    this.bytes().set(bytes, Number(address));
    return true;
  }

  /** Stores a field of the caller's attr: false where that cannot be written. */
  writeWord(address: number, value: number): boolean {
    if (!this.#isOfKind(address, 4, KIND_USER)) return false;
    this.view().setUint32(address, value, true);
    return true;
  }

  #isUser(address: bigint, size: number): boolean {
    return address >= 0n && address <= 0xffffffffn && this.#isOfKind(Number(address), size, KIND_USER);
  }

  #isOfKind(address: number, size: number, kind: number): boolean {
    const end = address + size;
    if (end > this.bytes().length) return false;
    const kinds = this.core.chunk_kinds();
    const last = Math.max(address, end - 1) >>> CHUNK_SHIFT;
    for (let chunk = address >>> CHUNK_SHIFT; chunk <= last; ++chunk) {
      if (this.#bytes[kinds + chunk] !== kind) return false;
    }
    return true;
  }
}
