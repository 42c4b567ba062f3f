import { MapType } from "../uapi/constants";
import { id_find, id_next } from "../object/id";
import { OBJ_MAP } from "../object/object";
import { find_owned } from "../map/hash/table";
import {
  LruList, LruMap, LruNode, active_of, cpu_pool, element_of, inactive_of, list_of, pending_of,
} from "../map/lru_node";
import { Map } from "../map/map";

/** Every element of every LRU map stands in one list, and every entry is an element's or free. */
export function check_lru_maps(): i32 {
  for (let id = id_next(OBJ_MAP, 0); id; id = id_next(OBJ_MAP, id)) {
    const type = changetype<Map>(id_find(OBJ_MAP, id)).type;
    if (type != MapType.LRU_HASH && type != MapType.LRU_PERCPU_HASH) continue;
    const broken = check_lru(changetype<LruMap>(id_find(OBJ_MAP, id)));
    if (broken) return broken;
  }
  return 0;
}

function check_lru(map: LruMap): i32 {
  let entries: u32 = 0;
  let elements: u32 = 0;
  const pools = map.nr_cpus + u32(map.zone != 0);
  for (let number: u32 = 0; number < pools; ++number) {
    const pool = cpu_pool(map, number);
    const is_zone = !map.zone || changetype<usize>(pool) == map.zone;
    const first = is_zone ? check_list(map, inactive_of(pool)) : check_list(map, pending_of(pool));
    const second = is_zone ? check_list(map, active_of(pool)) : 0;
    if (first < 0 || second < 0) return 401;
    elements += first + second;
    entries += pool.free + first + second;
  }
  if (elements != map.count) return 402;
  return entries != map.max_entries ? 403 : 0;
}

/** Nodes of a list; -1 when a node is not where its neighbours say, or its element not in the table. */
function check_list(map: LruMap, list: LruList): i32 {
  let count: u32 = 0;
  let before = changetype<usize>(list);
  let at = list.next;
  while (at != changetype<usize>(list)) {
    const node = changetype<LruNode>(at);
    const element = element_of(map, node);
    if (node.prev != before || changetype<usize>(list_of(node)) != changetype<usize>(list) || count == list.count) return -1;
    if (find_owned(map, element, node.hash) != element) return -1;
    ++count;
    before = at;
    at = node.next;
  }
  return list.prev == before && count == list.count ? <i32>count : -1;
}
