// MAP_CREATE one attribute at a time away from a valid base, for every map type, and in random pairs.

import { At, MapFlag, MapType } from "./abi.ts";
import * as build from "./build.ts";
import type { CreateAttrs } from "./build.ts";
import type { BpfOp, Op, Ref, Script } from "./ops.ts";
import { Prng } from "./prng.ts";
import { isAnswerFixed } from "./shape.ts";

const SLOT = 0;
const TEMPLATE = 1;
const OUTER = 2;
const SPECIAL = 3;

/** The least that MAP_CREATE takes for each type, or what comes closest where it needs BTF. */
const bases: Readonly<Record<number, CreateAttrs>> = {
  [MapType.HASH]: { key_size: 4, value_size: 8, max_entries: 4 },
  [MapType.ARRAY]: { key_size: 4, value_size: 8, max_entries: 4 },
  [MapType.PROG_ARRAY]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.PERF_EVENT_ARRAY]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.PERCPU_HASH]: { key_size: 4, value_size: 8, max_entries: 4 },
  [MapType.PERCPU_ARRAY]: { key_size: 4, value_size: 8, max_entries: 4 },
  [MapType.STACK_TRACE]: { key_size: 4, value_size: 64, max_entries: 4 },
  [MapType.CGROUP_ARRAY]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.LRU_HASH]: { key_size: 4, value_size: 8, max_entries: 5 },
  [MapType.LRU_PERCPU_HASH]: { key_size: 4, value_size: 8, max_entries: 5 },
  [MapType.LPM_TRIE]: { key_size: 8, value_size: 8, max_entries: 4, map_flags: MapFlag.NO_PREALLOC },
  [MapType.ARRAY_OF_MAPS]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.HASH_OF_MAPS]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.DEVMAP]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.SOCKMAP]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.CPUMAP]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.XSKMAP]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.SOCKHASH]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.CGROUP_STORAGE]: { key_size: 8, value_size: 8 },
  [MapType.REUSEPORT_SOCKARRAY]: { key_size: 4, value_size: 8, max_entries: 4 },
  [MapType.PERCPU_CGROUP_STORAGE]: { key_size: 8, value_size: 8 },
  [MapType.QUEUE]: { value_size: 8, max_entries: 4 },
  [MapType.STACK]: { value_size: 8, max_entries: 4 },
  [MapType.SK_STORAGE]: { key_size: 4, value_size: 8, map_flags: MapFlag.NO_PREALLOC },
  [MapType.DEVMAP_HASH]: { key_size: 4, value_size: 4, max_entries: 4 },
  [MapType.STRUCT_OPS]: { key_size: 4, value_size: 8, max_entries: 1 },
  [MapType.RINGBUF]: { max_entries: 4096 },
  [MapType.INODE_STORAGE]: { key_size: 4, value_size: 8, map_flags: MapFlag.NO_PREALLOC },
  [MapType.TASK_STORAGE]: { key_size: 4, value_size: 8, map_flags: MapFlag.NO_PREALLOC },
  [MapType.BLOOM_FILTER]: { value_size: 8, max_entries: 4 },
  [MapType.USER_RINGBUF]: { max_entries: 4096 },
  [MapType.CGRP_STORAGE]: { key_size: 4, value_size: 8, map_flags: MapFlag.NO_PREALLOC },
  [MapType.ARENA]: { max_entries: 1, map_flags: MapFlag.MMAPABLE },
};

const bits = Array.from({ length: 32 }, (_, bit) => 2 ** bit);

const sizes = [
  0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 32, 40, 64, 260, 261, 512, 513, 1016, 1024, 4056, 4064, 4096, 32768, 32769, 65407,
  65408, 4194024, 4194025, 4194251, 4194252, 4194304, 4194305, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Odd values of each field. map_ifindex 1 is left out: which devices there are is the machine's own. */
const oddValues: Readonly<Partial<Record<keyof typeof At.create, readonly number[]>>> = {
  key_size: sizes,
  value_size: sizes,
  max_entries: [
    0, 1, 2, 3, 5, 8, 100, 255, 256, 257, 4095, 4096, 4097, 8192, 12288, 65536, 1 << 20, (1 << 20) + 1, 0x08000000,
    0x08000001, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff,
  ],
  map_flags: [...bits, 0x18, 0x180, 0x3, 0x44, 0x41, 0x42, 0x46, 0x1008, 0x1400, 0x1410, 0x60400, 0x20400, 0xffffffff],
  inner_map_fd: [0xffffffff, 0x3fffff00],
  numa_node: [0, 1, 5, 0xffffffff],
  map_ifindex: [0x7fffffff, 0x80000000],
  btf_fd: [0xffffffff, 0x3fffff00],
  btf_key_type_id: [1, 0xffffffff],
  btf_value_type_id: [1, 0xffffffff],
  btf_vmlinux_value_type_id: [1, 0x7fffffff],
  map_extra: [1, 5, 15, 16, 31, 4096, 2 ** 32, 2 ** 32 + 5, 2 ** 52],
  value_type_btf_obj_fd: [1, 0xffffffff],
  map_token_fd: [1, 0xffffffff, 0x3fffff00],
  excl_prog_hash_size: [1, 31, 32, 33],
};

const text = (name: string): Uint8Array => Uint8Array.from(name, (char) => char.charCodeAt(0));

const names = [
  text("a"), text("map_1.X"), text("fifteen_letters"), text("sixteen__letters"), text("a b"), text("a-b"), text("a/b"),
  text("\u00c0\u00ff"), text("\u00d7"), text("\u00f7"), text("\u00bf"), text("\x7f"), text("a\0-b"), text("\0junk"),
];

/** A change to a creation: a field's odd value, or something a number cannot say. */
type Change = (creation: Creation) => void;

interface Creation {
  attrs: CreateAttrs;
  name?: Uint8Array;
  refs: Ref[];
  size?: number;
  tailAt?: number;
}

function changes(): Change[] {
  const list: Change[] = [];
  for (const [field, values] of Object.entries(oddValues) as [keyof typeof At.create, readonly number[]][]) {
    for (const value of values) list.push((creation) => void (creation.attrs[field] = value));
  }
  // Flags on top of those the base needs, and flags that make another field count.
  for (const bit of bits) list.push(({ attrs }) => void (attrs.map_flags = ((attrs.map_flags ?? 0) ^ bit) >>> 0));
  for (const node of [0, 1, 0xffffffff]) list.push(({ attrs }) => setWithFlag(attrs, MapFlag.NUMA_NODE, "numa_node", node));
  for (const fd of [0xffffffff, 0x3fffff00]) {
    list.push(({ attrs }) => setWithFlag(attrs, MapFlag.TOKEN_FD, "map_token_fd", fd));
    list.push(({ attrs }) => setWithFlag(attrs, MapFlag.VTYPE_BTF_OBJ_FD, "value_type_btf_obj_fd", fd));
  }
  for (const name of names) list.push((creation) => void (creation.name = name));
  for (const field of ["inner_map_fd", "btf_fd", "map_token_fd", "value_type_btf_obj_fd"] as const) {
    list.push((creation) => replaceRef(creation, { at: At.create[field], plainFd: true }));
    for (const fd of [TEMPLATE, OUTER, SPECIAL]) {
      list.push((creation) => replaceRef(creation, { at: At.create[field], fd }));
    }
  }
  for (const size of [0, 31, 32, 33]) list.push((creation) => setExclHash(creation, size));
  list.push((creation) => replaceRef(creation, { at: At.create.excl_prog_hash, bad: "unmapped" }));
  for (const tailAt of [92, 95, 100, 167]) list.push((creation) => void (creation.tailAt = tailAt));
  for (const size of [0, 1, 4, 8, 12, 13, 15, 16, 20, 24, 44, 64, 72, 88, 92]) {
    list.push((creation) => void (creation.size = size));
  }
  return list;
}

function setWithFlag(attrs: CreateAttrs, flag: number, field: keyof CreateAttrs, value: number): void {
  attrs.map_flags = (attrs.map_flags ?? 0) | flag;
  attrs[field] = value;
}

function setExclHash(creation: Creation, size: number): void {
  creation.attrs.excl_prog_hash_size = size;
  replaceRef(creation, { at: At.create.excl_prog_hash, buf: { data: new Uint8Array(32).fill(7) } });
}

function replaceRef(creation: Creation, ref: Ref): void {
  creation.refs = [...creation.refs.filter((other) => other.at !== ref.at), ref];
}

const allChanges = changes();

function base(type: number): Creation {
  const attrs: CreateAttrs = { map_type: type, ...(bases[type] ?? bases[MapType.HASH]) };
  const isOuter = type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
  return { attrs, refs: isOuter ? [{ at: At.create.inner_map_fd, fd: TEMPLATE }] : [] };
}

/** The creation as an operation, or undefined where the answer is the machine's own. */
function toOp(creation: Creation, slot: number, cpus: number): BpfOp | undefined {
  const { attrs, refs, name, size, tailAt } = creation;
  const op = build.create(slot, attrs, refs, name);
  const shape = {
    type: attrs.map_type ?? 0,
    keySize: attrs.key_size ?? 0,
    valueSize: attrs.value_size ?? 0,
    maxEntries: attrs.max_entries ?? 0,
    flags: attrs.map_flags ?? 0,
    extra: attrs.map_extra ?? 0,
  };
  if (!isAnswerFixed(shape, cpus)) return undefined;
  if (tailAt !== undefined) op.attr[tailAt] = 1;
  if (size !== undefined) {
    // A size inside a symbolic field would leave half a number.
    if (op.refs.some((ref) => size > ref.at && size < ref.at + 8)) return undefined;
    op.size = size;
  }
  return op;
}

function creationOps(creation: Creation, cpus: number): Op[] {
  const op = toOp(creation, SLOT, cpus);
  return op === undefined ? [] : [op, build.wholeInfo(SLOT), { op: "close", slot: SLOT }];
}

/** Maps that the odd fds of the sweep name: an array, an outer map, and one that may be no template. */
function helpers(): Op[] {
  return [
    build.create(TEMPLATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 1 }),
    build.create(OUTER, { map_type: MapType.ARRAY_OF_MAPS, key_size: 4, value_size: 4, max_entries: 1 }, [
      { at: At.create.inner_map_fd, fd: TEMPLATE },
    ]),
    build.create(SPECIAL, { map_type: MapType.PROG_ARRAY, key_size: 4, value_size: 4, max_entries: 1 }),
  ];
}

/** Every single change to the base of `type`, then `pairCount` random pairs. */
export function createSweep(type: number, seed: number, pairCount: number, cpus: number): Script {
  const ops = helpers();
  ops.push(...creationOps(base(type), cpus));
  for (const change of allChanges) {
    const creation = base(type);
    change(creation);
    ops.push(...creationOps(creation, cpus));
  }
  const rng = new Prng(seed, `sweep${type}`);
  for (let i = 0; i < pairCount; i++) {
    const creation = base(type);
    rng.pick(allChanges)(creation);
    rng.pick(allChanges)(creation);
    ops.push(...creationOps(creation, cpus));
  }
  return { name: `create ${MapType[type]?.toLowerCase() ?? type}`, seed, ops };
}

/** Every type with each other type as the template of an outer map. */
export function templateSweep(cpus: number): Script {
  const ops: Op[] = [];
  for (let type = 0; type <= MapType.MAX; type++) {
    ops.push(...helpers());
    const op = toOp(base(type), SLOT, cpus);
    if (op !== undefined) ops.push(op);
    for (const outer of [MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS]) {
      const attrs = { map_type: outer, key_size: 4, value_size: 4, max_entries: 1 };
      ops.push(build.create(OUTER, attrs, [{ at: At.create.inner_map_fd, fd: SLOT }]), { op: "close", slot: OUTER });
    }
    ops.push({ op: "close", slot: SLOT });
  }
  return { name: "create templates", seed: 0, ops };
}

/** Types of the sweep: all there are, and numbers that are no type. */
export const sweepTypes: readonly number[] = [
  ...Array.from({ length: MapType.MAX + 2 }, (_, type) => type), 100, 0x7fffffff, 0xffffffff,
];

/** A script's buffers fit its own map; with elements up to this size another map cannot write far beyond them. */
const ODD_ELEM_SIZE_MAX = 64;

/** One creation of any type with up to two changes, for the middle of a script. */
export function randomCreate(rng: Prng, slot: number, cpus: number): BpfOp {
  for (;;) {
    const type = rng.below(MapType.MAX);
    // A program array lives on for a while after its last close, and ids would show it.
    if (type === MapType.PROG_ARRAY) continue;
    const creation = base(type);
    const count = rng.below(3);
    for (let i = 0; i < count; i++) rng.pick(allChanges)(creation);
    const { key_size: keySize = 0, value_size: valueSize = 0 } = creation.attrs;
    if (keySize > ODD_ELEM_SIZE_MAX || valueSize > ODD_ELEM_SIZE_MAX) continue;
    // The slots of the sweep's own helpers may name any map of a script here, or none.
    const op = toOp(creation, slot, cpus);
    if (op !== undefined) return op;
  }
}
