import * as kinds from "./kinds.ts";
import type { BtfTypes, Member, SectionVar } from "./types.ts";

/** A broken rule: what BTF_LOAD answers, and the text that it ends its log with. */
export class BtfError extends Error {
  readonly errno: number;

  constructor(errno: number, text: string) {
    super(text);
    this.errno = errno;
  }
}

const ENCODINGS: Readonly<Record<number, string>> = {
  0: "(none)", [kinds.INT_SIGNED]: "SIGNED", [kinds.INT_CHAR]: "CHAR", [kinds.INT_BOOL]: "BOOL",
};

/** A name as the log shows it. */
export function shownName(types: BtfTypes, offset: number): string {
  if (offset === 0) return "(anon)";
  return types.hasString(offset) ? types.string(offset) : "(invalid-name-offset)";
}

function protoArguments(types: BtfTypes, id: number): string {
  const params = types.params(id);
  if (params.length === 0) return "void";
  return params
    .map(({ nameOffset, type }, index) =>
      index === params.length - 1 && type === 0 ? "vararg" : `${type} ${shownName(types, nameOffset)}`)
    .join(", ");
}

/** What the log says of a type behind its kind and name. */
function details(types: BtfTypes, id: number): string {
  const third = types.sizeOrType(id);
  switch (types.kind(id)) {
    case kinds.INT: {
      const { encoding, offset, bits } = types.int(id);
      return `size=${third} bits_offset=${offset} nr_bits=${bits} encoding=${ENCODINGS[encoding] ?? "UNKN"}`;
    }
    case kinds.ARRAY: {
      const { type, indexType, count } = types.array(id);
      return `type_id=${type} index_type_id=${indexType} nr_elems=${count}`;
    }
    case kinds.STRUCT:
    case kinds.UNION:
    case kinds.ENUM:
    case kinds.ENUM64:
    case kinds.DATASEC:
      return `size=${third} vlen=${types.vlen(id)}`;
    case kinds.FWD:
      return types.kindFlag(id) ? "union" : "struct";
    case kinds.FUNC_PROTO:
      return `return=${third} args=(${protoArguments(types, id)})`;
    case kinds.VAR:
      return `type_id=${third} linkage=${types.linkage(id)}`;
    case kinds.FLOAT:
      return `size=${third}`;
    case kinds.DECL_TAG:
      return `type=${third} component_idx=${types.component(id)}`;
    default:
      return `type_id=${third}`;
  }
}

/** `[1] INT int`, for rules that concern the type's shape and not its content. */
export function basicLine(types: BtfTypes, id: number): string {
  return `[${id}] ${kinds.KIND_NAMES[types.kind(id)]} ${shownName(types, types.nameOffset(id))}`;
}

/** `[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED`. */
export function typeLine(types: BtfTypes, id: number): string {
  return `${basicLine(types, id)} ${details(types, id)}`;
}

/** `\tx type_id=1 bits_offset=0`: a member of a STRUCT or UNION. */
export function memberLine(types: BtfTypes, id: number, member: Member): string {
  const bitfield = types.kindFlag(id) ? ` bitfield_size=${member.bitfieldSize}` : "";
  return `\t${shownName(types, member.nameOffset)} type_id=${member.type}${bitfield} bits_offset=${member.bitOffset}`;
}

/** `\t type_id=26 offset=0 size=4`: a variable of a DATASEC. */
export function sectionVarLine({ type, offset, size }: SectionVar): string {
  return `\t type_id=${type} offset=${offset} size=${size}`;
}
