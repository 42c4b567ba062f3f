// BPF_MAP_TYPE_ARRAY: maxEntries elements, all present from the start and zero.
import type { Codec } from "../codecs/codec.ts";
import { roundUp8 } from "../abi/core.ts";
import { Kind } from "../codecs/scalar.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { IndexedMap } from "./indexed.ts";
import type { InitialEntries } from "./initial_entries.ts";
import { mapMemory } from "./mapping.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** What `createMap` makes an array from. */
export interface ArraySpec<V> extends CommonSpec, InitialEntries {
  type: "array";
  /** The index is a u32; saying so is allowed. */
  key?: Codec<number>;
  value: Codec<V>;
}

/** The typed array that `view` gives for values of type `V`. */
export type ArrayView<V> = V extends bigint
  ? BigUint64Array | BigInt64Array
  : V extends number
    ? Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array
    : Uint8Array;

/**
 * BPF_MAP_TYPE_ARRAY, with the methods of JavaScript's Map over the indexes 0 to length - 1. Every element is present
 * from the start, with all bytes zero; `delete` throws BpfError EINVAL and `add` always finds its index taken.
 *
 * @example
 * const counters = kernel.createMap({ type: "array", value: u64, maxEntries: 256 });
 * counters.set(6, 1n);
 */
export class ArrayMap<V> extends IndexedMap<V> {
  readonly #host: MapHost;
  /** Of the elements, once they are mapped; 0 before. */
  #address = 0;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    this.#host = host;
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "ArrayMap";
  }

  /** Bytes from one element to the next in `view`: the value's size rounded up to a multiple of 8. */
  get stride(): number {
    return roundUp8(this.elements.value.size);
  }

  /**
   * The live elements of a map made with BPF_F_MMAPABLE, as a typed array of the value's scalar type, or as bytes for
   * composite values. Element `i` starts at index `i * stride / view.BYTES_PER_ELEMENT`. What is written to the view is
   * in the map at once, as after mmap(2).
   *
   * The map cannot be frozen (EBUSY) from the first view on until this object is closed, which ends the mapping: no view of
   * it may be used then.
   *
   * The view dies when the kernel's memory grows (any command that allocates may do that): its length is then 0, and
   * `view()` gives a new one. Throws BpfError: EINVAL for a map without BPF_F_MMAPABLE, EPERM or EACCES where Linux
   * refuses a writable mapping; TypeError for values in network byte order, of which there are no typed arrays.
   */
  view(): ArrayView<V> {
    this.open();
    if (SWAPPED.has(this.elements.value.kind)) {
      throw new TypeError(`Cannot view ${this.subject()}: no typed array has values of ${this.valueCodec.name}, open the map with bytes(${this.elements.value.size})`);
    }
    if (this.#address === 0) this.#address = mapMemory(this.#host, this.openFd, this.subject());
    const buffer = this.#host.core.memory.buffer;
    const size = this.length * this.stride;
    return viewOf(this.elements.value.kind, buffer, this.#address, size) as ArrayView<V>;
  }
}

/** Integers in network byte order. */
const SWAPPED: ReadonlySet<Kind> = /* @__PURE__ */ new Set([Kind.U16BE, Kind.U32BE, Kind.U64BE]);

function viewOf(kind: Kind, buffer: ArrayBufferLike, address: number, size: number): ArrayView<any> {
  switch (kind) {
    case Kind.U16:
      return new Uint16Array(buffer, address, size / 2);
    case Kind.U32:
      return new Uint32Array(buffer, address, size / 4);
    case Kind.I8:
      return new Int8Array(buffer, address, size);
    case Kind.I16:
      return new Int16Array(buffer, address, size / 2);
    case Kind.I32:
      return new Int32Array(buffer, address, size / 4);
    case Kind.U64:
      return new BigUint64Array(buffer, address, size / 8);
    case Kind.I64:
      return new BigInt64Array(buffer, address, size / 8);
    case Kind.F32:
      return new Float32Array(buffer, address, size / 4);
    case Kind.F64:
      return new Float64Array(buffer, address, size / 8);
    default:
      return new Uint8Array(buffer, address, size);
  }
}
