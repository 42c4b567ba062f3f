// How the tables of fields are made: attr.ts has those of the commands on maps, attr_programs.ts the others.
import type { BpfAttr } from "./attr_fields.ts";

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
export type Counts = Pick<BpfAttr, CountName>;

export type CountName =
  | "count" | "info_len" | "excl_prog_hash_size" | "btf_size" | "btf_log_size"
  | "insn_cnt" | "log_size" | "func_info_cnt" | "func_info_rec_size" | "line_info_cnt" | "line_info_rec_size"
  | "core_relo_cnt" | "core_relo_rec_size" | "fd_array_cnt" | "signature_size"
  | "data_size_in" | "data_size_out" | "ctx_size_in" | "ctx_size_out" | "stream_buf_len";

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

export type Row<N extends keyof BpfAttr = keyof BpfAttr> = readonly [
  name: N,
  offset: number,
  kind: FieldKind,
  out?: "out",
  bytes?: AttrField["bytes"],
  each?: AttrField["each"],
];

export function table<N extends keyof BpfAttr = never>(...rows: readonly Row<N>[]): AttrTable<N, undefined> {
  const fields = rows.map(([name, offset, kind, out, bytes, each]) => ({ name, offset, kind, out: out === "out", bytes, each }));
  const outs = fields.filter(({ out, kind }) => out && kind !== "ptr");
  return { fields, names: new Set(rows.map((row) => row[0])), hasMapFd: rows.some((row) => row[0] === "map_fd"), outs, member: undefined };
}

/** A table whose fields may be given in a member of the attr. */
export function inMember<N extends keyof BpfAttr, M extends "batch" | "info">(member: M, fields: AttrTable<N, undefined>): AttrTable<N, M> {
  return { ...fields, member };
}

/** Bytes that a field of the attr itself announces. */
export const announced =
  (name: CountName, max: number): AttrField["bytes"] =>
  (attr) => {
    const size = attr[name] ?? 0;
    return size > max ? 0 : size;
  };

/** Commands that no table names take an empty object only: the core answers them without looking at a field. */
export const NO_FIELDS: AttrTable = table();
