import type { Machine } from "./machine.ts";

/**
 * A packet in data memory, with room before and behind it. Its extent is known here alone: what a program writes over the
 * fields of its context moves nothing.
 */
export class Packet {
  readonly #machine: Machine;
  readonly #block: number;
  readonly #size: number;
  /** Address of the first byte. */
  start: number;
  /** Address behind the last byte. */
  end: number;

  private constructor(machine: Machine, block: number, size: number, start: number) {
    this.#machine = machine;
    this.#block = block;
    this.#size = size;
    this.start = start;
    this.end = start;
  }

  /** A packet that holds `bytes` between `headroom` and `tailroom` zero bytes; undefined when memory is full. */
  static make(machine: Machine, bytes: Uint8Array, headroom: number, tailroom: number): Packet | undefined {
    const size = headroom + bytes.length + tailroom;
    const block = machine.allocData(size);
    if (!block) return undefined;
    const packet = new Packet(machine, block, size, block + headroom);
    packet.end = packet.start + bytes.length;
    machine.bytes().set(bytes, packet.start);
    return packet;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Bytes that may be added at the front. */
  get headroom(): number {
    return this.start - this.#block;
  }

  /** Bytes that may be added at the end. */
  get tailroom(): number {
    return this.#block + this.#size - this.end;
  }

  /** A copy of `length` bytes from `offset`; the caller has checked the extent. */
  read(offset: number, length: number): Uint8Array {
    return this.#machine.bytes().slice(this.start + offset, this.start + offset + length);
  }

  /** Stores bytes from `offset`; the caller has checked the extent. */
  write(offset: number, bytes: Uint8Array): void {
    this.#machine.bytes().set(bytes, this.start + offset);
  }

  /** Moves the front by `delta`: forward if positive. Bytes that are added are what lies there. */
  moveStart(delta: number): void {
    this.start += delta;
  }

  /** Moves the end by `delta`: forward if positive. Bytes that are added are zero. */
  moveEnd(delta: number): void {
    if (delta > 0) this.#machine.bytes().fill(0, this.end, this.end + delta);
    this.end += delta;
  }

  /** Opens a gap of `length` zero bytes at `offset`, by moving what lies before it towards the front. */
  insert(offset: number, length: number): void {
    const bytes = this.#machine.bytes();
    this.start -= length;
    bytes.copyWithin(this.start, this.start + length, this.start + length + offset);
    bytes.fill(0, this.start + offset, this.start + offset + length);
  }

  /** Takes out `length` bytes at `offset`, by moving what lies before it towards the end. */
  remove(offset: number, length: number): void {
    this.#machine.bytes().copyWithin(this.start + length, this.start, this.start + offset);
    this.start += length;
  }

  free(): void {
    this.#machine.freeData(this.#block);
  }
}
