// Maps of types that have no class of their own: their elements as bytes, by the commands and with the errors of Linux.
import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import { BpfMap, flagsOf, type SetOptions } from "./base.ts";
import type { MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";

/**
 * A map that was opened and whose type has no class here (devmap, prog_array, cgroup_storage and others). Keys and values are
 * bytes of exactly the map's sizes; which commands the type has, and what an element of it means, is as in Linux. Types without
 * keys take `null` for one.
 *
 * @example
 * const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_CPUMAP, key_size: 4, value_size: 4, max_entries: 4 });
 * const cpus = kernel.openFd(fd);
 * cpus.type; // "cpumap"
 */
export class RawMap extends BpfMap {
  readonly #host: MapHost;
  /** Bytes of a key; 0 for types without keys. */
  readonly keySize: number;
  /** Bytes of a value as the commands have it: for per-CPU types, of all CPUs' values together. */
  readonly valueSize: number;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#host = host;
    this.keySize = description.keySize;
    this.valueSize = host.raw.infos.shape(owned.fd)?.valueSize ?? description.valueSize;
  }

  override get [Symbol.toStringTag](): string {
    return "RawMap";
  }

  /** LOOKUP_ELEM: the value of a key, or undefined when it is absent. Throws BpfError as the command. */
  lookup(key: Uint8Array | null, options?: SetOptions): Uint8Array | undefined {
    const value = new Uint8Array(this.valueSize);
    return this.#has(Cmd.MAP_LOOKUP_ELEM, { ...this.#attr(key), value, ...flagsAttr(options) }) ? value : undefined;
  }

  /** UPDATE_ELEM. Returns the map. Throws BpfError as the command. */
  update(key: Uint8Array | null, value: Uint8Array, options?: SetOptions): this {
    this.run(Cmd.MAP_UPDATE_ELEM, { ...this.#attr(key), value, ...flagsAttr(options) });
    return this;
  }

  /** DELETE_ELEM: whether the key was there. Throws BpfError as the command. */
  delete(key: Uint8Array | null): boolean {
    return this.#has(Cmd.MAP_DELETE_ELEM, this.#attr(key));
  }

  /** GET_NEXT_KEY: the key behind `key`, or the first one; undefined behind the last. Throws BpfError as the command. */
  nextKey(key: Uint8Array | null = null): Uint8Array | undefined {
    const next_key = new Uint8Array(this.keySize);
    return this.#has(Cmd.MAP_GET_NEXT_KEY, { ...this.#attr(key), next_key }) ? next_key : undefined;
  }

  #attr(key: Uint8Array | null): BpfAttr {
    return { map_fd: this.openFd, key };
  }

  #has(cmd: number, attr: BpfAttr): boolean {
    const ret = this.#host.raw.bpf(cmd, attr);
    if (ret < 0 && ret !== -Errno.ENOENT) throw this.failure(cmd, ret);
    return ret >= 0;
  }
}

function flagsAttr(options: SetOptions | undefined): BpfAttr {
  return options === undefined ? {} : { flags: flagsOf(options) };
}
