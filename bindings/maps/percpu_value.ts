// The value of a per-CPU map as user space sees it: one value for each possible CPU.
import type { Codec, Input } from "../codecs/codec.ts";
import { inside } from "../codecs/struct.ts";
import { roundUp8, type Views } from "../abi/core.ts";
import { Kind } from "../codecs/scalar.ts";
import { take } from "./slot.ts";
import { put } from "./values.ts";

/** What a per-CPU map takes for a value: one that all CPUs get, or an array with one for each possible CPU. */
export type PercpuInput<V> = Input<V> | readonly Input<V>[] | (V extends number | bigint ? ArrayLike<Input<V>> : never);

//   0          stride      2 × stride        stride = round_up(value_size, 8)
//   CPU 0 pad  CPU 1 pad   …
//
// The kernel keeps the padding as it was written; here it is always written as zero.
export class PercpuValue<V> implements Codec<V[]> {
  readonly name: string;
  readonly size: number;
  readonly align = 8;
  readonly kind = Kind.NONE;
  readonly codec: Codec<V>;
  readonly cpus: number;
  /** Bytes of one CPU's value. */
  readonly #valueSize: number;
  readonly #stride: number;
  /** Whether a typed array is a list of values: of bytes and composite codecs it may be one value. */
  readonly #scalar: boolean;

  constructor(codec: Codec<V>, size: number, cpus: number) {
    this.codec = codec;
    this.cpus = cpus;
    this.#valueSize = size;
    this.#stride = roundUp8(size);
    this.size = this.#stride * cpus;
    this.name = `${codec.name} for each of ${cpus} CPUs`;
    this.#scalar = codec.kind !== Kind.NONE && codec.kind !== Kind.BYTES;
  }

  write(views: Views, ptr: number, value: PercpuInput<V>): void {
    if (this.#stride !== this.#valueSize) views.u8.fill(0, ptr, ptr + this.size);
    if (Array.isArray(value) || (this.#scalar && ArrayBuffer.isView(value))) {
      this.#writeEach(views, ptr, value as ArrayLike<Input<V>>);
      return;
    }
    put(this.codec, views, ptr, value as Input<V>);
    for (let cpu = 1; cpu < this.cpus; cpu++) {
      views.u8.copyWithin(ptr + cpu * this.#stride, ptr, ptr + this.#valueSize);
    }
  }

  #writeEach(views: Views, ptr: number, list: ArrayLike<Input<V>>): void {
    if (list.length !== this.cpus) {
      throw new RangeError(`Cannot encode ${this.name}: expected ${this.cpus} values, got ${list.length}`);
    }
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      try {
        put(this.codec, views, ptr + cpu * this.#stride, list[cpu]);
      } catch (error) {
        throw inside(error, `CPU ${cpu}`);
      }
    }
  }

  read(views: Views, ptr: number): V[] {
    const out: V[] = [];
    for (let cpu = 0; cpu < this.cpus; cpu++) out.push(take(this.codec, this.#valueSize, views, ptr + cpu * this.#stride));
    return out;
  }

  /** Reads into an array, which becomes `cpus` long, without an allocation if values are small numbers. */
  readInto(views: Views, ptr: number, out: V[]): void {
    if (!Array.isArray(out)) throw new TypeError(`Cannot read into a ${typeof out}: values are ${this.name}`);
    for (let cpu = 0; cpu < this.cpus; cpu++) out[cpu] = take(this.codec, this.#valueSize, views, ptr + cpu * this.#stride);
    out.length = this.cpus;
  }

  /** The value of one CPU. */
  readCpu(views: Views, ptr: number, cpu: number): V {
    return take(this.codec, this.#valueSize, views, ptr + cpu * this.#stride);
  }

  /** The sum over all CPUs; a bigint sum has no limit of 64 bits. TypeError for values that are no numbers. */
  sum(views: Views, ptr: number): V {
    if (!this.#scalar || this.codec.kind === Kind.BOOL) throw new TypeError(`Cannot sum ${this.name}: values must be numbers or bigints`);
    let total = this.readCpu(views, ptr, 0) as number;
    for (let cpu = 1; cpu < this.cpus; cpu++) total += this.readCpu(views, ptr, cpu) as number;
    return total as V;
  }
}
