// Writes many elements into a map, in batches where its type has them.
import { Errno } from "../assembly/uapi/constants.ts";
import { BPF_ANY, BPF_MAP_UPDATE_BATCH, BPF_MAP_UPDATE_ELEM } from "../bindings/index.ts";
import { userValueBytes } from "./commands/elem.ts";
import { errorText } from "./fail.ts";
import type { MapInfo } from "./map.ts";
import type { Session } from "./session.ts";

/** Elements of one update batch. */
const BATCH = 2048;

/** Collects elements and writes them in batches; types without batches get one update each. */
export class BulkWriter {
  readonly #session: Session;
  readonly #fd: number;
  readonly #keySize: number;
  readonly #valueBytes: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  /** Lines of the pending elements, to name the one that is refused. */
  readonly #lines = new Uint32Array(BATCH);
  #batches: boolean;
  count = 0;
  #pending = 0;

  constructor(session: Session, fd: number, info: MapInfo) {
    this.#session = session;
    this.#fd = fd;
    this.#keySize = info.keySize;
    this.#valueBytes = userValueBytes(session.kernel, info);
    this.keys = new Uint8Array(BATCH * this.#keySize);
    this.values = new Uint8Array(BATCH * this.#valueBytes);
    this.#batches = info.keySize > 0;
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
    if (this.#pending === BATCH) this.flush();
  }

  flush(): void {
    const count = this.#pending;
    if (count === 0) return;
    const { kernel } = this.#session;
    let done = 0;
    let ret = -Errno.ENOTSUPP;
    if (this.#batches) {
      const attr = { map_fd: this.#fd, keys: this.keys, values: this.values, count };
      ret = kernel.bpf(BPF_MAP_UPDATE_BATCH, attr);
      done = ret === -Errno.ENOTSUPP ? 0 : attr.count;
    }
    if (ret === -Errno.ENOTSUPP) {
      this.#batches = false;
      for (ret = 0; done < count && ret === 0; ) {
        ret = this.#update(done);
        if (ret === 0) done++;
      }
    }
    this.count += done;
    this.#pending = 0;
    if (ret < 0) throw new RefusedElement(this.#lines[done], ret, this.count);
  }

  #update(at: number): number {
    const key = this.#keySize > 0 ? this.keys.subarray(at * this.#keySize, (at + 1) * this.#keySize) : null;
    const value = this.values.subarray(at * this.#valueBytes, (at + 1) * this.#valueBytes);
    return this.#session.kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: this.#fd, key, value, flags: BPF_ANY });
  }
}

/** The map refused an element; those before it are in the map. */
export class RefusedElement extends Error {
  override name = "RefusedElement";
  readonly code: number;
  constructor(line: number, ret: number, count: number) {
    super(`line ${line}: update failed: ${errorText(ret)} (${count} elements are in the map)`);
    this.code = ret;
  }
}
