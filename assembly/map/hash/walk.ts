import { HashMap, bucket_index, hash_key } from "./hash_map";
import { first_in, next_in, skip_empty } from "./table";

// The order in which GET_NEXT_KEY goes over a hash table.

/** First element in iteration order from a bucket on, or 0. */
export function next_from(map: HashMap, bucket: u32): usize {
  for (bucket = skip_empty(map, bucket); bucket <= map.bucket_mask; bucket = skip_empty(map, bucket + 1)) {
    const element = first_in(map, bucket);
    if (element) return element;
  }
  return 0;
}

/** The element that follows in iteration order, or 0. */
export function next_element(map: HashMap, element: usize): usize {
  const hash = hash_key(map, element);
  const next = next_in(map, element, hash);
  return next ? next : next_from(map, bucket_index(map, hash) + 1);
}
