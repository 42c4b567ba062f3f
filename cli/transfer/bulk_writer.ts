// Writes many elements into a map, in batches where its type has them.
import { Errno } from "../../assembly/uapi/constants.ts";
import { BPF_ANY, BPF_MAP_UPDATE_BATCH, BPF_MAP_UPDATE_ELEM } from "../../bindings/index.ts";
import { userValueBytes } from "../commands/elem.ts";
import { errorText } from "../fail.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import { PlacedFail } from "./place.ts";

/** Elements of one update batch, and bytes of their keys and values. */
const BATCH = 2048;
const BATCH_BYTES = 1 << 20;

/** Collects elements and writes them in batches; types without batches get one update each. */
export class BulkWriter {
  readonly #session: Session;
  readonly #fd: number;
  readonly #keySize: number;
  readonly #valueBytes: number;
  readonly #capacity: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  /** Lines of the pending elements, to name the one that is refused. */
  readonly #lines: Uint32Array;
  #batches: boolean;
  /** How many elements the map has taken. */
  count = 0;
  #pending = 0;

  constructor(session: Session, fd: number, info: MapInfo) {
    this.#session = session;
    this.#fd = fd;
    this.#keySize = info.keySize;
    this.#valueBytes = userValueBytes(session.kernel, info);
    this.#capacity = Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / (this.#keySize + this.#valueBytes))));
    this.keys = new Uint8Array(this.#capacity * this.#keySize);
    this.values = new Uint8Array(this.#capacity * this.#valueBytes);
    this.#lines = new Uint32Array(this.#capacity);
    this.#batches = info.keySize > 0 && this.#capacity > 1;
  }

  /** Where the next element's key and value go. */
  get keyAt(): number {
    return this.#pending * this.#keySize;
  }
  get valueAt(): number {
    return this.#pending * this.#valueBytes;
  }

  /** The element at keyAt and valueAt is complete. */
  push(line: number): void {
    this.#lines[this.#pending++] = line;
    if (this.#pending === this.#capacity) this.flush();
  }

  /** Throws PlacedFail for the element that the map refuses; those before it are in the map. */
  flush(): void {
    const count = this.#pending;
    this.#pending = 0;
    let done = 0;
    if (count > 0 && this.#batches) {
      const attr = { map_fd: this.#fd, keys: this.keys, values: this.values, count };
      const ret = this.#session.kernel.bpf(BPF_MAP_UPDATE_BATCH, attr);
      if (ret === 0) done = count;
      // Which element failed, and with what, is asked of each: not every error of a batch tells how far it came. Updates
      // that were done are done again, to the same end.
      else if (ret === -Errno.ENOTSUPP) this.#batches = false;
    }
    for (let at = done; at < count; at++) {
      const ret = this.#update(at);
      if (ret < 0) {
        this.count += at;
        throw new PlacedFail({ line: this.#lines[at] }, `update failed: ${errorText(ret)}`, ret);
      }
    }
    this.count += count;
  }

  #update(at: number): number {
    const key = this.#keySize > 0 ? this.keys.subarray(at * this.#keySize, (at + 1) * this.#keySize) : null;
    const value = this.values.subarray(at * this.#valueBytes, (at + 1) * this.#valueBytes);
    return this.#session.kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: this.#fd, key, value, flags: BPF_ANY });
  }
}
