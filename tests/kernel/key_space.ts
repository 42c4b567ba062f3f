// The few keys that a script uses on one map, in the form its type wants them.

import { Limit } from "./abi.ts";
import type { Prng } from "./prng.ts";
import type { KeyKind } from "./profiles.ts";
import type { Shape } from "./shape.ts";

export class KeySpace {
  #rng: Prng;
  #shape: Shape;
  #kind: KeyKind;
  #count: number;
  /** What all "bytes" keys of the map share. */
  #base: Uint8Array;
  /** Bytes of which LPM data is made: few, so that prefixes nest. */
  #alphabet: Uint8Array;

  constructor(rng: Prng, shape: Shape, kind: KeyKind) {
    this.#rng = rng;
    this.#shape = shape;
    this.#kind = kind;
    this.#count = Math.ceil(shape.maxEntries * rng.pick([1, 1.3, 2])) + rng.below(4) + 1;
    this.#base = rng.bytes(shape.keySize);
    this.#alphabet = rng.chance(0.5) ? Uint8Array.of(0, 0x80, 0xc0, 0xff) : rng.bytes(3);
  }

  /** A key, or undefined for a map without keys. */
  random(): Uint8Array | undefined {
    switch (this.#kind) {
      case "none":
        return undefined;
      case "index":
        return this.#index();
      case "prefix":
        return this.#prefix();
      case "bytes":
        return this.#numbered(this.#rng.below(this.#count));
      case "cgroup":
        return this.#rng.chance(0.5) ? new Uint8Array(this.#shape.keySize) : this.#rng.bytes(this.#shape.keySize);
    }
  }

  /** `count` keys one after the other, repetitions included. */
  many(count: number): Uint8Array {
    const keys = new Uint8Array(count * this.#shape.keySize);
    for (let i = 0; i < count; i++) keys.set(this.random() ?? [], i * this.#shape.keySize);
    return keys;
  }

  /** The first `count` of the "bytes" keys, each once. */
  first(count: number): Uint8Array {
    const keys = new Uint8Array(count * this.#shape.keySize);
    for (let i = 0; i < count; i++) keys.set(this.#numbered(i), i * this.#shape.keySize);
    return keys;
  }

  #index(): Uint8Array {
    const { maxEntries } = this.#shape;
    const index = this.#rng.chance(0.04)
      ? this.#rng.pick([maxEntries, maxEntries + 1, 0x80000000, 0xffffffff])
      : this.#rng.below(maxEntries);
    const key = new Uint8Array(4);
    new DataView(key.buffer).setUint32(0, index, true);
    return key;
  }

  /** The n-th key: the map's base with n in its first bytes, or in its last, where a longer compare has to find it. */
  #numbered(n: number): Uint8Array {
    const key = this.#base.slice();
    const at = (this.#base[0] & 1) === 1 ? 0 : key.length - 1;
    key[at] = n;
    if (key.length > 1) key[at === 0 ? 1 : at - 1] = n >> 8;
    return key;
  }

  #prefix(): Uint8Array {
    const { keySize } = this.#shape;
    const bitsMax = 8 * (keySize - 4);
    const key = new Uint8Array(keySize);
    const bits = this.#rng.chance(0.03)
      ? this.#rng.pick([bitsMax + 1, bitsMax + 8, 0xffffffff])
      : this.#rng.below(Math.min(bitsMax, 8 * Limit.LPM_DATA_SIZE_MAX) + 1);
    new DataView(key.buffer).setUint32(0, bits, true);
    for (let i = 4; i < keySize; i++) key[i] = this.#rng.pick([...this.#alphabet]);
    if (this.#rng.chance(0.3)) key[this.#rng.between(4, keySize - 1)] ^= 1 << this.#rng.below(8);
    return key;
  }
}
