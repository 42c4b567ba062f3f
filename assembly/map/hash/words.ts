import { ElemFlag, Errno } from "../../uapi/constants";
import { WIDE_GROUPS, WORD_GROUPS, WORD_LOOKUP, WORD_UPDATE, WORD_VALUES, err_ptr, is_err } from "../map";
import { find_word_in_chains } from "./chains";
import { find_wide_in_groups, find_word_in_groups } from "./groups";
import { read_failed } from "../../mem/lock";
import { RESTART } from "../../mem/section";
import { check_existence } from "./hash";
import { hash_wide_key } from "./hash_fn";
import { HashMap, WORD_STRIDE, WORD_VALUE_OFFSET, hash_of_word, value_of } from "./hash_map";
import { lock_stripe, watch_stripe } from "./stripe";
import { insert } from "./table";

// Operations on keys of 4 and 16 bytes that are given in registers: for host/, whose rows 1 to 5 count every instruction. The
// fewer stand between two lookups, the more of their cache misses the CPU has under way at once. What such a map is, its
// word_keys say in one load; anything else answers ENOTSUPP. A map may be of any type.

const PAIRS: u32 = WORD_VALUES | WORD_GROUPS;
const PAIR_UPDATES: u32 = WORD_UPDATE | WORD_GROUPS;

/** Address of the value of a 4-byte key; ENOENT, or ENOTSUPP. */
@inline
export function hash_lookup_u32(map: HashMap, key: u32): usize {
  if (!(map.word_keys & WORD_GROUPS)) return lookup_in_chains(map, key);
  const hash = hash_of_word(map, key);
  watch_stripe(map, hash);
  const element = find_word_in_groups(map, key, hash, map.stride, true);
  return element ? element + WORD_VALUE_OFFSET : err_ptr(Errno.ENOENT);
}

function lookup_in_chains(map: HashMap, key: u32): usize {
  if (!(map.word_keys & WORD_LOOKUP)) return err_ptr(Errno.ENOTSUPP);
  const element = find_word_in_chains(map, key, hash_of_word(map, key));
  return element ? element + WORD_VALUE_OFFSET : err_ptr(Errno.ENOENT);
}

/** The same of a 16-byte key given as two numbers, in groups only. */
@inline
export function hash_lookup_u128(map: HashMap, low: u64, high: u64): usize {
  if (!(map.word_keys & WIDE_GROUPS)) return err_ptr(Errno.ENOTSUPP);
  const hash = hash_wide_key(low, high, map.seed0, map.seed1);
  watch_stripe(map, hash);
  const element = find_wide_in_groups(map, low, high, hash);
  return element ? value_of(map, element) : err_ptr(Errno.ENOENT);
}

/** Whether hash_find_pair may be asked: keys and values of 4 bytes, in groups. */
@inline
export function has_pairs(map: HashMap): bool {
  return (map.word_keys & PAIRS) == PAIRS;
}

/** The element of a 4-byte key with a 4-byte value (pair_value), or 0. */
@inline
export function hash_find_pair(map: HashMap, key: u32): usize {
  const hash = hash_of_word(map, key);
  watch_stripe(map, hash);
  return find_word_in_groups(map, key, hash, WORD_STRIDE, true);
}

@inline
export function pair_value(element: usize): u32 {
  return load<u32>(element, WORD_VALUE_OFFSET);
}

/** Update of a 4-byte key with a 4-byte value: 0 or -errno; ENOTSUPP for a frozen map, too, and for unknown flags. */
@inline
export function hash_update_pair(map: HashMap, key: u32, value: u32, flags: u32): i32 {
  if ((map.word_keys & PAIR_UPDATES) != PAIR_UPDATES || flags > <u32>ElemFlag.EXIST) {
    return update_in_chains(map, key, value, flags);
  }
  const hash = hash_of_word(map, key);
  if (!lock_stripe(map, hash)) return -RESTART;
  return put_pair(map, key, value, flags, hash, find_word_in_groups(map, key, hash, WORD_STRIDE, false));
}

/** Threads: the same by who has the lock of the key's stripe, in a map of which hasty_lock says that it may be. */
@inline
export function hash_update_locked(map: HashMap, key: u32, value: u32, flags: u32): i32 {
  if (flags > <u32>ElemFlag.EXIST) return -Errno.ENOTSUPP;
  const hash = hash_of_word(map, key);
  return put_pair(map, key, value, flags, hash, find_word_in_groups(map, key, hash, WORD_STRIDE, false));
}

function update_in_chains(map: HashMap, key: u32, value: u32, flags: u32): i32 {
  if (!(map.word_keys & WORD_UPDATE) || flags > <u32>ElemFlag.EXIST) return -Errno.ENOTSUPP;
  const hash = hash_of_word(map, key);
  if (!lock_stripe(map, hash)) return -RESTART;
  return put_pair(map, key, value, flags, hash, find_word_in_chains(map, key, hash));
}

/**
 * In one piece, without a call where a key has its place: what calls store on the stack fills the CPU's queue of stores, which
 * then waits for each new element's cache line. With calls row 4 took 1.2 of this.
 */
@inline
function put_pair(map: HashMap, key: u32, value: u32, flags: u32, hash: u32, element: usize): i32 {
  if (read_failed()) return -RESTART;
  const error = check_existence(element != 0, flags);
  if (error) return error;
  if (!element) {
    element = insert(map, hash);
    if (is_err(element)) return <i32>element;
    store<u32>(element, key);
  }
  if (ASC_FEATURE_THREADS) store_word_unlogged(element + WORD_VALUE_OFFSET, value);
  else store<u32>(element, value, WORD_VALUE_OFFSET);
  return 0;
}

/** The last store of an update: with it, it is done, and without it, it never was. */
function store_word_unlogged(ptr: usize, value: u32): void {
  store<u32>(ptr, value);
}
