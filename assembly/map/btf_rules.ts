import { MapType } from "../uapi/constants";
import { BtfField } from "../uapi/prog_constants";

// What BTF may say of the keys and values of a map type, in a core that has BTF: bits per type. A type that is not named takes none.

/** Takes BTF. */
export const TAKES_BTF: u32 = 1 << 0;
/** Refuses it with ENOTSUPP instead of EINVAL. */
export const BTF_ENOTSUPP: u32 = 1 << 1;
/** A key is an integer of 32 bits. */
export const KEY_INT32: u32 = 1 << 2;
/** A key is a struct. */
export const KEY_STRUCT: u32 = 1 << 3;
/** A value may be a DATASEC, of a map with one element. */
export const VALUE_DATASEC: u32 = 1 << 4;
/** There are no keys: BTF describes the value alone. */
export const NO_KEY: u32 = 1 << 5;
/** Special fields that values may have: spin locks, what runs later, lists and trees, kptrs, and pointers into user memory. */
export const HAS_LOCKS: u32 = 1 << 6;
export const HAS_CALLBACKS: u32 = 1 << 7;
export const HAS_GRAPHS: u32 = 1 << 8;
export const HAS_KPTRS: u32 = 1 << 9;
export const HAS_UPTRS: u32 = 1 << 10;

/** A u16 per type, constant: written by btf_rules_init. */
const RULES: usize = memory.data(MapType.MAX * 2, 2);

@inline
export function btf_rules(type: u32): u32 {
  return load<u16>(<usize>type << 1, RULES);
}

function set(type: MapType, rules: u32): void {
  store<u16>(<usize>type << 1, <u16>rules, RULES);
}

/** Run by the build. */
export function btf_rules_init(): void {
  const all = HAS_LOCKS | HAS_CALLBACKS | HAS_GRAPHS | HAS_KPTRS;
  set(MapType.HASH, TAKES_BTF | all);
  set(MapType.ARRAY, TAKES_BTF | KEY_INT32 | VALUE_DATASEC | all);
  set(MapType.PROG_ARRAY, TAKES_BTF);
  set(MapType.PERCPU_HASH, TAKES_BTF | HAS_KPTRS);
  set(MapType.PERCPU_ARRAY, TAKES_BTF | KEY_INT32 | HAS_KPTRS);
  set(MapType.LRU_HASH, TAKES_BTF | HAS_CALLBACKS | HAS_KPTRS);
  set(MapType.LRU_PERCPU_HASH, TAKES_BTF | HAS_KPTRS);
  set(MapType.LPM_TRIE, TAKES_BTF | KEY_STRUCT);
  set(MapType.CGROUP_STORAGE, TAKES_BTF);
  set(MapType.PERCPU_CGROUP_STORAGE, TAKES_BTF);
  set(MapType.REUSEPORT_SOCKARRAY, TAKES_BTF);
  set(MapType.BLOOM_FILTER, TAKES_BTF | NO_KEY);
  const storage = TAKES_BTF | HAS_LOCKS | HAS_KPTRS;
  set(MapType.SK_STORAGE, storage);
  set(MapType.INODE_STORAGE, storage);
  set(MapType.TASK_STORAGE, storage | HAS_UPTRS);
  set(MapType.CGRP_STORAGE, storage);
  set(MapType.PERF_EVENT_ARRAY, BTF_ENOTSUPP);
  set(MapType.STACK_TRACE, BTF_ENOTSUPP);
  set(MapType.CGROUP_ARRAY, BTF_ENOTSUPP);
  set(MapType.ARRAY_OF_MAPS, BTF_ENOTSUPP);
  set(MapType.HASH_OF_MAPS, BTF_ENOTSUPP);
  set(MapType.DEVMAP, BTF_ENOTSUPP);
  set(MapType.DEVMAP_HASH, BTF_ENOTSUPP);
  set(MapType.SOCKMAP, BTF_ENOTSUPP);
  set(MapType.SOCKHASH, BTF_ENOTSUPP);
  set(MapType.CPUMAP, BTF_ENOTSUPP);
  set(MapType.XSKMAP, BTF_ENOTSUPP);
}

/** The rule that lets a map type's values have a special field. */
export function rule_of_field(kind: u32): u32 {
  switch (kind) {
    case BtfField.SPIN_LOCK:
    case BtfField.RES_SPIN_LOCK: return HAS_LOCKS;
    case BtfField.TIMER:
    case BtfField.WORKQUEUE:
    case BtfField.TASK_WORK: return HAS_CALLBACKS;
    case BtfField.LIST_HEAD:
    case BtfField.RB_ROOT: return HAS_GRAPHS;
    case BtfField.UPTR: return HAS_UPTRS;
    default: return HAS_KPTRS;
  }
}
