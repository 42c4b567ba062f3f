// Real prefixes: the IPv4 ranges of a country database, split into as few prefixes as possible.

/** IPv4 prefixes: address i has `bits[i]` bits, and belongs to the country with the number `countries[i]`. */
export interface Prefixes {
  count: number;
  addresses: Uint32Array<ArrayBuffer>;
  bits: Uint8Array;
  countries: Uint32Array<ArrayBuffer>;
  /** Two-letter codes by number. */
  codes: string[];
}

/** Splits the range from `first` to `last` into prefixes and gives each to `add`. */
function split(first: number, last: number, add: (address: number, bits: number) => void): void {
  while (first <= last) {
    // The largest block that starts here and does not reach beyond the end.
    const aligned = first === 0 ? 32 : Math.min(32, 31 - Math.clz32(first & -first));
    const fitting = Math.floor(Math.log2(last - first + 1));
    const size = Math.min(aligned, fitting);
    add(first, 32 - size);
    first += 2 ** size;
  }
}

/** Reads lines of `first,last,country`, both addresses as numbers. At most `limit` prefixes. */
export function readPrefixes(csv: string, limit = Infinity): Prefixes {
  const addresses: number[] = [];
  const bits: number[] = [];
  const countries: number[] = [];
  const codes: string[] = [];
  const numbers = new Map<string, number>();
  for (const line of csv.split("\n")) {
    if (line === "" || addresses.length >= limit) continue;
    const [first, last, code] = line.trim().split(",");
    let number = numbers.get(code);
    if (number === undefined) numbers.set(code, (number = codes.push(code) - 1));
    split(Number(first), Number(last), (address, length) => {
      addresses.push(address);
      bits.push(length);
      countries.push(number);
    });
  }
  return {
    count: addresses.length,
    addresses: Uint32Array.from(addresses),
    bits: Uint8Array.from(bits),
    countries: Uint32Array.from(countries),
    codes,
  };
}

/** An address as four numbers with dots. */
export function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The prefixes as text, "10.0.0.0/8". */
export function cidr({ addresses, bits }: Prefixes): string[] {
  return Array.from(addresses, (address, i) => `${dotted(address)}/${bits[i]}`);
}

/** Keys of an LPM trie: prefixlen as u32, then the address, big endian. */
export function trieKeys(addresses: Uint32Array, bits: (index: number) => number): Uint8Array<ArrayBuffer> {
  const keys = new Uint8Array(addresses.length * 8);
  const view = new DataView(keys.buffer);
  addresses.forEach((address, i) => {
    view.setUint32(i * 8, bits(i), true);
    view.setUint32(i * 8 + 4, address, false);
  });
  return keys;
}
