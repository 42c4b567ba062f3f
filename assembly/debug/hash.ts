import { id_find, id_next } from "../object/id";
import { Map } from "../map/map";
import { PAST_SHIFT, foreign_slots, group_line, group_record, used_slots } from "../map/hash_group";
import { meta_of } from "../map/hash_line";
import { HashMap, bucket_index, hash_key, line_index, nr_buckets } from "../map/hash_map";
import { count_in, first_in, next_in } from "../map/hash_order";
import { find } from "../map/hash_table";
import { BATCH_BUCKETS, ops_traits } from "../map/traits";

/** Every record of every hash map is found by its own key, lies in that key's bucket, and is counted once. */
export function check_hash_maps(): i32 {
  for (let id = id_next(0); id; id = id_next(id)) {
    const ptr = id_find(id);
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
    let record = first_in(map, bucket);
    while (record) {
      const hash = hash_key(map, record);
      if (bucket_index(map, hash) != bucket) return 201;
      if (find(map, record, hash) != record) return 202;
      ++size;
      record = next_in(map, record, hash);
    }
    if (size != count_in(map, bucket)) return 205;
    count += size;
  }
  if (count != map.count) return 203;
  if (count > map.max_entries) return 204;
  return map.group_slots ? check_groups(map) : 0;
}

/** Elements outside their group are marked, and every group that they went past has counted them. */
function check_groups(map: HashMap): i32 {
  const groups = map.line_mask + 1;
  let steps: u64 = 0;
  let past: u64 = 0;
  let count: u32 = 0;
  for (let group: u32 = 0; group < groups; ++group) {
    const line = group_line(map, group);
    const foreign = foreign_slots(line);
    const used = used_slots(line);
    if (foreign & ~used || used >> map.group_slots) return 206;
    for (let slots = used; slots; slots &= slots - 1) {
      const slot = <u32>ctz(slots);
      const home = line_index(map, hash_key(map, group_record(map, group, slot)));
      if (u32(home != group) != ((foreign >> slot) & 1)) return 207;
      steps += home <= group ? group - home : groups - home + group;
      ++count;
    }
    past += meta_of(line) >> PAST_SHIFT;
  }
  return steps != past || count != map.count ? 208 : 0;
}
