import { prefetch } from "../../mem/frame";
import { is_alone } from "../../mem/cpu";
import { HashMap, hash_key, line_index } from "./hash_map";
import { BYTES, WIDE, WORD, find_in_line, is_wanted, match_tag, meta_of, set_meta, set_tag } from "./line";
import { leaves_stripe } from "./stripe";

// Groups: a table whose elements lie where their tags do, so that a lookup reads one line of tags and one element, and the
// element's address comes from no memory. Tags of a million elements are 2 MB, which caches hold; chains have 8 MB of lines.
//
//   lines      16 bytes a group: 12 tags, meta                                  (private)
//   elements   group_slots elements a group, in the order of the tags           (data)
//
//   meta   31 ······ 25 │ 24 │ 23 ································ 12 │ 11 ············ 0
//          past         │away│ slots that hold elements of another group │ slots that are used
//
// An element whose own group is full goes past it to the next one with a free slot: it is then one of the elements past its
// own group and past every group that it skipped. A lookup that finds nothing in the key's own group is done when none of
// the group's elements is away; else it goes on as long as elements went past. There is a slot for max_entries elements, so
// an insert never fails.
//
// `away` is exact. `past` is the number of elements past the group, in seven bits: 0 for none, else 1 to 127, of which 1 also
// follows 127. When it would go from 1 to 0, a search for one more such element tells whether that is true: once in 127
// times under a flood of keys for one group, and otherwise short. So however many elements came and went, both are right.
//
// A group stands for 8 kernel buckets, which of a full map hold 4 to 8 elements on average. With 3 eighths more slots than
// that 2 elements in 100 are past their group, with 2 eighths 4, with 1 eighth 10.

export const GROUP_LINE_SHIFT: usize = 4;
export const GROUP_LINE_SIZE: usize = 1 << GROUP_LINE_SHIFT;
const USED_MASK: u32 = 0xfff;
const FOREIGN_SHIFT: u32 = 12;
/** Both bits of a slot with an element of another group, shifted by the slot. */
const FOREIGN_SLOT: u32 = (1 << FOREIGN_SHIFT) | 1;
const AWAY: u32 = 1 << 24;
const PAST_SHIFT: u32 = 25;
const PAST_ONE: u32 = 1 << PAST_SHIFT;
/** The numbers that `past` tells apart: 1 to this. */
export const PAST_CYCLE: u32 = 127;
const PAST_LAST: u32 = PAST_CYCLE << PAST_SHIFT;
/** From the first number to the last. */
const PAST_SPAN: u32 = (PAST_CYCLE - 1) << PAST_SHIFT;

@inline
export function used_slots(line: usize): u32 {
  return meta_of(line) & USED_MASK;
}

/** Slots that hold elements of other groups. */
@inline
export function foreign_slots(line: usize): u32 {
  return (meta_of(line) >> FOREIGN_SHIFT) & USED_MASK;
}

/** Slots that hold elements of the group itself. */
@inline
export function own_slots(line: usize): u32 {
  const meta = meta_of(line);
  return meta & ~(meta >> FOREIGN_SHIFT) & USED_MASK;
}

@inline
export function group_line(map: HashMap, group: u32): usize {
  return map.lines + (<usize>group << GROUP_LINE_SHIFT);
}

/** Where the elements of a group begin. */
@inline
function group_elements(map: HashMap, group: u32): usize {
  return map.elements + <usize>group * map.group_size;
}

@inline
export function group_element(map: HashMap, group: u32, slot: u32): usize {
  return group_elements(map, group) + <usize>slot * map.stride;
}

/** The group that an element lies in, and its slot there. */
@inline
export function group_of(map: HashMap, element: usize): u32 {
  return <u32>(element - map.elements) / map.group_size;
}

@inline
export function slot_of(map: HashMap, element: usize, group: u32): u32 {
  return <u32>(element - group_elements(map, group)) / map.stride;
}

/** The group whose element this is. */
export function home_of(map: HashMap, element: usize): u32 {
  return line_index(map, hash_key(map, element));
}

/** Whether elements went past the group with this line, its own or others'. */
@inline
export function has_past(line: usize): bool {
  return meta_of(line) >= PAST_ONE;
}

/** How many did, as the line says it. */
export function past_of(line: usize): u32 {
  return meta_of(line) >> PAST_SHIFT;
}

/** Whether elements of the group with this line lie in other groups. */
@inline
export function has_away(line: usize): bool {
  return (meta_of(line) & AWAY) != 0;
}

/** Whether elements of a group may lie further on than the group with this line, which is their own one (`at_home`) or not. */
@inline
export function goes_on(line: usize, at_home: bool): bool {
  return at_home ? has_away(line) : has_past(line);
}

@inline
export function next_group(map: HashMap, group: u32): u32 {
  return group < map.line_mask ? group + 1 : 0;
}

@inline
function group_before(map: HashMap, group: u32): u32 {
  return (group ? group : map.line_mask + 1) - 1;
}

/** Bytes of a number of groups' lines. */
@inline
export function group_lines_size(groups: u32): u64 {
  return <u64>groups << GROUP_LINE_SHIFT;
}

/** The larger the elements, the more memory free slots cost: 3 for 8 elements up to 24 bytes, 2 up to 64, then 1. */
@inline
function spare_slots(max_entries: u32, stride: u32): u64 {
  const eighths: u64 = stride <= 24 ? 3 : stride <= 64 ? 2 : 1;
  return (<u64>max_entries * eighths) >> 3;
}

/** Slots of each of `groups` groups, in which max_entries elements of this size will lie: at least one for every element. */
export function group_slots_for(max_entries: u32, groups: u32, stride: u32): u32 {
  if (groups == 1) return max_entries;
  return <u32>((<u64>max_entries + spare_slots(max_entries, stride) + (groups - 1)) / groups);
}

// A find looks at the first slot whose tag fits, without a loop and in one piece where it is inlined; the search behind it
// is for 4 keys in 100: another key's tag fits, too, or they are past their group.
//
// `ahead`: whether a group's elements are loaded from before the tags say which of them is asked for. Then the translation
// of their address, and often their line, too, is under way while the tags are. That is for lookups of keys that are likely
// there. Row 1 takes 0.7 of what it took without, row 5 (16 → 16 bytes) 0.85, row 2 the same. A lookup of an absent key, which
// needs no element, pays for one. An update does without: row 3 takes 1.0 either way, but row 4, whose inserts only store to
// their element and wait for nothing, 1.25.

@inline
function find_first(
  map: HashMap, hash: u32, stride: u32, ahead: bool, what: u32, at: usize, low: u64, high: u64,
): usize {
  const group = line_index(map, hash);
  const elements = group_elements(map, group);
  if (ahead) prefetch(elements);
  const line = group_line(map, group);
  const candidates = match_tag(line, used_slots(line), hash);
  if (candidates) {
    const element = elements + <usize>ctz(candidates) * stride;
    if (is_wanted(map, element, what, at, low, high)) return element;
  } else if (!has_away(line)) {
    return 0;
  }
  if (what == WORD) return search_word(map, <u32>low, hash);
  if (what == WIDE) return search_wide(map, low, high, hash);
  return search_bytes(map, at, hash);
}

@inline
function search(map: HashMap, hash: u32, what: u32, at: usize, low: u64, high: u64): usize {
  const home = line_index(map, hash);
  let group = home;
  do {
    const line = group_line(map, group);
    const found = find_in_line(map, line, used_slots(line), group_elements(map, group), hash, what, at, low, high);
    if (found) return found;
    if (!goes_on(line, group == home)) break;
    group = next_group(map, group);
    if (leaves_stripe(map, home, group)) break;
  } while (group != home);
  return 0;
}

function search_bytes(map: HashMap, key: usize, hash: u32): usize {
  return search(map, hash, BYTES, key, 0, 0);
}

function search_word(map: HashMap, key: u32, hash: u32): usize {
  return search(map, hash, WORD, 0, key, 0);
}

function search_wide(map: HashMap, low: u64, high: u64, hash: u32): usize {
  return search(map, hash, WIDE, 0, low, high);
}

/** The element with this key, or 0. */
@inline
export function find_in_groups(map: HashMap, key: usize, hash: u32, ahead: bool): usize {
  return find_first(map, hash, map.stride, ahead, BYTES, key, 0, 0);
}

/** The same for a 4-byte key. `stride`: the map's, or the constant that is known to be it. */
@inline
export function find_word_in_groups(map: HashMap, key: u32, hash: u32, stride: u32, ahead: bool): usize {
  return find_first(map, hash, stride, ahead, WORD, 0, key, 0);
}

/** The same for a 16-byte key. */
@inline
export function find_wide_in_groups(map: HashMap, low: u64, high: u64, hash: u32): usize {
  return find_first(map, hash, map.stride, true, WIDE, 0, low, high);
}

/** Element of the first slot of the key's own group whose tag fits, or 0: a free slot's may hold the same key. */
@inline
export function likely_in_groups(map: HashMap, hash: u32): usize {
  const group = line_index(map, hash);
  const line = group_line(map, group);
  const candidates = match_tag(line, used_slots(line), hash);
  return candidates ? group_element(map, group, ctz(candidates)) : 0;
}

/** The element to look at next, if that one is another key's: the second in the group, or the first past it; or 0. */
export function unlikely_in_groups(map: HashMap, hash: u32): usize {
  let group = line_index(map, hash);
  let line = group_line(map, group);
  let candidates = match_tag(line, used_slots(line), hash);
  candidates &= candidates - 1;
  if (!candidates) {
    if (!has_away(line)) return 0;
    group = next_group(map, group);
    line = group_line(map, group);
    candidates = match_tag(line, used_slots(line), hash);
    if (!candidates) return 0;
  }
  return group_element(map, group, ctz(candidates));
}

/** Takes a slot for a key that is not in the map, whose count the caller has checked; the element's bytes are stale. */
@inline
export function insert_in_groups(map: HashMap, hash: u32): usize {
  const group = line_index(map, hash);
  const line = group_line(map, group);
  const meta = meta_of(line);
  const free = ~meta & ((1 << map.group_slots) - 1);
  if (!free) return insert_past(map, hash);
  const slot = <u32>ctz(free);
  set_tag(line, slot, hash);
  set_meta(line, meta | (1 << slot));
  if (is_alone()) ++map.count;
  return group_element(map, group, slot);
}

/** The same where the key's own group is full. */
function insert_past(map: HashMap, hash: u32): usize {
  const slots = (1 << map.group_slots) - 1;
  let group = line_index(map, hash);
  let line = group_line(map, group);
  set_meta(line, meta_of(line) | AWAY);
  let free: u32;
  do {
    const meta = meta_of(line);
    set_meta(line, meta < PAST_LAST ? meta + PAST_ONE : meta - PAST_SPAN);
    group = next_group(map, group);
    line = group_line(map, group);
    free = slots & ~used_slots(line);
  } while (!free);
  const slot = <u32>ctz(free);
  set_tag(line, slot, hash);
  set_meta(line, meta_of(line) | (FOREIGN_SLOT << slot));
  ++map.count;
  return group_element(map, group, slot);
}

/** Elements of all groups. */
export function count_groups(map: HashMap): u32 {
  let count: u32 = 0;
  for (let group: u32 = 0; group <= map.line_mask; ++group) count += <u32>popcnt(used_slots(group_line(map, group)));
  return count;
}

/** Threads: whether a key that is not in the map has its place in its own group. */
@inline
export function fits_at_home(map: HashMap, hash: u32): bool {
  return (~meta_of(group_line(map, line_index(map, hash))) & ((1 << map.group_slots) - 1)) != 0;
}

/** Threads: whether an element lies in its own group. */
@inline
export function is_at_home(map: HashMap, element: usize, hash: u32): bool {
  return group_of(map, element) == line_index(map, hash);
}

/** Frees the slot of an element that was found by this hash. */
export function remove_from_groups(map: HashMap, element: usize, hash: u32): void {
  const at = group_of(map, element);
  const line = group_line(map, at);
  set_meta(line, meta_of(line) & ~(FOREIGN_SLOT << slot_of(map, element, at)));
  if (is_alone()) --map.count;
  const home = line_index(map, hash);
  if (home != at) leave_past(map, home, at);
}

/** An element of group `home` that lay in group `at` is gone. */
function leave_past(map: HashMap, home: u32, at: u32): void {
  // From the last group back: a search stops at a group that nothing is past, so what is behind it must be true already.
  let group = at;
  do {
    group = group_before(map, group);
    const line = group_line(map, group);
    const meta = meta_of(line);
    if (past_of(line) > 1) set_meta(line, meta - PAST_ONE);
    else if (has_past(line)) set_meta(line, is_past(map, group, false) ? meta + PAST_SPAN : meta - PAST_ONE);
  } while (group != home);
  const line = group_line(map, home);
  if (!is_past(map, home, true)) set_meta(line, meta_of(line) & ~AWAY);
}

/** Whether any element went past a group; `own`: any of its own elements. Looks at the elements, not at the group's line. */
function is_past(map: HashMap, group: u32, own: bool): bool {
  let distance: u32 = 0;
  let at = group;
  do {
    at = next_group(map, at);
    if (at == group) return false;
    ++distance;
    for (let slots = foreign_slots(group_line(map, at)); slots; slots &= slots - 1) {
      const home = home_of(map, group_element(map, at, ctz(slots)));
      if (own ? home == group : ((at - home) & map.line_mask) >= distance) return true;
    }
  } while (has_past(group_line(map, at)));
  return false;
}
