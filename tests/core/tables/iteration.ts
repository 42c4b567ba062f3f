// GET_NEXT_KEY: which key follows which.
import { Cmd, Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { Prng } from "../../kernel/prng.ts";
import { baseMap, typeName } from "../bases.ts";
import { lookup3 } from "../lookup3.ts";
import { bytes, type Machine, u32, words } from "../machine.ts";
import { is, type Row, same, story, type Table } from "../table.ts";

const { ENOENT } = Errno;
const { HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH, HASH_OF_MAPS } = MapType;
const hashes = [HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH] as const;
/** An update of a present key makes it the newest of its bucket here; the others change it in place. */
const renewing: readonly MapType[] = [HASH, LRU_HASH];

const text = (key: Uint8Array): string => key.join(" ");

/** Every key in the order of GET_NEXT_KEY; a walk of more than `limit` keys does not end. */
function walk(m: Machine, map: number, key_size: number, limit: number): string[] {
  const seen: string[] = [];
  let key: Uint8Array | null = null;
  for (;;) {
    const next = bytes(key_size);
    const answer = m.next(map, key, next);
    if (answer === -ENOENT) return seen;
    is(answer, 0);
    seen.push(text(next));
    if (seen.length > limit) throw new Error("the walk does not end");
    key = next;
  }
}

/** The order that the facts give: buckets upward by lookup3, the newest key first in each. */
class Order {
  #buckets: Uint8Array[][];

  constructor(max_entries: number) {
    let count = 1;
    while (count < max_entries) count *= 2;
    this.#buckets = Array.from({ length: count }, () => []);
  }

  put(key: Uint8Array, renews: boolean): void {
    const bucket = this.#bucket(key);
    const at = bucket.findIndex((other) => text(other) === text(key));
    if (at >= 0 && !renews) return;
    if (at >= 0) bucket.splice(at, 1);
    bucket.unshift(key);
  }

  remove(key: Uint8Array): void {
    const bucket = this.#bucket(key);
    bucket.splice(bucket.findIndex((other) => text(other) === text(key)), 1);
  }

  get keys(): string[] {
    return this.#buckets.flat().map(text);
  }

  #bucket(key: Uint8Array): Uint8Array[] {
    return this.#buckets[lookup3(key, 0) & (this.#buckets.length - 1)];
  }
}

/** Inserts, renewals and deletes of keys of one size, then the walk. */
function orderRow(type: MapType, key_size: number, max_entries: number, map_flags: number): Row {
  const flagText = map_flags & MapFlag.NO_PREALLOC ? ", NO_PREALLOC" : "";
  return story(`${typeName(type)}: keys of ${key_size} bytes, ${max_entries} entries${flagText}`, (m) => {
    const map = m.map({ map_type: type, key_size, value_size: 8, max_entries, map_flags });
    const order = new Order(max_entries);
    const random = new Prng(key_size * 1000 + max_entries, typeName(type));
    const wanted = Math.min(max_entries, 12, 2 ** (8 * key_size) / 2);
    const keys = new Map<string, Uint8Array>();
    while (keys.size < wanted) {
      const key = random.bytes(key_size);
      keys.set(text(key), key);
    }
    const all = [...keys.values()];
    const value = bytes(8 * m.cpus);
    for (const key of all) {
      is(m.update(map, key, value), 0);
      order.put(key, true);
    }
    same(walk(m, map, key_size, 100), order.keys, "after inserting");
    for (const key of all.filter((_, index) => index % 3 === 0)) {
      is(m.update(map, key, value), 0);
      order.put(key, renewing.includes(type));
    }
    same(walk(m, map, key_size, 100), order.keys, "after updating");
    for (const key of all.filter((_, index) => index % 4 === 1)) {
      is(m.delete(map, key), 0);
      order.remove(key);
    }
    same(walk(m, map, key_size, 100), order.keys, "after deleting");
  });
}

const zeroSeed = MapFlag.ZERO_SEED;
const orders: Row[] = hashes.flatMap((type) => [
  ...Array.from({ length: 40 }, (_, index) => orderRow(type, index + 1, type === LRU_HASH || type === LRU_PERCPU_HASH ? 64 : 16, zeroSeed)),
  ...[1, 2, 7, 8, 9, 33].map((count) => orderRow(type, 4, type === LRU_HASH || type === LRU_PERCPU_HASH ? count + 100 : count, zeroSeed)),
]);
const lists: Row[] = [12, 16, 100].map((count) => orderRow(HASH, 8, count, zeroSeed | MapFlag.NO_PREALLOC));

/** The largest bucket from which a walk still meets the only key: its bucket. */
function bucketOfOnly(m: Machine, map_fd: number, buckets: number): number {
  let [low, high] = [0, buckets];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const fields = { in_batch: u32(middle), out_batch: bytes(4), keys: bytes(64), values: bytes(8), count: 1, map_fd };
    is(m.call(Cmd.MAP_LOOKUP_BATCH, fields), -ENOENT);
    if (fields.count === 1) low = middle;
    else high = middle;
  }
  return low;
}

const hashValues: Row[] = [
  story("four zero bytes hash to 0x049396b8", (m) => {
    const max_entries = 2 ** 20;
    const map = m.hash({ max_entries, map_flags: zeroSeed | MapFlag.NO_PREALLOC });
    is(m.update(map, u32(0), bytes(8)), 0);
    is(bucketOfOnly(m, map, max_entries), 0x049396b8 & (max_entries - 1));
  }),
  ...[1, 2, 3, 4, 7, 8, 11, 12, 13, 16, 23, 24, 25, 40].map((key_size) =>
    story(`the bucket of keys of ${key_size} bytes is that of lookup3`, (m) => {
      const max_entries = 2 ** 16;
      const map = m.hash({ key_size, max_entries, map_flags: zeroSeed | MapFlag.NO_PREALLOC });
      const random = new Prng(key_size, "buckets");
      for (let i = 0; i < 4; i++) {
        const key = random.bytes(key_size);
        is(m.update(map, key, bytes(8)), 0);
        is(bucketOfOnly(m, map, max_entries), lookup3(key, 0) & (max_entries - 1), text(key));
        is(m.delete(map, key), 0);
      }
    }),
  ),
];

const everyKey: Row[] = [...hashes, HASH_OF_MAPS].flatMap((type) =>
  [0, zeroSeed].flatMap((map_flags) =>
    (type === HASH_OF_MAPS ? [1, 3, 8] : [1, 2, 3, 4, 5, 6, 7, 8]).map((max_entries) =>
      story(`${typeName(type)}: ${max_entries} entries, ${map_flags ? "ZERO_SEED" : "a random seed"}: every key once`, (m) => {
        const map = baseMap(m, type, { max_entries, map_flags });
        const inner = type === HASH_OF_MAPS ? u32(m.array()) : bytes(8 * m.cpus, 1);
        const keys = Array.from({ length: max_entries }, (_, key) => key * 1000);
        for (const key of keys) is(m.update(map, u32(key), inner), 0);
        const present = keys.filter((key) => m.lookup(map, u32(key), bytes(8 * m.cpus)) === 0);
        // An LRU map may have evicted some on the way; the others hold exactly what they were given.
        if (type !== LRU_HASH && type !== LRU_PERCPU_HASH) same(present, keys);
        same(walk(m, map, 4, 20).sort(), present.map((key) => text(u32(key))).sort());
      }),
    ),
  ),
);

const plain: Row[] = [
  ...[
    MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.ARRAY_OF_MAPS, MapType.PROG_ARRAY, MapType.PERF_EVENT_ARRAY,
    MapType.CGROUP_ARRAY, MapType.DEVMAP, MapType.CPUMAP, MapType.SOCKMAP, MapType.XSKMAP, MapType.REUSEPORT_SOCKARRAY,
  ].map((type) =>
    story(`${typeName(type)}: every index, filled or not`, (m) =>
      same(walk(m, baseMap(m, type), 4, 20), [0, 1, 2, 3].map((index) => text(u32(index)))),
    ),
  ),
  story("an absent key starts over, also one just deleted", (m) => {
    const map = m.hash({ map_flags: zeroSeed });
    for (const key of [1, 2, 3]) is(m.update(map, u32(key), bytes(8)), 0);
    const first = bytes(4);
    is(m.next(map, null, first), 0);
    const again = bytes(4);
    is(m.next(map, u32(99), again), 0);
    same(again, first);
    is(m.delete(map, first), 0);
    const now = bytes(4);
    is(m.next(map, first, again), 0);
    is(m.next(map, null, now), 0);
    same(again, now);
  }),
  story("key and next_key may be one buffer", (m) => {
    const map = m.array();
    m.union.bytes.fill(0);
    is(m.next(map, m.union.address, m.union.address), 0);
    same(words(m.union.bytes.slice(0, 4)), [1]);
  }),
  story("LPM_TRIE: longer prefixes first, then the 0 branch, then the 1 branch", (m) => {
    const map = baseMap(m, MapType.LPM_TRIE, { max_entries: 10 });
    const inOrder = [[24, 0x0a], [16, 0x0a], [16, 0x800a], [8, 0x0a], [1, 0], [8, 0xc0], [1, 0x80], [0, 0]];
    for (const [length, data] of [...inOrder].reverse()) is(m.update(map, u32(length, data), bytes(8)), 0);
    same(walk(m, map, 8, 20), inOrder.map(([length, data]) => text(u32(length, data))));
  }),
];

export const iteration: Table = { name: "iteration", rows: [...orders, ...lists, ...hashValues, ...everyKey, ...plain] };
