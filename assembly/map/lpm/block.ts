import { KIND_PRIVATE } from "../../mem/chunk";
import { heap_alloc } from "../../mem/heap";
import { child_link, node_of, node_word } from "./node";

// Answers: what a lookup learns from the first bits of an address, without a look at a node.
//
//   ...00   the element of the longest prefix, or 0: the answer itself
//   ...01   a node, to go on from: longer prefixes lie in the slot
//   ...10   a block (in slots of the direct table only): 2^BLOCK_BITS answers, one for each value of the next bits
//
// A block stands below a slot where a walk would be long. It knows nothing but prefixes that lie in its slot, so that a
// short prefix, which covers many slots, has no business with blocks. A lookup whose address is in none of the prefixes
// that the answer stands for goes on with what the slot says.
//
// Answers repeat what the nodes say. Those that a changed prefix covers are worked out anew, at most 2^BLOCK_BITS of
// them.

export const IS_NODE: u32 = 1;
export const IS_BLOCK: u32 = 2;

/** Over the prefixes of table.ts lookups took 1.09, 1.05 and 1 with 4, 5 and 6 bits, loading 0.95, 0.98 and 1. */
export const BLOCK_BITS: u32 = 5;

/**
 * The answer for a slot of `bits` bits, which `word` begins with, in the tree under `ptr`, where `best` is the element
 * of the longest prefix above. With 32 bits it is the longest match itself.
 */
export function answer_of(word: u32, bits: u32, ptr: usize, best: usize): u32 {
  while (ptr) {
    const node = node_of(ptr);
    const len = node.prefixlen;
    if (min<u32>(len, bits) > <u32>clz(node_word(node, 0) ^ word)) break;
    if (len > bits || (len == bits && (node.child0 | node.child1) != 0)) return <u32>ptr | IS_NODE;
    if (node.element) best = node.element;
    // A node of `bits` bits is a leaf here: that the shift wraps at 32 does not matter.
    ptr = load<u32>(child_link(node, (word >> (~len & 31)) & 1));
  }
  return <u32>best;
}

/** A block of nothing, or 0 when memory is at its limit. */
export function block_alloc(): usize {
  return heap_alloc(4 << BLOCK_BITS, KIND_PRIVATE);
}

/** Where a block keeps its answer for this first word; `bits` is how many bits led to the block. */
@inline
export function block_slot(block: usize, word: u32, bits: u32): usize {
  return block + (((word << bits) >> (32 - BLOCK_BITS)) << 2);
}

/** Works out the answers of a block that the prefix of `prefixlen` bits covers, or the one that covers the prefix. */
export function block_fill(block: usize, word: u32, bits: u32, prefixlen: u32, sub: usize): void {
  const end = bits + BLOCK_BITS;
  let count: u32 = 1;
  if (prefixlen < end) {
    count <<= end - prefixlen;
    word &= -1 << (32 - prefixlen);
  }
  for (; count; --count, word += 1 << (32 - end)) {
    store<u32>(block_slot(block, word, bits), answer_of(word, end, sub, 0));
  }
}
