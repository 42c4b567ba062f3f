// Values of any codec at an address: by kind where the codec is a scalar, through the codec where it is composite.
import { type Codec, type Input, writeBytes } from "../codecs/codec.ts";
import { viewSize, type Views } from "../abi/core.ts";
import { Kind, readScalar, writeScalar } from "../codecs/scalar.ts";

/** Encodes by kind; composite codecs are called. */
export function put<T>(codec: Codec<T>, views: Views, ptr: number, value: Input<T>): void {
  if (codec.kind === Kind.NONE) codec.write(views, ptr, value);
  else if (codec.kind === Kind.BYTES) writeBytes(codec, views, ptr, value);
  else writeScalar(codec, views, ptr, value);
}

/** Decodes by kind; composite codecs are called. */
export function take<T>(codec: Codec<T>, views: Views, ptr: number): T {
  const kind = codec.kind;
  return kind === Kind.NONE || kind === Kind.BYTES ? codec.read(views, ptr) : (readScalar(kind, views, ptr) as T);
}

/** Checks what a caller wants a value read into: a view that holds it, or an object if the codec has objects. */
export function checkTarget(codec: Codec<any>, out: unknown): void {
  if (ArrayBuffer.isView(out)) {
    if (viewSize(out) >= codec.size) return;
    throw new RangeError(`Cannot read into a view of ${out.byteLength} bytes: the value has ${codec.size}`);
  }
  if (codec.readInto === undefined || typeof out !== "object" || out === null) {
    throw new TypeError(`Cannot read into a ${typeof out}: values are ${codec.name}`);
  }
}
