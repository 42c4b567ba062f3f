// BPF_MAP_TYPE_BLOOM_FILTER: a set that may say yes to a value it does not hold, and never no to one it holds.
import { ElemFlag } from "../../assembly/uapi/constants.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { KeylessMap } from "./keyless.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** What `createMap` makes a bloom filter from. */
export interface BloomFilterSpec<V> extends CommonSpec {
  type: "bloom_filter";
  value: Codec<V>;
  /** How many hash functions to use, 1 to 15; 0 or none means 5. Written to map_extra. */
  hashes?: number;
}

/**
 * BPF_MAP_TYPE_BLOOM_FILTER. `maxEntries` is how many values it is made for: with so many added, about one absent value
 * in 50 is taken for present with 5 hash functions, one in 1000 with 8. More can be added, which makes it say yes more
 * often. Values cannot be removed, counted or listed.
 *
 * @example
 * const seen = kernel.createMap({ type: "bloom_filter", value: u64, maxEntries: 10_000, hashes: 5 });
 * seen.add(42);
 * seen.has(42); // true
 */
export class BloomFilterMap<V> extends KeylessMap<V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "BloomFilterMap";
  }

  /** Adds a value. Returns the map. Throws BpfError EPERM when the map is frozen or the fd read-only. */
  add(value: Input<V>): this {
    this.put(value, ElemFlag.ANY);
    return this;
  }

  /** False if the value was never added; true if it was, or by chance. Throws BpfError EPERM on a write-only fd. */
  has(value: Input<V>): boolean {
    return this.asksFor(value);
  }
}
