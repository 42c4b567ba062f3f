// BPF_MAP_TYPE_LRU_HASH: a hash map that makes room by itself.
import { MapFlag } from "../../assembly/uapi/constants.ts";
import type { Codec } from "../codecs/codec.ts";
import { BucketMap } from "./bucket_map.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import { checkHost, type MapHost } from "./host.ts";
import type { InitialEntries } from "./initial_entries.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** What LRU maps of both types may be told. */
export interface LruOptions {
  /**
   * Whether `get`, `has`, `getInto` and the two `getMany` of this object mark elements as used, as the lookup of a program does
   * in Linux; a system call's does not, which is the default. The map knows nothing of it: other objects for it, and the raw
   * surface, do as they are told.
   */
  lookupMarks?: boolean;
}

/** What `createMap` makes an LRU hash map from. */
export interface LruHashSpec<K, V> extends CommonSpec, InitialEntries, LruOptions {
  type: "lru_hash";
  key: Codec<K>;
  value: Codec<V>;
}

/** With BPF_F_NO_COMMON_LRU every CPU has an equal part of the elements, so Linux rounds max_entries up. */
export function lruDescription(host: MapHost, description: MapDescription): MapDescription {
  checkHost(host);
  if ((description.flags & MapFlag.NO_COMMON_LRU) === 0) return description;
  return { ...description, maxEntries: Math.ceil(description.maxEntries / host.core.cpus) * host.core.cpus };
}

/**
 * BPF_MAP_TYPE_LRU_HASH, with the methods of `HashMap`. It is never full: `set` of a new key evicts old elements.
 *
 * Which ones is Linux's decision, repeated here operation by operation, and not that of a textbook LRU cache:
 * - `get`, `has` and iteration are no use of an element; only a `set` of a key that is present is. With `lookupMarks: true`,
 *   which a cache wants, `get` and `has` are one too.
 * - Elements are evicted several at once (up to 128, fewer in small maps), and already before the map is full, so that
 *   fewer than maxEntries elements may be left after a `set`.
 * - A `set` of a key that is present, an `add` or `replace` that answers false, can evict another key too.
 *
 * With BPF_F_NO_COMMON_LRU every CPU (`kernel.cpu`) has its own part of the elements, maxEntries / cpus, and evicts only
 * what it inserted itself; maxEntries is then rounded up to a multiple of the CPUs. BPF_F_NO_PREALLOC is ENOTSUPP.
 *
 * @example
 * const recent = kernel.createMap({ type: "lru_hash", key: u32, value: u64, maxEntries: 1000, lookupMarks: true });
 * for (let key = 0; key < 5000; key++) recent.set(key, 1n);
 * recent.count() <= 1000; // true
 * recent.has(4999); // true
 */
export class LruHashMap<K, V> extends BucketMap<K, V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, lruDescription(host, description));
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "LruHashMap";
  }
}
