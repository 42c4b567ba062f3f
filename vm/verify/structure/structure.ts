import type { BtfTypes } from "../../btf/types.ts";
import type { BtfFacts, Immediates, MapFacts } from "../../image.ts";
import type { Insn } from "../../insn/insn.ts";

/** One function of a program: the slots from `start` up to `end`. */
export interface FunctionShape {
  readonly start: number;
  readonly end: number;
  /** It calls tail_call, or loads bytes with LD_ABS or LD_IND. */
  readonly hasTailCall: boolean;
  readonly hasLdAbs: boolean;
  /** Its FUNC in the program's BTF, 0 without func_info. */
  readonly typeId: number;
  /** Empty without func_info. */
  readonly name: string;
  /** Verified by itself, its callers know its prototype only. Function 0 never is. */
  readonly isGlobal: boolean;
}

/** What a 64-bit immediate load loads. */
export type Load64 =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "map"; readonly map: MapFacts }
  | { readonly kind: "value"; readonly map: MapFacts; readonly offset: number }
  | { readonly kind: "function"; readonly index: number }
  | { readonly kind: "symbol"; readonly typeId: number; readonly name: string };

/** A kernel function that a program calls. */
export interface KernelFunction {
  /** Its FUNC and FUNC_PROTO in the kernel's BTF. */
  readonly id: number;
  readonly proto: number;
  readonly name: string;
}

/** The BTF of a program. */
export interface ProgramBtf {
  readonly facts: BtfFacts;
  readonly types: BtfTypes;
}

/** What is known of a program whose structure is right. */
export interface Structure {
  /** The instructions after CO-RE relocation. */
  readonly insns: readonly Insn[];
  /** By start; function 0 is the entry. */
  readonly functions: readonly FunctionShape[];
  /** What each 64-bit immediate load loads, by the index of its first slot, and as the number that engines load. */
  readonly loads: ReadonlyMap<number, Load64>;
  readonly immediates: Immediates;
  /** Maps in the order of map_ids. */
  readonly maps: readonly MapFacts[];
  /** Kernel functions by the index of the call. */
  readonly kernelFunctions: ReadonlyMap<number, KernelFunction>;
  readonly kernelBtf?: BtfTypes;
  readonly btf?: ProgramBtf;
  /** Records as info reports them: 8 and 16 bytes each. */
  readonly funcInfo?: Uint8Array;
  readonly lineInfo?: Uint8Array;
}
