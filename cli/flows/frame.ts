/**
 * How many headers may stand in front of the IP header: tags, labels, sessions. Real frames have a handful; the bound
 * keeps a hostile one from costing a step for every two bytes of a long packet.
 */
const ENCAPSULATIONS_MAX = 32;

/** The network layer of a frame: 4 or 6 for IP, or why there is none. */
export const NETWORK_OTHER = 0;
export const NETWORK_SHORT = -1;
export const NETWORK_UNSUPPORTED = -2;

/**
 * The bytes of one packet and a position in them, which the functions of the link layer move over one header after the
 * other. One instance is used for all packets: an object per packet would be the only garbage of the whole decoder.
 */
export class Frame {
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the byte that is looked at next. */
  at = 0;
  /** Index behind the last byte. */
  end = 0;
  #depth = 0;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.#depth = 0;
  }

  /** Whether `count` bytes are left. */
  has(count: number): boolean {
    return this.at + count <= this.end;
  }

  /** Counts one more header; false when there are too many. */
  enter(): boolean {
    return ++this.#depth <= ENCAPSULATIONS_MAX;
  }

  /** The byte `offset` behind the position. The caller has asked has(). */
  u8(offset: number): number {
    return this.bytes[this.at + offset];
  }

  /** 16 bits in network order. */
  u16(offset: number): number {
    return readU16(this.bytes, this.at + offset);
  }

  u16le(offset: number): number {
    return this.u8(offset) | (this.u8(offset + 1) << 8);
  }

  u32le(offset: number): number {
    return (this.u16le(offset) | (this.u16le(offset + 2) << 16)) >>> 0;
  }
}

export const readU16 = (bytes: Uint8Array, offset: number): number => (bytes[offset] << 8) | bytes[offset + 1];

/** IP of the version that the first four bits at the position tell. */
export function byIpVersion(frame: Frame): number {
  if (!frame.has(1)) return NETWORK_SHORT;
  const version = frame.u8(0) >> 4;
  return version === 4 || version === 6 ? version : NETWORK_OTHER;
}
