import { MapType } from "../uapi/constants";
import { id_find, id_next } from "../object/id";
import { OBJ_MAP } from "../object/object";
import { Map } from "../map/map";
import { BLOCK_BITS, IS_BLOCK, answer_of, block_slot } from "../map/lpm/block";
import { LpmNode, node_bit, node_of, node_word } from "../map/lpm/node";
import { LpmTrie, slot_best, slot_of, slot_sub } from "../map/lpm/table";

/** Every trie is one, holds as many elements as it says, and its table says what the nodes say. */
export function check_lpm_tries(): i32 {
  for (let id = id_next(OBJ_MAP, 0); id; id = id_next(OBJ_MAP, id)) {
    const ptr = id_find(OBJ_MAP, id);
    if (changetype<Map>(ptr).type != MapType.LPM_TRIE) continue;
    const broken = check_trie(changetype<LpmTrie>(ptr));
    if (broken) return broken;
  }
  return 0;
}

function check_trie(map: LpmTrie): i32 {
  const count = count_under(map, map.top);
  if (count < 0) return 301;
  if (<u32>count != map.count || map.count > map.max_entries) return 302;
  if (!map.table_bits) return map.table ? 303 : 0;
  const bits = map.table_bits;
  for (let index: u32 = 0; index < <u32>1 << bits; ++index) {
    const broken = check_slot(map, index << (32 - bits));
    if (broken) return broken;
  }
  return 0;
}

/** Elements among a node and what hangs below it; -1 when a node is not where its prefix says, or branches nothing. */
function count_under(map: LpmTrie, ptr: usize): i32 {
  if (!ptr) return 0;
  const node = node_of(ptr);
  if (node.prefixlen > map.prefixlen_max || (!node.element && (!node.child0 || !node.child1))) return -1;
  const count0 = in_place(node, node.child0, 0) ? count_under(map, node.child0) : -1;
  const count1 = in_place(node, node.child1, 1) ? count_under(map, node.child1) : -1;
  return count0 < 0 || count1 < 0 ? -1 : count0 + count1 + i32(node.element != 0);
}

function in_place(node: LpmNode, child: usize, bit: u32): bool {
  if (!child) return true;
  const below = node_of(child);
  if (below.prefixlen <= node.prefixlen || node_bit(below, node.prefixlen) != bit) return false;
  for (let index: u32 = 0; index < node.prefixlen; ++index) {
    if (node_bit(below, index) != node_bit(node, index)) return false;
  }
  return true;
}

function check_slot(map: LpmTrie, word: u32): i32 {
  const bits = map.table_bits;
  // Down from the top, for the longest prefix above the slot and the first node in it.
  let best: usize = 0;
  let ptr = map.top;
  while (ptr) {
    const node = node_of(ptr);
    if (min<u32>(node.prefixlen, bits) > <u32>clz(node_word(node, 0) ^ word)) ptr = 0;
    if (!ptr || node.prefixlen >= bits) break;
    if (node.element) best = node.element;
    ptr = (word >> (31 - node.prefixlen)) & 1 ? node.child1 : node.child0;
  }
  const slot = slot_of(map, word);
  if (slot_best(map, slot) != best) return 304;
  if (slot_sub(map, slot) != ptr) return 305;
  const answer = load<u32>(slot);
  if (!(answer & IS_BLOCK)) return answer == answer_of(word, bits, ptr, best) ? 0 : 306;
  if (!ptr || map.prefixlen_max != 32) return 307;
  const step: u32 = 1 << (32 - bits - BLOCK_BITS);
  for (let index: u32 = 0; index < <u32>1 << BLOCK_BITS; ++index, word += step) {
    if (load<u32>(block_slot(answer ^ IS_BLOCK, word, bits)) != answer_of(word, bits + BLOCK_BITS, ptr, 0)) return 308;
  }
  return 0;
}
