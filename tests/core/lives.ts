// Maps of every type, with elements in them, made through the object form of Kernel.bpf: for tests of memory.
import { exportsOf } from "../../bindings/abi/internals.ts";
import type { BpfAttr, Kernel } from "../../bindings/index.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";
import { type Base, bases, isOuter, typeName, viewSize } from "./bases.ts";

export interface Life {
  name: string;
  base: Base;
}

const with_ = (type: MapType, changes: Partial<Base>): Base => ({ ...bases.find((base) => base.type === type)!, ...changes });

const life = (base: Base, what = ""): Life => ({ name: typeName(base.type) + what, base });

/** Every type that can be created without BTF, and the ways of allocation that flags and sizes choose. */
export const lives: readonly Life[] = [
  ...bases.map((base) => life(base)),
  life(with_(MapType.HASH, { map_flags: MapFlag.NO_PREALLOC, max_entries: 100 }), ", NO_PREALLOC"),
  life(with_(MapType.HASH, { map_flags: MapFlag.ZERO_SEED, max_entries: 100 }), ", ZERO_SEED"),
  life(with_(MapType.HASH, { value_size: 70000, max_entries: 3 }), ", large values"),
  life(with_(MapType.HASH, { value_size: 70000, max_entries: 3, map_flags: MapFlag.NO_PREALLOC }), ", large values, NO_PREALLOC"),
  life(with_(MapType.PERCPU_HASH, { map_flags: MapFlag.NO_PREALLOC, max_entries: 50 }), ", NO_PREALLOC"),
  life(with_(MapType.HASH_OF_MAPS, { map_flags: MapFlag.NO_PREALLOC }), ", NO_PREALLOC"),
  life(with_(MapType.LRU_HASH, { map_flags: MapFlag.NO_COMMON_LRU, max_entries: 20 }), ", NO_COMMON_LRU"),
  life(with_(MapType.LPM_TRIE, { max_entries: 100 }), ", 100 entries"),
  life(with_(MapType.ARRAY, { value_size: 40000, max_entries: 5 }), ", large values"),
];

/** The attr that creates a map; an outer one gets `inner_map_fd`. */
export const createAttr = ({ type, ...sizes }: Base, inner_map_fd: number): BpfAttr =>
  isOuter(type) ? { map_type: type, ...sizes, inner_map_fd } : { map_type: type, ...sizes };

/** Elements that `fill` puts into a map at most. */
const ELEMENTS_MAX = 12;

/**
 * Updates with as many different keys as the map holds, and as lookups show them. Returns how many updates succeeded;
 * types without elements here have none.
 */
export function fill(kernel: Kernel, fd: number, base: Base, inner: number): number {
  const { type, key_size, max_entries } = base;
  const size = viewSize(base, kernel.cpus);
  const key = key_size === 0 ? null : new Uint8Array(key_size);
  const value = new Uint8Array(size).fill(type === MapType.DEVMAP || type === MapType.DEVMAP_HASH ? 0 : 7);
  if (isOuter(type)) value.set([inner & 0xff, (inner >> 8) & 0xff, (inner >> 16) & 0xff, inner >>> 24]);
  if (type === MapType.DEVMAP || type === MapType.DEVMAP_HASH) value[0] = 1;
  if (type === MapType.CPUMAP) value.set([192, 0, 0, 0]);
  const attr = { map_fd: fd, key, value, flags: 0 };
  let count = 0;
  for (let index = 0; index < Math.min(max_entries || 1, ELEMENTS_MAX); index++) {
    if (type === MapType.LPM_TRIE) key!.set([8 + index, 0, 0, 0, index]);
    else if (key !== null) key.set([index]);
    // What cannot be put in without a socket, a program or a cgroup is refused, and nothing is kept.
    if (kernel.bpf(Cmd.MAP_UPDATE_ELEM, attr) === 0) count++;
  }
  return count;
}

/** One map's life: made, filled, half emptied, closed. Returns how many elements it held. */
export function live(kernel: Kernel, { base }: Life, inner: number): number {
  const fd = kernel.bpf(Cmd.MAP_CREATE, createAttr(base, inner));
  if (fd < 0) throw new Error(`MAP_CREATE answers ${Errno[-fd]}`);
  const count = fill(kernel, fd, base, inner);
  if (base.type === MapType.RINGBUF) record(kernel, fd);
  const key = base.key_size === 0 ? null : new Uint8Array(base.key_size);
  if (key !== null && count > 1) kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd: fd, key });
  kernel.close(fd);
  return count;
}

/** A record that is submitted and one that is still being written when the ring goes. */
function record(kernel: Kernel, fd: number): void {
  const { ringbuf_reserve, ringbuf_submit } = exportsOf(kernel);
  ringbuf_submit(ringbuf_reserve(fd, 100n, 0n), 0);
  if (ringbuf_reserve(fd, 100n, 0n) === 0) throw new Error("the ring has no room");
}
