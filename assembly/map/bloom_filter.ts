import { ElemFlag, Errno, Limit, MapFlag } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_DATA } from "../mem/chunk";
import { round_up_pow2 } from "../mem/bytes";
import { next_seed } from "./seed";
import { hash_lookup3, hash_wide, hash_wide_inline } from "./hash/hash_fn";
import { FD_FLAGS, Map, PROG_FLAGS, check_shape, err_ptr, give_block } from "./map";

// BPF_MAP_TYPE_BLOOM_FILTER: a set of bits; a value sets k of them, and may be a member when all of its k are set.
//
//   bit    0 ··· 31   32 ··· 63        bits - 1
//          ┌─────────┬─────────┬ ··· ┬─────────┐
//          │ word 0  │ word 1  │     │         │    u32 words in a data chunk
//          └─────────┴─────────┴ ··· ┴─────────┘
//
// The bits are data: a program may read them and, at worst, spoil the answers of this one filter, because a bit's index
// is made from a value and the private mask and never read from there.
//
// Under BPF_F_ZERO_SEED bit i is lookup3(value, i), so members and false positives are the kernel's own; that is one pass
// over the value per bit. Otherwise nobody may know the hash, so it need not be lookup3: one pass makes 64 bits, and the
// positions are the high words of h, h + d, h + 2d … with d made from h, which for a power of two of bits has the same rate
// of false positives as k independent hashes. The k loads do not depend on each other, so their cache misses overlap.

@unmanaged
export class BloomFilterMap extends Map {
  bits: usize;
  /** Number of bits - 1; the number is a power of two. */
  bit_mask: u32;
  /** Bits per value: map_extra's low four, or 5. */
  nr_hashes: u32;
  /** 1 under BPF_F_ZERO_SEED: bits are the kernel's own. */
  ordered: u32;
  _pad: u32;
  seed0: u64;
  seed1: u64;
}
if (offsetof<BloomFilterMap>() % 8 != 0) ERROR("BloomFilterMap must end 8-byte aligned");

const NR_HASHES_DEFAULT: u32 = 5;
const NR_HASHES_MAX: u64 = 15;
const BITS_MIN: u32 = 64;
/** Largest number of bits below the cap. */
const BITS_MAX: u64 = 1 << 31;

export function bloom_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.value_size > <u32>Limit.QUEUE_VALUE_SIZE_MAX) return -Errno.E2BIG;
  const error = check_shape(attr, 0, MapFlag.NUMA_NODE | MapFlag.ZERO_SEED | FD_FLAGS | PROG_FLAGS);
  if (error) return error;
  return attr.map_extra > NR_HASHES_MAX ? -Errno.EINVAL : 0;
}

/**
 * Number of bits - 1. The best number is entries × k / ln 2, taken as 7/5 and rounded up to a power of two; where that
 * needs more than 31 bits the filter has 2^32.
 */
function bit_mask_for(entries: u32, nr_hashes: u32): u32 {
  const product = <u64>entries * nr_hashes;
  const bits = (product / 5) * 7;
  if (product > u32.MAX_VALUE || bits > BITS_MAX) return u32.MAX_VALUE;
  return bits <= BITS_MIN ? BITS_MIN - 1 : round_up_pow2(<u32>bits) - 1;
}

export function bloom_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<BloomFilterMap>(map_ptr);
  const given = <u32>map.map_extra & 15;
  map.nr_hashes = given ? given : NR_HASHES_DEFAULT;
  map.bit_mask = bit_mask_for(map.max_entries, map.nr_hashes);
  map.ordered = u32((map.map_flags & MapFlag.ZERO_SEED) != 0);
  if (!map.ordered) {
    map.seed0 = next_seed() | 1;
    map.seed1 = next_seed() | 1;
  }
  return give_block(map_ptr, (<u64>map.bit_mask + 1) >> 3, KIND_DATA);
}

@inline
function word_of(map: BloomFilterMap, bit: u32): usize {
  return map.bits + <usize>((bit >> 5) << 2);
}

@inline
function is_set(map: BloomFilterMap, bit: u32): bool {
  return ((load<u32>(word_of(map, bit)) >> (bit & 31)) & 1) != 0;
}

@inline
function set(map: BloomFilterMap, bit: u32): void {
  const word = word_of(map, bit);
  if (ASC_FEATURE_THREADS) {
    // No lock: a bit that is set stays set, and one more than a whole value has does no harm.
    atomic.or<u32>(word, 1 << (bit & 31));
    return;
  }
  store<u32>(word, load<u32>(word) | (1 << (bit & 31)));
}

/** Distance between the positions of one value: odd, so that it is never zero. */
@inline
function step_of(hash: u64): u64 {
  return ((hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9) | 1;
}

/** An address (that of the bits) when the value may be a member, ENOENT when it is not. */
export function bloom_lookup(map_ptr: usize, value: usize): usize {
  const map = changetype<BloomFilterMap>(map_ptr);
  const count = map.nr_hashes;
  const mask = map.bit_mask;
  if (map.ordered) {
    for (let i: u32 = 0; i < count; ++i) {
      if (!is_set(map, hash_lookup3(value, map.value_size, i) & mask)) return err_ptr(Errno.ENOENT);
    }
    return map.bits;
  }
  let hash = hash_wide_inline(value, map.value_size, map.seed0, map.seed1);
  const step = step_of(hash);
  for (let i: u32 = 0; i < count; ++i) {
    if (!is_set(map, <u32>(hash >> 32) & mask)) return err_ptr(Errno.ENOENT);
    hash += step;
  }
  return map.bits;
}

/** Adds a value. Never full: with more than max_entries values false positives become more frequent. */
export function bloom_push(map_ptr: usize, _key: usize, value: usize, flags: u64): i32 {
  const map = changetype<BloomFilterMap>(map_ptr);
  if (flags != ElemFlag.ANY) return -Errno.EINVAL;
  const count = map.nr_hashes;
  const mask = map.bit_mask;
  if (map.ordered) {
    for (let i: u32 = 0; i < count; ++i) set(map, hash_lookup3(value, map.value_size, i) & mask);
    return 0;
  }
  let hash = hash_wide(value, map.value_size, map.seed0, map.seed1);
  const step = step_of(hash);
  for (let i: u32 = 0; i < count; ++i) {
    set(map, <u32>(hash >> 32) & mask);
    hash += step;
  }
  return 0;
}
