// union bpf_attr as objects: which fields each command has, where they lie, and which buffers the core writes. One
// table per command; `marshal.ts` reads them and knows no command by name.
import { Cmd, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { roundUp8 } from "./bytes.ts";

/** A pointer field: a view (copied in, and back if the command writes there), null, or an address in `kernel.memory`. */
export type AttrPointer = ArrayBufferView | number | bigint | null;

/** The fields of `union bpf_attr` under the kernel's names. Each command takes its own; a field left out is zero. */
export interface BpfAttr {
  // MAP_CREATE
  /** BPF_MAP_TYPE_… */
  map_type?: number;
  /** Bytes of a key; 0 for types without keys. */
  key_size?: number;
  /** Bytes of a value; 0 for ring buffers. */
  value_size?: number;
  /** How many elements the map holds; bytes for ring buffers. */
  max_entries?: number;
  /** BPF_F_… */
  map_flags?: number;
  /** Of maps of maps: the fd of a map like those that will be in it. */
  inner_map_fd?: number;
  /** The NUMA node, which counts with BPF_F_NUMA_NODE. */
  numa_node?: number;
  /** At most 15 bytes of letters, digits, "_" and "."; a string is encoded as UTF-8. The field has 16, the NUL included. */
  map_name?: string | Uint8Array;
  /** Device that the map is offloaded to. */
  map_ifindex?: number;
  /** BTF object with the types of key and value. */
  btf_fd?: number;
  /** BTF type of the keys. */
  btf_key_type_id?: number;
  /** BTF type of the values. */
  btf_value_type_id?: number;
  /** BTF type, in the kernel's own BTF, of a struct_ops map. */
  btf_vmlinux_value_type_id?: number;
  /** Hash functions of a bloom filter (0 means 5); the address of an arena. */
  map_extra?: number | bigint;
  /** BTF object of a module, which counts with BPF_F_VTYPE_BTF_OBJ_FD. */
  value_type_btf_obj_fd?: number;
  /** Token, which counts with BPF_F_TOKEN_FD. */
  map_token_fd?: number;
  /** SHA-256 of the one program that may use the map. */
  excl_prog_hash?: AttrPointer;
  /** Bytes of `excl_prog_hash`: 32. */
  excl_prog_hash_size?: number;
  // elements
  /** The map's fd. */
  map_fd?: number;
  /** The key, `key_size` bytes. GET_NEXT_KEY takes null for the first key. */
  key?: AttrPointer;
  /** The value: `value_size` bytes; of per-CPU types as many as there are CPUs, each rounded up to 8. Written by lookups. */
  value?: AttrPointer;
  /** Out: the key behind `key`. */
  next_key?: AttrPointer;
  /** Of an element command: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. Batches have `elem_flags` for that. */
  flags?: number | bigint;
  // batches
  /** Where a lookup goes on: `out_batch` of the one before, null to begin. */
  in_batch?: AttrPointer;
  /** Out: where the next lookup goes on. 4 bytes for hash tables, else as a key. */
  out_batch?: AttrPointer;
  /** The keys, one behind the other. Written by lookups. */
  keys?: AttrPointer;
  /** The values, one behind the other. Written by lookups. */
  values?: AttrPointer;
  /** In and out: elements asked for, then elements done. */
  count?: number;
  /** 0 or BPF_F_LOCK, for every element. */
  elem_flags?: number | bigint;
  /** All of these fields, as they lie in the kernel's union, in place of the fields themselves. */
  batch?: BatchAttr;
  // pins
  /** The path in bpffs; a string is encoded as UTF-8 with the NUL appended. */
  pathname?: string | AttrPointer;
  /** The fd of the object. */
  bpf_fd?: number;
  /** BPF_F_RDONLY, BPF_F_WRONLY (OBJ_GET), BPF_F_PATH_FD. */
  file_flags?: number;
  /** The directory of a relative path, which counts with BPF_F_PATH_FD. */
  path_fd?: number;
  // ids and info
  /** The id from which to search: the next larger one is found. */
  start_id?: number;
  /** Out: the id that was found. */
  next_id?: number;
  /** The id of a map. */
  map_id?: number;
  /** The id of a BTF object. */
  btf_id?: number;
  /** 0, BPF_F_RDONLY or BPF_F_WRONLY. */
  open_flags?: number;
  /** In and out: bytes of `info`, then bytes written. */
  info_len?: number;
  /** Out: `struct bpf_map_info`, or that of another object. Or the three fields of the command, as in the kernel's union. */
  info?: AttrPointer | InfoAttr;
  // BTF_LOAD
  /** The type information. */
  btf?: AttrPointer;
  /** Out: what was wrong with it. */
  btf_log_buf?: AttrPointer;
  /** Bytes of `btf`. */
  btf_size?: number;
  /** Bytes of `btf_log_buf`. */
  btf_log_size?: number;
  /** 0 for no log. */
  btf_log_level?: number;
  /** Out: bytes the whole log needs. */
  btf_log_true_size?: number;
  /** BPF_F_TOKEN_FD. */
  btf_flags?: number;
  /** Token, which counts with BPF_F_TOKEN_FD. */
  btf_token_fd?: number;
}

/** The member `batch` of the union. */
export type BatchAttr = Pick<BpfAttr, "in_batch" | "out_batch" | "keys" | "values" | "count" | "map_fd" | "elem_flags" | "flags">;

/** The member `info` of the union. */
export interface InfoAttr {
  bpf_fd?: number;
  info_len?: number;
  info?: AttrPointer;
}

/** What the sizes of an element command's buffers depend on. */
export interface MapShape {
  type: number;
  keySize: number;
  /** Bytes of one value as user space sees it: all CPUs of a per-CPU type, 4 for types whose values are fds. */
  valueSize: number;
  maxEntries: number;
}

/**
 * How a field is written: `u32`, `s32` and `u64` by range; `fd` as u32 that also takes negative numbers, since what
 * bpf() returned is often passed on; `name` inline bytes; `ptr` a pointer; `path` a pointer that also takes a string.
 */
export type FieldKind = "u32" | "s32" | "u64" | "fd" | "name" | "ptr" | "path";

/** One field of one command. */
export interface AttrField {
  name: keyof BpfAttr;
  offset: number;
  kind: FieldKind;
  /** The core writes here: into the attr (scalars) or into the buffer (pointers). */
  out: boolean;
  /** For pointers: bytes the core may touch, so that a shorter view is refused before anything happens. */
  bytes?: (attr: Counts, map: MapShape | undefined) => number;
  /** For lists that the core fills from the front: bytes of one element. The attr's `count` says how many it wrote. */
  each?: (map: MapShape) => number;
}

/** The fields on which the size of a buffer may depend. */
export type Counts = Pick<BpfAttr, "count" | "info_len" | "excl_prog_hash_size" | "btf_size" | "btf_log_size">;

/** The fields of one command, and which of them names the map that its buffers belong to. */
export interface AttrTable<N extends string = string, M extends "batch" | "info" | undefined = "batch" | "info" | undefined> {
  fields: readonly AttrField[];
  names: ReadonlySet<N>;
  hasMapFd: boolean;
  /** The scalar fields that the core writes. */
  outs: readonly AttrField[];
  /** The union's member that the fields may be given in. */
  member: M;
}

type Row<N extends keyof BpfAttr = keyof BpfAttr> = readonly [
  name: N,
  offset: number,
  kind: FieldKind,
  out?: "out",
  bytes?: AttrField["bytes"],
  each?: AttrField["each"],
];

function table<N extends keyof BpfAttr = never>(...rows: readonly Row<N>[]): AttrTable<N, undefined> {
  const fields = rows.map(([name, offset, kind, out, bytes, each]) => ({ name, offset, kind, out: out === "out", bytes, each }));
  const outs = fields.filter(({ out, kind }) => out && kind !== "ptr");
  return { fields, names: new Set(rows.map((row) => row[0])), hasMapFd: rows.some((row) => row[0] === "map_fd"), outs, member: undefined };
}

/** A table whose fields may be given in a member of the attr. */
function inMember<N extends keyof BpfAttr, M extends "batch" | "info">(member: M, fields: AttrTable<N, undefined>): AttrTable<N, M> {
  return { ...fields, member };
}

const keyBytes: AttrField["bytes"] = (_, map) => map?.keySize ?? 0;
const valueBytes: AttrField["bytes"] = (_, map) => map?.valueSize ?? 0;

// A lookup batch never delivers more than the map can hold, so a huge count with buffers for a full map is fine; an
// update or delete batch may name one key many times and is read as far as it goes.
function delivered(attr: Counts, map: MapShape): number {
  return Math.min(attr.count ?? 0, map.maxEntries);
}
const outKeysBytes: AttrField["bytes"] = (attr, map) => (map ? delivered(attr, map) * map.keySize : 0);
const outValuesBytes: AttrField["bytes"] = (attr, map) => (map ? delivered(attr, map) * map.valueSize : 0);
const inKeysBytes: AttrField["bytes"] = (attr, map) => (attr.count ?? 0) * (map?.keySize ?? 0);
const inValuesBytes: AttrField["bytes"] = (attr, map) => (attr.count ?? 0) * (map?.valueSize ?? 0);

/** The hash family's batch cursor is a bucket index of 4 bytes whatever the key size; the others' is a key. */
const cursorBytes: AttrField["bytes"] = (_, map) => (map ? (bucketWise(map.type) ? 4 : map.keySize) : 0);

/** Bytes that a field of the attr itself announces. */
const announced =
  (name: "info_len" | "excl_prog_hash_size" | "btf_size" | "btf_log_size", max: number): AttrField["bytes"] =>
  (attr) => {
    const size = attr[name] ?? 0;
    return size > max ? 0 : size;
  };

const lookupElem: readonly Row<"map_fd" | "key" | "value" | "flags">[] = [
  ["map_fd", 0, "fd"],
  ["key", 8, "ptr", undefined, keyBytes],
  ["value", 16, "ptr", "out", valueBytes],
  ["flags", 24, "u64"],
];

function lookupBatch() {
  return table(
    ["in_batch", 0, "ptr", undefined, cursorBytes],
    ["out_batch", 8, "ptr", "out", cursorBytes],
    ["keys", 16, "ptr", "out", outKeysBytes, (map) => map.keySize],
    ["values", 24, "ptr", "out", outValuesBytes, (map) => map.valueSize],
    ["count", 32, "u32", "out"],
    ["map_fd", 36, "fd"],
    ["elem_flags", 40, "u64"],
    ["flags", 48, "u64"],
  );
}

// in_batch and out_batch are ignored by these two, but a caller who reuses one object for all batches may leave them in.
function writeBatch(values: AttrField["bytes"]) {
  return table(
    ["in_batch", 0, "ptr"],
    ["out_batch", 8, "ptr"],
    ["keys", 16, "ptr", undefined, inKeysBytes],
    ["values", 24, "ptr", undefined, values],
    ["count", 32, "u32", "out"],
    ["map_fd", 36, "fd"],
    ["elem_flags", 40, "u64"],
    ["flags", 48, "u64"],
  );
}

function nextId() {
  return table(["start_id", 0, "u32"], ["next_id", 4, "u32", "out"], ["open_flags", 8, "u32"]);
}

function pinned() {
  return table(["pathname", 0, "path"], ["bpf_fd", 8, "fd"], ["file_flags", 12, "u32"], ["path_fd", 16, "s32"]);
}

/** Commands that no table names take an empty object only: the core answers them without looking at a field. */
const NO_FIELDS: AttrTable = table();

const TABLES = {
  [Cmd.MAP_CREATE]: table(
    ["map_type", 0, "u32"],
    ["key_size", 4, "u32"],
    ["value_size", 8, "u32"],
    ["max_entries", 12, "u32"],
    ["map_flags", 16, "u32"],
    ["inner_map_fd", 20, "fd"],
    ["numa_node", 24, "fd"],
    ["map_name", 28, "name"],
    ["map_ifindex", 44, "u32"],
    ["btf_fd", 48, "fd"],
    ["btf_key_type_id", 52, "u32"],
    ["btf_value_type_id", 56, "u32"],
    ["btf_vmlinux_value_type_id", 60, "u32"],
    ["map_extra", 64, "u64"],
    ["value_type_btf_obj_fd", 72, "s32"],
    ["map_token_fd", 76, "s32"],
    ["excl_prog_hash", 80, "ptr", undefined, announced("excl_prog_hash_size", Limit.EXCL_PROG_HASH_SIZE)],
    ["excl_prog_hash_size", 88, "u32"],
  ),
  [Cmd.MAP_LOOKUP_ELEM]: table(...lookupElem),
  [Cmd.MAP_UPDATE_ELEM]: table(
    ["map_fd", 0, "fd"],
    ["key", 8, "ptr", undefined, keyBytes],
    ["value", 16, "ptr", undefined, valueBytes],
    ["flags", 24, "u64"],
  ),
  // value and flags are no fields of DELETE, nor flags one of GET_NEXT_KEY; Linux says EINVAL if they are not zero, and
  // so does the core: they are written so that the caller hears it from there.
  [Cmd.MAP_DELETE_ELEM]: table(
    ["map_fd", 0, "fd"],
    ["key", 8, "ptr", undefined, keyBytes],
    ["value", 16, "ptr"],
    ["flags", 24, "u64"],
  ),
  [Cmd.MAP_GET_NEXT_KEY]: table(
    ["map_fd", 0, "fd"],
    ["key", 8, "ptr", undefined, keyBytes],
    ["next_key", 16, "ptr", "out", keyBytes],
    ["flags", 24, "u64"],
  ),
  [Cmd.MAP_LOOKUP_AND_DELETE_ELEM]: table(...lookupElem),
  [Cmd.MAP_FREEZE]: table(["map_fd", 0, "fd"]),
  [Cmd.MAP_LOOKUP_BATCH]: inMember("batch", lookupBatch()),
  [Cmd.MAP_LOOKUP_AND_DELETE_BATCH]: inMember("batch", lookupBatch()),
  [Cmd.MAP_UPDATE_BATCH]: inMember("batch", writeBatch(inValuesBytes)),
  [Cmd.MAP_DELETE_BATCH]: inMember("batch", writeBatch(undefined)),
  [Cmd.OBJ_PIN]: pinned(),
  [Cmd.OBJ_GET]: pinned(),
  [Cmd.MAP_GET_NEXT_ID]: nextId(),
  [Cmd.BTF_GET_NEXT_ID]: nextId(),
  [Cmd.MAP_GET_FD_BY_ID]: table(["map_id", 0, "u32"], ["next_id", 4, "u32"], ["open_flags", 8, "u32"]),
  [Cmd.BTF_GET_FD_BY_ID]: table(["btf_id", 0, "u32"], ["next_id", 4, "u32"], ["open_flags", 8, "u32"]),
  [Cmd.OBJ_GET_INFO_BY_FD]: inMember("info", table(
    ["bpf_fd", 0, "fd"],
    ["info_len", 4, "u32", "out"],
    ["info", 8, "ptr", "out", announced("info_len", Limit.PAGE_SIZE)],
  )),
  [Cmd.BTF_LOAD]: table(
    ["btf", 0, "ptr", undefined, announced("btf_size", 2 ** 32)],
    ["btf_log_buf", 8, "ptr", "out", announced("btf_log_size", 2 ** 32)],
    ["btf_size", 16, "u32"],
    ["btf_log_size", 20, "u32"],
    ["btf_log_level", 24, "u32"],
    ["btf_log_true_size", 28, "u32", "out"],
    ["btf_flags", 32, "u32"],
    ["btf_token_fd", 36, "s32"],
  ),
};

/** The fields of `cmd`; a command that takes no map, or does not exist, has none. */
export function attrTable(cmd: number): AttrTable {
  return (TABLES as { readonly [cmd: number]: AttrTable | undefined })[cmd] ?? NO_FIELDS;
}

type FieldsOf<T> = T extends { names: ReadonlySet<infer N extends keyof BpfAttr> } ? N : never;

/** `batch` for the commands that may be given so; `info` is the name of a field besides. */
type MemberOf<T> = T extends { member: "batch" } ? "batch" : never;

/**
 * The attr of a command, `AttrOf<typeof BPF_MAP_CREATE>`: only the fields that the command has. All there are for a command that
 * is not known when the program is compiled.
 */
export type AttrOf<C extends number> = `${number}` extends `${C}` // As text: TypeScript takes any number for an enum's member.
  ? BpfAttr
  : C extends keyof typeof TABLES
    ? Pick<BpfAttr, FieldsOf<(typeof TABLES)[C]> | MemberOf<(typeof TABLES)[C]>>
    : BpfAttr;

/** The attr of BPF_MAP_CREATE. */
export type MapCreateAttr = AttrOf<Cmd.MAP_CREATE>;

/** Whether the type's lookup batches walk buckets (the hash family) and not keys. */
export function bucketWise(type: number): boolean {
  return (
    type === MapType.HASH ||
    type === MapType.PERCPU_HASH ||
    type === MapType.LRU_HASH ||
    type === MapType.LRU_PERCPU_HASH ||
    type === MapType.HASH_OF_MAPS
  );
}

/** Bytes of one value as user space sees it. */
export function userValueSize(type: number, valueSize: number, cpus: number): number {
  switch (type) {
    case MapType.PERCPU_HASH:
    case MapType.PERCPU_ARRAY:
    case MapType.LRU_PERCPU_HASH:
    case MapType.PERCPU_CGROUP_STORAGE:
      return roundUp8(valueSize) * cpus;
    case MapType.PROG_ARRAY:
    case MapType.PERF_EVENT_ARRAY:
    case MapType.CGROUP_ARRAY:
    case MapType.ARRAY_OF_MAPS:
    case MapType.HASH_OF_MAPS:
      return 4;
    default:
      return valueSize;
  }
}
