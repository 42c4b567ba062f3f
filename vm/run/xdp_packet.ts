import { Errno } from "../../assembly/uapi/constants.ts";
import type { Machine } from "./machine.ts";
import { Packet } from "./packet.ts";

/** Bytes in front of the packet, of which the frame's own header takes the first. */
const HEADROOM = 256;
const FRAME_HEADER = 40;
/** Bytes of a page behind the packet that are not its own. */
const TAIL_RESERVE = 320;
const PAGE = 4096;
/** The most that lies in one piece; the rest of a packet is in fragments of a page. */
export const LINEAR_MAX = PAGE - HEADROOM - TAIL_RESERVE;
/** The least that adjusting may leave: an Ethernet header. */
const PACKET_MIN = 14;
/** The most metadata that adjusting may make, if there is room for it. */
const META_LENGTH_MAX = 252;
/** The most metadata that a caller may give. */
export const META_MAX = HEADROOM - FRAME_HEADER;

/** A packet as XDP sees it: a linear part with metadata in front of it, and fragments that only helpers reach. */
export class XdpPacket {
  readonly linear: Packet;
  /** Bytes of metadata in front of the linear part. */
  metaLength: number;
  /** What follows the linear part. */
  rest: Uint8Array;

  private constructor(linear: Packet, metaLength: number, rest: Uint8Array) {
    this.linear = linear;
    this.metaLength = metaLength;
    this.rest = rest;
  }

  /** `bytes` begin with the metadata; `linearLength` of what follows lie in one piece. Undefined when memory is full. */
  static make(machine: Machine, bytes: Uint8Array, metaLength: number, linearLength: number): XdpPacket | undefined {
    const linearEnd = metaLength + linearLength;
    const linear = Packet.make(machine, bytes.subarray(0, linearEnd), HEADROOM, LINEAR_MAX + TAIL_RESERVE - linearEnd);
    if (!linear) return undefined;
    linear.moveStart(metaLength);
    return new XdpPacket(linear, metaLength, bytes.slice(linearEnd));
  }

  /** Bytes of the packet, without metadata. */
  get length(): number {
    return this.linear.length + this.rest.length;
  }

  /** Metadata and packet, as TEST_RUN gives them back. */
  allBytes(): Uint8Array {
    const head = this.linear.read(-this.metaLength, this.metaLength + this.linear.length);
    const all = new Uint8Array(head.length + this.rest.length);
    all.set(head);
    all.set(this.rest, head.length);
    return all;
  }

  /** A copy of `length` bytes from `offset`, across fragments; the caller has checked the extent. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const inLinear = Math.max(0, Math.min(length, this.linear.length - offset));
    if (inLinear > 0) bytes.set(this.linear.read(offset, inLinear));
    const from = offset + inLinear - this.linear.length;
    bytes.set(this.rest.subarray(from, from + length - inLinear), inLinear);
    return bytes;
  }

  /** Stores bytes from `offset`, across fragments; the caller has checked the extent. */
  write(offset: number, bytes: Uint8Array): void {
    const inLinear = Math.max(0, Math.min(bytes.length, this.linear.length - offset));
    if (inLinear > 0) this.linear.write(offset, bytes.subarray(0, inLinear));
    if (inLinear < bytes.length) this.rest.set(bytes.subarray(inLinear), offset + inLinear - this.linear.length);
  }

  /** bpf_xdp_adjust_head: 0 or EINVAL. Metadata moves along. */
  adjustHead(delta: number): number {
    const { linear, metaLength } = this;
    const room = linear.headroom - metaLength - FRAME_HEADER;
    if (delta < -room || delta > linear.length - PACKET_MIN) return Errno.EINVAL;
    const meta = linear.read(-metaLength, metaLength);
    linear.moveStart(delta);
    linear.write(-metaLength, meta);
    return 0;
  }

  /** bpf_xdp_adjust_meta: 0, EACCES for a length that is no multiple of 4, or EINVAL. */
  adjustMeta(delta: number): number {
    const length = this.metaLength - delta;
    if (length < 0 || this.linear.headroom - length < FRAME_HEADER) return Errno.EINVAL;
    if (length % 4 !== 0 || length > META_LENGTH_MAX) return Errno.EACCES;
    this.metaLength = length;
    return 0;
  }

  /** bpf_xdp_adjust_tail: 0 or EINVAL. Bytes that are added are zero. */
  adjustTail(delta: number): number {
    if (this.rest.length > 0) return this.#adjustRest(delta);
    const { linear } = this;
    if (delta > linear.tailroom - TAIL_RESERVE || linear.length + delta < PACKET_MIN) return Errno.EINVAL;
    linear.moveEnd(delta);
    return 0;
  }

  /** Fragments are pages: the last one grows to its end at most, and shrinking takes fragments away, then linear bytes. */
  #adjustRest(delta: number): number {
    const { linear, rest } = this;
    if (delta > 0) {
      const room = (PAGE - (rest.length % PAGE)) % PAGE;
      if (delta > room) return Errno.EINVAL;
      const grown = new Uint8Array(rest.length + delta);
      grown.set(rest);
      this.rest = grown;
      return 0;
    }
    if (this.length + delta < PACKET_MIN) return Errno.EINVAL;
    const left = rest.length + delta;
    this.rest = rest.slice(0, Math.max(0, left));
    if (left < 0) linear.moveEnd(left);
    return 0;
  }

  free(): void {
    this.linear.free();
  }
}
