import { ElemFlag, Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { fd_object, fd_plain, fd_word } from "../object/fd";
import { Map, WORD_GROUPS, WORD_UPDATE, is_err } from "../map/map";
import { check_existence, insert_record } from "../map/hash";
import { find_word_in_chains } from "../map/hash_chain";
import { find_word_in_groups } from "../map/hash_group";
import { HashMap, WORD_VALUE_OFFSET, hash_of_word } from "../map/hash_map";
import { ops_update } from "../map/ops";
import { CAN_WRITE, may_use, refusal } from "../user/access";
import { key_in, value_in } from "../user/copy";

/** UPDATE_ELEM with its arguments in registers instead of an attr. See index.ts. */
export function update_with(fd: u32, key: usize, value: usize, flags: u32): i32 {
  const word = fd_word(fd);
  if (!may_use(word, CAN_WRITE)) return refusal(word);
  const ptr = fd_object(word);
  const map = changetype<Map>(ptr);
  if (map.key_size == 0) return -Errno.ENOTSUPP;
  if (!user_ok(key, map.key_size) || !user_ok(value, map.user_value_size)) return -Errno.EFAULT;
  return ops_update(map.type, ptr, key_in(key, map.key_size), value_in(map, value), flags);
}

/**
 * The same for a 4-byte key and a 4-byte value, both given as numbers, in hash maps with seeded hashing. -ENOTSUPP sends
 * everything out of the ordinary, a frozen map too, to update_with.
 */
@inline
export function update_words_with(fd: u32, key: u32, value: u32, flags: u32): i32 {
  // An fd without a map answers NO_OBJECT: see lookup_word_address.
  const map = changetype<HashMap>(fd_plain(fd));
  if ((map.word_keys & WORDS) != WORDS || flags > <u32>ElemFlag.EXIST) return update_words_other(map, key, value, flags);
  const hash = hash_of_word(map, key);
  return put_word(map, key, value, flags, hash, find_word_in_groups(map, key, hash, true, false));
}

const WORDS: u32 = WORD_UPDATE | WORD_GROUPS;

function update_words_other(map: HashMap, key: u32, value: u32, flags: u32): i32 {
  if (!(map.word_keys & WORD_UPDATE) || flags > <u32>ElemFlag.EXIST) return -Errno.ENOTSUPP;
  const hash = hash_of_word(map, key);
  return put_word(map, key, value, flags, hash, find_word_in_chains(map, key, hash));
}

/**
 * In one piece, without a call where a key has its place: what calls store on the stack fills the CPU's queue of stores, which
 * then waits for each new record's cache line. With calls an insert took 1.2 of this.
 */
@inline
function put_word(map: HashMap, key: u32, value: u32, flags: u32, hash: u32, record: usize): i32 {
  const error = check_existence(record != 0, flags);
  if (error) return error;
  if (!record) {
    record = insert_record(map, hash);
    if (is_err(record)) return <i32>record;
    store<u32>(record, key);
  }
  store<u32>(record, value, WORD_VALUE_OFFSET);
  return 0;
}
