// Values of the caller's own making: another codec says how they lie in memory.
import type { Views } from "../abi/core.ts";
import { describe } from "../abi/words.ts";
import { BaseCodec, type Codec, type Input } from "./codec.ts";
import { Kind } from "./kind.ts";
import { checkCodec, checkCount, checkOptions } from "./refuse.ts";

/** How `transform` turns values into those of the codec below it, and back. */
export interface Transformation<S, T> {
  /** What the codec below writes for a value. What it throws reaches the caller as it is. */
  encode: (value: T) => Input<S>;
  /** The value for what the codec below read. */
  decode: (stored: S) => T;
}

class Transform<S, T> extends BaseCodec<T> {
  readonly callsOut = true;
  readonly #codec: Codec<S>;
  readonly #encode: (value: T) => Input<S>;
  readonly #decode: (stored: S) => T;

  constructor(codec: Codec<S>, encode: (value: T) => Input<S>, decode: (stored: S) => T) {
    super(`transform(${codec.name})`, codec.size, codec.align, Kind.NONE);
    this.#codec = codec;
    this.#encode = encode;
    this.#decode = decode;
  }

  write(views: Views, ptr: number, value: Input<T>): void {
    // Encoded before the first byte is written. Functions are called alone: they are handed no `this`.
    const encode = this.#encode;
    const stored = encode(value as T);
    this.#codec.write(views, ptr, stored);
  }

  read(views: Views, ptr: number): T {
    const decode = this.#decode;
    return decode(this.#codec.read(views, ptr));
  }
}

/**
 * Values of any type, stored as `codec` stores what `encode` makes of them.
 * @example
 * const time = transform(u64, {
 *   encode: (date: Date) => date.getTime(),
 *   decode: (ms) => new Date(Number(ms)),
 * });
 */
export function transform<S, T>(codec: Codec<S>, functions: Transformation<S, T>): Codec<T> {
  checkCount("transform(codec, functions)", arguments.length, 2);
  checkCodec("Cannot make codec transform", codec);
  checkOptions("transform", functions, ["encode", "decode"]);
  const { encode, decode } = functions;
  for (const [name, fn] of Object.entries({ encode, decode })) {
    if (typeof fn !== "function") throw new TypeError(`Cannot make codec transform: ${name} must be a function, it is ${describe(fn)}`);
  }
  return new Transform(codec, encode, decode);
}
