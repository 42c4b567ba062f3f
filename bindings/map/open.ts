// From a type's name to its class: THE table of map classes. A type is one file and two rows, one for the compiler
// (MapTable) and one for the runtime (TYPES).
import { Cmd, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../attr.ts";
import { bytes, type Codec, u32 as u32Codec } from "../codec.ts";
import { checkCodec } from "../codec_struct.ts";
import { commandError, createError } from "../errors.ts";
import type { Kernel } from "../kernel.ts";
import { Kind } from "../scalar.ts";
import { ArrayMap, type ArraySpec } from "./array.ts";
import type { BpfMap, MapDescription } from "./base.ts";
import { HashMap, type HashSpec } from "./hash.ts";
import { RingBuffer, type RingBufferSpec } from "./ring_buffer.ts";
import { UserRingBuffer, type UserRingBufferSpec } from "./user_ring_buffer.ts";

/** What each type is made from, and what it is made to, for keys `K` and values `V`. */
interface MapTable<K, V> {
  hash: { spec: HashSpec<K, V>; map: HashMap<K, V> };
  array: { spec: ArraySpec<V>; map: ArrayMap<V> };
  ringbuf: { spec: RingBufferSpec; map: RingBuffer };
  user_ringbuf: { spec: UserRingBufferSpec; map: UserRingBuffer };
}

/** The lower-case kernel name of a map type that `createMap` knows. */
export type MapTypeName = keyof MapTable<any, any>;

/** What `createMap` takes: the spec of any type. */
export type MapSpec = MapTable<any, any>[MapTypeName]["spec"];

/** What `openById` and `openPinned` take: how to read the map that is found. */
export interface OpenSpec {
  /** The type that the map must have. */
  type?: MapTypeName;
  /** Codec of the keys; without it keys are bytes. */
  key?: Codec<any>;
  /** Codec of the values; without it values are bytes. */
  value?: Codec<any>;
  /** BPF_F_RDONLY or BPF_F_WRONLY, for less than full access. */
  flags?: number;
}

/** The class of an opened map: of the type that was named, or any. */
export type OpenedFor<S extends OpenSpec> = S extends { type: infer N extends MapTypeName }
  ? MapTable<S extends { key: Codec<infer K> } ? K : Uint8Array, S extends { value: Codec<infer V> } ? V : Uint8Array>[N]["map"]
  : BpfMap;

type KeyOf<S> = S extends { key: Codec<infer K> } ? K : number;
type ValueOf<S> = S extends { value: Codec<infer V> } ? V : never;

/** The map class that a spec makes, with the types that its codecs have. */
export type MapFor<S extends MapSpec> = MapTable<KeyOf<S>, ValueOf<S>>[S["type"]]["map"];

interface TypeRow {
  readonly type: MapType;
  /** "codec": the spec says how keys lie in memory; "index": keys are u32; "none": the type has no keys. */
  readonly key: "codec" | "index" | "none";
  readonly value: "codec" | "none";
  readonly Map: new (kernel: Kernel, fd: number, description: MapDescription) => BpfMap;
}

const TYPES: { readonly [N in MapTypeName]: TypeRow } = {
  hash: { type: MapType.HASH, key: "codec", value: "codec", Map: HashMap },
  array: { type: MapType.ARRAY, key: "index", value: "codec", Map: ArrayMap },
  ringbuf: { type: MapType.RINGBUF, key: "none", value: "none", Map: RingBuffer },
  user_ringbuf: { type: MapType.USER_RINGBUF, key: "none", value: "none", Map: UserRingBuffer },
};

const OPTIONS: ReadonlySet<string> = new Set([
  "type", "key", "value", "maxEntries", "name", "flags", "numaNode", "mapExtra",
]); // prettier-ignore

/** Makes a map and its object; see `Kernel.createMap`. */
export function createMap<S extends MapSpec>(kernel: Kernel, spec: S): MapFor<S> {
  const row = checkSpec(spec);
  const description = describe(row, spec);
  const attr: BpfAttr = {
    map_type: row.type,
    key_size: description.key?.size ?? 0,
    value_size: description.value?.size ?? 0,
    max_entries: spec.maxEntries,
    map_flags: description.flags,
    numa_node: spec.numaNode,
    map_name: spec.name,
    map_extra: spec.mapExtra,
  };
  const fd = kernel.bpf(Cmd.MAP_CREATE, attr);
  if (fd < 0) throw createError(fd, attr);
  try {
    return new row.Map(kernel, fd, description) as MapFor<S>;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
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
  const value = codecFor(info.name, "values", info.valueSize, spec?.value);
  return new row.Map(kernel, fd, { ...description, key, value }) as OpenedFor<S>;
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
  if (row.value === "none" && value !== undefined) throw new TypeError(`Cannot create map: a ${spec.type} has no values`);
  return {
    type: spec.type,
    name: spec.name ?? "",
    maxEntries: spec.maxEntries,
    flags: withNuma(spec.flags ?? 0, spec.numaNode),
    key: row.key === "index" ? u32Codec : key,
    value,
  };
}

/** map_flags with BPF_F_NUMA_NODE where a node was named. What is no number is left for the attr's own check. */
function withNuma(flags: number, numaNode: number | undefined): number {
  return numaNode === undefined ? flags : (flags | MapFlag.NUMA_NODE) >>> 0;
}
