import { hash_seeded } from "../map/hash/hash_fn";
import { id_find, id_next } from "../object/id";
import { OBJ_MAP } from "../object/object";
import { Map } from "../map/map";
import {
  PAST_CYCLE, foreign_slots, group_line, group_element, has_away, has_past, home_of, next_group, past_of, used_slots,
} from "../map/hash/groups";
import { HashMap, bucket_index, hash_key, nr_buckets } from "../map/hash/hash_map";
import { count_in, find, first_in, next_in } from "../map/hash/table";
import { BATCH_BUCKETS, ops_traits } from "../map/traits";

/** The seeded hash of a key. */
export function seeded_hash(key: usize, size: u32, seed0: u64, seed1: u64): u32 {
  return hash_seeded(key, size, seed0, seed1);
}

/** Every element of every hash map is found by its own key, lies in that key's bucket, and is counted once. */
export function check_hash_maps(): i32 {
  for (let id = id_next(OBJ_MAP, 0); id; id = id_next(OBJ_MAP, id)) {
    const ptr = id_find(OBJ_MAP, id);
    if (!(ops_traits(changetype<Map>(ptr).type) & BATCH_BUCKETS)) continue;
    const broken = check_table(changetype<HashMap>(ptr));
    if (broken) return broken;
  }
  return 0;
}

function check_table(map: HashMap): i32 {
  let count: u32 = 0;
  for (let bucket: u32 = 0; bucket < nr_buckets(map); ++bucket) {
    let size: u32 = 0;
    let element = first_in(map, bucket);
    while (element) {
      const hash = hash_key(map, element);
      if (bucket_index(map, hash) != bucket) return 201;
      if (find(map, element, hash) != element) return 202;
      ++size;
      element = next_in(map, element, hash);
    }
    if (size != count_in(map, bucket)) return 205;
    count += size;
  }
  if (count != map.count) return 203;
  if (count > map.max_entries) return 204;
  return map.group_slots ? check_groups(map) : 0;
}

/** What a line says of elements outside their group is what their keys say. */
function check_groups(map: HashMap): i32 {
  let count: u32 = 0;
  for (let group: u32 = 0; group <= map.line_mask; ++group) {
    const line = group_line(map, group);
    const foreign = foreign_slots(line);
    const used = used_slots(line);
    if (foreign & ~used || used >> map.group_slots) return 206;
    for (let slots = used; slots; slots &= slots - 1) {
      const slot = <u32>ctz(slots);
      const home = home_of(map, group_element(map, group, slot));
      if (u32(home != group) != ((foreign >> slot) & 1)) return 207;
      if (home != group && !check_way(map, home, group)) return 208;
      ++count;
    }
    const broken = check_past(map, group);
    if (broken) return broken;
  }
  return count != map.count ? 203 : 0;
}

/** Whether each group that an element of `home` skipped on its way to `at` says that elements are past it. */
function check_way(map: HashMap, home: u32, at: u32): bool {
  if (!has_away(group_line(map, home))) return false;
  for (let group = home; group != at; group = next_group(map, group)) {
    if (!has_past(group_line(map, group))) return false;
  }
  return true;
}

/** The number of elements past a group, and whether any are its own: check_way has seen that none is beyond the search. */
function check_past(map: HashMap, group: u32): i32 {
  const line = group_line(map, group);
  let past: u32 = 0;
  let own: u32 = 0;
  for (let before = group, distance: u32 = 1; has_past(group_line(map, before)) && distance <= map.line_mask; ++distance) {
    const at = next_group(map, before);
    for (let slots = foreign_slots(group_line(map, at)); slots; slots &= slots - 1) {
      const way = (at - home_of(map, group_element(map, at, ctz(slots)))) & map.line_mask;
      past += u32(way >= distance);
      own += u32(way == distance);
    }
    before = at;
  }
  if (past_of(line) != (past ? (past - 1) % PAST_CYCLE + 1 : 0)) return 209;
  return has_away(line) != (own != 0) ? 210 : 0;
}
