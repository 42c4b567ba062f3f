import { Bytes } from "./bytes.ts";
import { EMPTY, Op } from "./wasm.ts";

/** The instructions of one WebAssembly function, as they are written. */
export class Code extends Bytes {
  op(opcode: number): void {
    this.byte(opcode);
  }

  get(local: number): void {
    this.byte(Op.local_get);
    this.unsigned(local);
  }

  set(local: number): void {
    this.byte(Op.local_set);
    this.unsigned(local);
  }

  tee(local: number): void {
    this.byte(Op.local_tee);
    this.unsigned(local);
  }

  getGlobal(global: number): void {
    this.byte(Op.global_get);
    this.unsigned(global);
  }

  setGlobal(global: number): void {
    this.byte(Op.global_set);
    this.unsigned(global);
  }

  i32(value: number): void {
    this.byte(Op.i32_const);
    this.signed(value);
  }

  /** A constant of 64 bits that fits in 32 signed ones. */
  i64(value: number): void {
    this.byte(Op.i64_const);
    this.signed(value);
  }

  bigI64(value: bigint): void {
    this.byte(Op.i64_const);
    this.signed64(value);
  }

  /** A load or store, of any alignment. */
  memory(opcode: number, offset = 0): void {
    this.byte(opcode);
    this.byte(0);
    this.unsigned(offset);
  }

  call(index: number): void {
    this.byte(Op.call);
    this.unsigned(index);
  }

  callIndirect(type: number, table: number): void {
    this.byte(Op.call_indirect);
    this.unsigned(type);
    this.unsigned(table);
  }

  block(): void {
    this.byte(Op.block);
    this.byte(EMPTY);
  }

  loop(): void {
    this.byte(Op.loop);
    this.byte(EMPTY);
  }

  if(): void {
    this.byte(Op.if);
    this.byte(EMPTY);
  }

  end(): void {
    this.byte(Op.end);
  }

  br(depth: number): void {
    this.byte(Op.br);
    this.unsigned(depth);
  }

  brIf(depth: number): void {
    this.byte(Op.br_if);
    this.unsigned(depth);
  }

  /** Pushes the number of a table's elements. */
  tableSize(table: number): void {
    this.byte(Op.prefix);
    this.unsigned(Op.prefixed_table_size);
    this.unsigned(table);
  }
}
