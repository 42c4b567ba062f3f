import { CaptureError } from "./capture_error.ts";
import type { CaptureParser, PacketSink } from "./packet.ts";
import { PcapParser, pcapFlavour } from "./pcap.ts";
import { PcapngParser, SECTION_HEADER_BLOCK } from "./pcapng.ts";

const MAGIC_SIZE = 4;
const NOT_A_CAPTURE = "is not a packet capture (neither pcap nor pcapng)";

/** Reads one capture, of whichever format its first bytes announce, and hands each packet to a sink. */
export class CaptureReader {
  readonly #sink: PacketSink;
  #parser: CaptureParser | undefined;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** "pcap" or "pcapng"; undefined before the first bytes have been read. */
  get format(): string | undefined {
    return this.#parser?.format;
  }

  /** The link types seen so far. */
  get linkTypes(): number[] {
    return [...(this.#parser?.linkTypes ?? [])];
  }

  /**
   * Reads the capture chunk by chunk, so that a file of any size needs the memory of one chunk and of the packet that
   * lies across its end. `onProgress` hears after each chunk how many bytes have been read.
   *
   * Throws CaptureError for input that is no capture, is damaged or breaks off; the packets before that point have been
   * delivered by then. Errors of the source itself pass through.
   */
  async read(source: AsyncIterable<Uint8Array>, onProgress: (bytesRead: number) => void = () => {}): Promise<void> {
    let rest: Uint8Array = new Uint8Array(0);
    let bytesRead = 0;
    for await (const chunk of source) {
      bytesRead += chunk.length;
      rest = this.#consume(rest.length === 0 ? chunk : concatenate(rest, chunk));
      onProgress(bytesRead);
    }
    if (bytesRead === 0) throw new CaptureError("is empty");
    if (this.#parser === undefined) throw new CaptureError(NOT_A_CAPTURE);
    const truncation = this.#parser.truncation(rest.length);
    if (truncation !== undefined) throw new CaptureError(`is truncated: it ${truncation}`);
  }

  /** Returns the bytes at the end that are not a whole record yet. */
  #consume(bytes: Uint8Array): Uint8Array {
    if (this.#parser === undefined) {
      if (bytes.length < MAGIC_SIZE) return bytes;
      this.#parser = parserFor(bytes, this.#sink);
    }
    return bytes.subarray(this.#parser.parse(bytes));
  }
}

function parserFor(bytes: Uint8Array, sink: PacketSink): CaptureParser {
  const flavour = pcapFlavour(bytes);
  if (flavour !== undefined) return new PcapParser(flavour, sink);
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (magic === SECTION_HEADER_BLOCK) return new PcapngParser(sink);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new CaptureError("is compressed with gzip: unpack it first");
  throw new CaptureError(NOT_A_CAPTURE);
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
