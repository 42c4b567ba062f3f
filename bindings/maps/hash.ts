// BPF_MAP_TYPE_HASH: any key, exactly maxEntries elements.
import type { Codec } from "../codecs/codec.ts";
import { BucketMap } from "./bucket_map.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import type { InitialEntries } from "./initial_entries.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** What `createMap` makes a hash map from. */
export interface HashSpec<K, V> extends CommonSpec, InitialEntries {
  type: "hash";
  key: Codec<K>;
  value: Codec<V>;
}

/**
 * BPF_MAP_TYPE_HASH with the methods of JavaScript's Map. Elements come in no particular order, and `set` of a new key in
 * a full map throws BpfError E2BIG.
 *
 * @example
 * const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
 * flows.set(1, 2n);
 * flows.get(1); // 2n
 */
export class HashMap<K, V> extends BucketMap<K, V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "HashMap";
  }

  protected override explain(cmd: number, code: string): string | undefined {
    return code === "E2BIG" ? `it holds maxEntries (${this.maxEntries}) elements` : super.explain(cmd, code);
  }
}
