import { Engine, Errno } from "../uapi/constants";
import { frame } from "../mem/frame";
import { user_ok, user_run_ok } from "../mem/user";
import { Map, err_ptr, is_err } from "../map/map";
import { hash_lookup } from "../map/hash/hash";
import { HASTY_ABSENT, HASTY_FOUND, hasty_value } from "../map/hash/hasty";
import { HashMap } from "../map/hash/hash_map";
import { has_pairs, hash_find_pair, hash_lookup_u128, hash_lookup_u32, pair_value } from "../map/hash/words";
import { ops_lookup } from "../map/ops";
import { has_special_fields } from "../map/special_fields";
import { BATCH_BUCKETS, VALUE_IS_INPUT, VALUE_IS_MAP, VALUE_IS_PROG, ops_traits } from "../map/traits";
import { fd_object, fd_plain, fd_word } from "../object/fd";
import { check_generation } from "../mem/cpu";
import { read_again, read_failed } from "../mem/lock";
import { RESTART, gate_word, is_open } from "../mem/section";
import { CAN_READ, may_use, refusal } from "../user/access";
import { key_in, value_apart } from "../user/copy";

/**
 * A lookup that answers with the value's address instead of a copy, as a program's lookup does: no attr to decode, no
 * value buffer to check, nothing copied. The address is good until the element is deleted. See index.ts.
 *
 * Measured at 1,000 elements in cache, beside LOOKUP_ELEM through bpf() at 1: this with the table's indirect call 0.78, with
 * the hash table's lookup called by name 0.52. So it is called directly where the traits say
 * that the row's LOOKUP is the plain hash table's.
 */
export function lookup_address(fd: u32, key: usize): usize {
  const word = fd_word(fd);
  if (!may_use(word, CAN_READ)) return <usize>refusal(word);
  const map = changetype<HashMap>(fd_object(word));
  if (has_special_fields(map)) return err_ptr(Errno.ENOTSUPP);
  const traits = ops_traits(map.type);
  if ((traits & (BATCH_BUCKETS | VALUE_IS_MAP)) != BATCH_BUCKETS) return lookup_other(map, traits, key);
  if (!user_run_ok(key, map.key_size)) return err_ptr(Errno.EFAULT);
  const copy = key_in(key, map.key_size);
  if (ASC_FEATURE_THREADS && is_err(copy)) return copy;
  let found: usize;
  do found = value_apart(map, hash_lookup(changetype<usize>(map), copy));
  while (read_again());
  return read_failed() ? err_ptr(RESTART) : found;
}

function lookup_other(map: Map, traits: u32, key: usize): usize {
  if (map.key_size == 0 || traits & (VALUE_IS_INPUT | VALUE_IS_MAP | VALUE_IS_PROG)) return err_ptr(Errno.ENOTSUPP);
  if (!user_ok(key, map.key_size)) return err_ptr(Errno.EFAULT);
  const copy = key_in(key, map.key_size);
  let found: usize;
  do found = value_apart(map, ops_lookup(map.type, changetype<usize>(map), copy));
  while (read_again());
  return read_failed() ? err_ptr(RESTART) : found;
}

/**
 * The same for a 4-byte key given as a number, in hash tables with seeded hashing: neither a key block nor a check of it.
 * -ENOTSUPP sends everything out of the ordinary to lookup_address.
 */
@inline
export function lookup_word_address(fd: u32, key: u32): usize {
  // An fd without a map answers NO_OBJECT: no map, no rights, in one look.
  const map = changetype<HashMap>(fd_plain(fd));
  let found: usize;
  do found = value_apart(map, hash_lookup_u32(map, key));
  while (read_again());
  return read_failed() ? err_ptr(RESTART) : found;
}

/**
 * The same for a 16-byte key given as two numbers, in hash tables with seeded hashing whose elements lie in groups: the
 * caller needs no view over memory, and nothing needs to be checked. In cache a `has` takes 0.67 of what it took.
 */
@inline
export function lookup_wide_address(fd: u32, low: u64, high: u64): usize {
  const map = changetype<HashMap>(fd_plain(fd));
  let found: usize;
  do found = value_apart(map, hash_lookup_u128(map, low, high));
  while (read_again());
  return read_failed() ? err_ptr(RESTART) : found;
}

/**
 * The value itself, of a 4-byte key in a hash map whose values have 4 bytes, too. One value in 2^32 is the answer for
 * "ask last_error", so that the other answers need no second word. Measured: reading a value from memory in JavaScript
 * takes 20 instructions, a seventh of a get.
 */
@inline
export function lookup_words_value(fd: u32, key: u32): u32 {
  const map = changetype<HashMap>(fd_plain(fd));
  if (!has_pairs(map)) return unclear(-Errno.ENOTSUPP);
  let element: usize;
  let value: u32;
  do {
    element = hash_find_pair(map, key);
    value = ASC_FEATURE_THREADS && element ? pair_value(element) : 0;
  } while (read_again());
  if (!element) return unclear(-Errno.ENOENT);
  if (!ASC_FEATURE_THREADS) value = pair_value(element);
  return value == <u32>Engine.UNCLEAR ? unclear(0) : value;
}

/** Threads: the same in haste, without a section (map/hash/hasty.ts). 0: not so. */
@inline
export function lookup_words_in_haste(fd: u32, key: u32): u64 {
  const gate = gate_word();
  return is_open(gate) ? hasty_value(changetype<HashMap>(fd_plain(fd)), key, gate) : 0;
}

/** What value_u32 answers to that. */
@inline
export function value_of_haste(answer: u64): u32 {
  if (answer & HASTY_FOUND && <u32>answer != <u32>Engine.UNCLEAR) return <u32>answer;
  // What is noted now is noted for a thread that has its CPU.
  check_generation();
  if (answer & HASTY_ABSENT) return unclear(-Errno.ENOENT);
  return unclear(0);
}

function unclear(error: i32): u32 {
  frame().last_error = error;
  return Engine.UNCLEAR;
}
