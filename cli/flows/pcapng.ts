import { CaptureError } from "./capture_error.ts";
import { isSupportedLinkType } from "./link_types.ts";
import { CAPTURED_LENGTH_MAX, Packet, type CaptureParser, type PacketSink } from "./packet.ts";

// pcapng is a sequence of blocks: 0:4 type, 4:4 total length, body, and the total length again. A section header block
// starts a section, tells its byte order and forgets the interfaces of the one before; the interface of a packet tells
// its link type and the unit of its time stamp. Blocks of other types (names, statistics, comments) are passed over.
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a; // reads the same in both byte orders
const INTERFACE_DESCRIPTION_BLOCK = 1;
const OBSOLETE_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const ENHANCED_PACKET_BLOCK = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_END = 0;
const OPTION_IF_TSRESOL = 9;
const OPTION_IF_TSOFFSET = 14;

/** A block that is parsed is held in memory whole; the limit is libpcap's. Other blocks may be of any length. */
const PARSED_BLOCK_MAX = 16 * 1024 * 1024;
const BLOCK_MIN = 12;
/** What the older packet block can number, and far more than a machine has: it bounds what a file can make us keep. */
const INTERFACES_MAX = 65_536;

interface Interface {
  linkType: number;
  snapLength: number;
  ticksPerSecond: bigint;
  offsetSeconds: bigint;
}

/** Reads pcapng: any number of sections and interfaces, enhanced, simple and the obsolete packet blocks. */
export class PcapngParser implements CaptureParser {
  readonly format = "pcapng";
  /** Of the interfaces that have packets. */
  readonly linkTypes = new Set<number>();

  readonly #sink: PacketSink;
  readonly #packet = new Packet();
  #littleEndian = true;
  #interfaces: Interface[] = [];
  #sectionSeen = false;
  #packetCount = 0;
  #skip = 0; // bytes of a passed-over block that are still to come

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  parse(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#packet.bytes = bytes;
    let offset = 0;
    for (;;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - offset);
        this.#skip -= skipped;
        offset += skipped;
      }
      if (offset + BLOCK_MIN > bytes.length) return offset;
      const type = view.getUint32(offset, this.#littleEndian);
      if (type === SECTION_HEADER_BLOCK) this.#readByteOrder(view, offset + 8);
      const length = view.getUint32(offset + 4, this.#littleEndian);
      if (length < BLOCK_MIN || length % 4 !== 0) this.#damaged(`a block of ${length} bytes`);
      if (!isParsed(type)) {
        this.#skip = length;
        continue;
      }
      if (length > PARSED_BLOCK_MAX) this.#damaged(`a block of ${length} bytes`);
      if (offset + length > bytes.length) return offset;
      const repeated = view.getUint32(offset + length - 4, this.#littleEndian);
      if (repeated !== length) this.#damaged(`a block whose two lengths differ (${length} and ${repeated})`);
      this.#readBlock(type, view, offset + 8, offset + length - 4);
      offset += length;
    }
  }

  truncation(rest: number): string | undefined {
    if (!this.#sectionSeen) return "ends inside the section header";
    if (rest === 0 && this.#skip === 0) return undefined;
    return this.#packetCount === 0 ? "ends before the first packet" : `ends after packet ${this.#packetCount}`;
  }

  #readByteOrder(view: DataView, offset: number): void {
    if (view.getUint32(offset, true) === BYTE_ORDER_MAGIC) this.#littleEndian = true;
    else if (view.getUint32(offset, false) === BYTE_ORDER_MAGIC) this.#littleEndian = false;
    else this.#damaged("a section header without byte order");
  }

  /** Reads the body of a block, which lies at bytes [start, end) of the view. */
  #readBlock(type: number, view: DataView, start: number, end: number): void {
    const littleEndian = this.#littleEndian;
    switch (type) {
      case SECTION_HEADER_BLOCK: {
        if (end - start < 16) this.#damaged("a section header that is too short");
        const major = view.getUint16(start + 4, littleEndian);
        if (major !== 1) throw new CaptureError(`is a pcapng file of version ${major}, not 1`);
        this.#interfaces = [];
        this.#sectionSeen = true;
        return;
      }
      case INTERFACE_DESCRIPTION_BLOCK:
        if (end - start < 8) this.#damaged("an interface description that is too short");
        if (this.#interfaces.length === INTERFACES_MAX) this.#damaged(`more than ${INTERFACES_MAX} interfaces`);
        this.#interfaces.push(this.#readInterface(view, start, end));
        return;
      case ENHANCED_PACKET_BLOCK:
      case OBSOLETE_PACKET_BLOCK: {
        if (end - start < 20) this.#damaged("a packet block that is too short");
        const index =
          type === ENHANCED_PACKET_BLOCK ? view.getUint32(start, littleEndian) : view.getUint16(start, littleEndian);
        const source = this.#interface(index);
        const ticks =
          (BigInt(view.getUint32(start + 4, littleEndian)) << 32n) | BigInt(view.getUint32(start + 8, littleEndian));
        const captured = view.getUint32(start + 12, littleEndian);
        this.#packet.timeNs = toNanoseconds(ticks, source);
        this.#deliver(source, start + 20, end, captured, view.getUint32(start + 16, littleEndian));
        return;
      }
      case SIMPLE_PACKET_BLOCK: {
        if (end - start < 4) this.#damaged("a packet block that is too short");
        const source = this.#interface(0);
        const wireLength = view.getUint32(start, littleEndian);
        const snapLength = source.snapLength === 0 ? wireLength : source.snapLength;
        this.#packet.timeNs = 0n;
        this.#deliver(source, start + 4, end, Math.min(wireLength, snapLength), wireLength);
      }
    }
  }

  #deliver(source: Interface, start: number, end: number, captured: number, wireLength: number): void {
    // Packets of links that are not read may be longer; no byte of them is looked at.
    const isTooLong = captured > CAPTURED_LENGTH_MAX && isSupportedLinkType(source.linkType);
    if (captured > end - start || isTooLong) this.#damaged(`${captured} captured bytes`);
    const packet = this.#packet;
    if (packet.linkType !== source.linkType || this.#packetCount === 0) this.linkTypes.add(source.linkType);
    packet.linkType = source.linkType;
    packet.start = start;
    packet.end = start + captured;
    packet.wireLength = wireLength;
    this.#packetCount++;
    this.#sink(packet);
  }

  #interface(index: number): Interface {
    return this.#interfaces[index] ?? this.#damaged(`interface ${index}, which is not described`);
  }

  #readInterface(view: DataView, start: number, end: number): Interface {
    const littleEndian = this.#littleEndian;
    const found: Interface = {
      linkType: view.getUint16(start, littleEndian),
      snapLength: view.getUint32(start + 4, littleEndian),
      ticksPerSecond: 1_000_000n,
      offsetSeconds: 0n,
    };
    let offset = start + 8;
    while (offset + 4 <= end) {
      const code = view.getUint16(offset, littleEndian);
      const length = view.getUint16(offset + 2, littleEndian);
      const value = offset + 4;
      if (code === OPTION_END) break;
      if (value + length > end) this.#damaged("an interface option that is too long");
      if (code === OPTION_IF_TSRESOL && length === 1) found.ticksPerSecond = resolution(view.getUint8(value));
      if (code === OPTION_IF_TSOFFSET && length === 8) found.offsetSeconds = view.getBigInt64(value, littleEndian);
      offset = value + Math.ceil(length / 4) * 4;
    }
    return found;
  }

  #damaged(what: string): never {
    throw new CaptureError(`is damaged: after packet ${this.#packetCount} it has ${what}`);
  }
}

function isParsed(type: number): boolean {
  return (
    type === ENHANCED_PACKET_BLOCK ||
    type === SIMPLE_PACKET_BLOCK ||
    type === OBSOLETE_PACKET_BLOCK ||
    type === INTERFACE_DESCRIPTION_BLOCK ||
    type === SECTION_HEADER_BLOCK
  );
}

/** The option's top bit chooses between a negative power of 2 and of 10; the rest is the exponent. */
function resolution(option: number): bigint {
  return (option & 0x80 ? 2n : 10n) ** BigInt(option & 0x7f);
}

function toNanoseconds(ticks: bigint, { ticksPerSecond, offsetSeconds }: Interface): bigint {
  // The two usual units without a division of big integers per packet.
  const nanoseconds =
    ticksPerSecond === 1_000_000n
      ? ticks * 1000n
      : ticksPerSecond === 1_000_000_000n
        ? ticks
        : (ticks * 1_000_000_000n) / ticksPerSecond;
  return BigInt.asUintN(64, nanoseconds + offsetSeconds * 1_000_000_000n);
}
