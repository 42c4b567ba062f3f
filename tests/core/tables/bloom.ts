// BLOOM_FILTER under ZERO_SEED: which values it says yes to, false positives included, bit for bit.
import { Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { Prng } from "../../kernel/prng.ts";
import { lookup3 } from "../lookup3.ts";
import { bytes, type Machine } from "../machine.ts";
import { is, type Row, same, story, type Table } from "../table.ts";

const DEFAULT_HASHES = 5;

function bitCount(max_entries: number, hashes: number): number {
  const wanted = Math.floor((max_entries * hashes) / 5) * 7;
  let bits = 64;
  while (bits < wanted) bits *= 2;
  return bits;
}

/** The filter as the facts describe it. */
class Filter {
  #set = new Set<number>();
  #mask: number;
  #hashes: number;

  constructor(max_entries: number, map_extra: number) {
    this.#hashes = map_extra || DEFAULT_HASHES;
    this.#mask = bitCount(max_entries, this.#hashes) - 1;
  }

  push(value: Uint8Array): void {
    for (const bit of this.#bits(value)) this.#set.add(bit);
  }

  has(value: Uint8Array): boolean {
    return this.#bits(value).every((bit) => this.#set.has(bit));
  }

  #bits(value: Uint8Array): number[] {
    return Array.from({ length: this.#hashes }, (_, index) => (lookup3(value, index) & this.#mask) >>> 0);
  }
}

function memberships(m: Machine, value_size: number, max_entries: number, map_extra: number): void {
  const map = m.map({ map_type: MapType.BLOOM_FILTER, value_size, max_entries, map_extra, map_flags: MapFlag.ZERO_SEED });
  const filter = new Filter(max_entries, map_extra);
  const random = new Prng(value_size * 31 + max_entries * 7 + map_extra, "bloom");
  let falsePositives = 0;
  for (let i = 0; i < max_entries; i++) {
    const value = random.bytes(value_size);
    is(m.update(map, null, value), 0);
    filter.push(value);
    is(m.lookup(map, null, value), 0, "what was pushed");
    const other = random.bytes(value_size);
    const expected = filter.has(other);
    if (expected) falsePositives++;
    is(m.lookup(map, null, other), expected ? 0 : -Errno.ENOENT, `value ${other.join(" ")}`);
  }
  // One hash function is wrong often: a run without a false positive would compare nothing of interest.
  if (map_extra === 1 && falsePositives === 0) throw new Error("no false positive was met");
}

const rows: Row[] = [];
for (const map_extra of [0, 1, 2, 3, 7, 15]) {
  for (const max_entries of [1, 5, 60, 200]) {
    for (const value_size of [4, 7, 12, 40]) {
      const name = `map_extra ${map_extra}, ${max_entries} entries, values of ${value_size} bytes`;
      if (map_extra === 1 && max_entries < 60) continue;
      rows.push(story(name, (m) => memberships(m, value_size, max_entries, map_extra)));
    }
  }
}

rows.push(
  story("a random seed still has no false negative", (m) => {
    const map = m.map({ map_type: MapType.BLOOM_FILTER, value_size: 8, max_entries: 50 });
    const random = new Prng(1, "seeded");
    const values = Array.from({ length: 100 }, () => random.bytes(8));
    for (const value of values) is(m.update(map, null, value), 0);
    for (const value of values) is(m.lookup(map, null, value), 0);
  }),
  story("LOOKUP leaves the value as it is", (m) => {
    const map = m.map({ map_type: MapType.BLOOM_FILTER, value_size: 8, max_entries: 50 });
    const value = bytes(8, 3);
    is(m.update(map, null, value), 0);
    is(m.lookup(map, null, value), 0);
    same(value, bytes(8, 3));
  }),
);

export const bloom: Table = { name: "bloom filters", rows };
