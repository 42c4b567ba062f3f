// The inner maps that a script puts into its outer map: the template, maps like it, and maps that are not.

import { At, MapFlag, MapType } from "./abi.ts";
import * as build from "./build.ts";
import type { CreateAttrs } from "./build.ts";
import type { Buf, Op, Ref } from "./ops.ts";
import type { Prng } from "./prng.ts";

/** The template first, then a map like it, one with other max_entries, one of another size. */
export const innerSlots = [3, 4, 5, 6] as const;
const neverSlot = 9;

const templates: readonly CreateAttrs[] = [
  { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 2 },
  { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 2, map_flags: MapFlag.INNER_MAP },
  { map_type: MapType.HASH, key_size: 8, value_size: 4, max_entries: 3 },
  { map_type: MapType.HASH, key_size: 8, value_size: 4, max_entries: 3, map_flags: MapFlag.NO_PREALLOC },
  { map_type: MapType.LRU_HASH, key_size: 4, value_size: 4, max_entries: 4 },
  { map_type: MapType.PERCPU_ARRAY, key_size: 4, value_size: 8, max_entries: 1 },
  { map_type: MapType.QUEUE, value_size: 4, max_entries: 4 },
  { map_type: MapType.BLOOM_FILTER, value_size: 4, max_entries: 4 },
  { map_type: MapType.RINGBUF, max_entries: 4096 },
  { map_type: MapType.LPM_TRIE, key_size: 8, value_size: 4, max_entries: 4, map_flags: MapFlag.NO_PREALLOC },
];

export class InnerMaps {
  #rng: Prng;

  constructor(rng: Prng) {
    this.#rng = rng;
  }

  open(): Op[] {
    const template = this.#rng.pick(templates);
    const other = { ...template, max_entries: 2 * (template.max_entries as number) };
    const sizes = template.value_size === undefined ? { max_entries: 0 } : { value_size: 2 * template.value_size };
    const [first, same, longer, wrong] = innerSlots;
    return [
      build.create(first, template),
      build.create(same, { ...template, map_flags: (template.map_flags ?? 0) | this.#rng.pick([0, 0, MapFlag.RDONLY]) }),
      build.create(longer, other),
      build.create(wrong, { ...template, ...sizes }),
    ];
  }

  close(): Op[] {
    return innerSlots.map((slot) => ({ op: "close", slot }));
  }

  templateRef(): Ref {
    return { at: At.create.inner_map_fd, fd: innerSlots[0] };
  }

  /** A value for UPDATE: the fd of an inner map, rarely of something else. */
  value(): Buf {
    return { data: new Uint8Array(4), refs: [this.#ref(0)] };
  }

  values(count: number): Buf {
    const refs = Array.from({ length: count }, (_, index) => this.#ref(4 * index));
    return { data: new Uint8Array(4 * count), refs };
  }

  #ref(at: number): Ref {
    if (this.#rng.chance(0.05)) return { at, plainFd: true };
    return { at, fd: this.#rng.pick([...innerSlots, innerSlots[0], innerSlots[1], 0, neverSlot]) };
  }
}
