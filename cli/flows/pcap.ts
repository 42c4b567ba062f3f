import { CaptureError } from "./capture_error.ts";
import { isSupportedLinkType, unsupportedLinkType } from "./link_types.ts";
import { CAPTURED_LENGTH_MAX, Packet, type CaptureParser, type PacketSink } from "./packet.ts";
import { type Flavour, type LengthOrder, readFileHeader } from "./pcap_header.ts";

/**
 * Reads the classic pcap format: a file header, then records of a header and the captured bytes, all in the byte order
 * of the machine that wrote it, which the magic number tells.
 *
 *   record header  0:4 seconds   4:4 micro- or nanoseconds   8:4 captured length   12:4 length on the wire
 */
export class PcapParser implements CaptureParser {
  readonly format = "pcap";
  readonly linkTypes = new Set<number>();

  readonly #flavour: Flavour;
  readonly #sink: PacketSink;
  readonly #packet = new Packet();
  #lengthOrder: LengthOrder = "captured first";
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
    const { littleEndian, nanosecondsPerTick, fileHeaderSize, recordHeaderSize } = this.#flavour;
    const packet = this.#packet;
    packet.bytes = bytes;
    let offset = 0;
    if (!this.#headerRead) {
      if (bytes.length < fileHeaderSize) return 0;
      this.#readFileHeader(view);
      offset = fileHeaderSize;
    }
    while (offset + recordHeaderSize <= bytes.length) {
      let capturedLength = view.getUint32(offset + 8, littleEndian);
      let wireLength = view.getUint32(offset + 12, littleEndian);
      if (this.#lengthOrder !== "captured first" && (this.#lengthOrder === "wire first" || capturedLength > wireLength)) {
        [capturedLength, wireLength] = [wireLength, capturedLength];
      }
      if (capturedLength > CAPTURED_LENGTH_MAX) {
        throw new CaptureError(
          `is damaged: packet ${this.#packetCount + 1} claims ${capturedLength} captured bytes, ` +
            `more than the ${CAPTURED_LENGTH_MAX} a packet can have`,
        );
      }
      const start = offset + recordHeaderSize;
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
      packet.wireLength = wireLength;
      this.#packetCount++;
      this.#sink(packet);
      offset = end;
    }
    return offset;
  }

  truncation(rest: number): string | undefined {
    if (!this.#headerRead) return `ends inside the file header (${rest} of ${this.#flavour.fileHeaderSize} bytes)`;
    return rest === 0 ? undefined : `ends inside packet ${this.#packetCount + 1}`;
  }

  #readFileHeader(view: DataView): void {
    const { linkType, lengthOrder } = readFileHeader(view, this.#flavour.littleEndian);
    if (!isSupportedLinkType(linkType)) throw new CaptureError(`cannot be accounted: ${unsupportedLinkType(linkType)}`);
    this.#lengthOrder = lengthOrder;
    this.#packet.linkType = linkType;
    this.linkTypes.add(linkType);
    this.#headerRead = true;
  }
}
