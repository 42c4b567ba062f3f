// How much each type holds: exactly max_entries, or what an LRU map keeps of more.
import { Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { baseMap, typeName } from "../bases.ts";
import { bytes, type Machine, u32 } from "../machine.ts";
import { is, type Row, same, story, type Table } from "../table.ts";

const { E2BIG, ENOENT, ENOSPC } = Errno;
const prefix = (key: number): Uint8Array => u32(32, key);

interface Holder {
  type: MapType;
  map_flags: number;
  key: (index: number) => Uint8Array;
  full: Errno;
}

const holders: readonly Holder[] = [
  { type: MapType.HASH, map_flags: 0, key: u32, full: E2BIG },
  { type: MapType.HASH, map_flags: MapFlag.NO_PREALLOC, key: u32, full: E2BIG },
  { type: MapType.HASH, map_flags: MapFlag.ZERO_SEED, key: u32, full: E2BIG },
  { type: MapType.PERCPU_HASH, map_flags: 0, key: u32, full: E2BIG },
  { type: MapType.PERCPU_HASH, map_flags: MapFlag.NO_PREALLOC, key: u32, full: E2BIG },
  { type: MapType.LPM_TRIE, map_flags: MapFlag.NO_PREALLOC, key: prefix, full: ENOSPC },
];

const keyed: Row[] = holders.flatMap(({ type, map_flags, key, full }) =>
  [1, 2, 3, 7, 8, 9, 100, 1000].map((max_entries) =>
    story(`${typeName(type)}, flags 0x${map_flags.toString(16)}: ${max_entries} entries and no more`, (m) => {
      const map = baseMap(m, type, { max_entries, map_flags });
      const value = bytes(8 * m.cpus, 1);
      for (let i = 0; i < max_entries; i++) is(m.update(map, key(i), value), 0, `element ${i}`);
      is(m.update(map, key(max_entries), value), -full, "one more");
      is(m.update(map, key(0), value), 0, "replacing");
      is(m.delete(map, key(max_entries >> 1)), 0);
      is(m.update(map, key(max_entries), value), 0, "in the place of a deleted one");
      is(m.update(map, key(max_entries + 1), value), -full, "one more again");
      for (let i = 0; i <= max_entries; i++) {
        is(m.lookup(map, key(i), bytes(8 * m.cpus)), i === max_entries >> 1 ? -ENOENT : 0, `element ${i}`);
      }
    }),
  ),
);

const rings: Row[] = [MapType.QUEUE, MapType.STACK].flatMap((type) =>
  [1, 2, 3, 100].map((max_entries) =>
    story(`${typeName(type)}: ${max_entries} entries and no more`, (m) => {
      const map = baseMap(m, type, { max_entries });
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < max_entries; i++) is(m.update(map, null, bytes(8, i)), 0);
        is(m.update(map, null, bytes(8)), -E2BIG);
        for (let i = 0; i < max_entries; i++) is(m.pop(map, null, bytes(8)), 0);
        is(m.pop(map, null, bytes(8)), -ENOENT);
      }
    }),
  ),
);

function keysOf(m: Machine, map: number, upTo: number): number[] {
  const out = bytes(8 * m.cpus);
  return Array.from({ length: upTo }, (_, key) => key).filter((key) => m.lookup(map, u32(key), out) === 0);
}

/** Inserts `peak` distinct keys and one more: how many are there before it and after it. */
function overflow(m: Machine, map: number, peak: number): [before: number, after: number] {
  const insert = (key: number): void => is(m.update(map, u32(key), bytes(8 * m.cpus)), 0);
  for (let key = 0; key < peak; key++) insert(key);
  const before = keysOf(m, map, peak).length;
  insert(peak);
  return [before, keysOf(m, map, peak + 1).length];
}

/** The lists of an LRU map are sized by the number of CPUs; these numbers are of one CPU of two. */
const ofTwoCpus = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, cpus: 2 }));

const peaks: readonly [max_entries: number, map_flags: number, peak: number, after: number][] = [
  [1, 0, 1, 1], [2, 0, 2, 2], [4, 0, 4, 4], [8, 0, 8, 7], [16, 0, 16, 13], [64, 0, 64, 49], [100, 0, 100, 76],
  [512, 0, 512, 385], [600, 0, 512, 473], [16, MapFlag.NO_COMMON_LRU, 8, 5],
];

const lrus: Row[] = [MapType.LRU_HASH, MapType.LRU_PERCPU_HASH].flatMap((type) => [
  ...peaks.map(([max_entries, map_flags, peak, after]) =>
    story(`${typeName(type)}: ${max_entries} entries, flags 0x${map_flags.toString(16)}: ${peak} keys, then ${after}`, (m) => {
      same(overflow(m, baseMap(m, type, { max_entries, map_flags }), peak), [peak, after]);
    }),
  ),
  story(`${typeName(type)}: an update of a present key can evict another`, (m) => {
    const map = baseMap(m, type, { max_entries: 4 });
    for (const key of [0, 1, 2, 3]) is(m.update(map, u32(key), bytes(8 * m.cpus)), 0);
    is(m.update(map, u32(3), bytes(8 * m.cpus)), 0);
    same(keysOf(m, map, 4), [1, 2, 3]);
  }),
]);

const failures: Row[] = (
  [["NOEXIST of a present key", 3, 1, Errno.EEXIST], ["EXIST of an absent key", 9, 2, ENOENT]] as const
).map(([name, key, flags, errno]) =>
  story(`LRU_HASH: ${name} fails and evicts another`, (m) => {
    const map = baseMap(m, MapType.LRU_HASH, { max_entries: 4 });
    for (const present of [0, 1, 2, 3]) is(m.update(map, u32(present), bytes(8)), 0);
    is(m.update(map, u32(key), bytes(8), flags), -errno);
    same(keysOf(m, map, 4), [1, 2, 3]);
  }),
);

export const capacity: Table = { name: "capacity", rows: [...keyed, ...rings, ...ofTwoCpus([...lrus, ...failures])] };
