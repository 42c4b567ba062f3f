import { CaptureError } from "./capture_error.ts";
import { isSupportedLinkType } from "./link_layer.ts";
import { CAPTURED_LENGTH_MAX, Packet, type CaptureParser, type PacketSink } from "./packet.ts";

// The classic format: a 24-byte file header, then records of a 16-byte header and the captured bytes, all in the byte
// order of the machine that wrote it, which the magic number tells.
//
//   file header    0:4 magic   4:2 major   6:2 minor   8:8 reserved   16:4 snaplen   20:4 link type
//   record header  0:4 seconds   4:4 micro- or nanoseconds   8:4 captured length   12:4 length on the wire
const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

interface Flavour {
  littleEndian: boolean;
  nanosecondsPerTick: number;
}

/** The byte order and the unit of time that the first four bytes of a file announce; undefined if it is no pcap. */
export function pcapFlavour(bytes: Uint8Array): Flavour | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, nanosecondsPerTick: 1000 };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, nanosecondsPerTick: 1 };
  }
  return undefined;
}

/** Reads the classic pcap format in both byte orders, with microsecond and nanosecond time stamps. */
export class PcapParser implements CaptureParser {
  readonly format = "pcap";
  readonly linkTypes = new Set<number>();

  readonly #flavour: Flavour;
  readonly #sink: PacketSink;
  readonly #packet = new Packet();
  #headerRead = false;
  #packetCount = 0;
  // The whole seconds of the last packet as nanoseconds: packets come in bursts, so most share them.
  #seconds = -1;
  #secondsNs = 0n;

  constructor(flavour: Flavour, sink: PacketSink) {
    this.#flavour = flavour;
    this.#sink = sink;
  }

  parse(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { littleEndian, nanosecondsPerTick } = this.#flavour;
    const packet = this.#packet;
    packet.bytes = bytes;
    let offset = 0;
    if (!this.#headerRead) {
      if (bytes.length < FILE_HEADER_SIZE) return 0;
      this.#readFileHeader(view);
      offset = FILE_HEADER_SIZE;
    }
    while (offset + RECORD_HEADER_SIZE <= bytes.length) {
      const capturedLength = view.getUint32(offset + 8, littleEndian);
      if (capturedLength > CAPTURED_LENGTH_MAX) {
        throw new CaptureError(
          `is damaged: packet ${this.#packetCount + 1} claims ${capturedLength} captured bytes, ` +
            `more than the ${CAPTURED_LENGTH_MAX} a packet can have`,
        );
      }
      const start = offset + RECORD_HEADER_SIZE;
      const end = start + capturedLength;
      if (end > bytes.length) break;
      const seconds = view.getUint32(offset, littleEndian);
      if (seconds !== this.#seconds) {
        this.#seconds = seconds;
        this.#secondsNs = BigInt(seconds) * 1_000_000_000n;
      }
      packet.timeNs = this.#secondsNs + BigInt(view.getUint32(offset + 4, littleEndian) * nanosecondsPerTick);
      packet.start = start;
      packet.end = end;
      packet.wireLength = view.getUint32(offset + 12, littleEndian);
      this.#packetCount++;
      this.#sink(packet);
      offset = end;
    }
    return offset;
  }

  truncation(rest: number): string | undefined {
    if (!this.#headerRead) return `ends inside the file header (${rest} of ${FILE_HEADER_SIZE} bytes)`;
    return rest === 0 ? undefined : `ends inside packet ${this.#packetCount + 1}`;
  }

  #readFileHeader(view: DataView): void {
    const { littleEndian } = this.#flavour;
    const major = view.getUint16(4, littleEndian);
    const minor = view.getUint16(6, littleEndian);
    // Files older than 2.4 keep the two lengths of a record in another order, and nobody has written one since 1998.
    if (major !== 2 || minor !== 4) throw new CaptureError(`is a pcap file of version ${major}.${minor}, not 2.4`);
    // The upper half of the word tells the length of the frame check sequence, which no offset here depends on.
    const linkType = view.getUint32(20, littleEndian) & 0xffff;
    if (!isSupportedLinkType(linkType)) {
      throw new CaptureError(`was taken on a link that is not supported (LINKTYPE ${linkType})`);
    }
    this.#packet.linkType = linkType;
    this.linkTypes.add(linkType);
    this.#headerRead = true;
  }
}
