// BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS: maps whose elements are other maps, all made after one
// template. User space puts an fd in and gets an id out; these classes put a map object in and get one out.
import { Cmd, ElemFlag, Errno, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { NULL, type Ptr, roundUp8 } from "../abi/core.ts";
import { type BpfError, commandError } from "../errors.ts";
import type { MapInfo } from "../abi/info.ts";
import type { Kernel } from "../kernel.ts";
import { BpfMap, type CommonSpec, flagsOf, type MapDescription, type SetOptions } from "./base.ts";
import type { MapSpec, OpenSpec } from "./open.ts";
import { put, take } from "./values.ts";

/** What an outer map's inner maps are like: the spec of one, or a map to take after. Neither is kept. */
export type InnerSpec = MapSpec | BpfMap;

/** What `createMap` makes an array of maps from. */
export interface ArrayOfMapsSpec extends CommonSpec {
  type: "array_of_maps";
  /** The index is a u32; saying so is allowed. */
  key?: Codec<number>;
  /** The spec of an inner map, or a map that they take after. Neither is kept. */
  inner: InnerSpec;
}

/** What `createMap` makes a hash of maps from. */
export interface HashOfMapsSpec<K> extends CommonSpec {
  type: "hash_of_maps";
  key: Codec<K>;
  /** The spec of an inner map, or a map that they take after. Neither is kept. */
  inner: InnerSpec;
}

/** What an outer map's object knows of its inner maps. */
export interface InnerDescription {
  /** How `get` opens an inner map. */
  spec: OpenSpec | undefined;
  /** The template as it was; undefined for an outer map that was opened, of which Linux does not tell it. */
  template: MapInfo | undefined;
}

const ATTR_SIZE = 32;
const DELETE_SIZE = 16;

/** A map of maps. `M` is the class of the inner maps. */
export abstract class MapOfMaps<K, M extends BpfMap> extends BpfMap {
  readonly keyCodec: Codec<K>;
  readonly #inner: InnerDescription;
  readonly #keySize: number;
  /** An attr, the key and the value: a u32, fd on the way in and id on the way out. */
  readonly #block: Ptr;
  readonly #keyPtr: number;
  readonly #valuePtr: number;

  protected constructor(kernel: Kernel, fd: number, description: MapDescription) {
    super(kernel, fd, description);
    this.keyCodec = description.key as Codec<K>;
    this.#inner = description.inner ?? { spec: undefined, template: undefined };
    this.#keySize = this.keyCodec.size;
    this.#block = this.core.alloc(ATTR_SIZE + roundUp8(this.#keySize) + 8);
    if (this.#block === NULL) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#keyPtr = this.#block + ATTR_SIZE;
    this.#valuePtr = this.#keyPtr + roundUp8(this.#keySize);
    const { u32 } = this.core.fresh();
    u32[this.#block >>> 2] = fd;
    u32[(this.#block + 8) >>> 2] = this.#keyPtr;
    u32[(this.#block + 16) >>> 2] = this.#valuePtr;
  }

  /**
   * The inner map of a key as a new object with an fd of its own, which the caller closes; undefined when there is none.
   * Throws BpfError EMFILE when there is no fd left.
   */
  get(key: Input<K>): M | undefined {
    const id = this.idOf(key);
    return id === undefined ? undefined : this.#openInner(id);
  }

  /** The id of the inner map of a key, or undefined when there is none: what BPF_MAP_LOOKUP_ELEM answers. */
  idOf(key: Input<K>): number | undefined {
    this.#putKey(key);
    return this.#lookup();
  }

  /** Whether the key has an inner map. */
  has(key: Input<K>): boolean {
    return this.idOf(key) !== undefined;
  }

  /**
   * Makes `inner` the inner map of a key; the outer map then holds a reference of its own, and `inner` may be closed.
   * Returns the map. Throws BpfError: EINVAL for a map unlike the template, saying in what; E2BIG when the map is full
   * or the index too high; EEXIST and ENOENT with the flags of a hash of maps; EPERM when it is frozen. TypeError for
   * what is no map of this kernel.
   */
  set(key: Input<K>, inner: M, options?: SetOptions): this {
    if (!(inner instanceof BpfMap)) throw new TypeError(`Cannot update ${this.subject()}: the value must be a map`);
    if (inner.kernel !== this.kernel) throw new TypeError(`Cannot update ${this.subject()}: the map is another kernel's`);
    const fd = inner.fd;
    this.#putKey(key);
    const { u32 } = this.core.fresh();
    u32[this.#valuePtr >>> 2] = fd;
    const ret = this.#run(Cmd.MAP_UPDATE_ELEM, ATTR_SIZE, options === undefined ? ElemFlag.ANY : flagsOf(options));
    if (ret !== 0) throw ret === -Errno.EINVAL ? this.#unlike(inner) : this.failure(Cmd.MAP_UPDATE_ELEM, ret);
    return this;
  }

  /** Takes the inner map of a key out and returns true, or false when there is none. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    this.#putKey(key);
    const ret = this.#run(Cmd.MAP_DELETE_ELEM, DELETE_SIZE, 0);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_DELETE_ELEM, ret);
  }

  /** The keys that have an inner map. Those that lose it before their turn are left out. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.ids()) yield key;
  }

  /** `[key, inner map]`, each map a new object that the caller closes. See `keys` for a map that changes meanwhile. */
  *entries(): IterableIterator<[K, M]> {
    for (const [key, id] of this.ids()) yield [key, this.#openInner(id)];
  }

  /** `[key, id of the inner map]`, which opens nothing. See `keys` for a map that changes meanwhile. */
  abstract ids(): IterableIterator<[K, number]>;

  /** The same as `entries`. */
  [Symbol.iterator](): IterableIterator<[K, M]> {
    return this.entries();
  }

  /** How many keys have an inner map. Walks the map. */
  count(): number {
    let count = 0;
    for (const _ of this.ids()) count++;
    return count;
  }

  /** Takes every inner map out. */
  clear(): void {
    for (const key of [...this.keys()]) this.delete(key as Input<K>);
  }

  protected override release(): void {
    this.core.free(this.#block);
  }

  protected override explain(cmd: number, code: string): string | undefined {
    if (cmd === Cmd.MAP_UPDATE_ELEM && code === "ENOTSUPP") return "a map with excl_prog_hash cannot be an inner map";
    return undefined;
  }

  /** LOOKUP of the key in the key block: an id, or undefined. */
  #lookup(): number | undefined {
    const ret = this.#run(Cmd.MAP_LOOKUP_ELEM, ATTR_SIZE, 0);
    if (ret === 0) return this.core.fresh().u32[this.#valuePtr >>> 2];
    if (ret === -Errno.ENOENT) return undefined;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** All keys of the map, as bytes one behind the other, in the kernel's order. */
  protected keyBytes(): Uint8Array[] {
    this.open();
    const keys: Uint8Array[] = [];
    const { core } = this;
    const attr = this.#block >>> 2;
    const size = this.#keySize;
    const next = new Uint8Array(size);
    const nextPtr = core.alloc(size);
    if (nextPtr === NULL) throw this.failure(Cmd.MAP_GET_NEXT_KEY, -Errno.ENOMEM);
    try {
      for (;;) {
        const { u32 } = core.fresh();
        u32[attr + 2] = keys.length === 0 ? 0 : this.#keyPtr;
        u32[attr + 4] = nextPtr;
        const ret = this.#run(Cmd.MAP_GET_NEXT_KEY, 24, 0);
        if (ret === -Errno.ENOENT) return keys;
        if (ret !== 0) throw this.failure(Cmd.MAP_GET_NEXT_KEY, ret);
        core.copyOut(nextPtr, next);
        core.copyIn(this.#keyPtr, next);
        keys.push(next.slice());
      }
    } finally {
      const { u32 } = core.fresh();
      u32[attr + 2] = this.#keyPtr;
      u32[attr + 4] = this.#valuePtr;
      core.free(nextPtr);
    }
  }

  /** The key that these bytes are, and its inner map's id if it has one. */
  protected elementOf(keyBytes: Uint8Array): [K, number] | undefined {
    this.open();
    this.core.copyIn(this.#keyPtr, keyBytes);
    const id = this.#lookup();
    return id === undefined ? undefined : [take(this.keyCodec, this.core.fresh(), this.#keyPtr), id];
  }

  #openInner(id: number): M {
    return this.kernel.openById(id, this.#inner.spec ?? {}) as unknown as M;
  }

  #putKey(key: Input<K>): void {
    this.open();
    put(this.keyCodec, this.core.fresh(), this.#keyPtr, key);
  }

  #run(cmd: number, size: number, flags: number): number {
    const { u32 } = this.core.fresh();
    u32[(this.#block + 24) >>> 2] = flags;
    return this.core.bpf(cmd, this.#block, size);
  }

  /** The error for an inner map that was refused: in what it is unlike the template, if that is known. */
  #unlike(inner: BpfMap): BpfError {
    const { template } = this.#inner;
    const differs = template === undefined ? undefined : difference(inner.info(), template);
    return commandError(-Errno.EINVAL, Cmd.MAP_UPDATE_ELEM, this.subject(), differs);
  }
}

/** In what a map differs from the template, where that counts. */
function difference(map: MapInfo, template: MapInfo): string | undefined {
  const name = (type: number): string => `BPF_MAP_TYPE_${MapType[type] ?? type}`;
  if (map.type !== template.type) return `the inner map is a ${name(map.type)}, the template a ${name(template.type)}`;
  const fields: [name: string, map: number, template: number][] = [
    ["key_size", map.keySize, template.keySize],
    ["value_size", map.valueSize, template.valueSize],
    ["map_flags", map.flags, template.flags],
  ];
  // Programs index an inner array unchecked, so its size counts unless BPF_F_INNER_MAP is set.
  if (map.type === MapType.ARRAY && (map.flags & MapFlag.INNER_MAP) === 0) {
    fields.push(["max_entries", map.maxEntries, template.maxEntries]);
  }
  const field = fields.find(([, actual, expected]) => actual !== expected);
  return field && `the inner map's ${field[0]} is ${field[1]}, the template's is ${field[2]}`;
}

/**
 * BPF_MAP_TYPE_ARRAY_OF_MAPS: an inner map, or none, for each index from 0 to maxEntries - 1.
 *
 * @example
 * const inner = { type: "hash", key: u32, value: u64, maxEntries: 64 } as const;
 * const tables = kernel.createMap({ type: "array_of_maps", inner, maxEntries: 8 });
 * const table = kernel.createMap(inner);
 * tables.set(3, table);
 * table.set(1, 5n);
 * const same = tables.get(3);
 * same?.get(1); // 5n
 * same?.close();
 */
export class ArrayOfMaps<M extends BpfMap> extends MapOfMaps<number, M> {
  constructor(kernel: Kernel, fd: number, description: MapDescription) {
    super(kernel, fd, description);
  }

  override *ids(): IterableIterator<[number, number]> {
    for (let index = 0; index < this.maxEntries; index++) {
      const id = this.idOf(index);
      if (id !== undefined) yield [index, id];
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `the index must be below max_entries (${this.maxEntries})` : super.explain(cmd, code);
  }
}

/**
 * BPF_MAP_TYPE_HASH_OF_MAPS: inner maps by any key, at most maxEntries of them.
 *
 * @example
 * const inner = { type: "array", value: u64, maxEntries: 4 } as const;
 * const byName = kernel.createMap({ type: "hash_of_maps", key: utf8(16), inner, maxEntries: 100 });
 * const counters = kernel.createMap(inner);
 * byName.set("eth0", counters);
 * for (const [name, map] of byName) {
 *   console.log(name, map.get(0)); // eth0 0n
 *   map.close();
 * }
 */
export class HashOfMaps<K, M extends BpfMap> extends MapOfMaps<K, M> {
  constructor(kernel: Kernel, fd: number, description: MapDescription) {
    super(kernel, fd, description);
  }

  override *ids(): IterableIterator<[K, number]> {
    for (const bytes of this.keyBytes()) {
      const element = this.elementOf(bytes);
      if (element !== undefined) yield element;
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `it holds max_entries (${this.maxEntries}) maps` : super.explain(cmd, code);
  }
}

/** Describes the template behind an fd, for the errors of maps that are unlike it. */
export function describeInner(kernel: Kernel, fd: number, spec: OpenSpec): InnerDescription {
  const template = kernel.infos.read(fd);
  return { spec, template: typeof template === "number" ? undefined : template };
}
