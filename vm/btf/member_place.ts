import * as kinds from "./kinds.ts";
import type { BtfTypes, Member } from "./types.ts";

const MISALIGNED = "Member is not byte aligned";
const EXCEEDS = "Member exceeds struct_size";
const BITFIELD_SIZE = "Invalid member bitfield_size";
const OFFSET = "Invalid member offset";

const ENUM_BITS = 32;
const FLOAT_ALIGN_MAX = 8;
const REGULAR_INT_BYTES = [1, 2, 4, 8, 16];

/** Whether an INT has the bits of one that C has. Its size is not asked. */
export function isRegularInt(types: BtfTypes, id: number): boolean {
  const { offset, bits } = types.int(id);
  return offset === 0 && REGULAR_INT_BYTES.includes(bits / 8);
}

const bytesOf = (bits: number): number => Math.ceil(bits / 8);

/** The rule that a member's place in its struct breaks, or undefined. `bytes` is the size of the member's type. */
export function checkMemberPlace(types: BtfTypes, struct: number, member: Member, bytes: number): string | undefined {
  const size = types.sizeOrType(struct);
  const type = types.skipModifiers(member.type);
  const kind = types.kind(type);
  if (types.kindFlag(struct)) {
    if (kind === kinds.INT) return flaggedInt(types, type, member, size);
    if (kinds.isEnumKind(kind)) return flaggedEnum(member, size);
    return member.bitfieldSize === 0 ? wholeMember(types, type, member, size, bytes) : BITFIELD_SIZE;
  }
  return kind === kinds.INT ? plainInt(types, type, member, size) : wholeMember(types, type, member, size, bytes);
}

/** What lies on whole bytes; floats at multiples of their size, too. */
function wholeMember(types: BtfTypes, type: number, { bitOffset }: Member, size: number, bytes: number): string | undefined {
  const offset = Math.floor(bitOffset / 8);
  if (types.kind(type) === kinds.FLOAT) {
    if (bitOffset % (8 * Math.min(types.sizeOrType(type), FLOAT_ALIGN_MAX)) !== 0) return "Member is not properly aligned";
  } else if (bitOffset % 8 !== 0) {
    return MISALIGNED;
  }
  return size - offset < bytes ? EXCEEDS : undefined;
}

/** An int of a struct without kind_flag: its own bits are the bitfield. */
function plainInt(types: BtfTypes, type: number, { bitOffset }: Member, size: number): string | undefined {
  const { offset, bits } = types.int(type);
  const start = bitOffset + offset;
  if ((start % 8) + bits > 128) return "nr_bits exceeds 128";
  return bytesOf(start + bits) > size ? EXCEEDS : undefined;
}

function flaggedInt(types: BtfTypes, type: number, { bitOffset, bitfieldSize }: Member, size: number): string | undefined {
  if (!isRegularInt(types, type)) return "Invalid member base type";
  const { bits } = types.int(type);
  if (bitfieldSize === 0) {
    if (bitOffset % 8 !== 0) return OFFSET;
    return bytesOf(bitOffset + bits) > size ? EXCEEDS : undefined;
  }
  if (bitfieldSize > bits) return BITFIELD_SIZE;
  return bytesOf(bitOffset + bitfieldSize) > size ? EXCEEDS : undefined;
}

/** An enumeration of a struct with kind_flag counts as an int of 32 bits, whatever its size. */
function flaggedEnum({ bitOffset, bitfieldSize }: Member, size: number): string | undefined {
  if (bitfieldSize === 0 && bitOffset % 8 !== 0) return MISALIGNED;
  if (bitfieldSize > ENUM_BITS) return BITFIELD_SIZE;
  return bytesOf(bitOffset + (bitfieldSize === 0 ? ENUM_BITS : bitfieldSize)) > size ? EXCEEDS : undefined;
}
