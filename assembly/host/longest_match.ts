import { Errno } from "../uapi/constants";
import { fd_plain } from "../object/fd";
import { WORD_PREFIXES } from "../map/map";
import { LpmTrie } from "../map/lpm_table";
import { lpm_find_word } from "../map/lpm_trie";

/** Where the value begins in a record whose key has 8 bytes. */
const VALUE_OFFSET: usize = 8;

/**
 * The value of the longest prefix of a 4-byte address, in tries whose values have 4 bytes, too. The answer is a float,
 * in which every value and every errno has a place. What decides over time is how often the CPU guesses wrong, because
 * it then does not see the next lookup's cache misses: so that an address is in no prefix is no branch. At address 0,
 * where there is no record, a 0 is read, and from that 2, the number of ENOENT, is taken.
 */
@inline
export function longest_match_value(fd: u32, address: u32): f64 {
  // An fd without a map answers 0, and the first KiB of memory is zero: no map, no rights, in one look.
  const map = changetype<LpmTrie>(fd_plain(fd));
  if (!(map.word_keys & WORD_PREFIXES)) return -Errno.ENOTSUPP;
  const record = lpm_find_word(map, address);
  return <f64>(<i64>load<u32>(record, VALUE_OFFSET) - (<i64>(record == 0) << 1));
}
if (Errno.ENOENT != 2) ERROR("longest_match_value makes ENOENT of a bit");
