// Builds BTF blobs, right and wrong ones. Methods that add a type give its id, from 1.
import * as kinds from "../../../vm/btf/kinds.ts";

const HEADER_BYTES = 24;

/** Fields of the header that a blob gets instead of the right ones. */
export interface HeaderFields {
  readonly magic?: number;
  readonly version?: number;
  readonly flags?: number;
  readonly headerLength?: number;
  readonly typesOffset?: number;
  readonly typesLength?: number;
  readonly stringsOffset?: number;
  readonly stringsLength?: number;
  /** Bytes between header and types, and behind the strings. */
  readonly padding?: Uint8Array;
  readonly tail?: Uint8Array;
}

/** A name, or an offset of the string section as it is. */
export type Name = string | number | null;

const encode = (text: string): number[] => [...text].map((character) => character.charCodeAt(0) & 0xff);

export class BtfBuilder {
  words: number[] = [];
  strings: number[] = [0];
  count = 0;
  readonly #offsets = new Map<string, number>();

  name(name: Name): number {
    if (name === null || name === "") return 0;
    if (typeof name === "number") return name;
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.strings.length;
    this.strings.push(...encode(name), 0);
    this.#offsets.set(name, offset);
    return offset;
  }

  /** A type by its three words and what follows. */
  add(name: Name, kind: number, vlen: number, sizeOrType: number, extra: readonly number[] = [], kindFlag = 0): number {
    this.words.push(this.name(name), ((kindFlag << 31) | (kind << 24) | vlen) >>> 0, sizeOrType, ...extra);
    return ++this.count;
  }

  int(name: Name = "int", size = 4, bits = size * 8, encoding: number = kinds.INT_SIGNED, offset = 0): number {
    return this.add(name, kinds.INT, 0, size, [(encoding << 24) | (offset << 16) | bits]);
  }

  /** PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG. */
  reference(kind: number, type: number, name: Name = null): number {
    return this.add(name, kind, 0, type);
  }

  ptr(type: number): number {
    return this.reference(kinds.PTR, type);
  }

  array(type: number, indexType: number, count: number): number {
    return this.add(null, kinds.ARRAY, 0, 0, [type, indexType, count]);
  }

  /** Members are [name, type, offset word]. */
  struct(name: Name, size: number, members: readonly (readonly [Name, number, number])[], kind: number = kinds.STRUCT, kindFlag = 0): number {
    const extra = members.flatMap(([member, type, offset]) => [this.name(member), type, offset]);
    return this.add(name, kind, members.length, size, extra, kindFlag);
  }

  enumeration(name: Name, size: number, values: readonly (readonly [Name, number])[], kindFlag = 0): number {
    return this.add(name, kinds.ENUM, values.length, size, values.flatMap(([value, number]) => [this.name(value), number]), kindFlag);
  }

  enum64(name: Name, size: number, values: readonly (readonly [Name, number, number])[], kindFlag = 0): number {
    return this.add(name, kinds.ENUM64, values.length, size, values.flatMap(([value, low, high]) => [this.name(value), low, high]), kindFlag);
  }

  proto(result: number, params: readonly (readonly [Name, number])[]): number {
    return this.add(null, kinds.FUNC_PROTO, params.length, result, params.flatMap(([param, type]) => [this.name(param), type]));
  }

  func(name: Name, proto: number, linkage: number = kinds.LINKAGE_STATIC): number {
    return this.add(name, kinds.FUNC, linkage, proto);
  }

  variable(name: Name, type: number, linkage: number = kinds.LINKAGE_GLOBAL): number {
    return this.add(name, kinds.VAR, 0, type, [linkage]);
  }

  datasec(name: Name, size: number, variables: readonly (readonly [number, number, number])[]): number {
    return this.add(name, kinds.DATASEC, variables.length, size, variables.flat());
  }

  declTag(name: Name, type: number, component = -1): number {
    return this.add(name, kinds.DECL_TAG, 0, type, [component]);
  }

  bytes(header: HeaderFields = {}): Uint8Array {
    const { padding = new Uint8Array(0), tail = new Uint8Array(0) } = header;
    const typesLength = this.words.length * 4;
    const out = new Uint8Array(HEADER_BYTES + padding.length + typesLength + this.strings.length + tail.length);
    const view = new DataView(out.buffer);
    view.setUint16(0, header.magic ?? 0xeb9f, true);
    view.setUint8(2, header.version ?? 1);
    view.setUint8(3, header.flags ?? 0);
    view.setUint32(4, header.headerLength ?? HEADER_BYTES + padding.length, true);
    view.setUint32(8, header.typesOffset ?? 0, true);
    view.setUint32(12, header.typesLength ?? typesLength, true);
    view.setUint32(16, header.stringsOffset ?? typesLength, true);
    view.setUint32(20, header.stringsLength ?? this.strings.length, true);
    out.set(padding, HEADER_BYTES);
    const start = HEADER_BYTES + padding.length;
    this.words.forEach((word, index) => view.setUint32(start + index * 4, word >>> 0, true));
    out.set(this.strings, start + typesLength);
    out.set(tail, start + typesLength + this.strings.length);
    return out;
  }
}
