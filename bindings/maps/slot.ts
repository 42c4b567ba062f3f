// The keys, or the values, of one map on their way to the core's memory and back.
//
// A codec that is no scalar runs code of its caller: getters of a struct's object, a codec of one's own. Such code may use
// the same map, close it, or make memory grow. So it never runs while a block of the core is half written or half read: it
// works in memory of JavaScript's own, and the bytes are copied in one go, before it or behind it.
import { Copy, loadBytes, roundUp8, storeBytes } from "../abi/bytes.ts";
import { copyBetween, Views } from "../abi/core.ts";
import { checkBytes, type Codec, type Input } from "../codecs/codec.ts";
import { Kind, readScalar, writeScalar } from "../codecs/scalar.ts";

export class Slot<T> {
  readonly codec: Codec<T>;
  /** Bytes of a key or value in the core, which a codec cannot change any more. */
  readonly size: number;
  readonly kind: Kind;
  /** Whether the codec is a scalar of numbers: then no code of the caller runs, and nothing of a slot is needed. */
  readonly isScalar: boolean;
  /** The memory to work in; undefined before the first use and while it is in use, when a nested one gets its own. */
  #spare: Views | undefined;

  constructor(codec: Codec<T>, size: number = codec.size) {
    this.codec = codec;
    this.size = size;
    this.kind = codec.kind;
    this.isScalar = this.kind !== Kind.NONE && this.kind !== Kind.BYTES;
  }

  /** Does all of an encoding that may run code of the caller. What it answers is for `finish`, which must follow. */
  begin(value: unknown): Views | undefined {
    if (this.kind === Kind.BYTES) {
      checkBytes(this.codec, this.size, value);
      return undefined;
    }
    if (this.kind !== Kind.NONE) return undefined;
    const views = this.#take();
    this.codec.write(views, 0, value as Input<T>);
    return views;
  }

  /** Stores the value at `ptr`. Runs no code of the caller, unless it throws. */
  finish(core: Views, ptr: number, value: unknown, begun: Views | undefined): void {
    if (begun !== undefined) {
      copyBetween(begun, 0, core, ptr, this.size);
      this.#spare = begun;
    } else if (this.kind === Kind.BYTES) {
      storeBytes(core, ptr, value as Uint8Array, this.size);
    } else {
      writeScalar(this.codec, core, ptr, value);
    }
  }

  /** The value at `ptr`. */
  take(core: Views, ptr: number): T {
    if (this.kind === Kind.NONE) return this.read(this.lift(core, ptr));
    return takePlain(this.codec, this.size, core, ptr);
  }

  /** Copies the value at `ptr` out, for `read`. */
  lift(core: Views, ptr: number): Views {
    const views = this.#take();
    copyBetween(core, ptr, views, 0, this.size);
    return views;
  }

  /** Decodes what was lifted. */
  read(lifted: Views): T {
    const value = take(this.codec, this.size, lifted, 0);
    this.#spare = lifted;
    return value;
  }

  /** Decodes what was lifted into an object of the caller's. */
  readInto(lifted: Views, out: T): void {
    this.codec.readInto!(lifted, 0, out);
    this.#spare = lifted;
  }

  #take(): Views {
    const views = this.#spare ?? new Views(new ArrayBuffer(roundUp8(this.size)));
    this.#spare = undefined;
    return views;
  }
}

/** Decodes `size` bytes by kind; composite codecs are called, so the memory must be one that no command works in. */
export function take<T>(codec: Codec<T>, size: number, views: Views, ptr: number): T {
  return codec.kind === Kind.NONE ? codec.read(views, ptr) : takePlain(codec, size, views, ptr);
}

function takePlain<T>(codec: Codec<T>, size: number, views: Views, ptr: number): T {
  return (codec.kind === Kind.BYTES ? copyOf(views, ptr, size) : readScalar(codec.kind, views, ptr)) as T;
}

function copyOf(views: Views, ptr: number, size: number): Uint8Array {
  if (size > Copy.BYTEWISE_MAX) return views.u8.slice(ptr, ptr + size);
  const copy = new Uint8Array(size);
  loadBytes(views, ptr, copy, size);
  return copy;
}
