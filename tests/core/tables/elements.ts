// The element commands of every type that can be reached without programs, sockets, cgroups or devices.
import { Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { typeName } from "../bases.ts";
import { bytes, type Machine, u32 } from "../machine.ts";
import { freeze, lookup, next, pop, remove, type Script, type Step, stepRows, update } from "../steps.ts";
import { is, type Row, same, story, type Table } from "../table.ts";

const { EINVAL, ENOENT, EEXIST, E2BIG, EBADF, ENOTSUPP, EOPNOTSUPP, ENOSPC, EFAULT, ENOTSOCK, EPERM } = Errno;
const NOEXIST = { flags: 1 };
const EXIST = { flags: 2 };
/** Flags that every type refuses which looks at flags at all. */
const wrongFlags = (key: Step["key"], errno = EINVAL): Step[] =>
  [3, 4, 5, 8, 16, 2 ** 32].map((flags) => update(key, -errno, { flags }));
const wrongLookupFlags = (key: Step["key"]): Step[] => [1, 2, 4, 8, 2 ** 32].map((flags) => lookup(key, -EINVAL, { flags }));

const hashSteps: readonly Step[] = [
  lookup(1, -ENOENT), remove(1, -ENOENT), pop(1, -ENOENT), next(null, -ENOENT), next(1, -ENOENT),
  update(1, -ENOENT, EXIST), update(1), update(1, -EEXIST, NOEXIST), update(1), update(1, 0, EXIST), ...wrongFlags(1),
  ...wrongLookupFlags(1), lookup(1), lookup(2, -ENOENT), lookup("bad", -EFAULT), lookup(1, -EFAULT, { value: "bad" }),
  lookup(2, -ENOENT, { value: "bad" }), lookup(null, -EFAULT), update(null, -EFAULT), remove(null, -EFAULT),
  next(null), next(2), next(1, -ENOENT), pop(1), lookup(1, -ENOENT), update(1, 0, NOEXIST), remove(1), remove(1, -ENOENT),
];

const full = (errno: Errno, keys: readonly Step["key"][], extra: Step["key"]): Step[] => [
  ...keys.map((key) => update(key)), update(extra, -errno), update(extra, -errno, NOEXIST), update(extra, -ENOENT, EXIST),
  update(keys[0]), update(keys[1], 0, EXIST), remove(keys[0]), update(extra), update(keys[0], -errno),
];

const arraySteps: readonly Step[] = [
  lookup(0), lookup(3), lookup(4, -ENOENT), lookup(0xffffffff, -ENOENT), update(0), update(3, 0, EXIST),
  update(0, -EEXIST, NOEXIST), update(4, -E2BIG), update(4, -E2BIG, NOEXIST), ...wrongFlags(0), ...wrongFlags(4),
  ...wrongLookupFlags(0), remove(0, -EINVAL), remove(4, -EINVAL), remove("bad", -EFAULT), pop(0, -ENOTSUPP),
  pop("bad", -EFAULT), next(null), next(0), next(2), next(3, -ENOENT), next(4), next(0xffffffff), freeze,
  update(0, -EPERM), lookup(0),
];

/** An LPM key of four data bytes. */
const prefix = (length: number, ...data: number[]): Uint8Array => Uint8Array.from([...u32(length), ...data, 0, 0, 0, 0].slice(0, 8));
const net8 = prefix(8, 10);
const net16 = prefix(16, 10, 1);
const lpmSteps: readonly Step[] = [
  lookup(net8, -ENOENT), remove(net8, -ENOENT), next(null, -ENOENT), update(net8, -ENOENT, EXIST), update(net8),
  update(net8, -EEXIST, NOEXIST), update(net8, 0, EXIST), lookup(prefix(32, 10, 200, 3, 4)), lookup(prefix(7, 10), -ENOENT),
  lookup(prefix(32, 11), -ENOENT), update(net16), lookup(net16), remove(prefix(32, 10, 1), -ENOENT), ...wrongFlags(net16),
  lookup(prefix(33, 10), -ENOENT), update(prefix(33, 10), -EINVAL), remove(prefix(33, 10), -EINVAL),
  update(prefix(0xffffffff), -EINVAL), next(prefix(33)), next(null), next(net16), next(net8, -ENOENT),
  remove(prefix(8, 10, 99)), remove(net8, -ENOENT), lookup(prefix(32, 10, 200), -ENOENT), update(prefix(0)),
  lookup(prefix(0)), lookup(prefix(32, 77)), pop(net16, -ENOTSUPP), lookup(net16, -EINVAL, { flags: 4 }),
];
const lpmFull: readonly Step[] = full(ENOSPC, [prefix(8, 1), prefix(8, 2), prefix(8, 3), prefix(8, 128)], prefix(8, 192));

const outerWrong = (key: number, badFlags: Errno): Step[] => [
  update(key, -EBADF, { value: "closed" }), update(key, -EINVAL, { value: "plain" }), update(key, -EINVAL, { value: "unlike" }),
  update(key, -badFlags, { value: "closed", flags: 8 }),
];
const arrayOfMaps: readonly Step[] = [
  lookup(0, -ENOENT), lookup(4, -ENOENT), remove(0, -ENOENT), remove(4, -E2BIG), ...outerWrong(0, EINVAL),
  update(0, -EINVAL, { value: "inner", flags: 1 }), update(0, -EINVAL, { value: "inner", flags: 2 }),
  update(0, -EINVAL, { value: "inner", flags: 4 }), update(4, -E2BIG, { value: "closed" }), update(4, -E2BIG, { value: "inner" }),
  update(0, 0, { value: "inner" }), lookup(0), update(0, 0, { value: "inner" }), next(null), next(0), next(3, -ENOENT), next(9),
  pop(0, -ENOTSUPP), remove(0), remove(0, -ENOENT), lookup(0, -ENOENT),
];
const hashOfMaps: readonly Step[] = [
  lookup(1, -ENOENT), remove(1, -ENOENT), next(null, -ENOENT), ...outerWrong(1, EBADF),
  update(1, -EINVAL, { value: "inner", flags: 8 }), update(1, -ENOENT, { value: "inner", flags: 2 }),
  update(1, 0, { value: "inner" }), update(1, -EEXIST, { value: "inner", flags: 1 }), update(1, 0, { value: "inner", flags: 2 }),
  lookup(1), next(null), next(1, -ENOENT), pop(1, -ENOTSUPP), update(2, 0, { value: "inner" }), update(3, 0, { value: "inner" }),
  update(4, 0, { value: "inner" }), update(5, -E2BIG, { value: "inner" }), update(1, 0, { value: "inner" }), remove(1),
  update(5, 0, { value: "inner" }),
];

const queueSteps: readonly Step[] = [
  lookup(null, -ENOENT), pop(null, -ENOENT), update(null, -EINVAL, NOEXIST), update(null, -EINVAL, { flags: 3 }),
  update(null, -EINVAL, { flags: 4 }), update(null, -EINVAL, { flags: 8 }), update(null), lookup(null), lookup("bad", -EINVAL),
  update("bad", -EINVAL), pop("bad", -EINVAL), remove("bad", -EINVAL), next(null, -EINVAL),
  lookup(null, -EINVAL, { flags: 4 }), pop(null, -EINVAL, { flags: 4 }), pop(null, -EINVAL, { flags: 1 }), update(null),
  update(null), update(null), update(null, -E2BIG), update(null, 0, EXIST), update(null, -E2BIG), pop(null), update(null),
  update(null, -EFAULT, { value: "bad" }), pop(null, -EFAULT, { value: "bad" }), lookup(null), freeze, update(null, -EPERM),
  pop(null, -EPERM), lookup(null),
];

const bloomSteps: readonly Step[] = [
  lookup(null, -ENOENT), update(null), lookup(null), update(null), update(null), update(null), update(null), update(null),
  update(null, -EINVAL, NOEXIST), update(null, -EINVAL, EXIST), ...wrongFlags(null), lookup(null, -EINVAL, { flags: 4 }),
  lookup("bad", -EINVAL), update("bad", -EINVAL), lookup(null, -EFAULT, { value: "bad" }), remove(null, -EOPNOTSUPP),
  next(null, -EOPNOTSUPP), pop(null, -ENOTSUPP),
];

const allMissing = (errno: { lookup: Errno; update: Errno; remove: Errno; next: Errno }): Step[] => [
  lookup(null, -errno.lookup), update(null, -errno.update), update(null, -EINVAL, { flags: 4 }), remove(null, -errno.remove),
  next(null, -errno.next), pop(null, -ENOTSUPP), lookup("bad", -EINVAL), freeze, update(null, -EPERM),
];
const ringbuf = allMissing({ lookup: ENOTSUPP, update: ENOTSUPP, remove: ENOTSUPP, next: ENOTSUPP });
const arena = allMissing({ lookup: EINVAL, update: EOPNOTSUPP, remove: EOPNOTSUPP, next: EOPNOTSUPP });

const slots = (found: Errno, plain: Errno): Step[] => [
  lookup(0, -found), lookup(4, -found), update(0, -EBADF, { value: "closed" }), update(0, -plain, { value: "plain" }),
  update(4, -E2BIG, { value: "closed" }), update(0, -EINVAL, { value: "closed", flags: 1 }),
  update(0, -EINVAL, { value: "closed", flags: 2 }), update(0, -EINVAL, { value: "closed", flags: 4 }),
  update(4, -EINVAL, { value: "closed", flags: 8 }), remove(0, -ENOENT), remove(4, -E2BIG), next(null), next(2),
  next(3, -ENOENT), next(4), pop(0, -ENOTSUPP),
];
const stackTrace: readonly Step[] = [
  lookup(0, -ENOENT), lookup(4, -ENOENT), update(0, -EINVAL), update(4, -EINVAL), remove(0, -ENOENT), remove(4, -E2BIG),
  next(null, -ENOENT), next(0, -ENOENT), pop(0, -ENOENT),
];
const devmap: readonly Step[] = [
  lookup(0, -ENOENT), update(0, 0, { value: 0 }), update(0, -EINVAL, { value: 0x7fffffff }), update(0, -EEXIST, { value: 0, flags: 1 }),
  update(0, -EINVAL, { value: 0, flags: 8 }), update(4, -E2BIG, { value: 0 }), remove(0), remove(4, -EINVAL), next(null),
  next(3, -ENOENT), next(4), pop(0, -ENOTSUPP),
];
const devmapHash: readonly Step[] = [
  lookup(0, -ENOENT), update(0, -EINVAL, { value: 0 }), update(0, -EINVAL, { value: 0x7fffffff }),
  update(0, -EINVAL, { value: 0, flags: 8 }), remove(0, -ENOENT), remove(77, -ENOENT), next(null, -ENOENT), pop(0, -ENOTSUPP),
];
const cpumap: readonly Step[] = [
  lookup(0, -ENOENT), lookup(4, -ENOENT), update(0, 0, { value: 0 }), update(0, -EEXIST, { value: 8, flags: 1 }),
  update(4, -E2BIG, { value: 8 }), update(0, -Errno.EOVERFLOW, { value: 16385 }),
  update(0, 0, { value: 192 }), lookup(0), update(0, 0, { value: 0 }),
  lookup(0, -ENOENT), remove(0), remove(4, -EINVAL), next(null), next(3, -ENOENT), next(4), pop(0, -ENOTSUPP),
];
const sockmap = (oor: Errno): Step[] => [
  lookup(0, -ENOSPC), update(0, -EBADF, { value: "closed" }), update(0, -ENOTSOCK, { value: "plain" }),
  update(0, -ENOTSOCK, { value: "plain", flags: 8 }), update(4, -ENOTSOCK, { value: "plain" }), update(0, -EINVAL, { value: 0xffffffff }),
  update(0, -EINVAL, { value: "plain", flags: 4 }), remove(0, -oor), remove(4, -oor), pop(0, -ENOTSUPP),
];
const xskmap: readonly Step[] = [
  lookup(0, -EOPNOTSUPP), update(0, -ENOTSOCK, { value: "plain" }), update(4, -E2BIG, { value: "plain" }),
  update(4, -EINVAL, { value: "plain", flags: 8 }), remove(0), remove(4, -EINVAL), next(null), next(3, -ENOENT), pop(0, -ENOTSUPP),
];
const reuseport: readonly Step[] = [
  lookup(0, -ENOENT), update(0, -ENOTSOCK, { value: "plain" }), update(4, -E2BIG, { value: "plain" }),
  update(4, -EINVAL, { value: "plain", flags: 8 }), remove(0, -ENOENT), remove(4, -E2BIG), next(null), next(3, -ENOENT), pop(0, -ENOTSUPP),
];
const cgroupStorage: readonly Step[] = [
  lookup(1, -ENOENT), update(1, -ENOENT), update(1, -ENOENT, EXIST), update(1, -EINVAL, NOEXIST), remove(1, -EINVAL),
  next(null, -ENOENT), pop(1, -ENOTSUPP),
];

const zeroSeed = { map_flags: MapFlag.ZERO_SEED };
const hashes = [MapType.HASH, MapType.PERCPU_HASH, MapType.LRU_HASH, MapType.LRU_PERCPU_HASH];
const scripts: readonly Script[] = [
  ...hashes.flatMap((type): Script[] => [
    { type, steps: hashSteps }, { type, what: "ZERO_SEED", changes: zeroSeed, steps: hashSteps },
    { type, what: "keys of 3 bytes", changes: { key_size: 3 }, steps: hashSteps },
  ]),
  { type: MapType.HASH, what: "NO_PREALLOC", changes: { map_flags: 1 }, steps: hashSteps },
  { type: MapType.HASH, what: "full", steps: full(E2BIG, [1, 2, 3, 4], 5) },
  { type: MapType.HASH, what: "full, NO_PREALLOC", changes: { map_flags: 1 }, steps: full(E2BIG, [1, 2, 3, 4], 5) },
  { type: MapType.PERCPU_HASH, what: "full", steps: full(E2BIG, [1, 2, 3, 4], 5) },
  { type: MapType.ARRAY, steps: arraySteps }, { type: MapType.PERCPU_ARRAY, steps: arraySteps },
  { type: MapType.LPM_TRIE, steps: lpmSteps }, { type: MapType.LPM_TRIE, what: "full", steps: lpmFull },
  { type: MapType.ARRAY_OF_MAPS, steps: arrayOfMaps }, { type: MapType.HASH_OF_MAPS, steps: hashOfMaps },
  { type: MapType.QUEUE, steps: queueSteps }, { type: MapType.STACK, steps: queueSteps },
  { type: MapType.BLOOM_FILTER, steps: bloomSteps },
  { type: MapType.RINGBUF, steps: ringbuf }, { type: MapType.USER_RINGBUF, steps: ringbuf }, { type: MapType.ARENA, steps: arena },
  { type: MapType.PROG_ARRAY, steps: slots(ENOENT, EINVAL) },
  { type: MapType.PERF_EVENT_ARRAY, steps: slots(ENOTSUPP, EBADF) }, { type: MapType.CGROUP_ARRAY, steps: slots(ENOTSUPP, EBADF) },
  { type: MapType.STACK_TRACE, steps: stackTrace },
  { type: MapType.DEVMAP, steps: devmap }, { type: MapType.DEVMAP_HASH, steps: devmapHash }, { type: MapType.CPUMAP, steps: cpumap },
  { type: MapType.SOCKMAP, steps: [...sockmap(EINVAL), next(null), next(3, -ENOENT)] },
  { type: MapType.SOCKHASH, steps: [...sockmap(ENOENT), next(null, -ENOENT)] },
  { type: MapType.XSKMAP, steps: xskmap }, { type: MapType.REUSEPORT_SOCKARRAY, steps: reuseport },
  { type: MapType.CGROUP_STORAGE, steps: cgroupStorage }, { type: MapType.PERCPU_CGROUP_STORAGE, steps: cgroupStorage },
];

const value = (byte: number): Uint8Array => bytes(8, byte);

function pushed(m: Machine, type: MapType): number {
  const map = m.map({ map_type: type, value_size: 8, max_entries: 3 });
  for (const byte of [1, 2, 3]) is(m.update(map, null, value(byte)), 0);
  is(m.update(map, null, value(4), 2), 0, "EXIST on a full map");
  return map;
}

function drained(m: Machine, map: number): number[] {
  const seen: number[] = [];
  for (const out = value(0); m.pop(map, null, out) === 0; ) seen.push(out[0]);
  return seen;
}

const contents: Row[] = [
  story("QUEUE: oldest first; EXIST on a full one drops the oldest", (m) => same(drained(m, pushed(m, MapType.QUEUE)), [2, 3, 4])),
  story("STACK: newest first; EXIST on a full one drops the oldest", (m) => same(drained(m, pushed(m, MapType.STACK)), [4, 3, 2])),
  ...[MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH].map((type) =>
    story(`${typeName(type)}: padding bytes are stored, a value per CPU`, (m) => {
      const map = m.map({ map_type: type, key_size: 4, value_size: 5, max_entries: 4 });
      const all = Uint8Array.from({ length: 8 * m.cpus }, (_, index) => index + 1);
      is(m.update(map, u32(1), all), 0);
      const out = bytes(all.length);
      is(m.lookup(map, u32(1), out), 0);
      same(out, all);
    }),
  ),
  story("a value of 6 bytes is 6 bytes", (m) => {
    const map = m.hash({ value_size: 6 });
    is(m.update(map, u32(1), { edge: bytes(6, 5) }), 0);
    const out = bytes(8, 0xee);
    is(m.lookup(map, u32(1), out), 0);
    same(out, [5, 5, 5, 5, 5, 5, 0xee, 0xee]);
    is(m.lookup(map, u32(1), { edge: bytes(6) }), 0);
    is(m.lookup(map, u32(1), { edge: bytes(5) }), -EFAULT);
  }),
  story("key and value may be one buffer", (m) => {
    const map = m.hash();
    is(m.update(map, u32(7), value(3)), 0);
    m.union.bytes.fill(0);
    m.union.bytes.set(u32(7), 64);
    is(m.lookup(map, m.union.address + 64, m.union.address + 64), 0);
    same(m.union.bytes.slice(64, 72), value(3));
  }),
  story("LPM_TRIE: host bits are kept as last written", (m) => {
    const map = m.map({ map_type: MapType.LPM_TRIE, key_size: 8, value_size: 8, max_entries: 4, map_flags: 1 });
    is(m.update(map, prefix(8, 10, 1, 2, 3), value(1)), 0);
    is(m.update(map, prefix(8, 10, 9, 9, 9), value(2)), 0);
    const key = bytes(8);
    is(m.next(map, null, key), 0);
    same(key, prefix(8, 10, 9, 9, 9));
  }),
  story("nothing is written where there is nothing to find", (m) => {
    const out = value(0x5a);
    is(m.lookup(m.hash(), u32(1), out), -ENOENT);
    is(m.lookup(m.map({ map_type: MapType.QUEUE, value_size: 8, max_entries: 1 }), null, out), -ENOENT);
    same(out, value(0x5a));
  }),
];

export const elements: Table = { name: "elements by type", rows: [...scripts.flatMap(stepRows), ...contents] };
