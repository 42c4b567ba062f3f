import { Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { heap_alloc, heap_free } from "../mem/heap";
import { Obj } from "../object/object";

// The header that every map starts with, in a private block. A map type extends it with what it needs.
//
//   Obj: refcnt, next_dead, type, id │ shape as given at create │ what the syscall layer needs to know of values │ type's own

@unmanaged
export class Map extends Obj {
  key_size: u32;
  value_size: u32;
  max_entries: u32;
  /** As info reports them: without RDONLY and WRONLY, which belong to the fd. */
  map_flags: u32;
  name_low: u64;
  name_high: u64;
  /** Bytes that one value takes in a user buffer: value_size, or round_up(value_size, 8) × CPUs. */
  user_value_size: u32;
  /** 1 once BPF_MAP_FREEZE succeeded. */
  frozen: u32;
  /** 1 when excl_prog_hash was given: such a map is no inner map template. */
  exclusive: u32;
  /** What helper/ may do with a key in registers: of 4 bytes WORD_ bits, of 16 WIDE_GROUPS, or 0. */
  word_keys: u32;
  map_extra: u64;
}
/** What struct bpf_map_info begins with, in its order: from `type` to the name. */
export const INFO_FIELDS: usize = offsetof<Map>("type");
if (offsetof<Map>() % 8 != 0) ERROR("Map must end 8-byte aligned: a subclass must not use its padding");

/** A hash table of seeded 4-byte keys: its lookups need nothing else of the map's type. */
export const WORD_LOOKUP: u32 = 1;
/** Its updates are the plain hash map's, of values that have 4 bytes, too, and it is not frozen. */
export const WORD_UPDATE: u32 = 2;
/** Its elements lie in groups. */
export const WORD_GROUPS: u32 = 4;
/** Its values have 4 bytes, so that elements have 16. */
export const WORD_VALUES: u32 = 8;
/** A trie of 4-byte addresses with 4-byte values. */
export const WORD_PREFIXES: u32 = 16;
/** Not 4-byte keys but seeded ones of 16, whose elements lie in groups. */
export const WIDE_GROUPS: u32 = 32;
/** Nothing of that, but that values have special fields (special_fields.ts). */
export const SPECIAL_FIELDS: u32 = 64;

/** An address from a map operation, or a negated errno in the last 4 KiB of the address space, which hold no element. */
@inline
export function is_err(ptr: usize): bool {
  return <u32>ptr > 0xfffff000;
}

@inline
export function err_ptr(errno: i32): usize {
  return <usize>(<u32>-errno);
}

/**
 * Gives a new map the one block of its type, whose address is the first field behind this header: 0 or -ENOMEM. A map
 * that could not be made whole is freed as any other, so every block's address is 0 or good.
 */
export function give_block(map: usize, size: u64, kind: u32): i32 {
  const block = heap_alloc(size, kind);
  store<usize>(map, block, offsetof<Map>());
  return block ? 0 : -Errno.ENOMEM;
}

export function free_block(map: usize): void {
  heap_free(load<usize>(map, offsetof<Map>()));
}

/** Flags that only the map's fd carries. */
export const FD_FLAGS: u32 = MapFlag.RDONLY | MapFlag.WRONLY;
/** Flags on what programs may do; both together are refused. */
export const PROG_FLAGS: u32 = MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;

/** 0 when map_flags has no bit outside `allowed`, and not both program flags; else -EINVAL. */
export function check_flags(attr: CreateAttr, allowed: u32): i32 {
  const flags = attr.map_flags;
  if (flags & ~allowed) return -Errno.EINVAL;
  return (flags & PROG_FLAGS) == PROG_FLAGS ? -Errno.EINVAL : 0;
}

/** What most types check first: entries, the size that their keys have, a value, flags. */
export function check_shape(attr: CreateAttr, key_size: u32, allowed: u32): i32 {
  if (attr.max_entries == 0 || attr.key_size != key_size || attr.value_size == 0) return -Errno.EINVAL;
  return check_flags(attr, allowed);
}

/** NUMA node "none", which a per-CPU map accepts in place of a real node. */
export const NUMA_NO_NODE: u32 = 0xffffffff;

/** Whether the attr asks for memory on one real NUMA node. */
@inline
export function wants_numa_node(attr: CreateAttr): bool {
  return (attr.map_flags & MapFlag.NUMA_NODE) != 0 && attr.numa_node != NUMA_NO_NODE;
}

/** Largest single block, so that a size in u64 can be refused before it is asked for. */
export const BLOCK_SIZE_MAX: u64 = 0xffff0000;

if (Limit.OBJ_NAME_LEN != 16) ERROR("Map keeps the name in two u64");
