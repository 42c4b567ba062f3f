// Composite codecs: C structs and arrays of other codecs.
import type { Views } from "../abi/core.ts";
import { isDataView } from "../abi/realms.ts";
import { describe, plural } from "../abi/words.ts";
import { Apart } from "./apart.ts";
import { BaseCodec, type Codec, type Input, type TypeOf } from "./codec.ts";
import { Kind } from "./kind.ts";
import { checkCodec, checkCount, checkOptions, checkSize, inside, outOfRange, wrongType } from "./refuse.ts";

export { checkCodec, inside } from "./refuse.ts";

/** The object type of a struct codec with these fields. */
export type StructOf<F> = { [N in keyof F]: TypeOf<F[N]> };

/** Options of `struct`. */
export interface StructOptions {
  /** C's `__attribute__((packed))`: no padding, neither between the fields nor behind them. Default false. */
  packed?: boolean;
}

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec<any>;
}

interface Layout {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly fields: readonly Field[];
  /** Offsets of the padding bytes. */
  readonly padding: readonly number[];
}

// Layout of struct({ a: u8, b: u32, c: u16 }), as a C compiler has it on every 64-bit Linux:
//
//   offset  0   1 2 3   4 5 6 7   8 9   10 11
//           a   (pad)   b         c     (pad)      size 12, align 4
//
// Each field starts at the next multiple of its alignment, the struct is as aligned as its most aligned field, and its
// size is rounded up to that. Padding is written as zero: maps compare keys byte by byte. A packed struct is aligned to
// 1 and so is each of its fields, whatever their types; a struct inside one keeps its own padding.
function layOut(shape: Record<string, Codec<any>>, packed: boolean): Layout {
  let offset = 0;
  let align = 1;
  const fields: Field[] = [];
  const padding: number[] = [];
  const padTo = (end: number): void => {
    while (offset < end) padding.push(offset++);
  };
  for (const [name, codec] of Object.entries(shape)) {
    if (!packed) padTo(Math.ceil(offset / codec.align) * codec.align);
    fields.push({ name, offset, codec: packed && codec.align > 1 ? new Apart(codec, 1) : codec });
    offset += codec.size;
    if (!packed) align = Math.max(align, codec.align);
  }
  padTo(Math.ceil(offset / align) * align);
  const inner = fields.map((field) => `${field.name}: ${field.codec.name}`).join(", ");
  return { name: `${packed ? "packed struct" : "struct"} { ${inner} }`, size: checkSize("struct", offset), align, fields, padding };
}

class Struct<F extends Record<string, Codec<any>>> extends BaseCodec<StructOf<F>> {
  readonly callsOut: boolean;
  readonly #fields: readonly Field[];
  readonly #padding: readonly number[];

  constructor(layout: Layout) {
    super(layout.name, layout.size, layout.align, Kind.NONE);
    this.callsOut = layout.fields.some((field) => field.codec.callsOut === true);
    this.#fields = layout.fields;
    this.#padding = layout.padding;
  }

  write(views: Views, ptr: number, value: Input<StructOf<F>>): void {
    if (typeof value !== "object" || value === null) throw wrongType(this.name, "an object with its fields", value);
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
    const out: Record<string, unknown> = {};
    for (const { name, offset, codec } of this.#fields) out[name] = codec.read(views, ptr + offset);
    return out as StructOf<F>;
  }

  readInto(views: Views, ptr: number, out: StructOf<F>): void {
    // All is read before the first setter of the caller's object may run.
    Object.assign(out, this.read(views, ptr));
  }
}

/**
 * A C struct: an object with these fields, in this order, each at its natural alignment; padding is zero. With
 * `{ packed: true }` there is no padding. The names must not look like array indexes, since JavaScript would put those
 * first whatever the order they are written in.
 */
export function struct<F extends Record<string, Codec<any>>>(fields: F, options?: StructOptions): Codec<StructOf<F>> {
  checkCount("struct(fields, options)", arguments.length, 2);
  if (typeof fields !== "object" || fields === null) {
    throw new TypeError(`Cannot make codec struct: expected an object of codecs, got ${describe(fields)}`);
  }
  // The codecs are looked up once: what was checked is what is used.
  const shape = { ...fields };
  for (const [name, codec] of Object.entries(shape)) {
    if (/^\d+$/.test(name)) throw new TypeError(`Cannot make codec struct: field name ${name} would lose its place`);
    if (name === "__proto__") throw new TypeError("Cannot make codec struct: __proto__ cannot be the name of a field");
    checkCodec("Cannot make codec struct", codec);
  }
  return onItsOwn(new Struct<F>(layOut(shape, isPacked(options))));
}

/** The codec itself, unless its parts run the caller's code: they must not find half of it written, or change the rest. */
function onItsOwn<T>(codec: Codec<T>): Codec<T> {
  return codec.callsOut === true ? new Apart(codec, codec.align) : codec;
}

function isPacked(options: StructOptions | undefined): boolean {
  if (options === undefined) return false;
  checkOptions("struct", options, ["packed"]);
  const { packed = false } = options;
  if (typeof packed !== "boolean") throw new TypeError(`Cannot make codec struct: packed must be true or false, it is ${describe(packed)}`);
  return packed;
}

class ArrayOf<T> extends BaseCodec<T[]> {
  readonly callsOut: boolean;
  readonly #codec: Codec<T>;
  readonly #length: number;

  constructor(codec: Codec<T>, length: number) {
    super(`array(${codec.name}, ${length})`, checkSize("array", codec.size * length), codec.align, Kind.NONE);
    this.callsOut = codec.callsOut === true;
    this.#codec = codec;
    this.#length = length;
  }

  write(views: Views, ptr: number, value: Input<T[]>): void {
    const list = value as unknown as readonly Input<T>[];
    const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && !isDataView(list));
    if (!isList || list.length !== this.#length) this.#refuse(value, isList);
    for (let i = 0; i < this.#length; i++) {
      try {
        this.#codec.write(views, ptr + i * this.#codec.size, list[i]);
      } catch (error) {
        throw inside(error, `index ${i}`);
      }
    }
  }

  #refuse(value: unknown, isList: boolean): never {
    throw (isList ? outOfRange : wrongType)(this.name, `an array of ${plural(this.#length, "element")}`, value);
  }

  read(views: Views, ptr: number): T[] {
    const out: T[] = [];
    for (let i = 0; i < this.#length; i++) out.push(this.#codec.read(views, ptr + i * this.#codec.size));
    return out;
  }

  readInto(views: Views, ptr: number, out: T[]): void {
    // All is read before the first setter of the caller's object may run.
    const elements = this.read(views, ptr);
    for (let i = 0; i < this.#length; i++) out[i] = elements[i];
  }
}

/** Exactly `length` elements of `codec`, one after another. Takes arrays and typed arrays; reads as an array. */
export function array<T>(codec: Codec<T>, length: number): Codec<T[]> {
  checkCount("array(codec, length)", arguments.length, 2);
  checkCodec("Cannot make codec array", codec);
  return onItsOwn(new ArrayOf(codec, checkSize("array", length)));
}
