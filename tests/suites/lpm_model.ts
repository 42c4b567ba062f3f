// A longest-prefix-match table that looks at everything: what the trie is compared with.

/** A prefix of 32-bit addresses, as number and length. */
export interface Prefix {
  address: number;
  length: number;
}

const mask = (length: number): number => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0);
const bits = ({ address, length }: Prefix): number => (address & mask(length)) >>> 0;

/** Whether `outer` covers `inner`, or is the same prefix. */
export const covers = (outer: Prefix, inner: Prefix): boolean =>
  outer.length <= inner.length && ((inner.address & mask(outer.length)) >>> 0) === bits(outer);

/** The order of the trie: what a prefix covers comes before it, else the one with 0 at the first bit that differs. */
export function inOrder(a: Prefix, b: Prefix): number {
  if (covers(a, b)) return covers(b, a) ? 0 : 1;
  if (covers(b, a)) return -1;
  return a.address - b.address;
}

export const text = ({ address, length }: Prefix): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}/${length}`;

/** Prefixes with values, each under its own bits; the bits behind are kept as they were last written. */
export class LpmModel {
  readonly #elements = new Map<string, [Prefix, number]>();

  #key(prefix: Prefix): string {
    return `${bits(prefix)}/${prefix.length}`;
  }

  get size(): number {
    return this.#elements.size;
  }

  set(prefix: Prefix, value: number): void {
    this.#elements.set(this.#key(prefix), [prefix, value]);
  }

  get(prefix: Prefix): number | undefined {
    return this.#elements.get(this.#key(prefix))?.[1];
  }

  delete(prefix: Prefix): boolean {
    return this.#elements.delete(this.#key(prefix));
  }

  /** In the order of the trie. */
  entries(): [Prefix, number][] {
    return [...this.#elements.values()].sort(([a], [b]) => inOrder(a, b));
  }

  /** Longest first. */
  covering(prefix: Prefix): [Prefix, number][] {
    return [...this.#elements.values()].filter(([p]) => covers(p, prefix)).sort(([a], [b]) => b.length - a.length);
  }

  coveredBy(prefix: Prefix): [Prefix, number][] {
    return this.entries().filter(([p]) => covers(prefix, p));
  }

  match(address: number): [Prefix, number] | undefined {
    return this.covering({ address, length: 32 })[0];
  }
}
