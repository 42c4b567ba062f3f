import * as kinds from "./kinds.ts";
import type { BtfTypes, Member } from "./types.ts";

// Access strings of CO-RE relocations: which field, enumerator or type a relocation is about, in the types of the program, and the
// same looked for by name in the types of a kernel.

/** Kinds of relocations. */
export const Core = {
  BYTE_OFFSET: 0, BYTE_SIZE: 1, FIELD_EXISTS: 2, SIGNED: 3, LSHIFT_U64: 4, RSHIFT_U64: 5, LOCAL_TYPE_ID: 6, TARGET_TYPE_ID: 7,
  TYPE_EXISTS: 8, TYPE_SIZE: 9, ENUM_VALUE_EXISTS: 10, ENUM_VALUE: 11, TYPE_MATCHES: 12,
} as const;

export const isFieldKind = (kind: number): boolean => kind <= Core.RSHIFT_U64;
export const isTypeKind = (kind: number): boolean =>
  (kind >= Core.LOCAL_TYPE_ID && kind <= Core.TYPE_SIZE) || kind === Core.TYPE_MATCHES;
export const isEnumKind = (kind: number): boolean => kind === Core.ENUM_VALUE_EXISTS || kind === Core.ENUM_VALUE;

/** One step from a type into it. */
export interface Step {
  /** The struct, union, array or enumeration that is stepped into. */
  readonly type: number;
  /** Member, element or enumerator. */
  readonly index: number;
  /** Empty for elements of arrays. */
  readonly name: string;
}

/** What a relocation is about, in one blob's types. */
export interface Spec {
  readonly types: BtfTypes;
  readonly root: number;
  readonly steps: readonly Step[];
  /** Bits from the root to the field. */
  readonly bitOffset: number;
  /** The last member stepped into, if the field is no element of an array. */
  readonly member?: Member;
  /** Type of the field: the last member's or element's. */
  readonly fieldType: number;
}

/** A name without its flavour: `thing___old` is `thing`. */
export function essentialName(name: string): string {
  const at = name.indexOf("___", 1);
  return at > 0 && at + 3 < name.length ? name.slice(0, at) : name;
}

/** Follows an access string; undefined where it fits neither the kind nor the types. */
export function parseSpec(types: BtfTypes, root: number, access: string, kind: number): Spec | undefined {
  if (!/^\d+(:\d+)*$/.test(access) || kind > Core.TYPE_MATCHES) return undefined;
  const indexes = access.split(":").map(Number);
  const base = types.skipModifiers(root);
  if (isTypeKind(kind)) return indexes.length === 1 && indexes[0] === 0 ? spec(types, root, [], 0, undefined, root) : undefined;
  if (isEnumKind(kind)) {
    if (!kinds.isEnumKind(types.kind(base)) || indexes.length !== 1 || indexes[0] >= types.vlen(base)) return undefined;
    const name = types.string(types.enumNameOffset(base, indexes[0]));
    return spec(types, root, [{ type: base, index: indexes[0], name }], 0, undefined, base);
  }
  return fieldSpec(types, root, base, indexes);
}

const spec = (
  types: BtfTypes, root: number, steps: readonly Step[], bitOffset: number, member: Member | undefined, fieldType: number,
): Spec => ({ types, root, steps, bitOffset, member, fieldType });

function fieldSpec(types: BtfTypes, root: number, base: number, indexes: readonly number[]): Spec | undefined {
  const size = types.sizeOf(base);
  if (size === undefined) return undefined;
  const steps: Step[] = [{ type: base, index: indexes[0], name: "" }];
  let bitOffset = indexes[0] * size * 8;
  let type = base;
  let fieldType = root;
  let member: Member | undefined;
  /** Whether nothing of the struct lies behind: a flexible array may be here. */
  let isLast = true;
  for (const index of indexes.slice(1)) {
    const kind = types.kind(type);
    if (kinds.isStructKind(kind)) {
      if (index >= types.vlen(type)) return undefined;
      member = types.member(type, index);
      bitOffset += member.bitOffset;
      steps.push({ type, index, name: types.string(member.nameOffset) });
      isLast = index === types.vlen(type) - 1;
      fieldType = member.type;
    } else if (kind === kinds.ARRAY) {
      const array = types.array(type);
      const element = types.sizeOf(array.type);
      if (element === undefined || (index >= array.count && !(isLast && array.count === 0))) return undefined;
      bitOffset += index * element * 8;
      steps.push({ type, index, name: "" });
      member = undefined;
      fieldType = array.type;
    } else {
      return undefined;
    }
    type = types.skipModifiers(fieldType);
  }
  return spec(types, root, steps, bitOffset, member, fieldType);
}

/** The same in another blob, from the candidate `root`; undefined where it has none. */
export function matchSpec(local: Spec, types: BtfTypes, root: number, kind: number): Spec | undefined {
  if (isTypeKind(kind)) {
    const fits = kind === Core.TYPE_MATCHES ? typesMatch(local.types, local.root, types, root, false, 0) : typesCompatible(local.types, local.root, types, root, 0);
    return fits ? spec(types, root, [], 0, undefined, root) : undefined;
  }
  const base = types.skipModifiers(root);
  if (isEnumKind(kind)) return matchEnumerator(local, types, root, base);
  return matchField(local, types, root, base);
}

function matchEnumerator(local: Spec, types: BtfTypes, root: number, base: number): Spec | undefined {
  if (!kinds.isEnumKind(types.kind(base))) return undefined;
  const wanted = essentialName(local.steps[0].name);
  for (let index = 0; index < types.vlen(base); index++) {
    const name = types.string(types.enumNameOffset(base, index));
    if (essentialName(name) === wanted) return spec(types, root, [{ type: base, index, name }], 0, undefined, base);
  }
  return undefined;
}

function matchField(local: Spec, types: BtfTypes, root: number, base: number): Spec | undefined {
  const size = types.sizeOf(base);
  if (size === undefined) return undefined;
  const steps: Step[] = [{ type: base, index: local.steps[0].index, name: "" }];
  let bitOffset = local.steps[0].index * size * 8;
  let type = base;
  let fieldType = root;
  let member: Member | undefined;
  let isLast = true;
  for (const step of local.steps.slice(1)) {
    if (local.types.kind(step.type) === kinds.ARRAY) {
      if (types.kind(type) !== kinds.ARRAY) return undefined;
      const array = types.array(type);
      const element = types.sizeOf(array.type);
      if (element === undefined || (step.index >= array.count && !(isLast && array.count === 0))) return undefined;
      bitOffset += step.index * element * 8;
      steps.push({ type, index: step.index, name: "" });
      member = undefined;
      fieldType = array.type;
    } else {
      // Anonymous steps are passed over: their members are found from the outside.
      if (step.name === "") continue;
      const found = findMember(types, type, step.name, 0);
      if (found === undefined) return undefined;
      const localType = local.types.member(step.type, step.index).type;
      if (!fieldsCompatible(local.types, localType, types, found.member.type, 0)) return undefined;
      bitOffset += found.bitOffset;
      steps.push(...found.steps);
      member = found.member;
      isLast = found.isLast;
      fieldType = member.type;
    }
    type = types.skipModifiers(fieldType);
  }
  return spec(types, root, steps, bitOffset, member, fieldType);
}

interface FoundMember {
  readonly member: Member;
  readonly bitOffset: number;
  readonly steps: readonly Step[];
  readonly isLast: boolean;
}

const DEPTH_MAX = 32;

/** A member by name, also in anonymous structs and unions. */
function findMember(types: BtfTypes, struct: number, name: string, depth: number): FoundMember | undefined {
  if (!kinds.isStructKind(types.kind(struct)) || depth === DEPTH_MAX) return undefined;
  const count = types.vlen(struct);
  for (let index = 0; index < count; index++) {
    const member = types.member(struct, index);
    const own = types.string(member.nameOffset);
    const step = { type: struct, index, name: own };
    const isLast = index === count - 1;
    if (own === name) return { member, bitOffset: member.bitOffset, steps: [step], isLast };
    if (own !== "") continue;
    const found = findMember(types, types.skipModifiers(member.type), name, depth + 1);
    if (found !== undefined) return { ...found, bitOffset: member.bitOffset + found.bitOffset, steps: [step, ...found.steps] };
  }
  return undefined;
}

const sameEnumOrKind = (a: number, b: number): boolean => a === b || (kinds.isEnumKind(a) && kinds.isEnumKind(b));

function namesFit(a: BtfTypes, aId: number, b: BtfTypes, bId: number): boolean {
  const [aName, bName] = [essentialName(a.name(aId)), essentialName(b.name(bId))];
  return aName === "" || bName === "" || aName === bName;
}

/** Whether a field of the one type may stand for one of the other. */
function fieldsCompatible(a: BtfTypes, aType: number, b: BtfTypes, bType: number, depth: number): boolean {
  const [aId, bId] = [a.skipModifiers(aType), b.skipModifiers(bType)];
  const [aKind, bKind] = [a.kind(aId), b.kind(bId)];
  if (kinds.isStructKind(aKind) && kinds.isStructKind(bKind)) return true;
  if (!sameEnumOrKind(aKind, bKind) || depth === DEPTH_MAX) return false;
  switch (aKind) {
    case kinds.PTR:
    case kinds.FLOAT:
    case kinds.INT:
      return true;
    case kinds.ENUM:
    case kinds.ENUM64:
    case kinds.FWD:
      return namesFit(a, aId, b, bId);
    case kinds.ARRAY:
      return fieldsCompatible(a, a.array(aId).type, b, b.array(bId).type, depth + 1);
    default:
      return false;
  }
}

/** Whether types of one name are of one nature, their insides apart. */
function typesCompatible(a: BtfTypes, aType: number, b: BtfTypes, bType: number, depth: number): boolean {
  const [aId, bId] = [a.skipModifiers(aType), b.skipModifiers(bType)];
  const kind = a.kind(aId);
  if (!sameEnumOrKind(kind, b.kind(bId)) || depth === DEPTH_MAX) return false;
  switch (kind) {
    case kinds.PTR:
      return typesCompatible(a, a.sizeOrType(aId), b, b.sizeOrType(bId), depth + 1);
    case kinds.ARRAY:
      return typesCompatible(a, a.array(aId).type, b, b.array(bId).type, depth + 1);
    case kinds.FUNC_PROTO:
      return protosFit(a, aId, b, bId, (aParam, bParam) => typesCompatible(a, aParam, b, bParam, depth + 1));
    default:
      return true;
  }
}

function protosFit(a: BtfTypes, aId: number, b: BtfTypes, bId: number, fit: (aType: number, bType: number) => boolean): boolean {
  return a.vlen(aId) === b.vlen(bId) && fit(a.sizeOrType(aId), b.sizeOrType(bId)) &&
    a.params(aId).every(({ type }, index) => fit(type, b.param(bId, index).type));
}

/** Whether all that the local type has is in the target, recursively; behind pointers names and kinds are enough. */
function typesMatch(a: BtfTypes, aType: number, b: BtfTypes, bType: number, behindPointer: boolean, depth: number): boolean {
  if (depth === DEPTH_MAX) return false;
  const [aId, bId] = [a.skipModifiers(aType), b.skipModifiers(bType)];
  const [aKind, bKind] = [a.kind(aId), b.kind(bId)];
  if (!namesFit(a, aId, b, bId)) return false;
  const inner = (aInner: number, bInner: number, pointer = behindPointer): boolean => typesMatch(a, aInner, b, bInner, pointer, depth + 1);
  if (behindPointer && (kinds.isStructKind(aKind) || aKind === kinds.FWD)) return aKind === bKind || aKind === kinds.FWD || bKind === kinds.FWD;
  if (!sameEnumOrKind(aKind, bKind)) return false;
  switch (aKind) {
    case kinds.STRUCT:
    case kinds.UNION:
      return a.members(aId).every((member) => {
        const found = b.members(bId).find(({ nameOffset }) => essentialName(b.string(nameOffset)) === essentialName(a.string(member.nameOffset)));
        return found !== undefined && inner(member.type, found.type);
      });
    case kinds.ENUM:
    case kinds.ENUM64:
      return enumeratorsAreIn(a, aId, b, bId);
    case kinds.INT:
      return a.sizeOrType(aId) === b.sizeOrType(bId) && a.int(aId).encoding === b.int(bId).encoding;
    case kinds.PTR:
      return inner(a.sizeOrType(aId), b.sizeOrType(bId), true);
    case kinds.ARRAY:
      return a.array(aId).count === b.array(bId).count && inner(a.array(aId).type, b.array(bId).type);
    case kinds.FUNC_PROTO:
      return protosFit(a, aId, b, bId, inner);
    default:
      return true;
  }
}

function enumeratorsAreIn(a: BtfTypes, aId: number, b: BtfTypes, bId: number): boolean {
  const namesOf = (types: BtfTypes, id: number): string[] =>
    Array.from({ length: types.vlen(id) }, (_, index) => essentialName(types.string(types.enumNameOffset(id, index))));
  const present = new Set(namesOf(b, bId));
  return namesOf(a, aId).every((name) => present.has(name));
}
