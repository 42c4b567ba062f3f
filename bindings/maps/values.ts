// Values of any codec in memory that no command works in, and where a caller wants them read to.
import type { Views } from "../abi/core.ts";
import { type Codec, type Input, writeBytes } from "../codecs/codec.ts";
import { Kind, writeScalar } from "../codecs/scalar.ts";

/** Encodes by kind; composite codecs are called. */
export function put<T>(codec: Codec<T>, views: Views, ptr: number, value: Input<T>): void {
  if (codec.kind === Kind.NONE) codec.write(views, ptr, value);
  else if (codec.kind === Kind.BYTES) writeBytes(codec, views, ptr, value);
  else writeScalar(codec, views, ptr, value);
}

/** Checks what a caller wants a value read into: a view that holds it, or an object if the codec has objects. */
export function checkTarget(codec: Codec<any>, size: number, out: unknown): void {
  if (ArrayBuffer.isView(out)) {
    if (out.byteLength >= size) return;
    throw new RangeError(`Cannot read into a view of ${out.byteLength} bytes: the value has ${size}`);
  }
  if (codec.readInto === undefined || typeof out !== "object" || out === null) {
    throw new TypeError(`Cannot read into a ${typeof out}: values are ${codec.name}`);
  }
}
