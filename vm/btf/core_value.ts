import { Core, isEnumKind } from "./core_spec.ts";
import type { Spec } from "./core_spec.ts";
import * as kinds from "./kinds.ts";

const UNIT_BYTES_MAX = 8;

/** What a relocation gives for a spec. */
export interface CoreValue {
  readonly value: bigint;
  /** Whether the instruction has to hold the local value before: not for bitfields, whose units compilers choose as they like. */
  readonly comparable: boolean;
  /** Bytes of the field, for byte offsets: accesses are made to fit if the field is an unsigned number or a pointer. */
  readonly fieldBytes?: number;
  readonly isUnsigned?: boolean;
}

interface Place {
  readonly byteOffset: number;
  readonly bytes: number;
  readonly bitSize: number;
  readonly isBitfield: boolean;
}

/** Where a field lies: a bitfield in the aligned unit of its type that holds it, or in one twice as large, up to 8 bytes. */
function placeOf({ types, bitOffset, member, fieldType }: Spec): Place | undefined {
  const size = types.sizeOf(fieldType);
  if (size === undefined) return undefined;
  const bitSize = member?.bitfieldSize ?? 0;
  if (bitSize === 0) return { byteOffset: bitOffset / 8, bytes: size, bitSize: size * 8, isBitfield: false };
  for (let bytes = size; bytes <= UNIT_BYTES_MAX && bytes > 0; bytes *= 2) {
    const byteOffset = Math.floor(bitOffset / 8 / bytes) * bytes;
    if (bitOffset + bitSize - byteOffset * 8 <= bytes * 8) return { byteOffset, bytes, bitSize, isBitfield: true };
  }
  return undefined;
}

/** The value of a relocation for a spec that is there; undefined where the field is of no use for this kind. */
export function coreValue(spec: Spec, kind: number): CoreValue | undefined {
  const { types, root } = spec;
  const plain = (value: bigint | number): CoreValue => ({ value: BigInt(value), comparable: true });
  if (isEnumKind(kind)) return plain(kind === Core.ENUM_VALUE ? types.enumValue(spec.steps[0].type, spec.steps[0].index) : 1n);
  switch (kind) {
    case Core.FIELD_EXISTS:
    case Core.TYPE_EXISTS:
    case Core.TYPE_MATCHES:
      return plain(1);
    case Core.LOCAL_TYPE_ID:
    case Core.TARGET_TYPE_ID:
      return { value: BigInt(root), comparable: false };
    case Core.TYPE_SIZE:
      return plain(types.sizeOf(root) ?? 0);
    default:
      return fieldValue(spec, kind);
  }
}

function fieldValue(spec: Spec, kind: number): CoreValue | undefined {
  const place = placeOf(spec);
  if (place === undefined) return undefined;
  const { byteOffset, bytes, bitSize, isBitfield } = place;
  const plain = (value: number, comparable: boolean): CoreValue => ({ value: BigInt(value), comparable });
  switch (kind) {
    case Core.BYTE_OFFSET:
      return { ...plain(byteOffset, !isBitfield), ...(isBitfield ? {} : { fieldBytes: bytes, isUnsigned: isUnsigned(spec) }) };
    case Core.BYTE_SIZE:
      return plain(bytes, !isBitfield);
    case Core.SIGNED:
      return plain(isSigned(spec) ? 1 : 0, true);
    case Core.LSHIFT_U64:
      return plain(64 - (spec.bitOffset + bitSize - byteOffset * 8), !isBitfield);
    default:
      return plain(64 - bitSize, true);
  }
}

function isSigned({ types, fieldType }: Spec): boolean {
  const id = types.skipModifiers(fieldType);
  if (kinds.isEnumKind(types.kind(id))) return types.kindFlag(id);
  return types.kind(id) === kinds.INT && (types.int(id).encoding & kinds.INT_SIGNED) !== 0;
}

function isUnsigned({ types, fieldType }: Spec): boolean {
  const id = types.skipModifiers(fieldType);
  return types.kind(id) === kinds.PTR || (types.kind(id) === kinds.INT && (types.int(id).encoding & kinds.INT_SIGNED) === 0);
}
