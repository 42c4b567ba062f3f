import type { Kind } from "../reg.ts";

/** What a load of a field gives: a number, or a pointer. */
export interface Field {
  readonly offset: number;
  readonly size: number;
  readonly write?: boolean;
  /** Sizes of access that are allowed; without it, any aligned width up to `size`. */
  readonly exactly?: readonly number[];
  /** Sizes of stores; without it those of 4 bytes. */
  readonly writeExactly?: readonly number[];
  readonly kind?: Kind;
  readonly flags?: number;
  /** Only with this expected_attach_type. */
  readonly attach?: readonly number[];
}

/** What a program type may do with its context. */
export interface ContextTable {
  readonly fields: readonly Field[];
  /** A context that is plain memory: any aligned access from `min` up to `size`. */
  readonly plain?: { readonly min: number; readonly size: number; readonly write: boolean };
  readonly canWritePacket: boolean;
  readonly hasPacket: boolean;
  readonly allowsLdAbs: boolean;
}

export const field = (offset: number, size: number, rest: Partial<Field> = {}): Field => ({ offset, size, ...rest });

/** A field that holds for an access, or undefined. */
export function findField(table: ContextTable, offset: number, size: number, isWrite: boolean, attach: number): Field | undefined {
  for (const candidate of table.fields) {
    if (offset < candidate.offset || offset + size > candidate.offset + candidate.size) continue;
    if (candidate.attach !== undefined && !candidate.attach.includes(attach)) continue;
    if (offset % size !== 0) continue;
    if (isWrite) {
      if (candidate.write !== true) continue;
      const sizes = candidate.writeExactly ?? [4];
      if (!sizes.includes(size)) continue;
    } else if (candidate.exactly !== undefined) {
      if (!candidate.exactly.includes(size) || (offset - candidate.offset) % size !== 0) continue;
    }
    return candidate;
  }
  return undefined;
}
