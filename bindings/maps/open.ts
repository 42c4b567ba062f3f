// From a type's name to its class: THE table of map classes. A type is one file and three rows: its spec (specs.ts), one row
// here for the compiler (MapTable) and one for the runtime (TYPES).
import { Cmd, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import { bytes, type Codec, u32 as u32Codec } from "../codecs/codec.ts";
import { Kind } from "../codecs/scalar.ts";
import { checkCodec } from "../codecs/struct.ts";
import { checkOptionNames } from "../abi/names.ts";
import { describe as describeValue, plural, quote } from "../abi/words.ts";
import type { MapInfo } from "../abi/info.ts";
import { commandError, createError, mismatchError } from "../errors.ts";
import { ArrayMap } from "./array.ts";
import { BpfMap, type MapClass } from "./base.ts";
import { BloomFilterMap } from "./bloom_filter.ts";
import { checkOptions, unknownType } from "./check_spec.ts";
import type { InnerDescription, MapDescription, MapTypeName, OpenSpec } from "./description.ts";
import { HashMap } from "./hash.ts";
import type { MapHost } from "./host.ts";
import { readEntries, setEntries } from "./initial_entries.ts";
import { LpmTrieMap } from "./lpm_trie.ts";
import { LruHashMap } from "./lru.ts";
import { ArrayOfMaps, HashOfMaps } from "./map_in_map.ts";
import { LruPercpuHashMap, PercpuArrayMap, PercpuHashMap } from "./percpu.ts";
import { PercpuValue } from "./percpu_value.ts";
import { QueueMap, StackMap } from "./queue_stack.ts";
import { RawMap } from "./raw_map.ts";
import { RingBuffer } from "./ring_buffer.ts";
import type { MapSpec } from "./specs.ts";
import { UserRingBuffer } from "./user_ring_buffer.ts";

/** The class of each type, for keys `K`, values `V` and inner maps `M`. */
interface MapTable<K, V, M extends BpfMap> {
  hash: HashMap<K, V>;
  array: ArrayMap<V>;
  percpu_hash: PercpuHashMap<K, V>;
  percpu_array: PercpuArrayMap<V>;
  lru_hash: LruHashMap<K, V>;
  lru_percpu_hash: LruPercpuHashMap<K, V>;
  lpm_trie: LpmTrieMap<K, V>;
  array_of_maps: ArrayOfMaps<M>;
  hash_of_maps: HashOfMaps<K, M>;
  queue: QueueMap<V>;
  stack: StackMap<V>;
  bloom_filter: BloomFilterMap<V>;
  ringbuf: RingBuffer;
  user_ringbuf: UserRingBuffer;
}

/** The class of an opened map: of the type that was named, or any. */
export type OpenedFor<S extends OpenSpec> = S extends { type: infer N extends MapTypeName }
  ? MapTable<
      S extends { key: Codec<infer K> } ? K : Uint8Array,
      S extends { value: Codec<infer V> } ? V : Uint8Array,
      S extends { inner: infer I extends OpenSpec } ? OpenedFor<I> : BpfMap
    >[N]
  : BpfMap;

type KeyOf<S> = S extends { key: Codec<infer K> } ? K : number;
type ValueOf<S> = S extends { value: Codec<infer V> } ? V : never;

/** Maps nest one level deep, so the inner maps of inner maps need no type. */
type InnerOf<S> = S extends { inner: infer I }
  ? I extends BpfMap
    ? I
    : I extends MapSpec
      ? MapTable<KeyOf<I>, ValueOf<I>, BpfMap>[I["type"]]
      : BpfMap
  : BpfMap;

type KeysOfAny<U> = U extends unknown ? keyof U : never;

/** Of a spec as it was written, what no spec of its type has: such an option can have no value. */
type Unknown<S, Known> = { readonly [N in Exclude<keyof S, KeysOfAny<Known>>]: never };

/** The keys and values of `entries`: those that `set` of the map takes. */
type Entries<M> = M extends { set(key: infer K, value: infer V, options?: any): unknown } ? { readonly entries?: Iterable<readonly [K, V]> } : unknown;

/** A spec with the options of its type alone. */
export type ExactSpec<S extends MapSpec> = S & Unknown<S, Extract<MapSpec, { type: S["type"] }>> & Entries<MapFor<S>>;

/** What `open…` takes, with no option that there is not. */
export type ExactOpenSpec<S extends OpenSpec> = S & Unknown<S, OpenSpec>;

/** The map class that a spec makes, with the types that its codecs have. */
export type MapFor<S extends MapSpec> = MapTable<KeyOf<S>, ValueOf<S>, InnerOf<S>>[S["type"]];

interface TypeRow {
  /** "codec": the spec says how keys lie in memory; "index": keys are u32; "none": the type has no keys. */
  readonly key: "codec" | "index" | "none";
  /** "map": values are inner maps, fds on the way in and ids on the way out. */
  readonly value: "codec" | "map" | "none";
  /** A value is one for each CPU. */
  readonly percpu?: true;
  /** map_flags without which the type cannot be made: they are added to what the spec says. */
  readonly flags?: number;
  /** Whether lookups can mark an element as used. */
  readonly marks?: true;
  readonly Map: MapClass<BpfMap>;
}

const TYPES: { readonly [N in MapTypeName]: TypeRow } = {
  hash: { key: "codec", value: "codec", Map: HashMap },
  array: { key: "index", value: "codec", Map: ArrayMap },
  percpu_hash: { key: "codec", value: "codec", percpu: true, Map: PercpuHashMap },
  percpu_array: { key: "index", value: "codec", percpu: true, Map: PercpuArrayMap },
  lru_hash: { key: "codec", value: "codec", marks: true, Map: LruHashMap },
  lru_percpu_hash: { key: "codec", value: "codec", percpu: true, marks: true, Map: LruPercpuHashMap },
  lpm_trie: { key: "codec", value: "codec", flags: MapFlag.NO_PREALLOC, Map: LpmTrieMap },
  array_of_maps: { key: "index", value: "map", Map: ArrayOfMaps },
  hash_of_maps: { key: "codec", value: "map", Map: HashOfMaps },
  queue: { key: "none", value: "codec", Map: QueueMap },
  stack: { key: "none", value: "codec", Map: StackMap },
  bloom_filter: { key: "none", value: "codec", Map: BloomFilterMap },
  ringbuf: { key: "none", value: "none", Map: RingBuffer },
  user_ringbuf: { key: "none", value: "none", Map: UserRingBuffer },
};

/** Maps of all other types, which can only be opened. */
const RAW: TypeRow = { key: "codec", value: "codec", Map: RawMap };

function hasClass(type: string): type is MapTypeName {
  return Object.hasOwn(TYPES, type);
}

/** The number of a type that has a class; the names are the kernel's in lower case. */
function typeNumber(name: string): number {
  return MapType[name.toUpperCase() as keyof typeof MapType];
}

const OPTIONS = ["type", "key", "value", "maxEntries", "name", "flags", "numaNode", "mapExtra", "hashes", "inner", "lookupMarks", "entries"] as const;

const OPEN_OPTIONS: readonly string[] = ["type", "key", "value", "inner", "flags", "lookupMarks"];

/** A spec of any type, with every option read from the caller's object, once. */
type AnySpec = { [N in (typeof OPTIONS)[number]]?: any };

/** Makes a map and its object; see `Kernel.createMap`. */
export function createMap<S extends MapSpec>(host: MapHost, spec: S): MapFor<S> {
  return createAny(host, spec) as MapFor<S>;
}

function createAny(host: MapHost, given: MapSpec): BpfMap {
  const spec = readSpec(given);
  const row = checkSpec(spec);
  const { inner } = spec;
  if (inner === undefined || BpfMap.inside(inner) !== undefined) return create(host, row, spec, inner);
  if (inner?.entries !== undefined) throw new TypeError("Cannot create map: inner takes no entries, it describes maps that are made later");
  const template = createAny(host, inner);
  try {
    return create(host, row, spec, template);
  } finally {
    template.close();
  }
}

function create(host: MapHost, row: TypeRow, spec: AnySpec, template: BpfMap | undefined): BpfMap {
  const description = describe(row, spec);
  if (template !== undefined) description.inner = describeTemplate(host, template);
  const attr: BpfAttr = {
    map_type: typeNumber(description.type),
    key_size: description.keySize,
    value_size: description.valueSize,
    max_entries: spec.maxEntries,
    map_flags: description.flags,
    inner_map_fd: template && BpfMap.fdOf(template),
    numa_node: spec.numaNode,
    map_name: spec.name,
    map_extra: mapExtraOf(spec),
  };
  const pairs = spec.entries === undefined ? undefined : readEntries(description, elementCodec(host, row, description), spec.entries);
  const fd = host.raw.bpf(Cmd.MAP_CREATE, attr);
  if (fd < 0) throw createError(fd, attr, () => host.core.usedBytes());
  let map: BpfMap | undefined;
  try {
    map = BpfMap.make(row.Map, host, fd, description);
    if (pairs !== undefined) setEntries(map, pairs);
    return map;
  } catch (error) {
    if (map === undefined) host.raw.close(fd);
    else map.close();
    throw error;
  }
}

/** The codec of what the commands copy for a value; none for maps. */
function elementCodec({ core }: MapHost, row: TypeRow, { type, value, valueSize }: MapDescription): Codec<unknown> | undefined {
  if (row.key === "none") throw new TypeError(`Cannot create map: type "${type}" has no keys, so it takes no entries`);
  if (row.value === "map") return undefined;
  return row.percpu === true ? new PercpuValue(value as Codec<unknown>, valueSize, core.cpus) : value;
}

/** What a map of maps remembers of the map that its inner maps take after. */
function describeTemplate(host: MapHost, template: BpfMap): InnerDescription {
  const inside = BpfMap.inside(template);
  if (inside?.host !== host) throw new TypeError("Cannot create map: the inner map is another kernel's");
  const { type, key, value, lookupMarks } = inside.description;
  const info = host.raw.infos.read(BpfMap.fdOf(template));
  const spec = hasClass(type) ? { type, key, value, ...(lookupMarks === true && { lookupMarks }) } : {};
  return { spec, template: typeof info === "number" ? undefined : info };
}

/** Refuses what `open…` does not take, before anything is opened. */
export function checkOpenSpec(spec: OpenSpec | undefined): void {
  if (spec !== undefined) checkOptionNames("Cannot open map", spec, OPEN_OPTIONS);
}

/** The object for a map that was opened by `fd`. The fd is closed if there can be none. */
export function openMap<S extends OpenSpec>(host: MapHost, fd: number, spec: S | undefined): OpenedFor<S> {
  try {
    return mapOfFd(host, fd, spec);
  } catch (error) {
    host.raw.close(fd);
    throw error;
  }
}

/** The object for the map behind `fd`, which the caller has, too, if it `isShared`. If there can be none, the fd stays as it is. */
export function mapOfFd<S extends OpenSpec>(host: MapHost, fd: number, spec: S | undefined, isShared = false): OpenedFor<S> {
  const info = host.raw.infos.read(fd);
  if (typeof info === "number") throw commandError(info, Cmd.OBJ_GET_INFO_BY_FD, `fd ${fd}`);
  const { type } = info;
  const row = hasClass(type) ? TYPES[type] : RAW;
  if (spec?.type !== undefined && spec.type !== type) {
    throw mismatchError(subjectOf(info), `its type is ${type}, not ${spec.type}`);
  }
  if (row === RAW && (spec?.key ?? spec?.value) !== undefined) {
    throw mismatchError(subjectOf(info), `type "${type}" has no class here, its keys and values are bytes`);
  }
  const description = { type, name: info.name, maxEntries: info.maxEntries, flags: info.flags };
  const key = row.key === "index" ? u32Codec : codecFor(info, "key", info.keySize, spec?.key);
  const value = row.value === "map" ? u32Codec : codecFor(info, "value", info.valueSize, spec?.value);
  const inner = row.value === "map" ? { spec: spec?.inner, template: undefined } : undefined;
  const { keySize, valueSize } = info;
  const lookupMarks = marksOf("open", row, { type, lookupMarks: spec?.lookupMarks });
  return BpfMap.make(row.Map, host, fd, { ...description, key, keySize, value, valueSize, lookupMarks, inner }, isShared) as OpenedFor<S>;
}

/** How messages call a map that was found. */
function subjectOf({ name, id }: MapInfo): string {
  return name === "" ? `map ${id}` : `map ${quote(name)}`;
}

function codecFor(info: MapInfo, what: string, size: number, codec: Codec<unknown> | undefined): Codec<unknown> | undefined {
  if (size === 0) return undefined;
  if (codec === undefined) return bytes(size) as Codec<unknown>;
  checkCodec(`Cannot open ${subjectOf(info)}: ${what}`, codec);
  if (codec.size === size) return codec;
  throw mismatchError(subjectOf(info), `its ${what} has ${plural(size, "byte")}, the codec ${codec.name} has ${codec.size}`);
}

/** Reads every option once: what is checked is what is used, whatever a getter does. */
function readSpec(given: MapSpec): AnySpec {
  if (typeof given !== "object" || given === null) throw new TypeError(`Cannot create map: expected an object, got ${describeValue(given)}`);
  checkOptionNames("Cannot create map", given, OPTIONS);
  const spec: AnySpec = {};
  for (const name of OPTIONS) spec[name] = (given as AnySpec)[name];
  return spec;
}

function checkSpec(spec: AnySpec): TypeRow {
  const row = hasClass(spec.type) ? TYPES[spec.type as MapTypeName] : undefined;
  if (row === undefined) throw unknownType(spec.type, Object.keys(TYPES));
  const { inner } = spec;
  if (row.value === "map" && inner === undefined) throw new TypeError("Cannot create map: inner is missing");
  if (row.value !== "map" && inner !== undefined) throw new TypeError(`Cannot create map: type "${spec.type}" has no inner maps`);
  if (spec.maxEntries === undefined) throw new TypeError("Cannot create map: maxEntries is missing");
  checkOptions(spec);
  return row;
}

function describe(row: TypeRow, spec: AnySpec): MapDescription {
  const { key, value } = spec as { key?: Codec<unknown>; value?: Codec<unknown> };
  if (row.key === "codec") checkCodec("Cannot create map: key", key);
  if (row.key === "index" && key !== undefined && key.kind !== Kind.U32) {
    throw new TypeError(`Cannot create map: the key of type "${spec.type}" is u32`);
  }
  if (row.key === "none" && key !== undefined) throw new TypeError(`Cannot create map: type "${spec.type}" has no keys`);
  if (row.value === "codec") checkCodec("Cannot create map: value", value);
  if (row.value === "map" && value !== undefined) throw new TypeError(`Cannot create map: the values of type "${spec.type}" are maps, described by inner`);
  if (row.value === "none" && value !== undefined) throw new TypeError(`Cannot create map: type "${spec.type}" has no values`);
  const keyCodec = row.key === "index" ? u32Codec : key;
  const codec = row.value === "map" ? u32Codec : value;
  return {
    type: spec.type,
    name: spec.name ?? "",
    maxEntries: spec.maxEntries,
    flags: mapFlags(row, spec),
    key: keyCodec,
    keySize: keyCodec?.size ?? 0,
    value: codec,
    valueSize: codec?.size ?? 0,
    lookupMarks: marksOf("create", row, spec),
  };
}

/** map_extra, which a bloom filter calls `hashes`. */
function mapExtraOf({ type, hashes, mapExtra }: AnySpec): number | bigint | undefined {
  if (hashes === undefined) return mapExtra;
  if (type !== "bloom_filter") throw new TypeError(`Cannot create map: type "${type}" has no hashes`);
  if (mapExtra !== undefined) throw new TypeError("Cannot create map: hashes and mapExtra are the same, give one");
  return hashes;
}

/** Whether lookups are to mark elements as used, of a type that knows marks. */
function marksOf(verb: "create" | "open", row: TypeRow, { type, lookupMarks }: AnySpec): boolean {
  if (lookupMarks === undefined) return false;
  if (row.marks !== true) throw new TypeError(`Cannot ${verb} map: lookups in type "${type}" mark nothing, lookupMarks is for LRU maps`);
  if (typeof lookupMarks !== "boolean") throw new TypeError(`Cannot ${verb} map: lookupMarks must be true or false: current value is ${describeValue(lookupMarks)}`);
  return lookupMarks;
}

/** map_flags, with BPF_F_NUMA_NODE where a node was named, and with what the type cannot do without. */
function mapFlags(row: TypeRow, { flags = 0, numaNode }: AnySpec): number {
  return (flags | (row.flags ?? 0) | (numaNode === undefined ? 0 : MapFlag.NUMA_NODE)) >>> 0;
}
