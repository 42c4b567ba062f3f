import { id_find, id_next } from "../object/id";
import { Map } from "../map/map";
import { record_at } from "../map/hash_line";
import { bucket_line, bucket_next, bucket_slots } from "../map/hash_order";
import { HashMap, find, hash_key, nr_buckets } from "../map/hash_table";
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
    for (let line = bucket_line(map, bucket); line; line = bucket_next(line)) {
      for (let slots = bucket_slots(map, line, bucket); slots; slots &= slots - 1) {
        const record = record_at(line, ctz(slots));
        const hash = hash_key(map, record);
        if ((hash & map.bucket_mask) != bucket) return 201;
        if (find(map, record, hash) != record) return 202;
        ++count;
      }
    }
  }
  if (count != map.count) return 203;
  return count > map.max_entries ? 204 : 0;
}
