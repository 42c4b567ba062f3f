// Codecs that must not work in place do so on bytes of their own.
import { copyBetween, roundUp8, Views } from "../abi/core.ts";
import { BaseCodec, type Codec, type Input } from "./codec.ts";
import { Kind } from "./kind.ts";

/**
 * A codec as another one, with an alignment that may be less than its own: in a packed struct a field lies anywhere. Where
 * the address does not suit the codec, and always if it runs the caller's code, it works on a block of its own. Bytes are
 * written when all are known, and read when all are there, whatever that code does to the map meanwhile.
 */
export class Apart<T> extends BaseCodec<T> {
  readonly callsOut: boolean;
  readonly readInto?: (views: Views, ptr: number, out: T) => void;
  readonly #codec: Codec<T>;
  /** The block, unless it is in use: who asks for it from a callback gets another. */
  #block: Views | undefined;

  constructor(codec: Codec<T>, align: number) {
    super(codec.name, codec.size, align, Kind.NONE);
    this.callsOut = codec.callsOut === true;
    this.#codec = codec;
    if (codec.readInto !== undefined) this.readInto = (views, ptr, out) => codec.readInto!(this.#copy(views, ptr), 0, out);
  }

  write(views: Views, ptr: number, value: Input<T>): void {
    const codec = this.#codec;
    if (!this.callsOut && ptr % codec.align === 0) {
      codec.write(views, ptr, value);
      return;
    }
    const block = this.#take();
    codec.write(block, 0, value);
    copyBetween(block, 0, views, ptr, this.size);
    this.#block = block;
  }

  read(views: Views, ptr: number): T {
    const codec = this.#codec;
    if (!this.callsOut && ptr % codec.align === 0) return codec.read(views, ptr);
    const block = this.#copy(views, ptr);
    const value = codec.read(block, 0);
    this.#block = block;
    return value;
  }

  #copy(views: Views, ptr: number): Views {
    const block = this.#take();
    copyBetween(views, ptr, block, 0, this.size);
    return block;
  }

  /** A block that is not given back, because something was thrown, is made anew. */
  #take(): Views {
    const block = this.#block ?? new Views(new ArrayBuffer(roundUp8(this.size)));
    this.#block = undefined;
    return block;
  }
}
