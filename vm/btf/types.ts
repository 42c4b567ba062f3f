import {
  ARRAY, ENUM64, FIXED_BYTES, FLOAT, INT, isEnumKind, isModifierKind, isStructKind, ITEM_BYTES, PTR, TYPE_BYTES, DATASEC, VAR, KIND_MAX,
} from "./kinds.ts";

/** Where the sections of a BTF blob lie, in bytes from its start. */
export interface Sections {
  readonly typesStart: number;
  readonly typesEnd: number;
  readonly stringsStart: number;
  readonly stringsEnd: number;
}

/** A member of a STRUCT or UNION. */
export interface Member {
  readonly nameOffset: number;
  readonly type: number;
  /** Bits from the start of the struct. */
  readonly bitOffset: number;
  /** Bits of a bitfield, or 0. */
  readonly bitfieldSize: number;
  /** The word as it stands, offset and size together. */
  readonly offsetWord: number;
}

export interface Param {
  readonly nameOffset: number;
  readonly type: number;
}

/** A variable of a DATASEC. */
export interface SectionVar {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export interface ArrayType {
  readonly type: number;
  readonly indexType: number;
  readonly count: number;
}

/** What an INT is made of. */
export interface IntType {
  readonly encoding: number;
  readonly offset: number;
  readonly bits: number;
}

const POINTER_BYTES = 8;

/** The types of a BTF blob, read from its bytes as they are asked for. Ids start at 1; 0 is void. */
export class BtfTypes {
  readonly bytes: Uint8Array;
  readonly sections: Sections;
  readonly #view: DataView;
  /** Where each type starts, by id. */
  readonly #starts: number[] = [0];
  #ids: Map<string, number[]> | undefined;
  #essentialIds: Map<string, number[]> | undefined;

  constructor(bytes: Uint8Array, sections: Sections) {
    this.bytes = bytes;
    this.sections = sections;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** One more than the greatest id. */
  get end(): number {
    return this.#starts.length;
  }

  /** Takes the bytes at `start` for the next type. */
  add(start: number): number {
    return this.#starts.push(start) - 1;
  }

  has(id: number): boolean {
    return id > 0 && id < this.#starts.length;
  }

  startOf(id: number): number {
    return this.#starts[id];
  }

  word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  info(id: number): number {
    return this.word(this.#starts[id] + 4);
  }

  /** The kind; 0 for void and for ids that are not there. */
  kind(id: number): number {
    return this.has(id) ? (this.info(id) >>> 24) & 0x1f : 0;
  }

  vlen(id: number): number {
    return this.info(id) & 0xffff;
  }

  kindFlag(id: number): boolean {
    return this.info(id) >>> 31 === 1;
  }

  /** The third word: a size in bytes, or the type that this one refers to. */
  sizeOrType(id: number): number {
    return this.word(this.#starts[id] + 8);
  }

  nameOffset(id: number): number {
    return this.word(this.#starts[id]);
  }

  name(id: number): string {
    return this.has(id) ? this.string(this.nameOffset(id)) : "";
  }

  hasString(offset: number): boolean {
    return offset < this.sections.stringsEnd - this.sections.stringsStart;
  }

  /** The string at an offset of the string section, a character per byte; empty where there is none. */
  string(offset: number): string {
    if (!this.hasString(offset)) return "";
    let text = "";
    for (let at = this.sections.stringsStart + offset; at < this.sections.stringsEnd && this.bytes[at] !== 0; at++) {
      text += String.fromCharCode(this.bytes[at]);
    }
    return text;
  }

  int(id: number): IntType {
    const word = this.#extra(id, 0);
    return { encoding: (word >>> 24) & 0xf, offset: (word >>> 16) & 0xff, bits: word & 0xff };
  }

  array(id: number): ArrayType {
    return { type: this.#extra(id, 0), indexType: this.#extra(id, 1), count: this.#extra(id, 2) };
  }

  member(id: number, index: number): Member {
    const offsetWord = this.#extra(id, index * 3 + 2);
    const flag = this.kindFlag(id);
    return {
      nameOffset: this.#extra(id, index * 3),
      type: this.#extra(id, index * 3 + 1),
      bitOffset: flag ? offsetWord & 0xffffff : offsetWord,
      bitfieldSize: flag ? offsetWord >>> 24 : 0,
      offsetWord,
    };
  }

  members(id: number): Member[] {
    return Array.from({ length: this.vlen(id) }, (_, index) => this.member(id, index));
  }

  param(id: number, index: number): Param {
    return { nameOffset: this.#extra(id, index * 2), type: this.#extra(id, index * 2 + 1) };
  }

  params(id: number): Param[] {
    return Array.from({ length: this.vlen(id) }, (_, index) => this.param(id, index));
  }

  sectionVar(id: number, index: number): SectionVar {
    return { type: this.#extra(id, index * 3), offset: this.#extra(id, index * 3 + 1), size: this.#extra(id, index * 3 + 2) };
  }

  sectionVars(id: number): SectionVar[] {
    return Array.from({ length: this.vlen(id) }, (_, index) => this.sectionVar(id, index));
  }

  /** The value of an enumerator of an ENUM or ENUM64, signed where the type is. */
  enumValue(id: number, index: number): bigint {
    if (this.kind(id) !== ENUM64) {
      const word = BigInt(this.#extra(id, index * 2 + 1));
      return this.kindFlag(id) ? BigInt.asIntN(32, word) : word;
    }
    const word = BigInt(this.#extra(id, index * 3 + 1)) | (BigInt(this.#extra(id, index * 3 + 2)) << 32n);
    return this.kindFlag(id) ? BigInt.asIntN(64, word) : word;
  }

  enumNameOffset(id: number, index: number): number {
    return this.#extra(id, index * (this.kind(id) === ENUM64 ? 3 : 2));
  }

  /** Linkage of a VAR (a FUNC has it in vlen), component of a DECL_TAG (signed). */
  linkage(id: number): number {
    return this.#extra(id, 0);
  }

  component(id: number): number {
    return this.#extra(id, 0) | 0;
  }

  /** The type behind typedefs, qualifiers and tags; 0 when they end in void. Ends at cycles, which valid BTF has none of. */
  skipModifiers(id: number): number {
    let at = id;
    for (let steps = 0; isModifierKind(this.kind(at)); steps++) {
      if (steps > this.end) return 0;
      at = this.sizeOrType(at);
    }
    return at;
  }

  /** Bytes that a value of the type takes, or undefined for types that have no values. */
  sizeOf(id: number): number | undefined {
    let count = 1;
    let at = id;
    for (let steps = 0; steps <= this.end; steps++) {
      const kind = this.kind(at);
      if (kind === PTR) return count * POINTER_BYTES;
      if (kind === INT || kind === FLOAT || kind === DATASEC || isStructKind(kind) || isEnumKind(kind)) return count * this.sizeOrType(at);
      if (kind === ARRAY) {
        const array = this.array(at);
        count *= array.count;
        at = array.type;
      } else if (kind === VAR || isModifierKind(kind)) {
        at = this.sizeOrType(at);
      } else {
        return undefined;
      }
    }
    return undefined;
  }

  /** Ids of the types with a name, in order; the empty name is that of anonymous ones. */
  idsByName(name: string): readonly number[] {
    this.#ids ??= this.#index((own) => own);
    return this.#ids.get(name) ?? [];
  }

  /** Ids of the types whose name becomes `name` by `essential`, in order. */
  essentialIds(name: string, essential: (name: string) => string): readonly number[] {
    this.#essentialIds ??= this.#index(essential);
    return this.#essentialIds.get(name) ?? [];
  }

  /** The first type of a name and kind, or undefined. */
  find(name: string, kind: number): number | undefined {
    return this.idsByName(name).find((id) => this.kind(id) === kind);
  }

  #index(nameOf: (name: string) => string): Map<string, number[]> {
    const ids = new Map<string, number[]>();
    for (let id = 1; id < this.end; id++) {
      const name = nameOf(this.name(id));
      const list = ids.get(name);
      if (list === undefined) ids.set(name, [id]);
      else list.push(id);
    }
    return ids;
  }

  #extra(id: number, index: number): number {
    return this.word(this.#starts[id] + TYPE_BYTES + index * 4);
  }
}

/** Bytes of a whole type of this kind and count. */
export const typeBytes = (kind: number, vlen: number): number => TYPE_BYTES + (FIXED_BYTES[kind] ?? 0) + (ITEM_BYTES[kind] ?? 0) * vlen;

/** Finds where each type of checked sections starts. False where a type is cut or of an unknown kind. */
export function scanTypes(types: BtfTypes): boolean {
  const { typesStart, typesEnd } = types.sections;
  for (let at = typesStart; at < typesEnd; ) {
    if (typesEnd - at < TYPE_BYTES) return false;
    const info = types.word(at + 4);
    const kind = (info >>> 24) & 0x1f;
    if (kind === 0 || kind > KIND_MAX) return false;
    const size = typeBytes(kind, info & 0xffff);
    if (typesEnd - at < size) return false;
    types.add(at);
    at += size;
  }
  return true;
}
