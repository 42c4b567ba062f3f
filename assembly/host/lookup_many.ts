import { Errno } from "../uapi/constants";
import { user_ok } from "../mem/user";
import { Map, is_err } from "../map/map";
import { HashMap } from "../map/hash/hash_map";
import { hash_lookup_many } from "../map/hash/many";
import { ops_lookup } from "../map/ops";
import { has_special_fields } from "../map/special_fields";
import { BATCH_BUCKETS, CONCURRENT, VALUE_IS_INPUT, VALUE_IS_MAP, ops_traits } from "../map/traits";
import { CAN_READ, map_of_fd } from "../user/access";
import { is_alone } from "../mem/cpu";
import { read_again, read_failed } from "../mem/lock";
import { RESTART, still_alive } from "../mem/section";
import { copy_value_out, key_in } from "../user/copy";

/** LOOKUP_ELEM for `count` keys, with their cache misses overlapped (bench row "random lookups against memory latency"). */
export function lookup_many_keys(fd: u32, keys: usize, values: usize, count: u32, found: usize): i32 {
  const ptr = map_of_fd(fd, CAN_READ);
  if (is_err(ptr)) return <i32>ptr;
  const map = changetype<Map>(ptr);
  const traits = ops_traits(map.type);
  if (map.key_size == 0 || traits & VALUE_IS_INPUT) return -Errno.ENOTSUPP;
  if (<u64>count * max<u32>(map.key_size, map.user_value_size) > 0x7fffffff) return -Errno.E2BIG;
  if (!user_ok(keys, <u64>count * map.key_size) || !user_ok(values, <u64>count * map.user_value_size)) return -Errno.EFAULT;
  if (!user_ok(found, count)) return -Errno.EFAULT;
  // Where others may write, each value is read by itself.
  const checked = ASC_FEATURE_THREADS && (traits & CONCURRENT) != 0 && !is_alone();
  if (traits & BATCH_BUCKETS && !(traits & VALUE_IS_MAP) && !checked && !has_special_fields(map)) {
    return hash_lookup_many(changetype<HashMap>(ptr), keys, values, count, found);
  }
  let hits = 0;
  for (let i: u32 = 0; i < count; ++i) {
    const key = key_in(keys + <usize>i * map.key_size, map.key_size);
    let hit: bool;
    do {
      const value = ops_lookup(map.type, ptr, key);
      if (ASC_FEATURE_THREADS && <i32>value == -RESTART) return -RESTART;
      hit = !is_err(value);
      if (hit) copy_value_out(map, value, values + <usize>i * map.user_value_size);
    } while (read_again());
    if (read_failed()) return -RESTART;
    if ((i & 0xff) == 0xff) still_alive();
    store<u8>(found + i, u8(hit));
    hits += i32(hit);
  }
  return hits;
}
