// BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH and BPF_MAP_TYPE_PERCPU_ARRAY: a value for each possible CPU.
import type { Codec, Input } from "../codecs/codec.ts";
import { type Core, NULL } from "../abi/core.ts";
import { BucketMap } from "./bucket_map.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import { checkHost, type MapHost } from "./host.ts";
import { IndexedMap } from "./indexed.ts";
import type { InitialEntries } from "./initial_entries.ts";
import { lruDescription, type LruOptions } from "./lru.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { type PercpuInput, PercpuValue } from "./percpu_value.ts";

export type { PercpuInput } from "./percpu_value.ts";

/** What `createMap` makes a per-CPU hash map from; `value` is the codec of one CPU's value. */
export interface PercpuHashSpec<K, V> extends CommonSpec, InitialEntries {
  type: "percpu_hash";
  key: Codec<K>;
  value: Codec<V>;
}

/** What `createMap` makes an LRU map with a value per CPU from; `value` is the codec of one CPU's value. */
export interface LruPercpuHashSpec<K, V> extends CommonSpec, InitialEntries, LruOptions {
  type: "lru_percpu_hash";
  key: Codec<K>;
  value: Codec<V>;
}

/** What `createMap` makes a per-CPU array from; `value` is the codec of one CPU's value. */
export interface PercpuArraySpec<V> extends CommonSpec, InitialEntries {
  type: "percpu_array";
  /** The index is a u32; saying so is allowed. */
  key?: Codec<number>;
  value: Codec<V>;
}

function valueOf<V>(host: MapHost, description: MapDescription): PercpuValue<V> {
  checkHost(host);
  return new PercpuValue(description.value as Codec<V>, description.valueSize, host.core.cpus);
}

/** What maps of the hash family with a value per CPU share. */
abstract class PercpuBucketMap<K, V> extends BucketMap<K, V[], PercpuInput<V>> {
  readonly #core: Core;

  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description, valueOf<V>(host, description));
    this.#core = host.core;
  }

  /** How many values an element has: the number of possible CPUs. */
  get cpus(): number {
    return (this.valueCodec as PercpuValue<V>).cpus;
  }

  /**
   * The sum of a key's values, or undefined when the key is absent. Bigint sums may exceed 64 bits. Throws TypeError
   * when values are no numbers, and as `get`.
   */
  sum(key: Input<K>): V | undefined {
    const ptr = this.find(key);
    // Only scalars have a sum, and those are read without code of the caller.
    return ptr === NULL ? undefined : (this.valueCodec as PercpuValue<V>).sum(this.#core.fresh(), ptr);
  }

  /** Folds a key's values from CPU 0 up: `fn(so far, value, cpu)`. Undefined when the key is absent. Throws as `get`. */
  reduce<T>(key: Input<K>, fn: (sofar: T, value: V, cpu: number) => T, initial: T): T | undefined {
    return this.get(key)?.reduce(fn, initial);
  }
}

/**
 * BPF_MAP_TYPE_PERCPU_HASH: a hash map with one value for each possible CPU (`host.core.cpus`), CPU 0 first. `get` gives an
 * array; `set` takes an array of exactly that length (RangeError otherwise), or one value that every CPU gets. Where values
 * are arrays themselves, an array is always one value for each CPU.
 *
 * Values lie round_up(value_size, 8) bytes apart, and views that `getInto` fills get those bytes, padding included. As in
 * Linux 6.18 there is no command for one CPU's value alone.
 *
 * @example
 * const packets = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 1024 });
 * packets.set(80, 5n);
 * packets.get(80); // [5n], on a kernel with one CPU
 * packets.sum(80); // 5n
 */
export class PercpuHashMap<K, V> extends PercpuBucketMap<K, V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "PercpuHashMap";
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `it holds maxEntries (${this.maxEntries}) elements` : super.explain(cmd, code);
  }
}

/**
 * BPF_MAP_TYPE_LRU_PERCPU_HASH: an LRU map (see `LruHashMap` for which elements are evicted) with one value for each
 * possible CPU (see `PercpuHashMap`).
 *
 * @example
 * const recent = kernel.createMap({ type: "lru_percpu_hash", key: u32, value: u32, maxEntries: 100 });
 * recent.set(1, 7).sum(1); // 7, on a kernel with one CPU
 */
export class LruPercpuHashMap<K, V> extends PercpuBucketMap<K, V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, lruDescription(host, description));
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "LruPercpuHashMap";
  }
}

/**
 * BPF_MAP_TYPE_PERCPU_ARRAY: an array with one value for each possible CPU in every element, with the rules of
 * `PercpuHashMap` for values. Every element is present from the start, with all bytes zero.
 *
 * @example
 * const counters = kernel.createMap({ type: "percpu_array", value: u64, maxEntries: 256 });
 * counters.set(6, 1n).sum(6); // 1n, on a kernel with one CPU
 */
export class PercpuArrayMap<V> extends IndexedMap<V[], PercpuInput<V>> {
  readonly #core: Core;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description, valueOf<V>(host, description));
    this.#core = host.core;
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "PercpuArrayMap";
  }

  /** How many values an element has: the number of possible CPUs. */
  get cpus(): number {
    return (this.valueCodec as PercpuValue<V>).cpus;
  }

  /** The sum of an element's values, or undefined when the index is not below `length`. Throws as `PercpuHashMap.sum`. */
  sum(index: number): V | undefined {
    const ptr = this.find(index);
    // Only scalars have a sum, and those are read without code of the caller.
    return ptr === NULL ? undefined : (this.valueCodec as PercpuValue<V>).sum(this.#core.fresh(), ptr);
  }

  /** Folds an element's values from CPU 0 up: `fn(so far, value, cpu)`. Undefined when there is no such index. */
  reduce<T>(index: number, fn: (sofar: T, value: V, cpu: number) => T, initial: T): T | undefined {
    return this.get(index)?.reduce(fn, initial);
  }
}
