// From a type's name to its class: THE table of map classes. A type is one file and two rows, one for the compiler
// (MapTable) and one for the runtime (TYPES).
import { Cmd, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import { bytes, type Codec, u32 as u32Codec } from "../codecs/codec.ts";
import { checkCodec } from "../codecs/struct.ts";
import { commandError, createError } from "../errors.ts";
import type { Kernel } from "../kernel.ts";
import { Kind } from "../codecs/scalar.ts";
import { ArrayMap, type ArraySpec } from "./array.ts";
import { BpfMap, type MapDescription } from "./base.ts";
import { BloomFilterMap, type BloomFilterSpec } from "./bloom_filter.ts";
import { HashMap, type HashSpec } from "./hash.ts";
import { LpmTrieMap, type LpmTrieSpec } from "./lpm_trie.ts";
import { LruHashMap, type LruHashSpec } from "./lru.ts";
import { ArrayOfMaps, type ArrayOfMapsSpec, describeInner, HashOfMaps, type HashOfMapsSpec, type InnerDescription, type InnerSpec } from "./map_in_map.ts";
import {
  LruPercpuHashMap,
  type LruPercpuHashSpec,
  PercpuArrayMap,
  type PercpuArraySpec,
  PercpuHashMap,
  type PercpuHashSpec,
} from "./percpu.ts";
import { QueueMap, type QueueSpec, StackMap, type StackSpec } from "./queue_stack.ts";
import { RingBuffer, type RingBufferSpec } from "./ring_buffer.ts";
import { UserRingBuffer, type UserRingBufferSpec } from "./user_ring_buffer.ts";

/** What each type is made from, and what it is made to, for keys `K`, values `V` and inner maps `M`. */
interface MapTable<K, V, M extends BpfMap> {
  hash: { spec: HashSpec<K, V>; map: HashMap<K, V> };
  array: { spec: ArraySpec<V>; map: ArrayMap<V> };
  percpu_hash: { spec: PercpuHashSpec<K, V>; map: PercpuHashMap<K, V> };
  percpu_array: { spec: PercpuArraySpec<V>; map: PercpuArrayMap<V> };
  lru_hash: { spec: LruHashSpec<K, V>; map: LruHashMap<K, V> };
  lru_percpu_hash: { spec: LruPercpuHashSpec<K, V>; map: LruPercpuHashMap<K, V> };
  lpm_trie: { spec: LpmTrieSpec<K, V>; map: LpmTrieMap<K, V> };
  array_of_maps: { spec: ArrayOfMapsSpec; map: ArrayOfMaps<M> };
  hash_of_maps: { spec: HashOfMapsSpec<K>; map: HashOfMaps<K, M> };
  queue: { spec: QueueSpec<V>; map: QueueMap<V> };
  stack: { spec: StackSpec<V>; map: StackMap<V> };
  bloom_filter: { spec: BloomFilterSpec<V>; map: BloomFilterMap<V> };
  ringbuf: { spec: RingBufferSpec; map: RingBuffer };
  user_ringbuf: { spec: UserRingBufferSpec; map: UserRingBuffer };
}

/** The lower-case kernel name of a map type that `createMap` knows. */
export type MapTypeName = keyof MapTable<any, any, any>;

/** What `createMap` takes: the spec of any type. */
export type MapSpec = MapTable<any, any, any>[MapTypeName]["spec"];

/** What `openById` and `openPinned` take: how to read the map that is found. */
export interface OpenSpec {
  /** The type that the map must have. */
  type?: MapTypeName;
  /** Codec of the keys; without it keys are bytes. */
  key?: Codec<any>;
  /** Codec of the values; without it values are bytes. */
  value?: Codec<any>;
  /** How to read the inner maps of a map of maps. */
  inner?: OpenSpec;
  /** BPF_F_RDONLY or BPF_F_WRONLY, for less than full access. */
  flags?: number;
}

/** The class of an opened map: of the type that was named, or any. */
export type OpenedFor<S extends OpenSpec> = S extends { type: infer N extends MapTypeName }
  ? MapTable<
      S extends { key: Codec<infer K> } ? K : Uint8Array,
      S extends { value: Codec<infer V> } ? V : Uint8Array,
      S extends { inner: infer I extends OpenSpec } ? OpenedFor<I> : BpfMap
    >[N]["map"]
  : BpfMap;

type KeyOf<S> = S extends { key: Codec<infer K> } ? K : number;
type ValueOf<S> = S extends { value: Codec<infer V> } ? V : never;

/** Maps nest one level deep, so the inner maps of inner maps need no type. */
type InnerOf<S> = S extends { inner: infer I }
  ? I extends BpfMap
    ? I
    : I extends MapSpec
      ? MapTable<KeyOf<I>, ValueOf<I>, BpfMap>[I["type"]]["map"]
      : BpfMap
  : BpfMap;

/** The map class that a spec makes, with the types that its codecs have. */
export type MapFor<S extends MapSpec> = MapTable<KeyOf<S>, ValueOf<S>, InnerOf<S>>[S["type"]]["map"];

interface TypeRow {
  readonly type: MapType;
  /** "codec": the spec says how keys lie in memory; "index": keys are u32; "none": the type has no keys. */
  readonly key: "codec" | "index" | "none";
  /** "map": values are inner maps, fds on the way in and ids on the way out. */
  readonly value: "codec" | "map" | "none";
  readonly Map: new (kernel: Kernel, fd: number, description: MapDescription) => BpfMap;
}

const TYPES: { readonly [N in MapTypeName]: TypeRow } = {
  hash: { type: MapType.HASH, key: "codec", value: "codec", Map: HashMap },
  array: { type: MapType.ARRAY, key: "index", value: "codec", Map: ArrayMap },
  percpu_hash: { type: MapType.PERCPU_HASH, key: "codec", value: "codec", Map: PercpuHashMap },
  percpu_array: { type: MapType.PERCPU_ARRAY, key: "index", value: "codec", Map: PercpuArrayMap },
  lru_hash: { type: MapType.LRU_HASH, key: "codec", value: "codec", Map: LruHashMap },
  lru_percpu_hash: { type: MapType.LRU_PERCPU_HASH, key: "codec", value: "codec", Map: LruPercpuHashMap },
  lpm_trie: { type: MapType.LPM_TRIE, key: "codec", value: "codec", Map: LpmTrieMap },
  array_of_maps: { type: MapType.ARRAY_OF_MAPS, key: "index", value: "map", Map: ArrayOfMaps },
  hash_of_maps: { type: MapType.HASH_OF_MAPS, key: "codec", value: "map", Map: HashOfMaps },
  queue: { type: MapType.QUEUE, key: "none", value: "codec", Map: QueueMap },
  stack: { type: MapType.STACK, key: "none", value: "codec", Map: StackMap },
  bloom_filter: { type: MapType.BLOOM_FILTER, key: "none", value: "codec", Map: BloomFilterMap },
  ringbuf: { type: MapType.RINGBUF, key: "none", value: "none", Map: RingBuffer },
  user_ringbuf: { type: MapType.USER_RINGBUF, key: "none", value: "none", Map: UserRingBuffer },
};

const OPTIONS: ReadonlySet<string> = new Set([
  "type", "key", "value", "maxEntries", "name", "flags", "numaNode", "mapExtra", "hashes", "inner",
]); // prettier-ignore

/** Makes a map and its object; see `Kernel.createMap`. */
export function createMap<S extends MapSpec>(kernel: Kernel, spec: S): MapFor<S> {
  return createAny(kernel, spec) as MapFor<S>;
}

function createAny(kernel: Kernel, spec: MapSpec): BpfMap {
  const row = checkSpec(spec);
  const { inner } = spec as { inner?: InnerSpec };
  if (inner === undefined || inner instanceof BpfMap) return create(kernel, row, spec, inner);
  const template = createAny(kernel, inner);
  try {
    return create(kernel, row, spec, template);
  } finally {
    template.close();
  }
}

function create(kernel: Kernel, row: TypeRow, spec: MapSpec, template: BpfMap | undefined): BpfMap {
  const description = describe(row, spec);
  if (template !== undefined) description.inner = describeTemplate(kernel, template);
  const attr: BpfAttr = {
    map_type: row.type,
    key_size: description.key?.size ?? 0,
    value_size: description.value?.size ?? 0,
    max_entries: spec.maxEntries,
    map_flags: description.flags,
    inner_map_fd: template?.fd,
    numa_node: spec.numaNode,
    map_name: spec.name,
    map_extra: mapExtraOf(spec),
  };
  const fd = kernel.bpf(Cmd.MAP_CREATE, attr);
  if (fd < 0) throw createError(fd, attr);
  try {
    return new row.Map(kernel, fd, description);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

/** What a map of maps remembers of the map that its inner maps take after. */
function describeTemplate(kernel: Kernel, template: BpfMap): InnerDescription {
  if (template.kernel !== kernel) throw new TypeError("Cannot create map: the inner map is another kernel's");
  const { type, key, value } = template.description;
  return describeInner(kernel, template.fd, { type: type as MapTypeName, key, value });
}

/** The object for a map that was opened by `fd`. The fd is closed if there can be none. */
export function openMap<S extends OpenSpec>(kernel: Kernel, fd: number, spec: S | undefined): OpenedFor<S> {
  try {
    return mapOfFd(kernel, fd, spec);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

/** The object for the map behind `fd`. If there can be none, the fd stays as it is. */
export function mapOfFd<S extends OpenSpec>(kernel: Kernel, fd: number, spec: S | undefined): OpenedFor<S> {
  const info = kernel.infos.read(fd);
  if (typeof info === "number") throw commandError(info, Cmd.OBJ_GET_INFO_BY_FD, `fd ${fd}`);
  const [type, row] = rowOf(info.type);
  if (spec?.type !== undefined && spec.type !== type) {
    throw new TypeError(`Cannot open map "${info.name}": its type is ${type}, not ${spec.type}`);
  }
  const description = { type, name: info.name, maxEntries: info.maxEntries, flags: info.flags };
  const key = row.key === "index" ? u32Codec : codecFor(info.name, "keys", info.keySize, spec?.key);
  const value = row.value === "map" ? u32Codec : codecFor(info.name, "values", info.valueSize, spec?.value);
  const inner = row.value === "map" ? { spec: spec?.inner, template: undefined } : undefined;
  return new row.Map(kernel, fd, { ...description, key, value, inner }) as OpenedFor<S>;
}

function rowOf(type: number): [MapTypeName, TypeRow] {
  for (const name of Object.keys(TYPES) as MapTypeName[]) {
    if (TYPES[name].type === type) return [name, TYPES[name]];
  }
  throw new TypeError(`Cannot open map: there is no class for map type ${type}, only the raw surface`);
}

function codecFor(name: string, what: string, size: number, codec: Codec<unknown> | undefined): Codec<unknown> | undefined {
  if (size === 0) return undefined;
  if (codec === undefined) return bytes(size) as Codec<unknown>;
  checkCodec("map", codec);
  if (codec.size === size) return codec;
  throw new RangeError(`Cannot open map "${name}": its ${what} have ${size} bytes, the codec ${codec.name} has ${codec.size}`);
}

function checkSpec(spec: MapSpec): TypeRow {
  if (typeof spec !== "object" || spec === null) throw new TypeError("Cannot create map: expected an object");
  const row = Object.hasOwn(TYPES, spec.type) ? TYPES[spec.type] : undefined;
  if (row === undefined) {
    throw new TypeError(`Cannot create map: type must be one of ${Object.keys(TYPES).join(", ")}: current value is ${String(spec.type)}`);
  }
  for (const name in spec) {
    if (!OPTIONS.has(name)) throw new TypeError(`Cannot create map: there is no option "${name}"`);
  }
  const { inner } = spec as { inner?: InnerSpec };
  if (row.value === "map" && inner === undefined) throw new TypeError("Cannot create map: inner is missing");
  if (row.value !== "map" && inner !== undefined) throw new TypeError(`Cannot create map: ${spec.type} has no inner maps`);
  if (spec.maxEntries === undefined) throw new TypeError("Cannot create map: maxEntries is missing");
  return row;
}

function describe(row: TypeRow, spec: MapSpec): MapDescription {
  const { key, value } = spec as { key?: Codec<unknown>; value?: Codec<unknown> };
  if (row.key === "codec") checkCodec("map: key", key);
  if (row.key === "index" && key !== undefined && key.kind !== Kind.U32) {
    throw new TypeError(`Cannot create map: the key of an ${spec.type} is u32`);
  }
  if (row.key === "none" && key !== undefined) throw new TypeError(`Cannot create map: a ${spec.type} has no keys`);
  if (row.value === "codec") checkCodec("map: value", value);
  if (row.value === "map" && value !== undefined) throw new TypeError(`Cannot create map: the values of ${spec.type} are maps`);
  if (row.value === "none" && value !== undefined) throw new TypeError(`Cannot create map: a ${spec.type} has no values`);
  return {
    type: spec.type,
    name: spec.name ?? "",
    maxEntries: spec.maxEntries,
    flags: withNuma(spec.flags ?? 0, spec.numaNode),
    key: row.key === "index" ? u32Codec : key,
    value: row.value === "map" ? u32Codec : value,
  };
}

/** map_extra, which a bloom filter calls `hashes`. */
function mapExtraOf(spec: MapSpec): number | bigint | undefined {
  const { hashes } = spec as { hashes?: number };
  if (hashes === undefined) return spec.mapExtra;
  if (spec.type !== "bloom_filter") throw new TypeError(`Cannot create map: ${spec.type} has no hashes`);
  if (spec.mapExtra !== undefined) throw new TypeError("Cannot create map: hashes and mapExtra are the same, give one");
  return hashes;
}

/** map_flags with BPF_F_NUMA_NODE where a node was named. What is no number is left for the attr's own check. */
function withNuma(flags: number, numaNode: number | undefined): number {
  return numaNode === undefined ? flags : (flags | MapFlag.NUMA_NODE) >>> 0;
}
