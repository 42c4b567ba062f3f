// The batch commands: which types have them, what in_batch and out_batch hold, and what count says in every case.
import { Cmd, Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { baseMap, baseOf, bases, typeName, viewSize } from "../bases.ts";
import { lookup3 } from "../lookup3.ts";
import { bytes, type Field, type Fields, type Machine, u32, unmapped, words } from "../machine.ts";
import { is, ok, type Row, same, story, type Table } from "../table.ts";

const { ENOENT, ENOSPC, EFAULT, ENOTSUPP, EINVAL, E2BIG } = Errno;

const { MAP_LOOKUP_BATCH: LB, MAP_LOOKUP_AND_DELETE_BATCH: LADB, MAP_UPDATE_BATCH: UB, MAP_DELETE_BATCH: DB } = Cmd;
const buckets = [MapType.HASH, MapType.PERCPU_HASH, MapType.LRU_HASH, MapType.LRU_PERCPU_HASH, MapType.HASH_OF_MAPS];
const arrays = [MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.ARRAY_OF_MAPS];

function has(type: MapType, cmd: Cmd): boolean {
  if (buckets.includes(type)) return true;
  if (arrays.includes(type)) return cmd === LB || cmd === UB;
  return type === MapType.LPM_TRIE && cmd !== LADB;
}

/** A batch call; `fields` holds count and the buffers afterwards. */
function batch(m: Machine, cmd: Cmd, map_fd: number, count: number, more: Fields = {}): { answer: number; fields: Fields } {
  const fields: Fields = { in_batch: null, out_batch: bytes(8, 0xaa), keys: bytes(256), values: bytes(1024), ...more, count, map_fd };
  return { answer: m.call(cmd, fields), fields };
}

const support: Row[] = bases.flatMap(({ type }) =>
  [LB, LADB, UB, DB].map((cmd) =>
    story(`${Cmd[cmd]} of ${typeName(type)}: ${has(type, cmd) ? "there" : "ENOTSUPP"}`, (m) => {
      const { answer, fields } = batch(m, cmd, baseMap(m, type), 2);
      if (!has(type, cmd)) {
        is(answer, -ENOTSUPP);
        same([fields.count], [2], "count is left as it was");
      } else if (answer === -ENOTSUPP) throw new Error("answers ENOTSUPP");
    }),
  ),
);

const BUCKETS = 8;
const bucketOf = (key: number): number => lookup3(u32(key), 0) & (BUCKETS - 1);

/** Keys of one bucket of a ZERO_SEED map with eight buckets. */
function keysIn(bucket: number, count: number): number[] {
  const keys: number[] = [];
  for (let key = 1; keys.length < count; key++) if (bucketOf(key) === bucket) keys.push(key);
  return keys;
}

/** A map whose buckets 1, 2 and 5 hold one, three and two keys; `order` is that of iteration. */
function spread(m: Machine, changes: Fields = {}): { map: number; order: number[] } {
  const map = m.hash({ max_entries: BUCKETS, map_flags: MapFlag.ZERO_SEED, ...changes });
  const chosen = [keysIn(1, 1), keysIn(2, 3), keysIn(5, 2)];
  for (const key of chosen.flat()) is(m.update(map, u32(key), u32(key, 0)), 0);
  return { map, order: chosen.flatMap((keys) => keys.reverse()) };
}

const keysOf = (fields: Fields, count: number): number[] => words(fields.keys as Uint8Array).slice(0, count);
const cursor = (fields: Fields): number => words(fields.out_batch as Uint8Array)[0];

const bucketwise: Row[] = [LB, LADB].flatMap((cmd) => {
  const name = Cmd[cmd];
  const walk = (m: Machine, map: number, count: number, in_batch: Field = null) => batch(m, cmd, map, count, { in_batch });
  return [
    story(`${name}: everything fits: ENOENT, all of it, the cursor behind the last bucket`, (m) => {
      const { map, order } = spread(m);
      const { answer, fields } = walk(m, map, 20);
      is(answer, -ENOENT);
      same([fields.count, cursor(fields)], [6, BUCKETS]);
      same(keysOf(fields, 6), order);
      same(words(fields.values as Uint8Array).slice(0, 4), [order[0], 0, order[1], 0], "values");
    }),
    story(`${name}: exactly everything fits: ENOENT too`, (m) => {
      const { answer, fields } = walk(m, spread(m).map, 6);
      is(answer, -ENOENT);
      same([fields.count, cursor(fields)], [6, BUCKETS]);
    }),
    story(`${name}: a bucket is delivered whole or not at all`, (m) => {
      const { map, order } = spread(m);
      const { answer, fields } = walk(m, map, 3);
      is(answer, 0);
      same([fields.count, cursor(fields)], [1, 2]);
      same(keysOf(fields, 1), order.slice(0, 1));
      const rest = walk(m, map, 3, u32(2));
      is(rest.answer, 0);
      same([rest.fields.count, cursor(rest.fields)], [3, 5]);
      same(keysOf(rest.fields, 3), order.slice(1, 4));
    }),
    story(`${name}: ENOSPC for a bucket that does not fit at all`, (m) => {
      const { map } = spread(m);
      const { answer, fields } = walk(m, map, 2, u32(2));
      is(answer, -ENOSPC);
      same([fields.count, cursor(fields)], [0, 2]);
      is(walk(m, map, 6).answer, -ENOENT, "nothing was removed");
    }),
    story(`${name}: in_batch within an empty stretch`, (m) => {
      const { answer, fields } = walk(m, spread(m).map, 2, u32(3));
      is(answer, -ENOENT);
      same([fields.count, cursor(fields)], [2, BUCKETS]);
    }),
    ...[BUCKETS, BUCKETS + 1, 0xffffffff].map((bucket) =>
      story(`${name}: in_batch ${bucket} is behind the end`, (m) => {
        const { answer, fields } = walk(m, spread(m).map, 6, u32(bucket));
        is(answer, -ENOENT);
        same([fields.count, cursor(fields)], [0, 0xaaaaaaaa], "out_batch is not written");
      }),
    ),
    story(`${name}: an empty map`, (m) => {
      const { answer, fields } = walk(m, m.hash({ max_entries: 5 }), 3);
      is(answer, -ENOENT);
      same([fields.count, cursor(fields)], [0, 8]);
    }),
    story(`${name}: a cursor is four bytes, whatever the key`, (m) => {
      for (const key_size of [1, 2, 16]) {
        const { answer, fields } = walk(m, m.hash({ key_size, max_entries: 5 }), 3);
        is(answer, -ENOENT);
        same(fields.out_batch as Uint8Array, [8, 0, 0, 0, 0xaa, 0xaa, 0xaa, 0xaa], `key_size ${key_size}`);
      }
    }),
    story(`${name}: a bad out_batch says count 0`, (m) => {
      const { map, order } = spread(m);
      const { answer, fields } = batch(m, cmd, map, 6, { out_batch: unmapped });
      is(answer, -EFAULT);
      same([fields.count], [0]);
      same(keysOf(fields, 6), order, "and the data is there");
      is(m.lookup(map, u32(order[0]), bytes(8)), cmd === LADB ? -ENOENT : 0, "the first element");
    }),
    story(`${name}: bad values`, (m) => {
      const { map, order } = spread(m);
      const { answer, fields } = batch(m, cmd, map, 6, { values: unmapped });
      is(answer, -EFAULT);
      same([fields.count, cursor(fields)], [0, 0xaaaaaaaa]);
      // Its first bucket is out of the map before it is copied; the others are still there.
      is(m.lookup(map, u32(order[0]), bytes(8)), cmd === LADB ? -ENOENT : 0, "the first element");
      is(m.lookup(map, u32(order[5]), bytes(8)), 0, "the last element");
    }),
    story(`${name}: count 0xffffffff`, (m) => {
      const { answer, fields } = walk(m, spread(m).map, 0xffffffff);
      is(answer, -ENOENT);
      same([fields.count], [6]);
    }),
  ];
});

const removal: Row[] = [
  story("MAP_LOOKUP_AND_DELETE_BATCH removes what it delivers", (m) => {
    const { map, order } = spread(m);
    is(batch(m, LADB, map, 3).answer, 0);
    order.forEach((key, index) => is(m.lookup(map, u32(key), bytes(8)), index === 0 ? -ENOENT : 0, `key ${key}`));
    is(batch(m, LADB, map, 6).answer, -ENOENT);
    is(m.next(map, null, bytes(4)), -ENOENT, "empty");
  }),
  story("MAP_LOOKUP_AND_DELETE_BATCH of a map of maps", (m) => {
    const map = baseMap(m, MapType.HASH_OF_MAPS);
    const inner = m.array();
    is(m.update(map, u32(1), u32(inner)), 0);
    const { answer, fields } = batch(m, LADB, map, 4);
    is(answer, -ENOENT);
    same([fields.count, words(fields.values as Uint8Array)[0]], [1, m.id(inner)]);
  }),
  story("the number of buckets of a NO_COMMON_LRU map is that of the entries it has", (m) => {
    const map = m.hash({ map_type: MapType.LRU_HASH, max_entries: 7, map_flags: MapFlag.NO_COMMON_LRU });
    same([cursor(batch(m, LB, map, 3).fields)], [8]);
  }),
];

const generic: Row[] = [
  story("array LOOKUP_BATCH: count elements are success, also the last ones", (m) => {
    const map = m.array();
    const first = batch(m, LB, map, 4);
    is(first.answer, 0);
    same([first.fields.count, cursor(first.fields)], [4, 3]);
    const after = batch(m, LB, map, 4, { in_batch: u32(3) });
    is(after.answer, -ENOENT);
    same([after.fields.count, cursor(after.fields)], [0, 0xaaaaaaaa]);
  }),
  story("array LOOKUP_BATCH: the end comes first", (m) => {
    const { answer, fields } = batch(m, LB, m.array(), 9, { in_batch: u32(1) });
    is(answer, -ENOENT);
    same([fields.count, cursor(fields), ...keysOf(fields, 2)], [2, 3, 2, 3]);
  }),
  ...[4, 0xffffffff].map((index) =>
    story(`array LOOKUP_BATCH: in_batch ${index} starts over`, (m) => {
      const { answer, fields } = batch(m, LB, m.array(), 2, { in_batch: u32(index) });
      is(answer, 0);
      same([fields.count, ...keysOf(fields, 2)], [2, 0, 1]);
    }),
  ),
  story("array LOOKUP_BATCH: no out_batch is EFAULT, with the count delivered", (m) => {
    const { answer, fields } = batch(m, LB, m.array(), 3, { out_batch: null });
    is(answer, -EFAULT);
    same([fields.count, ...keysOf(fields, 3)], [3, 0, 1, 2]);
  }),
  story("array LOOKUP_BATCH: bad keys say count 0", (m) => {
    const { answer, fields } = batch(m, LB, m.array(), 3, { keys: unmapped });
    is(answer, -EFAULT);
    same([fields.count], [0]);
  }),
  story("ARRAY_OF_MAPS LOOKUP_BATCH: empty slots are skipped, and move the cursor", (m) => {
    const map = baseMap(m, MapType.ARRAY_OF_MAPS);
    const inner = m.array();
    is(m.update(map, u32(2), u32(inner)), 0);
    const { answer, fields } = batch(m, LB, map, 4);
    is(answer, -ENOENT);
    same([fields.count, ...keysOf(fields, 1), words(fields.values as Uint8Array)[0]], [1, 2, m.id(inner)]);
  }),
  story("UPDATE_BATCH: stops at a full map, count says how far it came", (m) => {
    const { answer, fields } = batch(m, UB, m.hash(), 8, { keys: u32(1, 2, 3, 4, 5, 6, 7, 8), values: bytes(64) });
    is(answer, -E2BIG);
    same([fields.count], [4]);
  }),
  story("UPDATE_BATCH: an index past the end", (m) => {
    const { answer, fields } = batch(m, UB, m.array(), 4, { keys: u32(0, 1, 9, 2), values: bytes(32, 1) });
    is(answer, -E2BIG);
    same([fields.count], [2]);
  }),
  story("UPDATE_BATCH: a key beyond what can be read", (m) => {
    const map = m.hash();
    const { answer, fields } = batch(m, UB, map, 4, { keys: { edge: u32(1, 2) }, values: bytes(32) });
    is(answer, -EFAULT);
    same([fields.count], [2]);
    is(m.lookup(map, u32(2), bytes(8)), 0);
  }),
  ...[1, 2, 3, 8].map((elem_flags) =>
    story(`UPDATE_BATCH: elem_flags ${elem_flags}`, (m) => is(batch(m, UB, m.hash(), 1, { elem_flags }).answer, -EINVAL)),
  ),
  story("DELETE_BATCH: an absent key", (m) => {
    const map = m.hash();
    ok(batch(m, UB, map, 3, { keys: u32(1, 2, 3), values: bytes(24) }).answer);
    const { answer, fields } = batch(m, DB, map, 3, { keys: u32(1, 7, 3) });
    is(answer, -ENOENT);
    same([fields.count], [1]);
    is(m.lookup(map, u32(3), bytes(8)), 0);
  }),
  story("LPM_TRIE: batches along the order of the trie", (m) => {
    const map = baseMap(m, MapType.LPM_TRIE);
    const keys = u32(8, 10, 16, 0x010a, 0, 0);
    is(batch(m, UB, map, 3, { keys, values: bytes(24, 1) }).answer, 0);
    const { answer, fields } = batch(m, LB, map, 9);
    is(answer, -ENOENT);
    same([fields.count], [3]);
    same(keysOf(fields, 6), [16, 0x010a, 8, 10, 0, 0]);
    is(batch(m, DB, map, 3, { keys }).answer, 0);
    is(m.next(map, null, bytes(8)), -ENOENT);
  }),
  ...[MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH].map((type) =>
    story(`${typeName(type)}: a value of a batch is one per CPU`, (m) => {
      const map = baseMap(m, type);
      const size = viewSize(baseOf(type), m.cpus);
      const values = Uint8Array.from({ length: 2 * size }, (_, index) => index);
      is(batch(m, UB, map, 2, { keys: u32(0, 1), values }).answer, 0);
      const out = bytes(size);
      is(m.lookup(map, u32(1), out), 0);
      same(out, values.slice(size));
    }),
  ),
];

export const batches: Table = { name: "batches", rows: [...support, ...bucketwise, ...removal, ...generic] };
