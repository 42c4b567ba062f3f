import type { MapFacts } from "../../../image.ts";
import type { Reg } from "../reg.ts";

/** What the arguments of one call turn out to be. */
export interface CallFacts {
  readonly helper: number;
  map?: MapFacts;
  mapReg?: Reg;
  /** Stack bytes that the helper fills. */
  filled?: { readonly number: number; readonly at: number; readonly size: number };
  /** The greatest size that was given. */
  sizeMax?: bigint;
  /** A constant size of memory that the helper gives. */
  memorySize?: number;
  /** The reference that an argument carries. */
  refId: number;
  /** The function that is called back. */
  callback?: number;
  /** The constant key of an array lookup. */
  key?: number;
  dynptr?: { readonly number: number; readonly refId: number; readonly kind: string };
}
