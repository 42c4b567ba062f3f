// Composite codecs: C structs and arrays of other codecs.
import { checkSize, type Codec, type Input, type TypeOf } from "./codec.ts";
import type { Views } from "../abi/core.ts";
import { fail, Kind } from "./scalar.ts";

/** The object type of a struct codec with these fields. */
export type StructOf<F> = { [N in keyof F]: TypeOf<F[N]> };

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec<any>;
}

// Layout of struct({ a: u8, b: u32, c: u16 }), as a C compiler has it on every 64-bit Linux:
//
//   offset  0   1 2 3   4 5 6 7   8 9   10 11
//           a   (pad)   b         c     (pad)      size 12, align 4
//
// Each field starts at the next multiple of its alignment, the struct is as aligned as its most aligned field, and its
// size is rounded up to that. Padding is written as zero: maps compare keys byte by byte.
class Struct<F extends Record<string, Codec<any>>> implements Codec<StructOf<F>> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly kind = Kind.NONE;
  readonly #fields: readonly Field[];
  /** Offsets of the padding bytes. */
  readonly #padding: readonly number[];

  constructor(shape: F) {
    let offset = 0;
    let align = 1;
    const fields: Field[] = [];
    const padding: number[] = [];
    const padTo = (end: number): void => {
      while (offset < end) padding.push(offset++);
    };
    for (const [name, codec] of Object.entries(shape)) {
      padTo(Math.ceil(offset / codec.align) * codec.align);
      fields.push({ name, offset, codec });
      offset += codec.size;
      align = Math.max(align, codec.align);
    }
    padTo(Math.ceil(offset / align) * align);
    this.size = checkSize("struct", offset);
    this.align = align;
    this.name = `struct { ${fields.map((field) => `${field.name}: ${field.codec.name}`).join(", ")} }`;
    this.#fields = fields;
    this.#padding = padding;
  }

  write(views: Views, ptr: number, value: Input<StructOf<F>>): void {
    if (typeof value !== "object" || value === null) fail(this, value);
    for (const offset of this.#padding) views.u8[ptr + offset] = 0;
    for (const { name, offset, codec } of this.#fields) {
      try {
        codec.write(views, ptr + offset, (value as Record<string, unknown>)[name]);
      } catch (error) {
        throw inside(error, `field ${name}`);
      }
    }
  }

  read(views: Views, ptr: number): StructOf<F> {
    const out = {} as StructOf<F>;
    this.readInto(views, ptr, out);
    return out;
  }

  readInto(views: Views, ptr: number, out: StructOf<F>): void {
    const target = out as Record<string, unknown>;
    for (const { name, offset, codec } of this.#fields) target[name] = codec.read(views, ptr + offset);
  }
}

/**
 * A C struct: an object with these fields, in this order, each at its natural alignment; padding is zero. The names
 * must not look like array indexes, since JavaScript would put those first whatever the order they are written in.
 */
export function struct<F extends Record<string, Codec<any>>>(fields: F): Codec<StructOf<F>> {
  if (typeof fields !== "object" || fields === null) throw new TypeError("Cannot make codec struct: expected an object of codecs");
  for (const [name, codec] of Object.entries(fields)) {
    if (/^\d+$/.test(name)) throw new TypeError(`Cannot make codec struct: field name ${name} would lose its place`);
    checkCodec("struct", codec);
  }
  return new Struct(fields);
}

class ArrayOf<T> implements Codec<T[]> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly kind = Kind.NONE;
  readonly #codec: Codec<T>;
  readonly #length: number;

  constructor(codec: Codec<T>, length: number) {
    this.#codec = codec;
    this.#length = length;
    this.size = checkSize("array", codec.size * length);
    this.align = codec.align;
    this.name = `array(${codec.name}, ${length})`;
  }

  write(views: Views, ptr: number, value: Input<T[]>): void {
    const list = value as unknown as readonly Input<T>[];
    const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && "length" in list);
    if (!isList || list.length !== this.#length) fail(this, value);
    for (let i = 0; i < this.#length; i++) {
      try {
        this.#codec.write(views, ptr + i * this.#codec.size, list[i]);
      } catch (error) {
        throw inside(error, `index ${i}`);
      }
    }
  }

  read(views: Views, ptr: number): T[] {
    const out: T[] = [];
    for (let i = 0; i < this.#length; i++) out.push(this.#codec.read(views, ptr + i * this.#codec.size));
    return out;
  }

  readInto(views: Views, ptr: number, out: T[]): void {
    for (let i = 0; i < this.#length; i++) out[i] = this.#codec.read(views, ptr + i * this.#codec.size);
  }
}

/** Exactly `length` elements of `codec`, one after another. Takes arrays and typed arrays; reads as an array. */
export function array<T>(codec: Codec<T>, length: number): Codec<T[]> {
  checkCodec("array", codec);
  return new ArrayOf(codec, checkSize("array", length));
}

/** Checks that something a caller gave is a codec. */
export function checkCodec(where: string, codec: unknown): asserts codec is Codec<unknown> {
  const it = codec as Partial<Codec<unknown>> | null | undefined;
  if (typeof it?.size !== "number" || typeof it.read !== "function" || typeof it.write !== "function") {
    throw new TypeError(`Cannot make ${where}: expected a codec (u32, bytes(16), struct({…}) …), got ${typeof codec}`);
  }
}

/** The error of a part, with the part named; the path grows outwards as it passes each level. */
export function inside(error: unknown, where: string): unknown {
  if (error instanceof Error) error.message = `${where}: ${error.message}`;
  return error;
}
