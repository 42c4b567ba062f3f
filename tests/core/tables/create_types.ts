// MAP_CREATE, type by type: which sizes, counts and flags each takes, one attribute away from the least that it takes.
import { Cmd, Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { baseFields, bases, typeName } from "../bases.ts";
import type { Fields, Machine } from "../machine.ts";
import { is, ok, type Row, story, type Table } from "../table.ts";

const { EINVAL, E2BIG, ENOMEM, ENOTSUPP } = Errno;

/** Values of one attribute, by the errno they get; 0 for those that are taken. */
type Answers = Readonly<Record<number, readonly number[]>>;

interface Rules {
  type: MapType;
  key_size: Answers;
  value_size: Answers;
  max_entries: Answers;
  /** Flags that are taken on top of those of the base, one at a time. */
  flags: number;
  /** Flags that get another errno than EINVAL. */
  flagErrors?: Readonly<Record<number, Errno>>;
}

const HUGE = 0xffffffff;
const R = MapFlag.RDONLY | MapFlag.WRONLY;
const PR = MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
const NUMA = MapFlag.NUMA_NODE;

const four: Answers = { 0: [4], [EINVAL]: [0, 1, 2, 3, 5, 8, 16, 0x80000004, HUGE] };
const fourOrEight: Answers = { 0: [4, 8], [EINVAL]: [0, 1, 5, 7, 9, 12, 16, HUGE] };
const none: Answers = { 0: [0], [EINVAL]: [1, 4, 8, HUGE] };
const some: Answers = { 0: [1, 2, 3, 5, 100], [EINVAL]: [0] };

const hashKey: Answers = { 0: [1, 2, 3, 5, 7, 8, 16, 40, 512, 4096, 4194247], [EINVAL]: [0], [E2BIG]: [4194248, 0x80000000, HUGE] };
/** The same limit on key and value together, with a value of 4 bytes. */
const outerKey: Answers = { 0: [1, 3, 8, 512, 4194251], [EINVAL]: [0], [E2BIG]: [4194252, HUGE] };
const hashValue: Answers = { 0: [1, 2, 3, 7, 100, 4096, 4194251], [EINVAL]: [0], [E2BIG]: [4194252, 4194304, 0x80000000, HUGE] };
const hashEntries: Answers = { 0: [1, 2, 3, 5, 8, 100], [EINVAL]: [0], [E2BIG]: [2 ** 27 + 1, 0x80000000, HUGE] };
const percpuValue: Answers = { 0: [1, 7, 8, 9, 32761, 32768], [EINVAL]: [0], [E2BIG]: [32769, 4194304, HUGE] };
const queueValue: Answers = { 0: [1, 3, 8, 4194304], [EINVAL]: [0], [E2BIG]: [4194305, HUGE] };
const fdArray = { key_size: four, value_size: four, max_entries: some, flags: NUMA | R };
const ringbuf = {
  key_size: none, value_size: none, flags: NUMA,
  max_entries: { 0: [4096, 8192, 65536], [EINVAL]: [0, 1, 3, 1024, 4095, 4097, 12288, 0xfffff000, HUGE] },
};
const cgroupStorage = {
  key_size: { 0: [8, 16], [EINVAL]: [0, 4, 12, 24, HUGE] }, max_entries: { 0: [0], [EINVAL]: [1, HUGE] }, flags: NUMA | R | PR,
};

const rules: readonly Rules[] = [
  { type: MapType.HASH, key_size: hashKey, value_size: hashValue, max_entries: hashEntries, flags: 0x1 | NUMA | R | 0x40 | PR },
  {
    type: MapType.PERCPU_HASH, key_size: hashKey, value_size: percpuValue, max_entries: hashEntries, flags: 0x1 | R | 0x40 | PR,
  },
  {
    type: MapType.LRU_HASH, key_size: hashKey, value_size: hashValue, max_entries: hashEntries,
    flags: 0x2 | NUMA | R | 0x40 | PR, flagErrors: { [MapFlag.NO_PREALLOC]: ENOTSUPP },
  },
  {
    type: MapType.LRU_PERCPU_HASH, key_size: hashKey, value_size: percpuValue, max_entries: hashEntries,
    flags: 0x2 | R | 0x40 | PR, flagErrors: { [MapFlag.NO_PREALLOC]: ENOTSUPP },
  },
  {
    type: MapType.ARRAY, key_size: four, value_size: { 0: [1, 3, 8, 100, 5000000], [EINVAL]: [0], [E2BIG]: [0x80000000, HUGE] },
    max_entries: some, flags: NUMA | R | PR | 0x400 | 0x1000,
  },
  { type: MapType.PERCPU_ARRAY, key_size: four, value_size: percpuValue, max_entries: some, flags: R | PR },
  {
    type: MapType.LPM_TRIE, key_size: { 0: [5, 6, 8, 20, 260], [EINVAL]: [0, 1, 4, 261, 512, HUGE] },
    value_size: { 0: [1, 3, 8, 4194024], [EINVAL]: [0, 4194025, 4194304, HUGE] },
    max_entries: { 0: [1, 5, 2 ** 27 + 1, HUGE], [EINVAL]: [0] }, flags: NUMA | R | PR,
  },
  { type: MapType.ARRAY_OF_MAPS, ...fdArray },
  { type: MapType.HASH_OF_MAPS, key_size: outerKey, value_size: four, max_entries: hashEntries, flags: 0x1 | NUMA | R | 0x40 | PR },
  { type: MapType.QUEUE, key_size: none, value_size: queueValue, max_entries: some, flags: NUMA | R | PR },
  { type: MapType.STACK, key_size: none, value_size: queueValue, max_entries: some, flags: NUMA | R | PR },
  { type: MapType.BLOOM_FILTER, key_size: none, value_size: queueValue, max_entries: some, flags: NUMA | R | 0x40 | PR },
  { type: MapType.RINGBUF, ...ringbuf },
  { type: MapType.USER_RINGBUF, ...ringbuf },
  {
    type: MapType.ARENA, key_size: none, value_size: none, flags: 0x20000 | 0x40000,
    max_entries: { 0: [1, 3, 2 ** 20], [EINVAL]: [0], [E2BIG]: [2 ** 20 + 1, HUGE] },
  },
  { type: MapType.PROG_ARRAY, ...fdArray },
  { type: MapType.CGROUP_ARRAY, ...fdArray },
  { type: MapType.PERF_EVENT_ARRAY, ...fdArray, flags: NUMA | R | 0x800 },
  {
    type: MapType.STACK_TRACE, key_size: four, flags: NUMA | R | 0x20,
    value_size: { 0: [8, 16, 1016], [EINVAL]: [0, 1, 4, 12, 1017, 1024, 4064, HUGE] },
    max_entries: { 0: [1, 3, 100], [EINVAL]: [0], [E2BIG]: [HUGE] },
  },
  { type: MapType.DEVMAP, key_size: four, value_size: fourOrEight, max_entries: some, flags: NUMA | R },
  {
    type: MapType.DEVMAP_HASH, key_size: four, value_size: fourOrEight, flags: NUMA | R,
    max_entries: { 0: [1, 3, 100], [EINVAL]: [0, 0x80000001, HUGE] },
  },
  {
    type: MapType.CPUMAP, key_size: four, value_size: fourOrEight, flags: NUMA,
    max_entries: { 0: [1, 2, 100], [EINVAL]: [0], [E2BIG]: [10000, HUGE] },
  },
  { type: MapType.SOCKMAP, key_size: four, value_size: fourOrEight, max_entries: some, flags: NUMA | R },
  {
    type: MapType.SOCKHASH, key_size: { 0: [1, 3, 4, 512], [EINVAL]: [0], [E2BIG]: [513, HUGE] }, value_size: fourOrEight,
    max_entries: { 0: [1, 3, 100], [EINVAL]: [0, 0x80000001, HUGE] }, flags: NUMA | R,
  },
  { type: MapType.XSKMAP, ...fdArray },
  { type: MapType.REUSEPORT_SOCKARRAY, key_size: four, value_size: fourOrEight, max_entries: some, flags: NUMA | R | PR },
  {
    type: MapType.CGROUP_STORAGE, ...cgroupStorage,
    value_size: { 0: [1, 3, 65407], [EINVAL]: [0], [E2BIG]: [65408, HUGE] },
  },
  {
    type: MapType.PERCPU_CGROUP_STORAGE, ...cgroupStorage,
    value_size: { 0: [1, 3, 32768], [EINVAL]: [0], [E2BIG]: [32769, HUGE] },
  },
];

function expect(machine: Machine, fields: Fields, errno: number): void {
  const answer = machine.call(Cmd.MAP_CREATE, fields);
  if (errno === 0) ok(answer, "MAP_CREATE");
  else is(answer, -errno);
}

function attributeRows({ type, ...attributes }: Rules): Row[] {
  const rows: Row[] = [];
  for (const field of ["key_size", "value_size", "max_entries"] as const) {
    for (const [errno, values] of Object.entries(attributes[field])) {
      for (const value of values) {
        rows.push(
          story(`${typeName(type)}: ${field} ${value}`, (m) => expect(m, baseFields(m, type, { [field]: value }), Number(errno))),
        );
      }
    }
  }
  return rows;
}

function flagRows({ type, flags, flagErrors = {} }: Rules): Row[] {
  const required = bases.find((base) => base.type === type)!.map_flags;
  const rows = Array.from({ length: 32 }, (_, bit) => {
    const flag = 2 ** bit;
    // A flag that the base needs is left out here; every other one is added.
    const isTaken = (required & flag) === 0 && (flags & flag) !== 0;
    const errno = isTaken ? 0 : (flagErrors[flag] ?? EINVAL);
    return story(`${typeName(type)}: flag 0x${flag.toString(16)}`, (m) =>
      expect(m, baseFields(m, type, { map_flags: (required ^ flag) >>> 0, map_token_fd: m.target.plainFd }), errno),
    );
  });
  for (const pair of [R, PR]) {
    rows.push(
      story(`${typeName(type)}: flags 0x${pair.toString(16)} together`, (m) =>
        expect(m, baseFields(m, type, { map_flags: required | pair }), EINVAL),
      ),
    );
  }
  return rows;
}

interface Special {
  name: string;
  errno: Errno | 0;
  type: MapType;
  changes: Fields;
}

// Rules between attributes, and limits that no machine's memory decides.
const specials: readonly Special[] = [
  {
    name: "LRU_HASH: NO_PREALLOC is found before max_entries 0", errno: ENOTSUPP,
    type: MapType.LRU_HASH, changes: { map_flags: 1, max_entries: 0 },
  },
  {
    name: "LRU_HASH: NO_COMMON_LRU on a real node", errno: EINVAL,
    type: MapType.LRU_HASH, changes: { map_flags: 0x6, numa_node: 0 },
  },
  {
    name: "HASH: key and value share one limit", errno: E2BIG,
    type: MapType.HASH, changes: { key_size: 2097128, value_size: 2097128 },
  },
  {
    name: "HASH: key and value at their limit", errno: 0,
    type: MapType.HASH, changes: { key_size: 2097127, value_size: 2097128, map_flags: 1 },
  },
  {
    name: "HASH: sizes whose sum wraps", errno: E2BIG,
    type: MapType.HASH, changes: { key_size: HUGE, value_size: HUGE },
  },
  {
    name: "ARRAY: more bytes than any machine has", errno: ENOMEM,
    type: MapType.ARRAY, changes: { value_size: 0x7fffffff, max_entries: HUGE },
  },
  {
    name: "PERCPU_ARRAY: more bytes than any machine has", errno: ENOMEM,
    type: MapType.PERCPU_ARRAY, changes: { value_size: 32768, max_entries: HUGE },
  },
  {
    name: "QUEUE: more bytes than any machine has", errno: ENOMEM,
    type: MapType.QUEUE, changes: { value_size: 4194304, max_entries: HUGE },
  },
  { name: "ARRAY: INNER_MAP with MMAPABLE", errno: 0, type: MapType.ARRAY, changes: { map_flags: 0x1400 } },
  { name: "BLOOM_FILTER: map_extra 15", errno: 0, type: MapType.BLOOM_FILTER, changes: { map_extra: 15 } },
  { name: "BLOOM_FILTER: map_extra 16", errno: EINVAL, type: MapType.BLOOM_FILTER, changes: { map_extra: 16 } },
  { name: "BLOOM_FILTER: map_extra 2^32", errno: EINVAL, type: MapType.BLOOM_FILTER, changes: { map_extra: 2 ** 32 } },
  {
    name: "BLOOM_FILTER: a value too big is found before a key", errno: E2BIG,
    type: MapType.BLOOM_FILTER, changes: { value_size: 4194305, key_size: 4 },
  },
  {
    name: "STACK_TRACE: build ids of 32 bytes", errno: 0,
    type: MapType.STACK_TRACE, changes: { map_flags: 0x20, value_size: 4064 },
  },
  {
    name: "STACK_TRACE: build ids of 8 bytes", errno: EINVAL,
    type: MapType.STACK_TRACE, changes: { map_flags: 0x20, value_size: 8 },
  },
  {
    name: "STACK_TRACE: too many build ids", errno: EINVAL,
    type: MapType.STACK_TRACE, changes: { map_flags: 0x20, value_size: 4096 },
  },
  { name: "ARENA: an address of a page", errno: 0, type: MapType.ARENA, changes: { map_extra: 0x100000000000 } },
  {
    name: "ARENA: an address within a page", errno: EINVAL,
    type: MapType.ARENA, changes: { map_extra: 0x100000000001 },
  },
  {
    name: "ARENA: pages across 4 GiB", errno: Errno.ERANGE,
    type: MapType.ARENA, changes: { map_extra: 0x1000fffff000, max_entries: 2 },
  },
];

const btfRows: Row[] = [
  MapType.SK_STORAGE, MapType.INODE_STORAGE, MapType.TASK_STORAGE, MapType.CGRP_STORAGE,
].map((type) =>
  story(`${typeName(type)}: needs BTF`, (m) => expect(m, { map_type: type, key_size: 4, value_size: 8, map_flags: 1 }, EINVAL)),
);

const numberRows: Row[] = [0, 34, 35, 100, 0x7fffffff, HUGE].map((type) =>
  story(`type ${type} is none`, (m) => expect(m, { map_type: type, key_size: 4, value_size: 8, max_entries: 4 }, EINVAL)),
);

export const createTypes: Table = {
  name: "MAP_CREATE by type",
  rows: [
    ...rules.flatMap((rule) => [...attributeRows(rule), ...flagRows(rule)]),
    ...specials.map(({ name, type, errno, changes }) => story(name, (m) => expect(m, baseFields(m, type, changes), errno))),
    story("STRUCT_OPS: needs a type of vmlinux", (m) => expect(m, { map_type: 26, key_size: 4, value_size: 8, max_entries: 1 }, EINVAL)),
    story("STRUCT_OPS: no such type of vmlinux", (m) =>
      expect(m, { map_type: 26, key_size: 4, value_size: 8, max_entries: 1, btf_vmlinux_value_type_id: 0x7fffffff }, ENOTSUPP),
    ),
    ...btfRows,
    ...numberRows,
  ],
};
