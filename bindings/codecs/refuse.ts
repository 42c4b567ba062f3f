// What codecs say about values and arguments that they do not take.
import { checkOptionNames } from "../abi/names.ts";
import { describe, plural } from "../abi/words.ts";

// Only the errors made here get a path in front of their message: one that a caller's own code threw passes unchanged.
const refusals: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** The error for a value that a codec does not take: RangeError if only its range or length is wrong, else TypeError. */
export function refusal(Type: typeof TypeError | typeof RangeError, name: string, why: string): Error {
  const error = new Type(`Cannot encode ${name}: ${why}`);
  refusals.add(error);
  return error;
}

/** The error for a value of the wrong type. */
export function wrongType(name: string, expected: string, value: unknown): Error {
  return refusal(TypeError, name, `expected ${expected}, got ${describe(value)}`);
}

/** The error for a value of the right type that is out of range. */
export function outOfRange(name: string, expected: string, value: unknown): Error {
  return refusal(RangeError, name, `expected ${expected}, got ${describe(value)}`);
}

/** The error of a part, with the part named; the path grows outwards as it passes each level. */
export function inside(error: unknown, where: string): unknown {
  if (refusals.has(error as object)) (error as Error).message = `${where}: ${(error as Error).message}`;
  return error;
}

/** Checks the size argument of a codec: bytes or elements. */
export function checkSize(name: string, size: number): number {
  if (typeof size !== "number") throw new TypeError(`Cannot make codec ${name}: expected a number, got ${describe(size)}`);
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 31 - 1) {
    throw new RangeError(`Cannot make codec ${name}: expected an integer from 1 to ${2 ** 31 - 1}, got ${size}`);
  }
  return size;
}

/** Refuses arguments beyond the ones that a codec is made from: one that is ignored is one that was meant to do something. */
export function checkCount(signature: string, given: number, known: number): void {
  if (given > known) throw new TypeError(`Cannot make codec ${signature}: it takes ${plural(known, "argument")}, got ${given}`);
}

/** Refuses options that a codec does not have. */
export function checkOptions(signature: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot make codec ${signature}: expected { ${known.join(", ")} }, got ${describe(options)}`);
  }
  checkOptionNames(`Cannot make codec ${signature}`, options, known);
}

/** Checks that something a caller gave is a codec. `purpose` begins the message: "Cannot make codec array". */
export function checkCodec(purpose: string, codec: unknown): void {
  const it = codec as { size?: unknown; align?: unknown; kind?: unknown; read?: unknown; write?: unknown } | null | undefined;
  if (typeof it?.size !== "number" || typeof it.read !== "function" || typeof it.write !== "function") {
    throw new TypeError(`${purpose}: expected a codec (u32, bytes(16), struct({…}) …), got ${describe(codec)}`);
  }
  const { size, align, kind } = it;
  if (align !== 1 && align !== 2 && align !== 4 && align !== 8) {
    throw new TypeError(`${purpose}: the codec's align must be 1, 2, 4 or 8, it is ${describe(align)}`);
  }
  if (!Number.isInteger(size) || size < align || size % align !== 0) {
    throw new RangeError(`${purpose}: the codec's size must be a multiple of its align ${align}, it is ${size}`);
  }
  if (typeof kind !== "number") throw new TypeError(`${purpose}: the codec's kind is missing; one of your own has Kind.NONE`);
}
