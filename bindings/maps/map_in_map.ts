// BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS: maps whose elements are other maps, all made after one
// template. User space puts an fd in and gets an id out; these classes put a map object in and get one out.
import { Cmd, ElemFlag, Errno, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import { copyBetween, type Core, roundUp8, Views } from "../abi/core.ts";
import { ElemBlock } from "../abi/elem_block.ts";
import type { MapInfo } from "../abi/info.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { type BpfError, commandError } from "../errors.ts";
import { BpfMap, flagsOf, type SetOptions } from "./base.ts";
import type { InnerDescription, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { Slot } from "./slot.ts";

/** Bytes of a value: the fd of an inner map on the way in, its id on the way out. */
const VALUE_SIZE = 4;

/** A map of maps. `M` is the class of the inner maps. */
export abstract class MapOfMaps<K, M extends BpfMap> extends BpfMap {
  readonly #host: MapHost;
  readonly #core: Core;
  readonly #inner: InnerDescription;
  readonly #key: Slot<K>;
  readonly #block: ElemBlock;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#host = host;
    this.#core = host.core;
    this.#key = new Slot<K>(description.key as Codec<K>, description.keySize);
    this.#inner = description.inner ?? { spec: undefined, template: undefined };
    // The value has room for a key, since GET_NEXT_KEY writes one there.
    const block = owned.hold(ElemBlock.allocate(this.#core, owned.fd, this.#key.size, Math.max(this.#key.size, VALUE_SIZE)));
    if (block === undefined) throw this.failure(Cmd.MAP_CREATE, -Errno.ENOMEM);
    this.#block = block;
  }

  /** The codec of the keys. */
  get keyCodec(): Codec<K> {
    return this.#key.codec;
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
    const ret = this.#put(key, inner, options === undefined ? ElemFlag.ANY : flagsOf(options));
    if (ret !== 0) throw this.#refused(ret, inner);
    return this;
  }

  /** Sets the inner map of a key that has none (BPF_NOEXIST) and returns true; false, with nothing changed, when it has one. Throws as `set`. */
  add(key: Input<K>, inner: M): boolean {
    const ret = this.#put(key, inner, ElemFlag.NOEXIST);
    if (ret === 0 || ret === -Errno.EEXIST) return ret === 0;
    throw this.#refused(ret, inner);
  }

  /** UPDATE of a key with a map. Returns 0 or the negative errno. */
  #put(key: Input<K>, inner: M, flags: number): number {
    const inside = BpfMap.inside(inner);
    if (inside === undefined) throw new TypeError(`Cannot update ${this.subject()}: the value must be a map`);
    if (inside.host !== this.#host) throw new TypeError(`Cannot update ${this.subject()}: the map is another kernel's`);
    this.#putKey(key);
    this.#core.fresh().u32[this.#block.valuePtr >>> 2] = BpfMap.fdOf(inner);
    return this.#block.update(flags);
  }

  #refused(errno: number, inner: M): BpfError {
    return errno === -Errno.EINVAL ? this.#unlike(inner) : this.failure(Cmd.MAP_UPDATE_ELEM, errno);
  }

  /**
   * The inner map of a key as `get` gives it; if there is none, `inner` is set first. What comes back is a new object that the
   * caller closes, as `inner` is. Throws as `get` and `set`.
   */
  getOrInsert(key: Input<K>, inner: M): M {
    return this.get(key) ?? this.set(key, inner).#openInner(inner.info().id);
  }

  /**
   * The same with a map that is made only if there is none: what comes back is then the object that `fn` made, so that in either
   * case the caller has one to close. It is closed if it cannot be set. `fn` may use this map; what it answers replaces an inner
   * map that it set for the key itself.
   *
   * @example
   * const inner = { type: "hash", key: u32, value: u64, maxEntries: 64 } as const;
   * const tables = kernel.createMap({ type: "hash_of_maps", key: u32, inner, maxEntries: 8 });
   * const table = tables.getOrInsertComputed(3, () => kernel.createMap(inner));
   * table.set(1, 5n).close();
   */
  getOrInsertComputed(key: Input<K>, fn: (key: Input<K>) => M): M {
    const found = this.get(key);
    if (found !== undefined) return found;
    const made = fn(key);
    try {
      this.set(key, made);
    } catch (error) {
      if (BpfMap.inside(made) !== undefined) made.close();
      throw error;
    }
    return made;
  }

  /** Takes the inner map of a key out and returns true, or false when there is none. Throws BpfError EPERM as `set`. */
  delete(key: Input<K>): boolean {
    this.#putKey(key);
    const ret = this.#block.delete();
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_DELETE_ELEM, ret);
  }

  /** The key behind `key`, or the first one; undefined behind the last. Behind a key that is not there comes the first again: GET_NEXT_KEY. */
  nextKey(key?: Input<K>): K | undefined {
    if (key === undefined) this.open();
    else this.#putKey(key);
    const ret = this.#block.nextKey(key === undefined);
    if (ret === 0) return this.#key.take(this.#core.fresh(), this.#block.keyPtr);
    if (ret === -Errno.ENOENT) return undefined;
    throw this.failure(Cmd.MAP_GET_NEXT_KEY, ret);
  }

  /** The keys that have an inner map. Those that lose it before their turn are left out. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.ids()) yield key;
  }

  /** The inner maps, each a new object that the caller closes. See `keys` for a map that changes meanwhile. */
  *values(): IterableIterator<M> {
    for (const [, id] of this.ids()) yield this.#openInner(id);
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

  /**
   * Calls `fn(inner, key, map)` for every key that has an inner map, and closes `inner` when it is done: what is to stay open
   * is `inner.dup()`.
   */
  forEach(fn: (inner: M, key: K, map: this) => void, thisArg?: unknown): void {
    for (const [key, inner] of this.entries()) {
      try {
        fn.call(thisArg, inner, key, this);
      } finally {
        inner.close();
      }
    }
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

  protected override explain(cmd: number, code: string): string | undefined {
    if (cmd === Cmd.MAP_UPDATE_ELEM && code === "ENOTSUPP") return "a map with excl_prog_hash cannot be an inner map";
    return undefined;
  }

  /** LOOKUP of the key in the key block: an id, or undefined. */
  #lookup(): number | undefined {
    const ret = this.#block.lookup();
    if (ret === 0) return this.#core.fresh().u32[this.#block.valuePtr >>> 2];
    if (ret === -Errno.ENOENT) return undefined;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  /** All keys of the map as bytes, each in memory of its own, in the kernel's order. */
  protected encodedKeys(): Views[] {
    this.open();
    const keys: Views[] = [];
    const { size } = this.#key;
    for (;;) {
      const ret = this.#block.nextKey(keys.length === 0);
      if (ret === -Errno.ENOENT) return keys;
      if (ret !== 0) throw this.failure(Cmd.MAP_GET_NEXT_KEY, ret);
      const key = new Views(new ArrayBuffer(roundUp8(size)));
      copyBetween(this.#core.fresh(), this.#block.keyPtr, key, 0, size);
      keys.push(key);
    }
  }

  /** The key that these bytes are, and its inner map's id if it has one. */
  protected elementOf(key: Views): [K, number] | undefined {
    this.open();
    copyBetween(key, 0, this.#core.fresh(), this.#block.keyPtr, this.#key.size);
    const id = this.#lookup();
    return id === undefined ? undefined : [this.#key.take(key, 0), id];
  }

  #openInner(id: number): M {
    return this.#host.openById(id, this.#inner.spec ?? {}) as M;
  }

  #putKey(key: Input<K>): void {
    this.open();
    const begun = this.#key.begin(key);
    this.open();
    this.#key.finish(this.#core.fresh(), this.#block.keyPtr, key, begun);
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
  if (map.typeNumber !== template.typeNumber) return `the inner map is a ${name(map.typeNumber)}, the template a ${name(template.typeNumber)}`;
  const fields: [name: string, map: number, template: number][] = [
    ["key_size", map.keySize, template.keySize],
    ["value_size", map.valueSize, template.valueSize],
    ["map_flags", map.flags, template.flags],
  ];
  // Programs index an inner array unchecked, so its size counts unless BPF_F_INNER_MAP is set.
  if (map.typeNumber === MapType.ARRAY && (map.flags & MapFlag.INNER_MAP) === 0) {
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
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "ArrayOfMaps";
  }

  override *ids(): IterableIterator<[number, number]> {
    for (let index = 0; index < this.maxEntries; index++) {
      const id = this.idOf(index);
      if (id !== undefined) yield [index, id];
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `the index must be below maxEntries (${this.maxEntries})` : super.explain(cmd, code);
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
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "HashOfMaps";
  }

  override *ids(): IterableIterator<[K, number]> {
    for (const key of this.encodedKeys()) {
      const element = this.elementOf(key);
      if (element !== undefined) yield element;
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `it holds maxEntries (${this.maxEntries}) maps` : super.explain(cmd, code);
  }
}
