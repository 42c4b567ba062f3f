import { BtfAt, BtfRow, BtfRowFlag } from "../uapi/prog_constants";
import { heap_free } from "../mem/heap";
import { Obj } from "./object";

// A BTF object: its bytes, and what the machine found in them that maps with BTF must know of a type (BtfRow), so that
// MAP_CREATE needs no parser.

@unmanaged
export class Btf extends Obj {
  size: u32;
  data: usize;
  /** Rows of all types from type 0 on, and behind them the special fields. */
  table: usize;
  nr_types: u32;
}
if (offsetof<Btf>("id") != BtfAt.ID || offsetof<Btf>("size") != BtfAt.SIZE || offsetof<Btf>("data") != BtfAt.DATA) ERROR("BtfAt");

/** The row of a type, or 0 when there is no such type. */
export function btf_row(btf: Btf, type_id: u32): usize {
  return type_id < btf.nr_types ? btf.table + <usize>type_id * BtfRow.SIZE : 0;
}

@inline
export function row_kind(row: usize): u32 {
  return load<u8>(row, BtfRow.KIND);
}

@inline
export function row_has(row: usize, flag: BtfRowFlag): bool {
  return (load<u8>(row, BtfRow.FLAGS) & flag) != 0;
}

@inline
export function row_bytes(row: usize): u32 {
  return load<u32>(row, BtfRow.BYTES);
}

export function row_field_count(row: usize): u32 {
  return load<u16>(row, BtfRow.FIELD_COUNT);
}

/** Address of the i-th special field of a type: kind, offset, size, each u32. */
export function row_field(btf: Btf, row: usize, i: u32): usize {
  const first = load<u32>(row, BtfRow.FIELDS);
  return btf.table + <usize>btf.nr_types * BtfRow.SIZE + <usize>(first + i) * BtfRow.FIELD_SIZE;
}

/** Frees a BTF object, whole or not. */
export function btf_free(btf: Btf): void {
  heap_free(btf.table);
  heap_free(btf.data);
  heap_free(changetype<usize>(btf));
}
