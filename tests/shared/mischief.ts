// What threads do to a map while they are terminated, and what must hold afterwards, for each type of map.
import type { Kernel } from "../../bindings/index.ts";
import { Cmd, MapFlag, MapType } from "../kernel/abi.ts";

export interface Victim {
  name: string;
  attr: { map_type: MapType; key_size: number; value_size: number; max_entries: number; map_flags?: number };
}

const keyed = (name: string, map_type: MapType, value_size: number, max_entries: number, map_flags = 0, key_size = 4): Victim =>
  ({ name, attr: { map_type, key_size, value_size, max_entries, map_flags } });

export const victims: Victim[] = [
  keyed("hash", MapType.HASH, 4, 1000),
  keyed("hash of 40-byte keys and 200-byte values", MapType.HASH, 200, 100, 0, 40),
  keyed("hash of 3000-byte values", MapType.HASH, 3000, 50),
  keyed("hash, ZERO_SEED", MapType.HASH, 8, 200, MapFlag.ZERO_SEED),
  keyed("hash, NO_PREALLOC", MapType.HASH, 8, 200, MapFlag.NO_PREALLOC),
  keyed("percpu_hash", MapType.PERCPU_HASH, 8, 100),
  keyed("lru_hash", MapType.LRU_HASH, 8, 300),
  keyed("lru_hash, NO_COMMON_LRU", MapType.LRU_HASH, 8, 300, MapFlag.NO_COMMON_LRU),
  keyed("lru_percpu_hash", MapType.LRU_PERCPU_HASH, 8, 100),
  keyed("array", MapType.ARRAY, 200, 50),
  keyed("percpu_array", MapType.PERCPU_ARRAY, 8, 50),
  keyed("lpm_trie", MapType.LPM_TRIE, 4, 2000, MapFlag.NO_PREALLOC, 8),
  keyed("queue", MapType.QUEUE, 40, 20, 0, 0),
  keyed("stack", MapType.STACK, 3000, 20, 0, 0),
  keyed("ringbuf", MapType.RINGBUF, 0, 4096, 0, 0),
  keyed("array of maps", MapType.ARRAY_OF_MAPS, 4, 20),
  keyed("hash of maps", MapType.HASH_OF_MAPS, 4, 20),
  keyed("maps, fds and pins", MapType.ARRAY, 8, 4),
];

export const hasInner = ({ attr: { map_type } }: Victim): boolean => map_type === MapType.ARRAY_OF_MAPS || map_type === MapType.HASH_OF_MAPS;
const INNER = { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 };

/** Makes the map, with an inner map as its template where it needs one: its id. */
export function makeVictim(kernel: Kernel, victim: Victim): number {
  const inner_map_fd = hasInner(victim) ? kernel.bpf(Cmd.MAP_CREATE, INNER) : 0;
  const fd = kernel.bpf(Cmd.MAP_CREATE, { ...victim.attr, inner_map_fd });
  if (fd < 0) throw new Error(`MAP_CREATE answered ${fd}`);
  return kernel.maps().at(-1)!.id;
}

/** A function that does one random operation. */
export function mischief(kernel: Kernel, id: number, number: number, seed: number, reads: boolean): () => void {
  let state = (seed * 2654435761) | 1;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const victim = victims[number];
  const { attr } = victim;
  const map_fd = kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: id });
  if (attr.map_type === MapType.RINGBUF) return ringSteps(kernel, id, random, reads);
  if (victim.name === "maps, fds and pins") return objectSteps(kernel, map_fd, random);
  const percpu = [MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH].includes(attr.map_type);
  const key = attr.key_size === 0 ? null : new Uint8Array(attr.key_size);
  const value = new Uint8Array(percpu ? ((attr.value_size + 7) & ~7) * kernel.cpus : attr.value_size);
  const isArray = [MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.ARRAY_OF_MAPS].includes(attr.map_type);
  return () => {
    if (key !== null) {
      const view = new DataView(key.buffer);
      const chosen = random(isArray ? attr.max_entries : attr.max_entries * 2);
      if (attr.map_type === MapType.LPM_TRIE) {
        view.setUint32(0, random(33), true);
        view.setUint32(4, Math.imul(chosen, 0x9e3779b1));
      } else {
        key.fill(chosen);
        view.setUint32(0, chosen, true);
      }
    }
    value.fill(random(256));
    if (hasInner(victim)) {
      if (random(2) === 0) return void kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key });
      const inner = kernel.bpf(Cmd.MAP_CREATE, INNER);
      new DataView(value.buffer).setUint32(0, inner, true);
      kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value });
      kernel.close(inner);
      return;
    }
    const what = random(8);
    if (what < 4) kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value, flags: key === null && what === 0 ? 2 : 0 });
    else if (what < 6 && !isArray && key !== null) kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key });
    else if (what === 6 && attr.map_type !== MapType.LPM_TRIE && !isArray) kernel.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd, key, value });
    else kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd, key, value });
  };
}

/** Whole records of one byte over and over; some are reserved, some of those discarded. One thread `reads` them. */
function ringSteps(kernel: Kernel, id: number, random: (below: number) => number, reads: boolean): () => void {
  const ring = kernel.openById(id, { type: "ringbuf" });
  const data = new Uint8Array(100);
  return () => {
    const size = 1 + random(100);
    if (reads && random(3) === 0) {
      for (let left = random(12); left > 0; left--) {
        const record = ring.consume();
        if (record !== undefined && record.some((byte) => byte !== record[0])) throw new Error("a record of two halves");
      }
      return;
    }
    if (random(2) === 0) {
      ring.output(data.fill(random(256)).subarray(0, size));
      return;
    }
    const record = ring.reserve(size);
    if (record === undefined) return;
    record.data.fill(random(256));
    if (random(4) === 0) record.discard();
    else record.submit();
  };
}

/** Maps that come and go, further fds, and pins that are made, moved and taken away. */
function objectSteps(kernel: Kernel, map_fd: number, random: (below: number) => number): () => void {
  const path = (): string => `/sys/fs/bpf/p${random(4)}`;
  const attempt = (fn: () => void): void => {
    try {
      fn();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
    }
  };
  const types = [MapType.HASH, MapType.LRU_HASH, MapType.QUEUE];
  return () => {
    const what = random(6);
    if (what === 0) kernel.close(kernel.dup(map_fd));
    else if (what === 1) kernel.bpf(Cmd.OBJ_PIN, { pathname: path(), bpf_fd: map_fd });
    else if (what === 2) attempt(() => kernel.bpffs.unlink(path()));
    else if (what === 3) attempt(() => kernel.bpffs.rename(path(), path()));
    else {
      const map_type = types[random(3)];
      const fd = kernel.bpf(Cmd.MAP_CREATE, { map_type, key_size: map_type === MapType.QUEUE ? 0 : 4, value_size: 8, max_entries: 20 + random(200) });
      if (fd >= 0) kernel.close(fd);
    }
  };
}
