import { Errno } from "../../assembly/uapi/constants.ts";
import { ObjectKind, ProgramAt } from "../../assembly/uapi/prog_constants.ts";
import type { BtfFacts, LoadHost, ObjectFacts } from "../image.ts";
import type { LoadAttr } from "./attrs.ts";
import type { CoreMemory } from "./core_memory.ts";
import { btfFacts, mapFacts } from "./map_facts.ts";

/** Bytes of an fd in attr.fd_array. */
const FD_SIZE = 4;

/** The kernel and its caller, as the verifier of one program sees them. */
export class KernelHost implements LoadHost {
  readonly #memory: CoreMemory;
  readonly #attr: LoadAttr;
  /** BTF by its address: the verifier may ask for the same one by many maps. */
  readonly #btfs = new Map<number, BtfFacts>();

  constructor(memory: CoreMemory, attr: LoadAttr) {
    this.#memory = memory;
    this.#attr = attr;
  }

  get cpus(): number {
    return this.#memory.cpus;
  }

  object(fd: number): ObjectFacts | number {
    const memory = this.#memory;
    const object = memory.core.object_of(fd);
    if (object === -Errno.EBADF) return object;
    if (object === 0) return { kind: "other" };
    const address = object >>> 0;
    switch (memory.kindOf(address)) {
      case ObjectKind.MAP:
        return { kind: "map", map: mapFacts(memory, address, (btf) => this.#btf(btf)) };
      case ObjectKind.PROG:
        return { kind: "program", type: memory.word(address + ProgramAt.TYPE), address };
      case ObjectKind.BTF:
        return { kind: "btf", btf: this.#btf(address) };
      default:
        return { kind: "other" };
    }
  }

  fdAt(index: number): number | undefined {
    const bytes = this.#memory.read(this.#attr.fdArray + BigInt(index * FD_SIZE), FD_SIZE);
    return bytes && new DataView(bytes.buffer).getInt32(0, true);
  }

  read(address: bigint, size: number): Uint8Array | undefined {
    return this.#memory.read(address, size);
  }

  #btf(address: number): BtfFacts {
    let facts = this.#btfs.get(address);
    if (facts === undefined) this.#btfs.set(address, (facts = btfFacts(this.#memory, address)));
    return facts;
  }
}
