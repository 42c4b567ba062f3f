import { KIND_PRIVATE } from "../../mem/chunk";
import { heap_alloc } from "../../mem/heap";

// A node of the trie under BPF_MAP_TYPE_LPM_TRIE, in private memory:
//
//   byte   0        4        8        12          16
//          ┌────────┬────────┬────────┬───────────┬───────────────────────────┐
//          │ child0 │ child1 │element │ prefixlen │ bits: u32 words, the first│
//          │        │        │        │           │ bit is word 0's top bit   │
//          └────────┴────────┴────────┴───────────┴───────────────────────────┘
//   child0, child1   the nodes whose next bit after the prefix is 0, or 1; 0 = none
//   element          key and value, in a data chunk; 0 in an intermediate node, which exists only to branch
//                    and so always has both children
//   bits             as many words as the prefix needs, at least one. What follows the prefix in the last word is of no
//                    meaning: comparisons stop at prefixlen
//
// A child's prefix starts with its parent's, and is longer: walks end after at most 2049 nodes whatever is in data
// memory, because no decision is read from there. Keys are compared a word at a time as big-endian numbers, where the
// length of the common prefix is one XOR and one count of leading zeros. A node of an IPv4 trie takes 24 bytes.

@unmanaged
export class LpmNode {
  child0: usize;
  child1: usize;
  element: usize;
  prefixlen: u32;
}
const NODE_WORDS: usize = offsetof<LpmNode>();

/** Bytes of a key in front of its data: the u32 prefixlen. */
export const KEY_DATA: usize = 4;

@inline
export function node_of(ptr: usize): LpmNode {
  return changetype<LpmNode>(ptr);
}

@inline
export function node_word(node: LpmNode, word: u32): u32 {
  return load<u32>(changetype<usize>(node) + (<usize>word << 2), NODE_WORDS);
}

/** Where the address of a node's child for this bit is kept. */
@inline
export function child_link(node: LpmNode, bit: u32): usize {
  return changetype<usize>(node) + (<usize>bit << 2);
}

@inline
export function node_bit(node: LpmNode, index: u32): u32 {
  return (node_word(node, index >> 5) >> (~index & 31)) & 1;
}

@inline
export function key_bit(key: usize, index: u32): u32 {
  return (<u32>load<u8>(key + (index >> 3), KEY_DATA) >> (~index & 7)) & 1;
}

/** A word of a key's data as a big-endian number, with zeros where the data ends; reads nothing behind the key. */
export function key_word(key: usize, word: u32, key_size: u32): u32 {
  const offset = KEY_DATA + (<usize>word << 2);
  if (offset + 4 <= <usize>key_size) return bswap<u32>(load<u32>(key + offset));
  return key_tail(key + offset, key_size - <u32>offset);
}

function key_tail(from: usize, size: u32): u32 {
  let word = <u32>load<u8>(from) << 24;
  if (size > 1) word |= <u32>load<u8>(from, 1) << 16;
  if (size > 2) word |= <u32>load<u8>(from, 2) << 8;
  return word;
}

/** Leading bits that a node and a key share, at most `limit`, which neither prefix is shorter than. `known` of them are. */
export function common_bits(node: LpmNode, key: usize, key_size: u32, limit: u32, known: u32): u32 {
  for (let word = known >> 5; word << 5 < limit; ++word) {
    const difference = node_word(node, word) ^ key_word(key, word, key_size);
    if (difference) return min<u32>((word << 5) + <u32>clz(difference), limit);
  }
  return limit;
}

/** A node for the first `prefixlen` bits of a key, without children and element; 0 when memory is at its limit. */
export function node_alloc(key: usize, key_size: u32, prefixlen: u32): usize {
  const words = max<u32>((prefixlen + 31) >> 5, 1);
  const ptr = heap_alloc(NODE_WORDS + (<usize>words << 2), KIND_PRIVATE);
  if (!ptr) return 0;
  node_of(ptr).prefixlen = prefixlen;
  for (let word: u32 = 0; word < words; ++word) {
    store<u32>(ptr + (<usize>word << 2), key_word(key, word, key_size), NODE_WORDS);
  }
  return ptr;
}

if (offsetof<LpmNode>("child1") != 4) ERROR("child_link needs the two children side by side");
