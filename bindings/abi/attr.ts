// union bpf_attr as objects: which fields each command has, where they lie, and which buffers the core writes. One
// table per command; `marshal.ts` reads them and knows no command by name. The commands on programs have theirs in
// attr_programs.ts, which comes with the machine.
import { Cmd, Limit, MapType } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "./attr_fields.ts";
import type { PROGRAM_TABLES } from "./attr_programs.ts";
import { announced, type AttrField, type AttrTable, type Counts, type MapShape, inMember, NO_FIELDS, type Row, table } from "./attr_table.ts";
import { roundUp8 } from "./bytes.ts";
import type { Machine } from "./machine.ts";

export type { AttrPointer, BatchAttr, BpfAttr, InfoAttr } from "./attr_fields.ts";
export type { AttrField, Counts, MapShape } from "./attr_table.ts";

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

/** The fields of `cmd`; a command that nobody has a table of, or that does not exist, has none. */
export function attrTable(cmd: number, machine: Machine | undefined): AttrTable {
  return (TABLES as { readonly [cmd: number]: AttrTable | undefined })[cmd] ?? machine?.attrTables[cmd] ?? NO_FIELDS;
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
    : C extends keyof typeof PROGRAM_TABLES
      ? Pick<BpfAttr, FieldsOf<(typeof PROGRAM_TABLES)[C]>>
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
