/** Kinds of BTF types. */
export const INT = 1;
export const PTR = 2;
export const ARRAY = 3;
export const STRUCT = 4;
export const UNION = 5;
export const ENUM = 6;
export const FWD = 7;
export const TYPEDEF = 8;
export const VOLATILE = 9;
export const CONST = 10;
export const RESTRICT = 11;
export const FUNC = 12;
export const FUNC_PROTO = 13;
export const VAR = 14;
export const DATASEC = 15;
export const FLOAT = 16;
export const DECL_TAG = 17;
export const TYPE_TAG = 18;
export const ENUM64 = 19;
export const KIND_MAX = ENUM64;

export const KIND_NAMES = [
  "UNKNOWN", "INT", "PTR", "ARRAY", "STRUCT", "UNION", "ENUM", "FWD", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT", "FUNC", "FUNC_PROTO",
  "VAR", "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64",
] as const;

/** Bytes that follow a type's first 12: a fixed part, and a part for each of its `vlen` items. */
export const FIXED_BYTES: Readonly<Record<number, number>> = { [INT]: 4, [ARRAY]: 12, [VAR]: 4, [DECL_TAG]: 4 };
export const ITEM_BYTES: Readonly<Record<number, number>> = {
  [STRUCT]: 12, [UNION]: 12, [ENUM]: 8, [FUNC_PROTO]: 8, [DATASEC]: 12, [ENUM64]: 12,
};

/** Bytes of every type's first part. */
export const TYPE_BYTES = 12;
/** The greatest type id. */
export const TYPE_ID_MAX = 0xfffff;

/** Encodings of an INT. */
export const INT_SIGNED = 1;
export const INT_CHAR = 2;
export const INT_BOOL = 4;

/** Linkage of a FUNC or VAR. */
export const LINKAGE_STATIC = 0;
export const LINKAGE_GLOBAL = 1;
export const LINKAGE_EXTERN = 2;

export const isModifierKind = (kind: number): boolean =>
  kind === TYPEDEF || kind === VOLATILE || kind === CONST || kind === RESTRICT || kind === TYPE_TAG;
export const isStructKind = (kind: number): boolean => kind === STRUCT || kind === UNION;
export const isEnumKind = (kind: number): boolean => kind === ENUM || kind === ENUM64;
