import { Engine, Errno } from "../uapi/constants";
import { frame } from "../mem/frame";
import { fd_plain } from "../object/fd";
import { WORD_PREFIXES } from "../map/map";
import { LpmTrie } from "../map/lpm/table";
import { lpm_find_word } from "../map/lpm/trie";

/** Where the value begins in an element whose key has 8 bytes. */
const VALUE_OFFSET: usize = 8;
/** What is read where no prefix matches: a key of 8 bytes and the value that sends the caller to last_error. */
const NO_ELEMENT: usize = memory.data<u32>([0, 0, Engine.UNCLEAR, 0]);

/**
 * The value of the longest prefix of a 4-byte address, in tries whose values have 4 bytes, too; or Engine.UNCLEAR, and why in
 * last_error. Whether there is a prefix is no branch: a CPU that guesses wrong does not see the next lookup's cache misses
 * (bench row "lpm_trie: lookup").
 */
@inline
export function longest_match_value(fd: u32, address: u32): u32 {
  // An fd without a map answers NO_OBJECT: no map, no rights, in one look.
  const map = changetype<LpmTrie>(fd_plain(fd));
  if (!(map.word_keys & WORD_PREFIXES)) {
    frame().last_error = -Errno.ENOTSUPP;
    return Engine.UNCLEAR;
  }
  const element = lpm_find_word(map, address);
  frame().last_error = select<i32>(0, -Errno.ENOENT, element != 0);
  return load<u32>(select<usize>(element, NO_ELEMENT, element != 0), VALUE_OFFSET);
}
