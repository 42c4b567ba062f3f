import { Engine, Errno } from "../uapi/constants";
import { Frame, frame, frame_ptr } from "../mem/frame";
import { user_ok, user_run_ok } from "../mem/user";
import { Map, WIDE_GROUPS, WORD_GROUPS, WORD_LOOKUP, WORD_VALUES, err_ptr } from "../map/map";
import { hash_lookup } from "../map/hash";
import { HashMap, WORD_VALUE_OFFSET, hash_of_word } from "../map/hash_map";
import { find_word_in_chains } from "../map/hash_chain";
import { find_word_in_groups } from "../map/hash_group";
import { ops_lookup } from "../map/ops";
import { BATCH_BUCKETS, VALUE_IS_INPUT, VALUE_IS_MAP, ops_traits } from "../map/traits";
import { fd_object, fd_plain, fd_word } from "../object/fd";
import { CAN_READ, may_use, refusal } from "../user/access";
import { key_in } from "../user/copy";

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
  const traits = ops_traits(map.type);
  if ((traits & (BATCH_BUCKETS | VALUE_IS_MAP)) != BATCH_BUCKETS) return lookup_other(map, traits, key);
  if (!user_run_ok(key, map.key_size)) return err_ptr(Errno.EFAULT);
  return hash_lookup(changetype<usize>(map), key_in(key, map.key_size));
}

function lookup_other(map: Map, traits: u32, key: usize): usize {
  if (map.key_size == 0 || traits & (VALUE_IS_INPUT | VALUE_IS_MAP)) return err_ptr(Errno.ENOTSUPP);
  if (!user_ok(key, map.key_size)) return err_ptr(Errno.EFAULT);
  return ops_lookup(map.type, changetype<usize>(map), key_in(key, map.key_size));
}

/**
 * The same for a 4-byte key given as a number, in hash tables with seeded hashing: neither a key block nor a check of it.
 * Every instruction counts here: the fewer stand between two lookups, the more of their cache misses the CPU has under
 * way at once. -ENOTSUPP sends everything out of the ordinary to lookup_address.
 */
@inline
export function lookup_word_address(fd: u32, key: u32): usize {
  // An fd without a map answers NO_OBJECT: no map, no rights, in one look.
  const map = changetype<HashMap>(fd_plain(fd));
  if (!(map.word_keys & WORD_GROUPS)) return lookup_word_other(map, key);
  const record = find_word_in_groups(map, key, hash_of_word(map, key), false, true);
  return record ? record + WORD_VALUE_OFFSET : err_ptr(Errno.ENOENT);
}

function lookup_word_other(map: HashMap, key: u32): usize {
  if (!(map.word_keys & WORD_LOOKUP)) return err_ptr(Errno.ENOTSUPP);
  const record = find_word_in_chains(map, key, hash_of_word(map, key));
  return record ? record + WORD_VALUE_OFFSET : err_ptr(Errno.ENOENT);
}

/**
 * The same for a 16-byte key given as two numbers, in hash tables with seeded hashing whose records lie in groups: the
 * caller needs no view over memory, and nothing needs to be checked. In cache a `has` takes 0.67 of what it took.
 */
@inline
export function lookup_wide_address(fd: u32, low: u64, high: u64): usize {
  const map = changetype<HashMap>(fd_plain(fd));
  if (!(map.word_keys & WIDE_GROUPS)) return err_ptr(Errno.ENOTSUPP);
  frame().wide_key_low = low;
  frame().wide_key_high = high;
  return hash_lookup(changetype<usize>(map), frame_ptr() + offsetof<Frame>("wide_key_low"));
}

/**
 * The value itself, of a 4-byte key in a hash map whose values have 4 bytes, too. One value in 2^32 is the answer for
 * "ask last_error", so that the other answers need no second word. Measured: reading a value from memory in JavaScript
 * takes 20 instructions, a seventh of a get.
 */
@inline
export function lookup_words_value(fd: u32, key: u32): u32 {
  const map = changetype<HashMap>(fd_plain(fd));
  if ((map.word_keys & WORDS) != WORDS) return unclear(-Errno.ENOTSUPP);
  const record = find_word_in_groups(map, key, hash_of_word(map, key), true, true);
  if (!record) return unclear(-Errno.ENOENT);
  const value = load<u32>(record, WORD_VALUE_OFFSET);
  return value == <u32>Engine.UNCLEAR ? unclear(0) : value;
}

const WORDS: u32 = WORD_VALUES | WORD_GROUPS;

function unclear(error: i32): u32 {
  frame().last_error = error;
  return Engine.UNCLEAR;
}
