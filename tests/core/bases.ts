// The least that MAP_CREATE takes for each type that can be created without BTF.
import { MapFlag, MapType } from "../kernel/abi.ts";
import type { Fields, Machine } from "./machine.ts";

export interface Base {
  type: MapType;
  key_size: number;
  value_size: number;
  max_entries: number;
  map_flags: number;
}

const base = (type: MapType, key_size: number, value_size: number, max_entries = 4, map_flags = 0): Base => ({
  type, key_size, value_size, max_entries, map_flags,
});

export const bases: readonly Base[] = [
  base(MapType.HASH, 4, 8),
  base(MapType.ARRAY, 4, 8),
  base(MapType.PROG_ARRAY, 4, 4),
  base(MapType.PERF_EVENT_ARRAY, 4, 4),
  base(MapType.PERCPU_HASH, 4, 8),
  base(MapType.PERCPU_ARRAY, 4, 8),
  base(MapType.STACK_TRACE, 4, 64),
  base(MapType.CGROUP_ARRAY, 4, 4),
  base(MapType.LRU_HASH, 4, 8),
  base(MapType.LRU_PERCPU_HASH, 4, 8),
  base(MapType.LPM_TRIE, 8, 8, 4, MapFlag.NO_PREALLOC),
  base(MapType.ARRAY_OF_MAPS, 4, 4),
  base(MapType.HASH_OF_MAPS, 4, 4),
  base(MapType.DEVMAP, 4, 4),
  base(MapType.SOCKMAP, 4, 4),
  base(MapType.CPUMAP, 4, 4),
  base(MapType.XSKMAP, 4, 4),
  base(MapType.SOCKHASH, 4, 4),
  base(MapType.CGROUP_STORAGE, 8, 8, 0),
  base(MapType.REUSEPORT_SOCKARRAY, 4, 8),
  base(MapType.PERCPU_CGROUP_STORAGE, 8, 8, 0),
  base(MapType.QUEUE, 0, 8),
  base(MapType.STACK, 0, 8),
  base(MapType.DEVMAP_HASH, 4, 4),
  base(MapType.RINGBUF, 0, 0, 4096),
  base(MapType.BLOOM_FILTER, 0, 8),
  base(MapType.USER_RINGBUF, 0, 0, 4096),
  base(MapType.ARENA, 0, 0, 1, MapFlag.MMAPABLE),
];

/** Types that cannot be created without BTF. */
export const needBtf: readonly MapType[] = [
  MapType.SK_STORAGE, MapType.INODE_STORAGE, MapType.TASK_STORAGE, MapType.CGRP_STORAGE, MapType.STRUCT_OPS,
];

const outers: readonly MapType[] = [MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS];
const percpus: readonly MapType[] = [
  MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH, MapType.PERCPU_CGROUP_STORAGE,
];

export const isOuter = (type: MapType): boolean => outers.includes(type);
export const typeName = (type: MapType): string => MapType[type];

export function baseOf(type: MapType): Base {
  const found = bases.find((candidate) => candidate.type === type);
  if (found === undefined) throw new Error(`${MapType[type]} has no base`);
  return found;
}

/** Bytes of one value as user space sees it. */
export const viewSize = ({ type, value_size }: Base, cpus: number): number =>
  percpus.includes(type) ? Math.ceil(value_size / 8) * 8 * cpus : value_size;

/** The attr of a base map, with the template that an outer map needs. */
export function baseFields(machine: Machine, type: MapType, changes: Fields = {}): Fields {
  const { key_size, value_size, max_entries, map_flags } = baseOf(type);
  const fields: Fields = { map_type: type, key_size, value_size, max_entries, map_flags };
  if (isOuter(type) && !("inner_map_fd" in changes)) fields.inner_map_fd = machine.array();
  return { ...fields, ...changes };
}

/** A base map. */
export const baseMap = (machine: Machine, type: MapType, changes: Fields = {}): number =>
  machine.map(baseFields(machine, type, changes));
